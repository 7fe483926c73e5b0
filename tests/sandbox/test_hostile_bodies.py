"""Whatever a client sends, the sandbox answers like the vendor: a status and a body, never a crash of its own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcsync.sandbox.dispatch import dispatch
from bcsync.sandbox.messages import Request
from bcsync.sandbox.world import World
from tests.sandbox.conftest import address, person

HEADERS = {"x-auth-token": "token", "accept": "application/json", "user-agent": "t", "content-type": "application/json"}
ODD = st.sampled_from([None, True, -1, 0, 7, 10**19, 1.5, "", "x", "x" * 300, [], {}, [{}], ["x"], [None]])
NAMES = [
    *person("a@example.com"), *address(), "id", "customer_id", "addresses", "attributes", "form_fields",
    "authentication", "store_credit_amounts", "channel_ids", "origin_channel_id", "customer_group_id", "attribute_id",
    "value", "name", "type", "namespace", "key", "permission_set", "resource_id",
    "trigger_account_created_notification",
]  # fmt: skip
NESTED = st.dictionaries(st.sampled_from(NAMES), ODD, max_size=5)
OVER = st.dictionaries(st.sampled_from(NAMES), st.one_of(ODD, NESTED, st.lists(NESTED, max_size=2)), max_size=5)
CALLS = [
    ("POST", "customers"), ("PUT", "customers"), ("POST", "customers/addresses"), ("PUT", "customers/addresses"),
    ("POST", "customers/attributes"), ("PUT", "customers/attributes"), ("PUT", "customers/attribute-values"),
    ("PUT", "customers/form-field-values"), ("POST", "customers/metafields"), ("PUT", "customers/metafields"),
    ("DELETE", "customers/metafields"),
]  # fmt: skip


@pytest.fixture(scope="module")
def worn_world() -> Iterator[World]:
    """One world for all examples: what one of them stored is there for the next."""
    world = World()
    store = world.add_store("abc", quota=10**9)
    fields: dict[str, Any] = {"attributes": {"VAT": "1"}, "form_fields": {"A": "1"}, "addresses": [address()]}
    store.add_customer(email="ann@example.com", metafields=[{"namespace": "n", "key": "k", "value": "v"}], **fields)
    yield world
    world.close()


@settings(max_examples=500, deadline=None)
@given(call=st.sampled_from(CALLS), over=OVER, known=st.booleans(), odd=st.lists(ODD, max_size=2))
def test_no_body_crashes_the_sandbox(
    worn_world: World, call: tuple[str, str], over: dict[str, Any], known: bool, odd: list[Any]
) -> None:
    worn_world.audit.reset()
    customer = worn_world.stores["abc"].customers.first("1")
    ids = {"id": customer["id"], "customer_id": customer["id"], "resource_id": customer["id"], "attribute_id": 1}
    item = {**person("b@example.com"), **address(), **(ids if known else {}), **over}
    body = json.dumps([item, *odd]).encode()
    method, path = call
    response = dispatch(worn_world, Request(method, f"/stores/abc/v3/{path}", headers=HEADERS, body=body))
    assert response is not None
    crashes = [rule.strip().splitlines()[-3:] for rule in worn_world.audit.broken_rules if "crashed" in rule]
    assert (crashes, response.status in (200, 204, 422)) == ([], True)
