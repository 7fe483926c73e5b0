"""Addresses of a store's setup pages."""

from django.urls import path

from mapping.pages import CATALOGUE, COUNTRY_CODES, PAGES
from mapping.views import catalogue, country_codes, documents, rows


def _slug(name: str) -> str:
    return name.replace("_", "-")


urlpatterns = [
    path("stores/<slug:store_hash>/setup/", documents.setup, name="setup"),
    path("stores/<slug:store_hash>/setup/changes/", documents.setup_changes, name="setup_changes"),
    path("stores/<slug:store_hash>/setup/export/", documents.export_setup, name="export_setup"),
    path("stores/<slug:store_hash>/setup/import/", documents.import_setup, name="import_setup"),
    path(f"stores/<slug:store_hash>/setup/{_slug(COUNTRY_CODES)}/", country_codes.country_codes, name=COUNTRY_CODES),
    path("stores/<slug:store_hash>/setup/catalogue/", catalogue.catalogue, name=CATALOGUE),
    *(path(f"stores/<slug:store_hash>/setup/{_slug(name)}/", rows.rows, {"page": name}, name=name) for name in PAGES),
]
