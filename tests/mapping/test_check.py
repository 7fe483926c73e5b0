"""Every refusal of a set-up, at its row and in words; and that the defaults have none."""

from dataclasses import replace
from typing import Any

import pytest

from bcsync.clients.business_central_capabilities import Capabilities, PublishedPage, find_capabilities
from mapping.check import problems
from mapping.defaults import DEFAULT_REQUIRED, DEFAULT_ROWS
from mapping.match_rules import DEFAULT_RULES, Compare, Rule
from mapping.rows import FieldRow, Place, step
from mapping.setup_parts import GroupRow, Setup
from mapping.store_facts import StoreFacts
from mapping.template import TemplateRow
from tests.mapping.builders import a_store

DEFAULTS = Setup(DEFAULT_ROWS, DEFAULT_RULES, DEFAULT_REQUIRED)
NOTHING_PUBLISHED = find_capabilities({}, {})
CARD = Capabilities({"customer_card": PublishedPage("Kunden", ["No"], {"number": "No", "customer_price_group": "PG"})})


def refused(setup: Setup, facts: StoreFacts | None = None, **options: Any) -> list[tuple[str, str]]:
    """(row, field) of every refusal."""
    return [(p.row, p.field) for p in problems(setup, facts or a_store(), **options) if p.blocks]


def with_row(source: str, target: str, *steps: Any, **manners: Any) -> Setup:
    """The defaults with one more row."""
    places = [Place(*(part for part in place.split(".", 1) if part)) if place else Place("", "")
              for place in (source, target)]  # fmt: skip
    mine = FieldRow(places[0], places[1], steps, **manners)
    return replace(DEFAULTS, rows=(*(row for row in DEFAULT_ROWS if row.target != mine.target), mine))


def test_the_defaults_have_no_problem_in_a_store_like_any():
    assert problems(DEFAULTS, a_store()) == []
    assert problems(DEFAULTS, StoreFacts()) == []


def test_what_the_company_does_not_offer_is_a_note_that_says_what_to_publish():
    found = problems(DEFAULTS, a_store(), NOTHING_PUBLISHED)
    assert all(not problem.blocks for problem in found)
    said = {problem.row: problem.text for problem in found}
    assert set(said) == {"customer.customer_group_id", *(
        str(row.target) for row in DEFAULT_ROWS if row.source.table == "ship_to"
    )}  # fmt: skip
    assert "Page 21 (Customer Card) is not published" in said["customer.customer_group_id"]
    assert "Object ID 300" in said["ship_to_address.city"]


