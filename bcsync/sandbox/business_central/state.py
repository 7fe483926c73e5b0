"""The company's business state as plain data: what a test compares before and after."""

from typing import Any

from bcsync.sandbox.business_central.schema import COLUMNS
from bcsync.sandbox.business_central.tables import Tables

STAMPS = ("company", "version", "modified_at", "last_date_modified")
IDS = ("id", "tax_area_id", "currency_id", "payment_terms_id", "shipment_method_id", "payment_method_id")


def company_state(tables: Tables, ids: bool) -> dict[str, Any]:
    """Return customers, contacts, ship-to addresses and relations by number; empty columns are left out.

    With ids=False, ids and stamps are left out, and what the number series gave (C00010 ..., CT300001 ...) is
    replaced by names, because two ways to the same state may draw numbers in another order.
    """
    aliases = {} if ids else stable_names(tables)
    return {
        "customers": _rows(tables, "customer", ("no",), ids, aliases),
        "contacts": _rows(tables, "contact", ("no",), ids, aliases),
        "ship_to": _rows(tables, "ship_to", ("customer_no", "code"), ids, aliases),
        "relations": sorted(
            [aliases.get(row["customer_no"], row["customer_no"]), aliases.get(row["contact_no"], row["contact_no"])]
            for row in tables.all("relation")
        ),
    }


def _rows(tables: Tables, table: str, key: tuple[str, ...], ids: bool, aliases: dict[str, str]) -> dict[str, Any]:
    hidden = {"company"} if ids else {*STAMPS, *IDS}
    shown: dict[str, Any] = {}
    for row in tables.all(table):
        values = {
            column: aliases.get(value, value) if column.endswith("no") and isinstance(value, str) else value
            for column, value in row.items()
            if value not in ("", 0) and column not in hidden
        }
        shown[" ".join(str(values.get(column, "")) for column in key)] = values
    return dict(sorted(shown.items()))


def stable_names(tables: Tables) -> dict[str, str]:
    """Return series number -> stable name: name and e-mail, counted when several share both."""
    found: dict[str, str] = {}
    for table, prefix in (("customer", "C"), ("contact", "CT3")):
        seen: dict[str, int] = {}
        rows = [row for row in tables.all(table) if row["no"].startswith(prefix) and row["no"][len(prefix) :].isdigit()]
        for row in sorted(rows, key=lambda one: [str(one[column]) for column in COLUMNS[table][1:]]):
            name = f"{table} {row['name']} <{row['email']}>"
            seen[name] = seen.get(name, 0) + 1
            found[row["no"]] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return found
