"""Notes on rows whose value may go back to Business Central: target, length, another row; they never refuse a save."""

from dataclasses import replace

import pytest

from bcsync.clients.business_central_capabilities import Capabilities
from mapping.check_back import back_problems
from mapping.defaults import DEFAULT_ROWS
from mapping.rows import FieldRow, Place, step

OWN = {str(row.target): row for row in DEFAULT_ROWS}


def notes(*rows: FieldRow, capabilities: Capabilities | None = None) -> dict[str, str]:
    found = list(back_problems(rows, capabilities))
    assert not any(problem.blocks for problem in found)
    assert {problem.field for problem in found} <= {"owner"}
    return {problem.row: problem.text for problem in found}


def owned(target: str, owner: str = "bigcommerce", **values: object) -> FieldRow:
    return replace(OWN[target], owner=owner, **values)  # type: ignore[arg-type]


def test_the_default_set_up_has_none():
    assert notes(*DEFAULT_ROWS) == {}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (owned("metafield.bcsync.customer_number"), "Customer No. cannot be written"),
        (owned("address.address_type", steps=(step("constant", value="residential"),)), "step that has no inverse"),
        (owned("customer.company"), "takes 100 characters of Name, BigCommerce 255 characters"),
        (owned("customer.email", "newest"), "The newest wins, but: Business Central takes 80 characters of Email"),
        (
            FieldRow(Place("", ""), Place("form_field", "x"), (step("constant", value="x"),), "fill_if_empty"),
            "It fills",
        ),
    ],
)
def test_says_what_hinders_it(row, words):
    (said,) = notes(row).values()
    assert words in said


def test_a_value_that_is_shortened_or_fits_needs_no_note():
    assert notes(owned("customer.company", too_long="shorten")) == {}
    state = FieldRow(Place("customer", "website"), Place("attribute", "Home page"), owner="bigcommerce")
    assert notes(state) == {}


def test_of_two_rows_that_read_one_field_the_first_writes_it():
    said = notes(owned("customer.phone", too_long="shorten"), owned("address.phone", too_long="shorten"))
    assert list(said) == ["address.phone"]
    assert "customer.phone writes Phone No. of Business Central and comes first" in said["address.phone"]


def test_what_the_company_does_not_offer_to_write_says_what_to_publish():
    bare = Capabilities(missing=["Page 21 (Customer Card) is not published, publish it."])
    (said,) = notes(owned("customer.customer_group_id"), capabilities=bare).values()
    assert "Page 21 (Customer Card) is not published" in said
