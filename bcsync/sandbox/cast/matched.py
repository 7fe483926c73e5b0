"""Shoppers whom Try Mapping finds in Business Central by a match rule, or ought not to find."""

from typing import Any

from bcsync.sandbox.cast.member import Member, card, complete, place, said, shopper

GB = [place()]
LINKED, UPDATED = "linked", said("updated")


def _found(key: str, shows: str, who: dict[str, Any], customer: dict[str, Any], *gists: str) -> Member:
    expected = {"try_mapping": said(LINKED, *gists), "update_customers": UPDATED}
    return Member(key, shows, shopper=who, customer=customer, expected=expected)


def metafield(namespace: str, key: str, value: str, **more: str) -> dict[str, Any]:
    """One metafield of a shopper."""
    return {"metafields": [{"namespace": namespace, "key": key, "value": value, **more}]}


TRACKED = (
    _found(
        "tracking-owned",
        "our own tracking metafield decides alone, whatever the phone says",
        shopper(
            "ada@tracked.example",
            "Ada",
            "Owned",
            "020 7946 0104",
            **metafield("bcsync", "customer_id", "{id of 70010}"),
        ),
        card("70010", "Tracked Owner Ltd."),
        "Tracking metafield",
        "70010",
    ),
    Member(
        "tracking-foreign",
        "a tracking metafield that another app wrote is shown and ignored",
        shopper=shopper(
            "flo@tracked.example",
            "Flo",
            "Foreign",
            addresses=GB,
            **metafield("bcsync", "customer_id", "{id of 70020}", permission_set="read", client_id="another-app"),
        ),
        customer=card("70020", "Not Flo's Ltd."),
        expected={
            "try_mapping": said("created", "Created as"),
            "add_customers": said("skipped", "Email", "First Name", "Address"),
            "update_customers": UPDATED,
        },
    ),
    Member(
        "tracking-unknown",
        "our own metafield, with an id that this company does not have",
        shopper=shopper(
            "una@tracked.example",
            "Una",
            "Unknown",
            addresses=GB,
            **metafield("bcsync", "customer_id", "00000000-aaaa-4bbb-8ccc-000000000001"),
        ),
        expected={"try_mapping": said("created", "Created as"), "update_customers": UPDATED},
    ),
)

PHONES = (
    _found(
        "phone-national",
        "national form, region from the address",
        shopper("pia@phone.example", "Pia", "National", "020 7946 0105", addresses=GB),
        card("70110", "National Phone Ltd.", "+44 20 7946 0105"),
        "Phone",
        "+442079460105",
        "70110",
    ),
    _found(
        "phone-e164",
        "E.164 in the store, national in Business Central",
        shopper("eli@phone.example", "Eli", "Global", "+442079460106"),
        card("70120", "Global Phone Ltd.", "020 7946 0106"),
        "Phone",
        "70120",
    ),
    _found(
        "phone-spaces",
        "blanks, brackets and dots",
        shopper("spa@phone.example", "Spa", "Spaces", " +44 (0)20 7946.0107 "),
        card("70130", "Spaces Phone Ltd.", "020 79460107"),
        "Phone",
        "70130",
    ),
    _found(
        "phone-double-zero",
        "00 instead of +",
        shopper("zoe@phone.example", "Zoe", "Zero", "0044 20 7946 0108"),
        card("70140", "Zero Phone Ltd.", "02079460108"),
        "Phone",
        "70140",
    ),
    _found(
        "phone-of-address",
        "the number is only on an address",
        shopper("adr@phone.example", "Adr", "Address", addresses=[place(phone="020 7946 0109")]),
        card("70150", "Address Phone Ltd.", "+442079460109"),
        "Phone",
        "70150",
    ),
    _found(
        "phone-of-contact",
        "the number is only the contact's",
        shopper("con@phone.example", "Con", "Tact", "+44 20 7946 0110"),
        card("70160", "Contact Phone Ltd.", contact=("Con", "Tact"), contact_phone="020 7946 0110"),
        "Phone",
        "70160",
    ),
    _found(
        "phone-german",
        "a German national number",
        shopper(
            "kai@phone.example",
            "Kai",
            "Berlin",
            "030 23125 010",
            addresses=[place("Torstr. 1", "Berlin", "10119", "DE")],
        ),
        card("70170", "Berliner Telefon GmbH", "+49 30 23125010", country="DE"),
        "Phone",
        "+493023125010",
    ),
    Member(
        "phone-substring",
        "the end of a number is not that number",
        shopper=shopper("sub@phone.example", "Sub", "String", "7946 0111", addresses=GB),
        customer=card("70180", "Whole Phone Ltd.", "020 7946 0111"),
        expected={
            "try_mapping": said("created"),
            "add_customers": said("skipped", "Email"),
            "update_customers": UPDATED,
        },
    ),
    Member(
        "phone-unparsable",
        "the same text on both sides is no number, so it does not fire",
        shopper=shopper("dig@phone.example", "Dig", "Its", "12", addresses=GB),
        customer=card("70190", "Twelve Ltd.", "12"),
        expected={
            "try_mapping": said("created"),
            "add_customers": said("skipped", "Email"),
            "update_customers": UPDATED,
        },
    ),
)

OTHER_RULES = (
    _found(
        "metafield",
        "another namespace's customer_number",
        shopper("met@rules.example", "Met", "Field", **metafield("erp", "customer_number", "70210")),
        card("70210", "Metafield Ltd."),
        "Metafield",
        "70210",
    ),
    _found(
        "attribute",
        "attribute Customer number",
        shopper("att@rules.example", "Att", "Ribute", attributes={"Customer number": " 70220 "}),
        card("70220", "Attribute Ltd."),
        "Attribute",
        "70220",
    ),
    _found(
        "form-field",
        "form field Customer number",
        shopper("for@rules.example", "For", "Mfield", form_fields={"Customer number": "70230"}),
        card("70230", "Form Field Ltd."),
        "Form field",
        "70230",
    ),
    Member(
        "email-only",
        "the e-mail rule is off: Try Mapping asks a person, Add Customers links by its own rule",
        shopper=shopper("mia@rules.example", "Mia", "Mail", addresses=GB),
        customer=complete("70240", "Mail Ltd.", "Mia@Rules.example", ("Mia", "Mail")),
        expected={
            "try_mapping": said("review", "70240 has this e-mail"),
            "add_customers": said("linked", "no rule disagrees"),
            "update_customers": UPDATED,
        },
    ),
    Member(
        "tax-only",
        "the tax rule is off, so an equal number finds nobody",
        shopper=shopper("tax@rules.example", "Tax", "Number", addresses=GB, attributes={"VAT number": "GB789456017"}),
        customer=card("70250", "Tax Ltd.", taxRegistrationNumber="GB789456017"),
        expected={
            "try_mapping": said("created"),
            "add_customers": said("skipped", "Email"),
            "update_customers": UPDATED,
        },
    ),
    _found(
        "two-agree",
        "phone and form field name one customer",
        shopper(
            "two@rules.example", "Two", "Agree", "020 7946 0121", form_fields={"Customer number": "70260"}, addresses=GB
        ),
        card("70260", "Agreed Ltd.", "+442079460121"),
        "Phone",
        "Form field",
        "70260",
    ),
)

MEMBERS = (*TRACKED, *PHONES, *OTHER_RULES)
