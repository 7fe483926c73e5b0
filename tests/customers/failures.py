"""Every failure of a record that the vendors or we can bring about, one row each: what is done, what the page says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from customers.cause_words import ADMINISTRATOR, BUSINESS_CENTRAL, MAKERS, OWNER, YOU
from tests.customers.failing import DOCK, Who

Do = Callable[[Who], Any]
UPDATE, ADD, MAP = "update_customers", "add_customers", "try_mapping"


def nothing(who: Who) -> None:
    """What is left as it is."""


@dataclass(frozen=True)
class Failure:
    """One failure. change: what makes the job send something for the customer; spoil, mend: what is wrong, and its end.

    Expected: outcome, the beginning of the cause, field, a piece of the vendor's words, who acts, a piece of advice.
    again: the outcome of the group's retry, once it is mended; "" where no retry is offered. retried: False where what
    the retry finds is chance, or the retry of another row says it.
    """

    name: str
    job: str
    change: Do
    spoil: Do
    outcome: str
    cause: str
    field: str
    words: str
    who: str
    advice: str
    mend: Do = nothing
    again: str = "updated"
    retried: bool = True


def rings(who: Who) -> None:
    """The ship-to address gets a second line in the store; a stamp moves with the notes only."""
    who.town.shop.change_address(who.address(f"{who.number} East Road"), address2="Ring twice")
    who.shop(notes="Rang")


def new_dock(who: Who) -> None:
    who.town.business.put_ship_to(who.number, "NEW", address="9 New Road", **DOCK)


# What makes each family of calls go out for a customer in Update.
SENDS: dict[str, tuple[str, Do]] = {
    "core": ("PUT /v3/customers", lambda who: who.business(displayName="Renamed")),
    "address": ("PUT /v3/customers/addresses", lambda who: who.business(addressLine2="Gate 9")),
    "new address": ("POST /v3/customers/addresses", new_dock),
    "removed": ("DELETE /v3/customers/addresses", lambda who: who.town.business.delete_ship_to(who.number, "EAST")),
    "attribute": ("PUT /v3/customers/attribute-values", lambda who: who.business(taxRegistrationNumber="GB123456789")),
    "metafield": ("PUT /v3/customers/metafields", lambda who: who.business(city="Ely")),
    "card": ("BC PATCH /ODataV4/Customer_Card({id})", lambda who: who.shop(customer_group_id=who.town.group)),
    "names": ("BC PATCH /ODataV4/Name_Details({id})", lambda who: who.shop(last_name="Newname")),
    "ship-to": ("BC PATCH /ODataV4/Ship_to_Address({id})", rings),
    "own fields": ("BC PATCH /customers({id})", lambda who: who.shop(phone=f"01223 47{who.number}")),
}


def strikes(call: str, kind: str, **options: Any) -> Do:
    return lambda who: who.town.fault(kind, call, **{"times": who.times, **options})


def answers(call: str, status: int, body: Any) -> Do:
    return strikes(call, "answer", status=status, body=body)


def refuses(call: str, errors: dict[str, str], status: int = 422, title: str = "JSON data is missing or invalid") -> Do:
    return answers(call, status, {"status": status, "title": title, "type": "/api-status-codes", "errors": errors})


def code(name: str, words: str, status: int = 400, call: str = SENDS["own fields"][0]) -> Do:
    message = f"{words}  CorrelationId:  00000000-0000-0000-0000-000000000000."
    return answers(call, status, {"error": {"code": name, "message": message}})


def outage(name: str, family: str, kind: str, cause: str, words: str, who: str, advice: str, **options: Any) -> Failure:
    call, change = SENDS[family]
    cause = f"{'business_central' if call.startswith('BC ') else 'bigcommerce'}:{cause}"
    spoil = strikes(call, kind, **options)
    return Failure(f"{name}: {call}", UPDATE, change, spoil, "failed", cause, "", words, who, advice)


def last_slow(who: Who) -> None:
    """Every try is cut off, the last one is too slow."""
    call = SENDS["core"][0]
    who.town.fault("cut-before", call, times=11)
    who.town.fault("slow", call, seconds=0.8, times=1)


LATER, NETWORK, PROXY, REPORT = (
    "Nothing is wrong with the data",
    "looks at the network",
    "proxy or firewall",
    "Report it",
)
UNAVAILABLE, BUSY, PAGE = "Service Unavailable", "Too many requests", "Please try again later"
ENTITY = {"error": {"code": "Request_EntityChanged", "message": "Another user has already changed the record."}}
DONE = {"again": "unchanged"}
OUTAGES = [
    outage("429 without end", "core", "429", "http_429", BUSY, YOU, LATER, seconds=30),
    outage("429 without headers", "core", "429-no-headers", "http_429", BUSY, YOU, LATER),
    *(replace(outage(status, "core", status, f"http_{status}", "", YOU, LATER), retried=False) for status in
      ("500", "502", "504")),
    *(outage("503", name, "503", "http_503", UNAVAILABLE, YOU, LATER) for name in SENDS if name != "new address"),
    outage("503", "new address", "503", "lost", UNAVAILABLE, YOU, "looked up"),
    outage("web page", "core", "html", "unreadable", PAGE, ADMINISTRATOR, PROXY),
    outage("web page 503", "core", "html", "http_503", PAGE, YOU, LATER, status=503),
    outage("cut before the write", "core", "cut-before", "unreachable", "Connection aborted", YOU, NETWORK),
    replace(outage("cut after it", "core", "cut-after", "unreachable", "Connection aborted", YOU, NETWORK), **DONE),
    replace(outage("slow", "core", "slow", "unreachable", "Read timed out", YOU, NETWORK), spoil=last_slow,
            retried=False),
    replace(outage("truncated", "core", "truncated", "unreadable", "", ADMINISTRATOR, PROXY), **DONE),
    outage("unknown schema", "core", "answer", "unexpected", "rows", MAKERS, REPORT, body={"rows": []}),
    outage("429 without end", "own fields", "429", "http_429", BUSY, YOU, LATER, seconds=30),
    outage("web page", "own fields", "html", "unreadable", PAGE, ADMINISTRATOR, PROXY),
    replace(outage("truncated", "own fields", "truncated", "unexpected", "EntityChanged", MAKERS, REPORT), **DONE),
    outage("unknown schema", "own fields", "answer", "unexpected", "rows", MAKERS, REPORT, body={"rows": []}),
    outage("changed each time", "own fields", "answer", "changed", "already changed", YOU, "of theirs", status=409,
           body=ENTITY),
]  # fmt: skip


def refused(name: str, family: str, errors: dict[str, str], field: str, who: str, advice: str, **more: Any) -> Failure:
    """A refusal of BigCommerce's in Update; its words are those of the last error."""
    call, change = SENDS[family]
    words = next(reversed(errors.values()), "")
    made = Failure(
        name, UPDATE, change, refuses(call, errors), "rejected", "bigcommerce:refused", field, words, who, advice
    )
    return replace(made, **more)


