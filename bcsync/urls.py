"""All addresses of the web application."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("stores.urls")),
    path("", include("customers.urls")),
]
handler403 = "stores.views_sign_in.no_permission"
