"""What is to be written to one Business Central customer, as JSON: by the call that takes each value. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bcsync.clients.business_central_record import BusinessCentralRecord
from mapping import names
from mapping.catalogue import fields_of, find
from mapping.store_facts import StoreFacts
from mapping.template import typed
from mapping.values import text
from mapping.write_back import Return, with_values

PARTS = ("first_name", "middle_name", "surname")
# A write of any of these to a person lets Business Central split the contact's name anew.
# learn.microsoft.com/dynamics365/business-central/marketing-setup-contact-synchronization
_TOUCHES_CONTACT = (
    "displayName", "addressLine1", "addressLine2", "city", "state", "country", "postalCode", "phoneNumber", "email",
    "website", "salespersonCode", "currencyCode", "taxRegistrationNumber",
)  # fmt: skip


def to_write(
    record: BusinessCentralRecord, values: Sequence[Return], facts: StoreFacts | None = None
) -> dict[str, Any]:
    """{"id", "number", "contact", "customer": API v2.0 members, "card": the Customer Card's by our names, "names": of
    the primary contact, "ship_to": {code: values}}; the last four only where there is something.
    """
    made = addressed(record)
    for each in values:
        known = find("business_central", each.place.table, each.place.name)
        attribute = known.attribute if known else each.place.name
        if each.place.table == "contact":
            made.setdefault("names", {})[attribute] = each.after
        elif each.place.table == "ship_to":
            made.setdefault("ship_to", {}).setdefault(each.ship_to, {})[attribute] = each.after
        elif known is not None and known.on_card_only:
            made.setdefault("card", {})[attribute] = each.after
        else:
            made.setdefault("customer", {})[each.place.name] = typed(each.place.name, each.after)
    keep_names(record, with_values(record, values, facts), made)
    return made


def addressed(record: BusinessCentralRecord) -> dict[str, Any]:
    """What says which customer is written."""
    return {"id": record.id, "number": record.number, "contact": record.primary_contact_number}


def values_now(record: BusinessCentralRecord, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the customer says now of all that the entry would write, in the same shape."""
    ship_to = {text(row.code): row for row in record.ship_to}
    made: dict[str, Any] = {
        "customer": {name: _own(record, name) for name in entry.get("customer", ())},
        "card": {name: getattr(record, name, "") for name in entry.get("card", ())},
        "names": {name: getattr(record, name) for name in entry.get("names", ())},
        "ship_to": {
            code: {name: getattr(ship_to[code], name) for name in values}
            for code, values in entry.get("ship_to", {}).items()
            if code in ship_to
        },
    }
    return {family: values for family, values in made.items() if values}


def _own(record: BusinessCentralRecord, name: str) -> Any:
    known = find("business_central", "customer", name)
    return getattr(record, known.attribute) if known and known.attribute else record.extra.get(name, "")


def label_of(family: str, name: str) -> str:
    """A value of an entry in Business Central's own words."""
    table = {"names": "contact", "ship_to": "ship_to"}.get(family, "customer")
    fields = fields_of("business_central", table)
    return next((each.label for each in fields if name in (each.name, each.attribute)), name)


def keep_names(record: BusinessCentralRecord, then: BusinessCentralRecord, made: dict[str, Any]) -> None:
    """Add a person's names where a write would let Business Central divide them otherwise. then: once it is written."""
    if lost := _split_anew(record, then, made):
        made["names"] = lost


def _split_anew(
    record: BusinessCentralRecord, then: BusinessCentralRecord, made: dict[str, Any]
) -> dict[str, str] | None:
    """A person's names, to be written once more where Business Central's own rule would divide them otherwise.

    Only where the published page 5055 told them: customerContacts has no middle name to put right.
    """
    touched = set(made.get("customer", ())) & set(_TOUCHES_CONTACT)
    if record.type != "Person" or not touched or record.names_source != "published page" or not made["contact"]:
        return None
    if "displayName" in touched and "names" not in made:
        return None
    wanted = (then.first_name, then.middle_name, then.surname)
    if names.split(then.display_name) == wanted and "names" not in made:
        return None
    return dict(zip(PARTS, wanted, strict=True))
