"""Business Central customers whom Add Customers creates, skips with all their reasons, links, or asks about."""

from typing import Any

from bcsync.sandbox.cast.member import Fields, Member, card, complete, said, shopper

CREATED = said("created")
NEW_YORK = {"addressLine1": "350 5th Ave", "city": "New York", "postalCode": "10118", "country": "US"}
SHIP_TO: dict[str, Any] = {
    "name": "Dock",
    "contact": "Dora Dock",
    "address": "1 Dock Road",
    "city": "Hull",
    "post_code": "HU1 1AA",
    "country": "GB",
}


def ship_to(code: str, **changed: Any) -> dict[str, Any]:
    """A ship-to address that every store takes, at a number of its own."""
    return {**SHIP_TO, "code": code, "address": f"{code} Dock Road", **changed}


def _add(key: str, shows: str, customer: Fields, *gists: str) -> Member:
    return Member(key, shows, customer=customer, expected={"add_customers": said("created", *gists)})


def _lacks(key: str, shows: str, customer: Fields, *gists: str) -> Member:
    return Member(key, shows, customer=customer, expected={"add_customers": said("skipped", *gists)})


def _ready(number: str, name: str, **more: Any) -> dict[str, Any]:
    """Complete, with an e-mail made of the number."""
    return complete(number, name, f"c{number}@add.example", ("Rae", f"Ready{number[-3:]}"), **more)


READY = (
    _add("ready-company", "a company", _ready("71010", "Ready Company Ltd.", phoneNumber="020 7946 0151")),
    _add(
        "ready-person",
        "a person",
        complete("71020", "Petra Person", "c71020@add.example", ("Petra", "Person"), type="Person"),
    ),
    _add(
        "ready-ship-to",
        "its ship-to addresses go along",
        _ready("71030", "Ready Docks Ltd.", ship_to=[ship_to("EAST"), ship_to("WEST")]),
    ),
    _add(
        "ready-many-addresses",
        "thirteen addresses: ten in the create, three after it",
        _ready("71040", "Ready Everywhere Ltd.", ship_to=[ship_to(f"D{n:02d}") for n in range(1, 13)]),
    ),
    _add(
        "ready-emails",
        "several e-mails in one field: the first counts",
        complete("71050", "Ready Mails Ltd.", "c71050@add.example; orders@add.example", ("Rae", "Ready050")),
    ),
    _add("ready-state-code", "NY becomes New York", _ready("71060", "Ready State Code Inc.", **NEW_YORK, state="NY")),
    _add(
        "ready-state-name",
        "a full name in any case",
        _ready(
            "71070",
            "Ready State Name Inc.",
            addressLine1="1 Yonge St",
            city="Toronto",
            postalCode="M5E 1W7",
            country="CA",
            state="ontario",
        ),
    ),
    _add(
        "ready-no-post-code",
        "Hong Kong has no post codes",
        _ready(
            "71080",
            "Ready Harbour Ltd.",
            addressLine1="1 Queen's Road",
            city="Hong Kong",
            postalCode=None,
            country="HK",
        ),
    ),
    _add(
        "ready-ship-to-alone",
        "a ship-to that is not ready is skipped alone",
        _ready("71090", "Ready But Dock Ltd.", ship_to=[ship_to("GOOD"), ship_to("LOST", city="")]),
        "ship-to:LOST skipped",
        "City",
    ),
)

