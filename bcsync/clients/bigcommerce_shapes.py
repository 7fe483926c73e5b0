"""What the rows of BigCommerce's lists must look like before anybody works with them: ids that are numbers, text where
text belongs. A field may be missing or null; a row without its id or with an object for a name is a schema never seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bcsync.clients.bigcommerce_limits import VENDOR
from bcsync.clients.bigcommerce_pages import StrangeRow
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.clients.wire import shape

LARGEST = 2**63 - 1  # what a database keeps as an id

Rule = tuple[str, Callable[[Any], bool]]


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value <= LARGEST


def _is_number(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= LARGEST)


def _is_text(value: Any) -> bool:
    return not isinstance(value, dict | list)


ID: Rule = ("a number above 0", _is_id)
NUMBER: Rule = ("a number", _is_number)
TEXT: Rule = ("text", _is_text)
Fields = Mapping[str, Rule]


def _texts(*names: str) -> dict[str, Rule]:
    return dict.fromkeys(names, TEXT)


FORM_FIELD: Fields = _texts("name")
ADDRESS: Fields = {
    "id": ID,
    **_texts("first_name", "last_name", "company", "address1", "address2", "city", "state_or_province", "postal_code"),
    **_texts("country", "country_code", "phone", "address_type"),
}
VALUE: Fields = {"attribute_id": ID, **_texts("attribute_value")}
# Path of a list -> its rows' fields, and what its rows hold lists of.
COLLECTIONS: dict[str, tuple[Fields, Mapping[str, Fields]]] = {
    "/v3/customers": (
        {
            "id": ID,
            **_texts("email", "first_name", "last_name", "company", "phone", "notes", "tax_exempt_category"),
            **_texts("date_created", "date_modified"),
            **dict.fromkeys(("customer_group_id", "address_count", "attribute_count", "origin_channel_id"), NUMBER),
        },
        {"addresses": ADDRESS, "attributes": VALUE, "form_fields": FORM_FIELD},
    ),
    "/v3/customers/addresses": ({**ADDRESS, "customer_id": ID}, {"form_fields": FORM_FIELD}),
    "/v3/customers/attributes": ({"id": ID, **_texts("name", "type")}, {}),
    "/v3/customers/attribute-values": ({**VALUE, "customer_id": ID}, {}),
    "/v3/customers/metafields": ({"id": ID, "resource_id": ID, **_texts("namespace", "key", "value")}, {}),
}

# Where a row of a list says whose it is; a customer's own row by its id.
OWNER = {"/v3/customers/metafields": "resource_id", "/v3/customers/attribute-values": "customer_id"}


def check(path: str, items: list[dict[str, Any]], family: str) -> None:
    """Raise UnexpectedAnswer, naming the place, at the first row of a list that has another shape than documented."""
    if path in COLLECTIONS:
        for number, item in enumerate(items):
            _check_item(path, number, item, family)


def sorted_out(path: str, items: list[dict[str, Any]], family: str) -> tuple[list[dict[str, Any]], list[StrangeRow]]:
    """(the rows of the documented shape, the others)."""
    good, strange = [], []
    for number, item in enumerate(items):
        try:
            _check_item(path, number, item, family)
            good.append(item)
        except UnexpectedAnswer as error:
            whose = item.get(OWNER.get(path, "id"))
            strange.append(StrangeRow(whose if _is_id(whose) else None, error))
    return good, strange


def _check_item(path: str, number: int, item: Mapping[str, Any], family: str) -> None:
    fields, lists = COLLECTIONS[path]
    _check_row(item, fields, f"data[{number}]", family)
    for name, of in lists.items():
        rows = item.get(name)
        if rows is None:
            continue
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            _unexpected(family, f"data[{number}].{name}", "a list of objects", rows)
        for place, row in enumerate(rows):
            _check_row(row, of, f"data[{number}].{name}[{place}]", family)


def _check_row(row: Mapping[str, Any], fields: Fields, place: str, family: str) -> None:
    for name, (wanted, is_right) in fields.items():
        if not is_right(row.get(name)):
            _unexpected(family, f"{place}.{name}", wanted, row.get(name))


def _unexpected(family: str, place: str, wanted: str, value: Any) -> None:
    came = f"the number {value}" if type(value) in (int, float) else shape(value, 1)
    sentence = f"{VENDOR} answered {family} with {came} in {place}, where {wanted} belongs."
    raise UnexpectedAnswer(VENDOR, sentence, words=came, call=family)