def partly(words: str) -> Any:
    said = {"status": 422, "title": "Bulk operation has failed", "errors": {"0": words}}
    return answers(SENDS["metafield"][0], 422, {"data": [], "meta": {}, "errors": [said]})


def without_dk(who: Who) -> None:
    who.town.shop.country_codes = who.town.shop.country_codes - {"DK"}


def with_dk(who: Who) -> None:
    who.town.shop.country_codes = who.town.shop.country_codes | {"DK"}


def to_dk(who: Who) -> None:
    who.business(country="DK", postalCode="5800", city="Nyborg")


def taken(who: Who) -> None:
    who.town.shop.add_customer(email=f"new-{who.email}", first_name="Tim", last_name="Taker")


LONG = "company must be at most 5 characters long"
TWICE = "A metafield with this namespace and key already exists"
REFUSALS = [
    refused("country", "address", {"": "DK is not a valid country code"}, "country_code", OWNER, "Countries/Regions",
            change=to_dk, spoil=without_dk, mend=with_dk,
            cause="bigcommerce:refused: … is not a valid country code"),
    refused("state", "address", {"0.state_or_province": "no state"}, "state_or_province", OWNER, "County"),
    refused("post code", "address", {"0.postal_code": "error.path.missing"}, "postal_code", OWNER, "Post Code"),
    refused("e-mail", "core", {"0.email": "not a valid email address"}, "email", OWNER, "E-Mail on the"),
    refused("e-mail taken", "core", {"": "already in use"}, "email", OWNER, "another e-mail", spoil=taken,
            change=lambda who: who.business(email=f"new-{who.email}"), cause="bigcommerce:email_in_use",
            mend=lambda who: who.town.shop.delete_customer(f"new-{who.email}")),
    refused("form field", "core", {"0.form_fields.0.name": "the form field Agent does not exist"}, "form_fields.Agent",
            ADMINISTRATOR, "renamed, removed, or required", change=lambda who: who.business(salespersonCode="ZZ"),
            cause="bigcommerce:refused: the form field … does not exist"),
    refused("group", "core", {"0.customer_group_id": "customer group 9 does not exist"}, "customer_group_id",
            ADMINISTRATOR, "Customer Groups", cause="bigcommerce:refused: customer group … does not exist"),
    refused("attribute's type", "attribute", {"0.value": "GB123456789 is not a number"}, "attributes.VAT number",
            ADMINISTRATOR, "Customer Attributes", cause="bigcommerce:refused: … is not a number"),
    refused("length", "core", {"0.company": LONG}, "company", OWNER, "Mend Company in Business Central",
            cause="bigcommerce:refused: company must be at most … characters long"),
    refused("equal address", "address", {}, "address1", OWNER, "two equal addresses",
            spoil=answers(SENDS["address"][0], 200, {"data": [], "meta": {}}), cause="bigcommerce:duplicate_address"),
    refused("deleted address", "address", {"0.id": "invalid address ID"}, "id", YOU, "Choose Import",
            cause="bigcommerce:gone"),
    refused("plan limit", "core", {"": "plan limit"}, "", ADMINISTRATOR, "plan's limit",
            spoil=answers(SENDS["core"][0], 507, {"title": "plan limit reached"}), cause="bigcommerce:plan_limit"),
    refused("too large", "core", {"": "Payload too large."}, "", OWNER, "Mend what it names",
            spoil=refuses(SENDS["core"][0], {}, 413, "Payload too large."), cause="bigcommerce:refused: Payload too"),
    refused("another's metafield", "metafield", {"": "Unauthorized to update"}, "metafields.bcsync.town", ADMINISTRATOR,
            "other account's", spoil=partly("Unauthorized to update"), cause="bigcommerce:foreign_metafield"),
    refused("metafield twice", "metafield", {"": TWICE}, "metafields.bcsync.town", YOU, "changed instead of made",
            spoil=partly(TWICE), cause="bigcommerce:exists"),
]  # fmt: skip

