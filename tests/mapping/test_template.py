"""A shopper as a new Business Central customer."""

import pytest

from mapping.template import NewShopper, TemplateRow, card_values, choose, new_customer, new_shopper

CUSTOMER = {"email": "ann@shop.io", "first_name": "Ann", "last_name": "Lee", "company": "", "phone": "+44 20 7946 0958"}
ADDRESS = {
    "id": 5,
    "address1": "1 High St",
    "address2": "Flat 2",
    "city": "London",
    "state_or_province": "",
    "postal_code": "N1 1AA",
    "country_code": "GB",
    "phone": "",
    "company": "",
}
TEMPLATE = TemplateRow(values={"salespersonCode": "JO", "customerPostingGroup": "DOMESTIC", "currencyCode": ""})


def test_a_person_with_the_templates_values():
    values, issues = new_customer(new_shopper(CUSTOMER, [ADDRESS]), TEMPLATE, {"GB": "UK"})
    assert issues == []
    assert values == {
        "displayName": "Ann Lee",
        "type": "Person",
        "addressLine1": "1 High St",
        "addressLine2": "Flat 2",
        "city": "London",
        "country": "UK",
        "postalCode": "N1 1AA",
        "phoneNumber": "+44 20 7946 0958",
        "email": "ann@shop.io",
        "salespersonCode": "JO",
        "customerPostingGroup": "DOMESTIC",
    }
    assert card_values(values) == {"customerPostingGroup": "DOMESTIC"}


@pytest.mark.parametrize(
    ("contact_type", "company", "expected"),
    [
        ("by company", "", ("Person", "Ann Lee")),
        ("by company", "Shop Ltd", ("Company", "Shop Ltd")),
        ("Company", "", ("Company", "Ann Lee")),
        ("Person", "Shop Ltd", ("Person", "Ann Lee")),
    ],
)
def test_the_contact_type_says_whose_name_it_is(contact_type, company, expected):
    shopper = new_shopper({**CUSTOMER, "company": company}, [ADDRESS])
    values, _ = new_customer(shopper, TemplateRow(contact_type=contact_type), {"GB": "GB"})
    assert (values["type"], values["displayName"]) == expected


def test_the_most_complete_address_is_the_best_and_the_oldest_among_equals():
    bare = {"id": 1, "country_code": "IE"}
    assert new_shopper(CUSTOMER, [bare, {**ADDRESS, "id": 9}, ADDRESS]).address == ADDRESS
    assert new_shopper(CUSTOMER, []).address == {}


def test_phone_and_company_come_from_the_address_where_the_customer_has_none():
    shopper = new_shopper({**CUSTOMER, "phone": ""}, [{**ADDRESS, "phone": "1234", "company": "Shop Ltd"}])
    assert (shopper.phone, shopper.company) == ("1234", "Shop Ltd")


@pytest.mark.parametrize(
    ("customer", "address", "field", "kind", "text"),
    [
        ({}, {"city": "x" * 31}, "city", "too_long", "City has 31 characters, Business Central takes 30"),
        ({}, {"address2": "x" * 51}, "addressLine2", "too_long", "Address 2 has 51 characters"),
        ({"company": "x" * 101}, {}, "displayName", "too_long", "Name has 101 characters"),
        ({"email": "x" * 75 + "@shop.io"}, {}, "email", "too_long", "Email has 83 characters"),
        ({"phone": "1" * 31}, {}, "phoneNumber", "too_long", "Phone No. has 31 characters"),
        ({"phone": "0123 ext 4"}, {}, "phoneNumber", "invalid", 'Phone No. "0123 ext 4" has letters'),
        ({"email": "nobody"}, {}, "email", "invalid", 'Email "nobody" is not an e-mail address.'),
        ({}, {"country_code": "DE"}, "country", "unknown", "Country DE (Germany): this company has no country/region"),
        ({"first_name": "", "last_name": ""}, {}, "displayName", "missing", "Name is empty"),
    ],
)  # fmt: skip
def test_what_business_central_would_refuse_is_named_and_never_cut(customer, address, field, kind, text):
    values, issues = new_customer(
        new_shopper({**CUSTOMER, **customer}, [{**ADDRESS, **address}]), TEMPLATE, {"GB": "GB"}
    )
    assert [(issue.field, issue.kind) for issue in issues] == [(field, kind)]
    assert issues[0].text.startswith(text)
    assert field not in values


