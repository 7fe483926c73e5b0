"""What a form was made of, so that nobody saves over, or deletes, what somebody else saved since it was opened."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone

from mapping.field_words import label_of
from mapping.models import SetupChange, SetupRow
from mapping.snapshot import exported
from mapping.widgets import words_of
from stores.models import Store
from stores.written import relative


@dataclass(frozen=True)
class Changed:
    """Somebody else's change: a sentence, and (field, what is there now, what was typed) where these differ."""

    text: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)


def locked(store: Store) -> Store:
    """The store's row, kept from other savers of its set-up until the transaction ends."""
    return Store.objects.select_for_update().get(pk=store.pk)


def seen_of(row: SetupRow) -> str:
    """The row's state as a form carries it; "" for a new row. A match rule's switch counts as it is."""
    return digest(exported(row)) if row.pk is not None else ""


def digest(values: Any) -> str:
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def stored(row: SetupRow) -> SetupRow | None:
    """The row as it is in its table now, with the store as it is now; None when it is new or was deleted."""
    return type(row)._base_manager.filter(pk=row.pk).first() if row.pk is not None else None


def changed_since(row: SetupRow, seen: str) -> Changed | None:
    """Who changed the row after a form was made of its state `seen`; None when nobody did. row: as it was typed."""
    now = stored(row)
    if now is None or seen_of(now) == seen:
        return None
    return Changed(f"{said(of_row(row), 'this row')}, after you opened it.", _lines(now, row))


def of_row(row: SetupRow, pk: int | None = None) -> QuerySet[SetupChange]:
    """The record of one row's changes, the newest first."""
    kind = str(row._meta.verbose_name)
    return SetupChange.objects.filter(store=row.store, kind=kind, row_pk=pk or row.pk).select_related("by")


def said(changes: QuerySet[SetupChange], what: str, action: str = "changed") -> str:
    """ "Ann Lee changed this row 3 min ago", of the newest of these changes; "Somebody" where none was recorded."""
    last = changes.first()
    who = (last.by.get_full_name() or last.by.get_username()) if last and last.by else "Somebody"
    via = f" by {last.via}" if last and last.via not in ("", "page") else ""
    when = f" {relative(last.at, timezone.now())}" if last else ""
    return f"{who} {action} {what}{when}{via}"


def _lines(now: SetupRow, typed: SetupRow) -> list[tuple[str, str, str]]:
    there, mine = exported(now), typed.as_document()
    return [
        (_label(now, name), _words(now, name, there[name]), _words(typed, name, mine[name]))
        for name in now.FIELDS
        if there[name] != mine[name]
    ]


def _label(row: SetupRow, name: str) -> str:
    words = str(getattr(row._meta.get_field(name), "verbose_name", name))
    return words[:1].upper() + words[1:]


def _words(row: SetupRow, name: str, value: Any) -> str:
    """A field's value as people read it."""
    choice = getattr(row, f"get_{name}_display", None)
    if name == "steps":
        return words_of(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, "", [], {}):
        return "none"
    if name == "source_field":
        return label_of("business_central", cast(Any, row).source_table, value)
    if name == "target_field":
        return label_of("bigcommerce", cast(Any, row).target_table, value)
    if callable(choice):
        return str(choice())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
