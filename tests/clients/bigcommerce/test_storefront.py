"""The storefront's own list of form fields: read without a token, and an answer of any other kind is one sentence."""

from typing import Any

import pytest

from bcsync.clients.bigcommerce_storefront import fields_of, form_fields
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World


def test_own_fields_are_listed_once_with_type_and_options() -> None:
    world = World()
    shop = world.add_store("firststore", token="secret-token")
    shop.add_form_field("Days", "checkboxes", options=("Mon", "Tue"))
    shop.add_form_field("Floor", "numbers", on="address", required=True)
    shop.add_form_field("PIN", "password")
    with serve(world) as server:
        found = form_fields(f"{server.url}/storefronts/firststore")
        shop.storefront_closed = True
        with pytest.raises(UnexpectedAnswer, match="something else than its form fields"):
            form_fields(f"{server.url}/storefronts/firststore")
        with pytest.raises(UnexpectedAnswer, match="status 404"):
            form_fields(f"{server.url}/storefronts/nosuchstore")
    with pytest.raises(UnexpectedAnswer, match="does not answer"):
        form_fields(f"{server.url}/storefronts/firststore")
    assert found == [
        {"on": "customer", "name": "Days", "type": "checkboxes", "required": False, "options": ["Mon", "Tue"]},
        {"on": "customer", "name": "PIN", "type": "password", "required": False, "options": []},
        {"on": "address", "name": "Floor", "type": "numbers", "required": True, "options": []},
    ]
    assert world.audit.broken_rules == []
    world.close()


@pytest.mark.parametrize("data", [None, [], {}, "text", {"customerAccount": "no"}, {"data": []}])
def test_another_shape_is_said(data: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        fields_of(data)


@pytest.mark.parametrize("url", ["", "ftp://store.example", "javascript:alert(1)"])
def test_only_a_web_address_is_asked(url: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="does not say where"):
        form_fields(url)


def test_hostile_fields_are_read_as_far_as_they_can_be_stored() -> None:
    hostile = [
        {"custom": True, "label": "<b>\x00\ud800x</b>", "fieldType": "dropdown", "options": {"items": 7}},
        {"custom": True, "label": "=1+1", "fieldType": ["no"], "options": [{"label": "\x00"}, "text", None]},
        {"custom": True, "label": "y" * 999, "maxLength": "20"}, {"custom": True, "label": "z", "maxLength": [True]},
        {"custom": True, "label": "w", "maxLength": 10**30}, {"custom": True, "label": "v", "maxLength": 0},
        {"custom": True, "label": "\x00"}, None, 5,
    ]  # fmt: skip
    assert fields_of({"customerAccount": hostile, "shippingAddress": 3}) == [
        {"on": "customer", "name": "<b>x</b>", "type": "picklist", "required": False, "options": []},
        {"on": "customer", "name": "=1+1", "type": "text", "required": False, "options": [""]},
        {"on": "customer", "name": "y" * 255, "type": "text", "required": False, "options": [], "max_length": 20},
        *({"on": "customer", "name": name, "type": "text", "required": False, "options": []} for name in "zwv"),
    ]
