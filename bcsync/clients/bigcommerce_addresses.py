"""What is particular about BigCommerce's addresses: a duplicate is answered with 200 and left out; ten at most come
with a customer. https://developer.bigcommerce.com/docs/rest-management/customers/addresses
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bcsync.clients.bigcommerce_batches import Item, Result
from bcsync.clients.bigcommerce_limits import MAX_NESTED, VENDOR
from bcsync.clients.errors import LostAnswer, Rejected

# The fields that make two addresses the same to BigCommerce; form fields do not count.
TUPLE = (
    "customer_id",
    "first_name",
    "last_name",
    "company",
    "phone",
    "address_type",
    "address1",
    "address2",
    "city",
    "country_code",
    "state_or_province",
    "postal_code",
)
DEFAULTS = {"address_type": "residential"}


def address_tuple(address: Mapping[str, Any]) -> tuple[str, ...]:
    """An address's identity: text trimmed, what is missing as BigCommerce stores it."""
    return tuple(str(address.get(name) or DEFAULTS.get(name, "")).strip() for name in TUPLE)


def loose_tuple(address: Mapping[str, Any]) -> tuple[str, ...]:
    """The identity without letter case and without the address type, which BigCommerce may choose itself."""
    return tuple(
        part.casefold() for name, part in zip(TUPLE, address_tuple(address), strict=True) if name != "address_type"
    )


def adopt(left_out: list[Item], stored: list[Item], *, lost: bool) -> list[Result]:
    """What became of addresses that a POST's answer leaves out, given all addresses of their customers.

    lost: an answer was lost before, so that what is there may be ours: adopted, else existing.
    """
    exact = {address_tuple(address): address for address in stored}
    loose = {loose_tuple(address): address for address in stored}
    results = []
    for item in left_out:
        there = exact.get(address_tuple(item)) or loose.get(loose_tuple(item))
        if there is None:
            sentence = (
                f"BigCommerce took the address {item.get('address1', '')}, {item.get('city', '')} of customer "
                f"{item.get('customer_id')} but does not show it."
            )
            results.append(Result(item, error=LostAnswer(VENDOR, sentence, call="POST /v3/customers/addresses")))
        else:
            results.append(Result(item, data=there, existing=not lost, adopted=lost))
    return results


def collided(left_out: list[Item], stored: list[Item]) -> list[Result]:
    """What became of addresses that a PUT's answer leaves out, given those same addresses as they are stored now."""
    by_id = {address.get("id"): address for address in stored}
    return [_collided(item, by_id.get(item.get("id"))) for item in left_out]


def _collided(item: Item, now: Item | None) -> Result:
    if now is not None and all((now.get(name) or "") == (item[name] or "") for name in TUPLE if name in item):
        return Result(item, data=now)
    call = "PUT /v3/customers/addresses"
    if now is None:
        sentence = f"Address {item.get('id')} no longer exists in BigCommerce."
        error = Rejected(VENDOR, sentence, code="gone", field="id", call=call)
    else:
        sentence = (
            f"Customer {now.get('customer_id')} has another address with the values meant for address {item.get('id')} "
            "already; BigCommerce left it as it was."
        )
        error = Rejected(VENDOR, sentence, code="duplicate_address", field="address1", call=call)
    return Result(item, error=error)


def cut_short(customer: Mapping[str, Any], nested: str, count: str) -> bool:
    """Whether a customer has more addresses (or attributes) than came with it; without a count, ten are suspect."""
    came = customer.get(nested)
    if not isinstance(came, list):
        return False
    told = customer.get(count)
    return len(came) < told if isinstance(told, int) else len(came) >= MAX_NESTED


def complete(customers: list[Item], nested: str, count: str, read: Callable[[list[int]], list[Item]]) -> None:
    """Give each customer that was cut short its whole list, in place. read: customer ids -> all their rows."""
    short = {customer["id"]: customer for customer in customers if cut_short(customer, nested, count)}
    if not short:
        return
    rows: dict[int, list[Item]] = {id: [] for id in short}
    for row in read(list(short)):
        if row.get("customer_id") in rows:
            rows[row["customer_id"]].append(row)
    for id, customer in short.items():
        customer[nested] = rows[id]