@pytest.mark.parametrize(
    ("setup", "row", "field", "words"),
    [
        (with_row("customer.city", "customer.id"), "customer.id", "target_field", "cannot be written"),
        (with_row("customer.city", "customer.nickname"), "customer.nickname", "target_field", "no field"),
        (with_row("customer.city", "group.name"), "group.name", "target_field", "no field"),
        (with_row("vendor.city", "customer.notes"), "customer.notes", "source_table", "no table"),
        (with_row("customer.nickname", "customer.notes"), "customer.notes", "source_field", "no field"),
        (with_row("ship_to.city", "customer.notes"), "customer.notes", "source_table", "may have many"),
        (with_row("customer.city", "customer.notes", step("shout")), "customer.notes", "steps", "no transform"),
        (with_row("customer.city", "customer.notes", step("upper", loud="1")), "customer.notes", "steps",
         "no argument"),
        (with_row("customer.city", "customer.notes", step("join")), "customer.notes", "steps", "needs the argument"),
        (with_row("customer.city", "customer.notes", step("join", field="x")), "customer.notes", "steps", "customer.x"),
        (with_row("customer.city", "customer.notes", step("template", text="{customer.x}")), "customer.notes", "steps",
         "customer.x"),
        (with_row("customer.city", "customer.notes", step("look_up")), "customer.notes", "steps", "no entries"),
        (with_row("customer.phoneNumber", "customer.phone", step("phone", format="us")), "customer.phone", "steps",
         "one of e164, national"),
        (with_row("", "customer.phone", step("constant", value="x" * 51)), "customer.phone", "steps", "takes 50"),
        (with_row("", "customer.customer_group_id", step("constant", value="VIP")), "customer.customer_group_id",
         "steps", "is none"),
        (with_row("customer.city", "customer.customer_group_id"), "customer.customer_group_id", "source_field",
         "takes a number"),
        (with_row("customer.city", "address.country_code"), "address.country_code", "source_field", "takes a country"),
        (with_row("customer.city", "address.address_type"), "address.address_type", "source_field", "look-up"),
        (with_row("", "address.address_type", step("constant", value="office")), "address.address_type", "steps",
         "is not one of"),
        (with_row("customer.state", "address.state_or_province", step("state_code")), "address.state_or_province",
         "steps", "full name only"),
        (with_row("customer.city", "attribute.Since", type="date"), "attribute.Since", "source_field", "takes a date"),
        (with_row("customer.city", "attribute.Salesperson", type="number"), "attribute.Salesperson", "type",
         "cannot change"),
        (with_row("customer.city", "attribute.Since", type="boolean"), "attribute.Since", "type", "must be one of"),
        (with_row("customer.city", "attribute." + "n" * 256), "attribute." + "n" * 256, "name", "takes 255"),
        (with_row("customer.city", "form_field.PIN", type="password"), "form_field.PIN", "type", "never written"),
        (with_row("customer.city", "form_field.Size", step("constant", value="L"), type="picklist", options=("S", "M")),
         "form_field.Size", "steps", "is not one of"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_work_is_refused_at_its_field(setup, row, field, words):
    found = [problem for problem in problems(setup, a_store()) if problem.blocks]
    assert [(problem.row, problem.field) for problem in found][:1] == [(row, field)]
    assert words in found[0].text
    assert {problem.row for problem in found} == {row}


@pytest.mark.parametrize(
    "setup",
    [
        with_row("customer.city", "customer.notes", step("trim"), step("upper")),
        with_row("", "customer.notes", step("template", text="{customer.number}: {contact.surname}")),
        with_row("", "customer.customer_group_id", step("constant", value="7")),
        with_row("customer.type", "customer.customer_group_id", step("look_up", Company="7", **{"*": "8"})),
        with_row("customer.balanceDue", "attribute.Balance", type="number"),
        with_row("financial.overdueAmount", "attribute.Overdue", step("number", decimals="2"), type="number"),
        with_row("customer.lastModifiedDateTime", "attribute.Changed", step("date"), type="date"),
        with_row("published.Loyalty_Level", "attribute.Loyalty", type="number"),
        with_row("ship_to.code", "address_form_field.Ship-to"),
    ],
)
def test_a_row_that_can_work_is_not(setup):
    assert refused(setup) == []


@pytest.mark.parametrize(
    ("namespace", "key", "field"), [("n" * 65, "k", "namespace"), ("n", "k" * 65, "name"), ("n", " ", "name")]
)
def test_a_metafield_name_over_64_is_refused(namespace, key, field):
    row = FieldRow(Place("customer", "city"), Place("metafield", key, namespace))
    assert refused(replace(DEFAULTS, rows=(*DEFAULT_ROWS, row))) == [(str(row.target), field)]


def test_two_rows_onto_one_target_are_both_told():
    twice = replace(DEFAULTS, rows=(*DEFAULT_ROWS, FieldRow(Place("customer", "website"), Place("customer", "phone"))))
    assert refused(twice) == [("customer.phone", "target_field")] * 2


def test_the_51st_attribute_is_refused_and_the_50th_is_not():
    there = [{"id": n, "name": f"A{n}", "type": "string"} for n in range(48)]
    new = tuple(FieldRow(Place("customer", "city"), Place("attribute", f"New{n}"), type="string") for n in range(3))
    facts = a_store(attributes=there)
    assert refused(replace(DEFAULTS, rows=(*DEFAULT_ROWS, *new)), facts) == [("attribute.New2", "name")]
    assert refused(replace(DEFAULTS, rows=(*DEFAULT_ROWS, *new[:2])), facts) == []


def test_an_attribute_spelled_otherwise_in_the_store_is_told():
    facts = a_store(attributes=[{"id": 1, "name": "salesperson"}])
    assert refused(DEFAULTS, facts) == [("attribute.Salesperson", "name")]


def with_compare(rule: str, *compares: Compare) -> Setup:
    rules = tuple(Rule(r.name, r.enabled, compares) if r.name == rule else r for r in DEFAULT_RULES)
    return replace(DEFAULTS, rules=rules)


def test_a_rule_that_compares_what_nobody_maps_is_refused():
    setup = with_compare("attributes", Compare("attribute", "ERP number"))
    assert refused(setup) == [("rule.attributes", "compares")]
    assert refused(setup, a_store(attributes=[{"id": 1, "name": "ERP number"}])) == []
    assert refused(setup, seen=[("attribute", "ERP number")]) == []
    mapped = FieldRow(Place("customer", "number"), Place("attribute", "ERP number"))
    assert refused(replace(setup, rows=(*DEFAULT_ROWS, mapped))) == []


@pytest.mark.parametrize(
    ("rule", "compare"),
    [
        ("phone", Compare("attribute", "Salesperson")),
        ("attributes", Compare("form_field", "Salesperson")),
        ("attributes", Compare("attribute", "Salesperson", "city")),
        ("attributes", Compare("order", "Salesperson")),
    ],
)
def test_a_rule_compares_only_what_it_is_about(rule, compare):
    assert refused(with_compare(rule, compare)) == [(f"rule.{rule}", "compares")]


def test_email_and_names_stay_required_and_only_fields_can_be():
    assert refused(replace(DEFAULTS, required=("first_name", "surname", "shoe_size"))) == [
        ("required.shoe_size", "name"),
        ("required.email", "name"),
    ]
    assert refused(replace(DEFAULTS, required=(*DEFAULT_REQUIRED, "postal_code", "phone_number"))) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"shoeSize": "42"}, "no field"),
        ({"email": "a@example.com"}, "cannot come from a template"),
        ({"number": "10000"}, "cannot come from a template"),
        ({"salespersonCode": "x" * 21}, "takes 20"),
        ({"salespersonCode": 7}, "must be a text"),
        ({"creditLimit": "much"}, "must be a number"),
        ({"taxLiable": "maybe"}, "must be true or false"),
    ],
)
def test_a_template_value_that_business_central_refuses_is_refused(values, words):
    found = problems(replace(DEFAULTS, templates=(TemplateRow(values=values),)), a_store())
    assert [(p.row, p.field, p.blocks) for p in found] == [("template.any customer", "values", True)]
    assert words in found[0].text