NOT_READY = (
    _lacks("no-email", "no e-mail", complete("72010", "No Mail Ltd.", "", ("Nor", "Mail")), "Email"),
    _lacks(
        "no-first-name",
        "the contact has only a surname",
        complete("72020", "No First Ltd.", "c72020@add.example", ("", "Solo")),
        "First Name",
    ),
    _lacks(
        "no-surname",
        "the contact has only a first name",
        complete("72030", "No Surname Ltd.", "c72030@add.example", ("Solo", "")),
        "Surname",
    ),
    _lacks(
        "no-contact",
        "nobody is primary contact",
        complete("72040", "No Contact Ltd.", "c72040@add.example", None),
        "First Name",
        "Surname",
    ),
    _lacks("no-address", "no address", _ready("72050", "No Address Ltd.", addressLine1=None), "Address"),
    _lacks("no-city", "no city", _ready("72060", "No City Ltd.", city=None, postalCode=None), "City"),
    _lacks(
        "no-iso-code",
        "the country/region code has no ISO code",
        _ready("72070", "No ISO Ltd.", country="QX"),
        "No ISO code",
        "QX",
    ),
    _lacks(
        "no-country",
        "no country/region code at all",
        _ready("72080", "No Country Ltd.", country=None),
        "Country/Region Code",
    ),
    _lacks("no-state", "the United States need a state", _ready("72090", "No State Inc.", **NEW_YORK), "state"),
    _lacks(
        "unknown-state",
        "Cumbria is no state of the United States",
        _ready("72100", "Odd State Inc.", **NEW_YORK, state="Cumbria"),
        "Cumbria",
    ),
    _lacks(
        "no-post-code",
        "Great Britain uses post codes",
        _ready("72110", "No Post Code Ltd.", postalCode=None),
        "Post Code",
    ),
    _lacks(
        "privacy-blocked", "Privacy Blocked", _ready("72120", "Private Ltd.", privacy_blocked=True), "Privacy Blocked"
    ),
    _lacks(
        "lacks-everything",
        "all reasons at once",
        {"number": "72130", "displayName": "Bare Ltd."},
        "Email",
        "First Name",
        "Surname",
        "Address",
        "City",
        "Country/Region Code",
    ),
    Member(
        "blocked", "a blocked customer is outside the filter", customer=_ready("72140", "Blocked Ltd.", blocked="All")
    ),
)

EMAILS = (
    Member(
        "email-but-rule",
        "the store has the e-mail, but a rule names other customers",
        shopper=shopper("c73010@add.example", "Rae", "Rule", "+442079460123"),
        customer=_ready("73010", "Mail But Rule Ltd."),
        expected={
            "try_mapping": said("review", "Phone names 2 customers"),
            "add_customers": said("review", "matches another customer by: Phone"),
        },
    ),
    Member(
        "email-linked-elsewhere",
        "the shopper with the e-mail is linked to another customer",
        shopper=shopper("c73020@add.example", "Rae", "Elsewhere", "+442079460161"),
        customer=_ready("73020", "Mail Elsewhere Ltd."),
        expected={
            "try_mapping": said("linked", "73030"),
            "add_customers": said("review", "linked to another customer"),
            "update_customers": said("updated"),
        },
    ),
    Member(
        "email-linked-elsewhere-other", "that other customer", customer=card("73030", "Elsewhere Ltd.", "020 7946 0161")
    ),
    Member(
        "email-shared",
        "two customers with one e-mail: neither is created",
        customer=complete("73040", "One Mail Ltd.", "shared@add.example", ("Ona", "Mail")),
        expected={"add_customers": said("review", "2 Business Central customers")},
    ),
    Member(
        "email-shared-other",
        "the other one",
        customer=complete("73050", "Same Mail Ltd.", "Shared@Add.example;x@add.example", ("Tua", "Mail")),
        expected={"add_customers": said("review", "2 Business Central customers")},
    ),
)

RULES = (
    Member(
        "rule-names-ready",
        "a rule names two ready customers for an unlinked shopper: neither is created beside her",
        shopper=shopper("rue@add.example", "Rue", "Named", "+442079460162"),
        customer=_ready("73060", "Rule One Ltd.", phoneNumber="020 7946 0162"),
        expected={
            "try_mapping": said("review", "Phone names 2 customers", "73060", "73070"),
            "add_customers": said("review", "did not create Business Central customer 73060", "rue@add.example"),
        },
    ),
    Member(
        "rule-names-ready-other",
        "the other one",
        customer=_ready("73070", "Rule Two Ltd.", phoneNumber="020 79460162"),
        expected={"add_customers": said("review", "did not create Business Central customer 73070", "rue@add.example")},
    ),
)

MEMBERS = (*READY, *NOT_READY, *EMAILS, *RULES)
