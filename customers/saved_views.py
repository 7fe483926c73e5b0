"""Saving, changing and finding the saved views of the Customers list; who may is for the pages to say."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.http import QueryDict

from customers import orders, pages
from customers.models import SavedView
from stores.models import Store
from stores.parameters import query_inside

# Of one person on one list; more tabs than this help nobody to find anything.
MOST = 50
# As the parameter `view`: no saved view, and not the one that opens first either.
ALL = "all"


class NotSaved(Exception):
    """The view cannot be saved so; str() says why and what to do."""


def views_of(user: Any, store: Store | None) -> list[SavedView]:
    """Those for everybody first, then the person's own, each by name; one query."""
    mine = SavedView.objects.filter(Q(owner=None) | Q(owner=user), store=store)
    return list(mine.order_by(F("owner").asc(nulls_first=True), Lower("name"), "pk"))


def opens_first(views: Sequence[SavedView]) -> SavedView | None:
    """What a list opens with: the person's own choice, else the administrator's."""
    return next((view for view in reversed(views) if view.default), None)


def query_of(asked: QueryDict) -> str:
    """Filter, search and order of an address, as a view keeps them: nonsense and places are left out."""
    filtered, sort = pages.filter_query(pages.filter_scope(asked)), asked.get("sort", "")
    return "&".join(filter(None, (filtered, f"sort={sort}" if sort and orders.known(sort) == sort else "")))


def save(
    owner: User | None,
    store: Store | None,
    name: str,
    query: str,
    *,
    first: bool = False,
    view: SavedView | None = None,
) -> SavedView:
    """Keep a query string under a name (with `view`: change that one). owner: None, for everybody. Raises NotSaved."""
    name = _clean(name)
    if not name:
        raise NotSaved("Give the view a name.")
    views = SavedView.objects.filter(owner=owner, store=store)
    if view is None and views.count() >= MOST:
        raise NotSaved(f"There are {MOST} views on this list already; delete one first.")
    row = view or SavedView(owner=owner, store=store)
    row.name, row.query, row.default = name, query_of(query_inside(query)), first
    try:
        with transaction.atomic():
            if first:
                views.exclude(pk=row.pk).filter(default=True).update(default=False)
            row.save()
    except IntegrityError:
        raise NotSaved(f"There is a view “{name}” already; choose another name, or change that one.") from None
    return row


def _clean(name: str) -> str:
    """Without control characters, at most 60 characters long, "" where nothing of it can be seen."""
    plain = "".join(" " if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") else each for each in name)
    seen = any(unicodedata.category(each)[0] in "LNPS" for each in plain)
    return " ".join(plain.split())[:60].strip() if seen else ""
