"""Shoppers whom Business Central does not know: created from a template, refused, assigned, or left with the reason."""

from typing import Any

from bcsync.sandbox.cast.member import Member, card, place, said, shopper

CREATED = {"try_mapping": said("created", "Created as"), "update_customers": said("updated")}
MUNICH = place("Leopoldstr. 8", "München", "80802", "DE", phone="+49 89 2312 5011")
LONG_CITY = "Llanfairpwllgwyngyllgogerychwyrn"
LONG_LINE = "Building 7, Second Courtyard, Entrance C, Fourth Floor, Left"


def _refused(key: str, shows: str, who: dict[str, Any], *gists: str) -> Member:
    return Member(key, shows, shopper=who, expected={"try_mapping": said("rejected", *gists)})


UNKNOWN = (
    Member(
        "new-company",
        "the template for GB; a company name makes a Company",
        shopper=shopper(
            "gus@new.example",
            "Gus",
            "Firm",
            "020 7946 0131",
            company="Gus & Daughters Ltd.",
            addresses=[place(company="Gus & Daughters Ltd.")],
        ),
        expected=CREATED,
    ),
    Member(
        "new-person",
        "the template for GB; without a company a Person, whose own address is then used",
        shopper=shopper("per@new.example", "Per", "Sson", "020 7946 0132", addresses=[place(phone="020 7946 0132")]),
        expected=CREATED,
    ),
    Member(
        "new-german",
        "the more specific template for DE",
        shopper=shopper("uwe@new.example", "Uwe", "Münch", addresses=[MUNICH]),
        expected=CREATED,
    ),
    Member(
        "new-french",
        "no template for FR, so the one for any country",
        shopper=shopper(
            "luc@new.example",
            "Luc",
            "Paris",
            "01 99 00 12 34",
            addresses=[place("5 rue du Test", "Paris", "75001", "FR")],
        ),
        expected=CREATED,
    ),
    Member(
        "new-without-address",
        "nobody knows the country: the template for any",
        shopper=shopper("noa@new.example", "Noa", "Where"),
        expected=CREATED,
    ),
    _refused(
        "refused-city",
        "32 characters, Business Central takes 30",
        shopper("lla@refused.example", "Lla", "Nfair", addresses=[place(city=LONG_CITY)]),
        "City has 32 characters",
        "30",
    ),
    _refused(
        "refused-phone",
        "letters in a phone number",
        shopper("let@refused.example", "Let", "Ters", "0800 FLOWERS", addresses=[place()]),
        "Phone No.",
        "letters",
    ),
    _refused(
        "refused-address2",
        "60 characters, Business Central takes 50 in API v2.0's line 2",
        shopper("lin@refused.example", "Lin", "Etwo", addresses=[place(address2=LONG_LINE)]),
        "Address 2 has 60",
        "50",
    ),
    _refused(
        "refused-vat",
        "what only the vendor knows, it refuses: the form of a VAT number",
        shopper(
            "vat@refused.example", "Vat", "Blanks", addresses=[place()], attributes={"VAT number": "GB 789 456 017"}
        ),
        "VAT Registration number",
    ),
    _refused(
        "refused-country",
        "this company has no country/region code for Greece",
        shopper("geo@refused.example", "Geo", "Athen", addresses=[place("Odos 1", "Athina", "105 57", "GR")]),
        "GR",
    ),
)

# In the second store creating is off. Shipped to France: the template's default; elsewhere the store's; to Ireland a
# default that does not exist.
ASSIGNED = (
    Member(
        "default-of-store",
        "creating is off: the store's default customer",
        second=shopper("sam@default.example", "Sam", "Stay", addresses=[place()]),
        customer=card("79000", "Cash Customer GB"),
        expected={"add_customers": said("skipped", "Email")},
        in_second={"try_mapping": said("defaulted", "default customer 79000")},
    ),
    Member(
        "default-shared",
        "a second shopper shares it",
        second=shopper("sue@default.example", "Sue", "Stay", addresses=[place("2 Mill Lane")]),
        in_second={"try_mapping": said("defaulted", "default customer 79000")},
    ),
    Member(
        "default-of-template",
        "the template for FR has a default customer of its own",
        second=shopper("fra@default.example", "Fra", "Nce", addresses=[place("9 rue Bis", "Lyon", "69001", "FR")]),
        customer=card("79010", "Client comptant FR", country="FR"),
        expected={"add_customers": said("skipped", "Email")},
        in_second={"try_mapping": said("defaulted", "default customer 79010")},
    ),
    Member(
        "default-missing",
        "creating is off and the default does not exist: unmapped, with the reason",
        second=shopper("ire@default.example", "Ire", "Land", addresses=[place("3 Quay", "Dublin", "D02 XY45", "IE")]),
        in_second={"try_mapping": said("skipped", "79999 does not exist")},
    ),
)

_ANN = shopper(
    "ann@both.example", "Ann", "Twice", "020 7946 0140", addresses=[place("4 Both Street", phone="020 7946 0140")]
)
_BEN = shopper("ben@both.example", "Ben", "Twice", "+44 20 7946 0141")

IN_BOTH_STORES = (
    Member(
        "both-new",
        "created for the first store, found by its phone from the second: one customer, two links",
        shopper=_ANN,
        second=_ANN,
        expected=CREATED,
        in_second={"try_mapping": said("linked", "Phone"), "update_customers": said("updated")},
    ),
    Member(
        "both-known",
        "known to Business Central, linked in both stores",
        shopper=_BEN,
        second=_BEN,
        customer=card("79100", "Ben's Two Shops", "+442079460141"),
        expected={"try_mapping": said("linked", "Phone", "79100"), "update_customers": said("updated")},
        in_second={"try_mapping": said("linked", "Phone", "79100"), "update_customers": said("updated")},
    ),
)

MEMBERS = (*UNKNOWN, *ASSIGNED, *IN_BOTH_STORES)
