"""All addresses of the web application."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.views import serve
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("stores.urls")),
    path("", include("customers.urls")),
    path("", include("mapping.urls")),
    path("", include("customers.urls_setup")),
]
if settings.DEVELOPMENT:
    # `make run` needs no collectstatic; production has WhiteNoise, which answers before any address is looked at.
    urlpatterns.append(path("static/<path:path>", login_not_required(serve), {"insecure": True}, name="static"))
handler403 = "stores.views_sign_in.no_permission"
