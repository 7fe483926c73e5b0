"""Addresses of what the set-up does to customers."""

from django.urls import path

from customers.views import setup

urlpatterns = [
    path("stores/<slug:store_hash>/setup/preview/", setup.setup_preview, name="setup_preview"),
    path("stores/<slug:store_hash>/setup/effect/", setup.setup_effect, name="setup_effect"),
]
