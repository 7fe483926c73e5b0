"""What is to be written to one Business Central customer, as JSON: by the call that takes each value. Pure."""

from collections.abc import Sequence
from typing import Any

from bcsync.clients.business_central_record import BusinessCentralRecord
from mapping import names
from mapping.catalogue import find
from mapping.store_facts import StoreFacts
from mapping.template import typed
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
    """{"id", "number", "contact", "etag", "customer": API v2.0 members, "card": the Customer Card's by their API names,
    "names": of the primary contact, "ship_to": {code: values}}; the last four only where there is something.
    """
    made: dict[str, Any] = {
        "id": record.id, "number": record.number, "contact": record.primary_contact_number, "etag": record.etag,
    }  # fmt: skip
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
    if lost := _split_anew(record, with_values(record, values, facts), made):
        made["names"] = lost
    return made


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
