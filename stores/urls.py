"""Addresses of signing in, the stores and their cards."""

from django.urls import path

from stores import views, views_connect, views_sign_in

urlpatterns = [
    path("", views.stores, name="stores"),
    path("connect-store/", views_connect.connect_store, name="connect_store"),
    path("stores/<slug:store_hash>/", views.store, name="store"),
    path("stores/<slug:store_hash>/test-connection/", views.test_connection, name="test_connection"),
    path("sign-in/", views_sign_in.sign_in, name="sign_in"),
    path("sign-out/", views_sign_in.sign_out, name="sign_out"),
    path("healthz", views_sign_in.healthz, name="healthz"),
]
