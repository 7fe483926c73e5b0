"""The list that one came from, carried along in the address of a card: its filter and order, for Previous and Next."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from customers import orders, pages, saved_views
from customers.filter_counts import counts_of
from customers.keyset import neighbour
from customers.models import Customer
from customers.selection import shoppers
from stores.models import Store
from stores.parameters import query_inside


@dataclass(frozen=True)
class Place:
    """query: filter and order as a list's address has them. everywhere: it is the list of all stores."""

    query: str = ""
    everywhere: bool = False

    @property
    def parameters(self) -> str:
        """For the address of a card; "" for the usual order of everybody of the card's store."""
        return urlencode(
            [*([("list", self.query)] if self.query else []), *([("of", "all")] if self.everywhere else [])]
        )

    def list_of(self, store: Store) -> str:
        """The address of the list itself."""
        address = reverse("customers") if self.everywhere else reverse("store_customers", args=[store.hash])
        return f"{address}?{self.query}{'&' if self.query else ''}view={saved_views.ALL}"


def place_in(parameters: QueryDict) -> Place:
    """What a card's address or form says, read as leniently as a list's own address is."""
    return Place(saved_views.query_of(query_inside(parameters.get("list", ""))), parameters.get("of") == "all")


def around(customer: Customer, place: Place) -> tuple[Customer | None, Customer | None]:
    """The customers before and after this one in that list, also where it is not in the list any more."""
    asked = query_inside(place.query)
    scope, sort = pages.filter_scope(asked), orders.known(asked.get("sort", ""))
    store = None if place.everywhere else customer.store
    counts = counts_of(store, scope)
    parts = orders.parts_of(sort, shoppers(store, scope), scope, few=counts.few)
    mark = orders.mark_of(sort, customer, parts)
    if mark is None:
        return None, None
    down, few = sort.startswith("-"), bool(scope) and counts.few
    before, after = (neighbour(parts, mark, down=way, few=few) for way in (not down, down))
    return before, after
