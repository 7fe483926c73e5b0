"""Keys become labels in one place; what is nobody's key stays as it is."""

import pytest

from mapping.catalogue import fields_of
from mapping.field_words import in_part


@pytest.mark.parametrize(
    ("part", "key", "shown"),
    [
        ("core", "first_name", "First name"), ("core", "displayName", "Name"), ("core", "", ""), ("core", "<b>", "<b>"),
        ("address main", "address1", "Address line 1"), ("address:ship-to:FEN", "postal_code", "Post code"),
        ("Business Central", "phoneNumber", "Phone No."), ("", "state_or_province", "State/province"),
        ("", "email", "Email"), ("metafields", "bcsync.email", "bcsync.email"), ("form fields", "phone", "phone"),
        ("attributes", "VAT number", "VAT number"), ("link", "linked to", "linked to"),
    ],
)  # fmt: skip
def test_what_a_field_is_called(part: str, key: str, shown: str) -> None:
    assert in_part(part, key) == shown


def test_no_field_of_a_shopper_or_an_address_is_shown_by_its_key() -> None:
    for table, part in (("customer", "core"), ("address", "address main")):
        for field in fields_of("bigcommerce", table):
            assert in_part(part, field.name) == field.label != field.name