def test_a_template_tie_is_refused():
    two = (TemplateRow("GB", 1), TemplateRow("GB", 1, values={"salespersonCode": "JO"}), TemplateRow("GB"))
    key = "template.country GB, customer group 1"
    assert refused(replace(DEFAULTS, templates=two)) == [(key, "country")] * 2


def test_a_template_that_needs_the_card_says_so_until_it_is_published():
    setup = replace(DEFAULTS, templates=(TemplateRow(values={"customerPriceGroup": "VIP"}),))
    said = [p for p in problems(setup, a_store(), NOTHING_PUBLISHED) if p.row.startswith("template")]
    assert [(p.blocks, "published Customer Card" in p.text) for p in said] == [(False, True)]
    assert [p for p in problems(setup, a_store(), CARD) if p.row.startswith("template")] == []


def test_payment_terms_can_be_read_without_the_card_but_not_written():
    setup = replace(DEFAULTS, templates=(TemplateRow(values={"paymentTermsCode": "14 DAYS", "creditLimit": "500"}),))
    said = [p for p in problems(setup, a_store(), NOTHING_PUBLISHED) if p.row.startswith("template")]
    assert [(p.blocks, p.text.partition(" can only")[0]) for p in said] == [(False, "Payment Terms Code")]


def test_groups_and_country_codes_are_checked():
    groups = (GroupRow(1, "price", "VIP"), GroupRow(1, "price", "NET"), GroupRow(2, "discount", "x" * 21))
    setup = replace(DEFAULTS, groups=groups, country_iso={"EL": "GR", "XI": "UK", "": "GB"})
    assert refused(setup) == [
        ("group.price.VIP", "group_id"),
        ("group.price.NET", "group_id"),
        ("group.discount." + "x" * 21, "code"),
        ("country.XI", "iso"),
        ("country.", "code"),
    ]


def test_an_own_fields_type_is_known_from_metadata():
    """A number of the published page cannot fill a date; a text may hold anything."""
    card = PublishedPage("Card", ["No"], {"number": "No"}, {"Points": ("number", None), "Note": ("text", 50)})
    told = Capabilities({"customer_card": card})
    setups = [with_row(f"published.{name}", "attribute.When", type="date") for name in ("Points", "Note")]
    assert [refused(setup, capabilities=told) for setup in setups] == [[("attribute.When", "source_field")], []]
    assert [refused(setup) for setup in setups] == [[], []]


def test_a_templates_value_is_measured_by_the_companys_own_length():
    setup = replace(DEFAULTS, templates=(TemplateRow(values={"website": "https://adatum.example"}),))
    told = Capabilities(customer_types={"website": ("text", 10)})
    assert refused(setup) == []
    assert refused(setup, capabilities=told) == [("template.any customer", "values")]
