"""Addresses of signing in, the stores and their cards."""

from django.urls import path

from stores import (
    receivers,
    views,
    views_connect,
    views_glossary,
    views_lists,
    views_reader,
    views_sign_in,
    views_webhooks,
)

urlpatterns = [
    path("", views.stores, name="stores"),
    path("connect-store/", views_connect.connect_store, name="connect_store"),
    path("stores/<slug:store_hash>/", views.store, name="store"),
    path("stores/<slug:store_hash>/test-connection/", views.test_connection, name="test_connection"),
    path("stores/<slug:store_hash>/believe-list/<slug:side>/", views_lists.believe_list, name="believe_list"),
    path("stores/<slug:store_hash>/webhooks/turn-on/", views_webhooks.turn_on_webhooks, name="turn_on_webhooks"),
    path("stores/<slug:store_hash>/webhooks/check/", views_webhooks.check_webhooks, name="check_webhooks"),
    path("stores/<slug:store_hash>/webhooks/new-secret/", views_webhooks.new_secret, name="new_webhook_secret"),
    path("stores/<slug:store_hash>/webhooks/turn-off/", views_webhooks.turn_off_webhooks, name="turn_off_webhooks"),
    path("webhooks/bigcommerce/<slug:store_hash>", receivers.bigcommerce, name="receive_bigcommerce"),
    path(
        "webhooks/bigcommerce/<slug:store_hash>/exceptions",
        receivers.bigcommerce,
        name="receive_bigcommerce_exceptions",
    ),
    path("webhooks/business-central/<int:company_id>", receivers.business_central, name="receive_business_central"),
    path("glossary/", views_glossary.glossary, name="glossary"),
    path("region-and-time-zone/", views_reader.reader_setting, name="reader_setting"),
    path("sign-in/", views_sign_in.sign_in, name="sign_in"),
    path("sign-out/", views_sign_in.sign_out, name="sign_out"),
    path("healthz", views_sign_in.healthz, name="healthz"),
]
