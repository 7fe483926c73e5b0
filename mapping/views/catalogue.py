"""Catalogue: every field of both sides, and what this store's company offers of Business Central's."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mapping.catalogue import TABLES, Field
from mapping.offered import Offer, offers
from mapping.pages import TITLES
from mapping.setup import capabilities_of, setup_of
from mapping.views.rows import store_of
from stores.roles import role

SIDES = {"business_central": "Business Central", "bigcommerce": "BigCommerce"}


@dataclass(frozen=True)
class Listed:
    """One table of the page."""

    side: str
    title: str
    offers: list[Offer]

    @property
    def lacking(self) -> int:
        return sum(not each.offered for each in self.offers)


@role(get="viewer")
def catalogue(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Per table: name, type, length, who writes it, and where it is read from or what to publish to get it."""
    store = store_of(store_hash)
    capabilities = capabilities_of(store)
    own = [row.source.name for row in setup_of(store).rows if row.source.table == "published"]
    found = offers(capabilities, own)
    context: dict[str, Any] = {
        "here": "setup", "store": store, "company": store.company, "titles": TITLES, "tables": _tables(found),
        "tested": capabilities is not None,
    }  # fmt: skip
    return render(request, "mapping/catalogue.html", context)


def _tables(found: tuple[Offer, ...]) -> list[Listed]:
    grouped = {
        key: Listed(SIDES[key[0]], label, [each for each in found if _key(each.field) == key])
        for key, label in TABLES.items()
    }
    return [listed for listed in grouped.values() if listed.offers]


def _key(field: Field) -> tuple[Any, str]:
    return field.system, field.table