ANY, GB, GROUP = TemplateRow(), TemplateRow("GB"), TemplateRow(group_id=7)
GB_GROUP, GB_VAT, GB_NO_VAT = (
    TemplateRow("GB", 7),
    TemplateRow("GB", vat_present=True),
    TemplateRow("GB", vat_present=False),
)


@pytest.mark.parametrize(
    ("templates", "group", "vat", "expected"),
    [
        ([ANY], 0, "", ANY),
        ([GB, ANY], 0, "", GB),
        ([GROUP, GB], 7, "", GB),
        ([GB, GB_GROUP, ANY], 7, "", GB_GROUP),
        ([GB_GROUP, ANY], 1, "", ANY),
        ([GB_VAT, GB_NO_VAT], 0, "GB1", GB_VAT),
        ([GB_VAT, GB_NO_VAT], 0, "", GB_NO_VAT),
        ([GB_GROUP, GB_VAT], 7, "GB1", GB_GROUP),
        ([TemplateRow("DE")], 0, "", None),
        ([], 0, "", None),
        ([GB, TemplateRow("GB", default_customer_number="D1")], 0, "", None),
    ],
)
def test_the_most_specific_template_wins_and_a_tie_chooses_none(templates, group, vat, expected):
    shopper = new_shopper({**CUSTOMER, "customer_group_id": group}, [ADDRESS], vat)
    for order in (templates, templates[::-1]):
        template, why = choose(order, shopper)
        assert template == expected
        assert why.endswith(".")


def test_the_choice_is_explained():
    shopper = new_shopper({**CUSTOMER, "customer_group_id": 7}, [ADDRESS])
    assert choose([ANY, GB_GROUP], shopper)[1] == "Template for country GB, customer group 7."
    assert choose([], shopper)[1] == 'No customer template fits country "GB", group 7.'
    assert choose([GB, GB], shopper)[1] == "2 customer templates have the same conditions: country GB."


def test_what_the_shopper_says_wins_over_the_template():
    template = TemplateRow(values={"city": "Nowhere", "website": "https://shop.io"})
    values, _ = new_customer(new_shopper(CUSTOMER, [ADDRESS]), template, {"GB": "GB"})
    assert (values["city"], values["website"]) == ("London", "https://shop.io")
    without, _ = new_customer(new_shopper(CUSTOMER, [{**ADDRESS, "city": ""}]), template, {"GB": "GB"})
    assert without["city"] == "Nowhere"


def test_a_customer_group_brings_its_price_group_and_wins_over_the_template():
    template = TemplateRow(values={"customerPriceGroup": "RETAIL", "salespersonCode": "JO"})
    shopper = NewShopper("a@example.com", company="Adatum")
    values, issues = new_customer(shopper, template, {}, {"customerPriceGroup": "VIP"})
    assert (values["customerPriceGroup"], values["salespersonCode"], issues) == ("VIP", "JO", [])


def test_typed_values_and_what_goes_through_the_card():
    fixed = {"creditLimit": "500.50", "taxLiable": "yes", "paymentTermsCode": "14 DAYS", "salespersonCode": "JO"}
    values, issues = new_customer(NewShopper("a@example.com", company="A"), TemplateRow(values=fixed), {})
    assert {name: values[name] for name in fixed} == {**fixed, "creditLimit": 500.5, "taxLiable": True}
    assert card_values(values) == {"paymentTermsCode": "14 DAYS"}
    assert issues == []


def test_the_companys_own_length_counts():
    shopper = NewShopper("a@example.com", company="Adatum Corporation")
    values, issues = new_customer(shopper, TemplateRow(), {}, None, {"displayName": 10})
    assert "displayName" not in values
    assert [(issue.field, issue.length, issue.limit) for issue in issues] == [("displayName", 18, 10)]