SAID = {
    "Internal_InvalidTableRelation": "The field Phone No. contains a value that cannot be found in the related table.",
    "Application_StringExceededLength": "The length of the string is 20, but it must be less than or equal to 5 "
    "characters. Field: Phone No.",
    "Application_FieldValidationException": "Phone No. must not contain letters in its value.",
    "BadRequest_InvalidOperation": "Control 'phoneNumber' is read-only.",
}


def by_code(name: str) -> Failure:
    """One of Business Central's own codes, whatever its status, in a write-back of the phone."""
    ours = name.startswith("BadRequest") and name != "BadRequest_InvalidOperation"
    words, advice = SAID.get(name, f"It says {name}."), BUSINESS_CENTRAL[name]
    field = "phoneNumber" if name in SAID else "number" if name.endswith("SameKeyExists") else ""
    change, outcome = SENDS["own fields"][1], "failed" if ours else "rejected"
    begins = advice.what.partition("{")[0][:20]
    cause = f"business_central:{name}"
    return Failure(name, UPDATE, change, code(name, words), outcome, cause, field, words, advice.who, begins)


CODES = [
    *(by_code(name) for name in BUSINESS_CENTRAL if name[0].isupper() and name != "PutBack"),
    Failure("deleted there", UPDATE, SENDS["own fields"][1], code("Internal_RecordNotFound", "does not exist", 404),
            "rejected", "business_central:gone", "", "does not exist", YOU, "Choose Unmap"),
]  # fmt: skip
