"""/v3/customers: create, change, delete, filters, and the refusals in the vendor's words."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.answers import TYPE
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import STAMP, Api, address, person


def test_create_answers_the_whole_customer_and_stores_it(api: Api, store: StoreSide) -> None:
    vat = store.attribute_id("VAT")
    store.add_form_field("Colour")
    nested = {"addresses": [address()], "attributes": [{"attribute_id": vat, "attribute_value": "GB1"}]}
    body = person("Ann@Example.com", **nested, form_fields=[{"name": "Colour", "value": "red"}])
    answer = api("POST", "/v3/customers", [body]).json()
    id = answer["data"][0]["id"]
    created = answer["data"][0]
    shown = created["addresses"][0]
    assert answer["meta"] == {}
    assert created == {
        "id": id,
        "email": "Ann@Example.com",
        "first_name": "Ann",
        "last_name": "Archer",
        "company": "",
        "phone": "",
        "notes": "",
        "tax_exempt_category": "",
        "registration_ip_address": "",
        "customer_group_id": 0,
        "date_created": STAMP,
        "date_modified": STAMP,
        "authentication": {"force_password_reset": False},
        "accepts_product_review_abandoned_cart_emails": False,
        "origin_channel_id": 1,
        "channel_ids": None,
        "address_count": 1,
        "attribute_count": 1,
        "addresses": [
            {
                **address(id=shown["id"], customer_id=id, company="", address2="", phone="", country="United Kingdom"),
                "address_type": "residential",
                "form_fields": [],
            }
        ],
        "attributes": [
            {
                "id": created["attributes"][0]["id"],
                "attribute_id": vat,
                "attribute_value": "GB1",
                "customer_id": id,
                "date_created": STAMP,
                "date_modified": STAMP,
            }
        ],
        "form_fields": [{"name": "Colour", "value": "red", "customer_id": id}],
        "store_credit_amounts": [{"amount": 0}],
    }
    include = "addresses,attributes,formfields,storecredit"
    assert api.get("/v3/customers", include=include)["data"] == [created]


def test_more_than_ten_are_413(api: Api, store: StoreSide, world: World) -> None:
    answer = api("POST", "/v3/customers", [person(f"p{number}@example.com") for number in range(11)])
    assert (answer.status_code, store.count()) == (413, 0)
    assert world.audit.broken_rules == ["11 items in one POST /v3/customers, at most 10 are allowed"]


def test_a_duplicate_email_refuses_the_whole_batch_and_is_named(api: Api, store: StoreSide) -> None:
    store.add_customer(email="ann@example.com")
    before = store.state()
    answer = api("POST", "/v3/customers", [person("new@example.com"), person("ANN@example.com")])
    assert answer.status_code == 422
    assert answer.json() == {
        "status": 422,
        "title": "Create customers failed.",
        "type": TYPE,
        "errors": {".customer_create": "Error creating customers: email ANN@example.com already in use"},
    }
    assert store.state() == before


def test_when_posts_are_not_atomic_the_rows_before_the_bad_one_stay(api: Api, store: StoreSide, world: World) -> None:
    world.switches.post_customers_atomic = False
    store.add_customer(email="ann@example.com")
    batch = [person("one@example.com"), person("ann@example.com"), person("two@example.com")]
    assert api("POST", "/v3/customers", batch).status_code == 422
    assert sorted(store.state()["customers"]) == ["ann@example.com", "one@example.com"]
    assert [call.status for call in world.audit.writes("bigcommerce")] == [422]


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"first_name": None}, {"0.first_name": "error.path.missing"}),
        ({"last_name": ""}, {"0.last_name": "last_name must be at least 1 characters long"}),
        ({"company": "x" * 256}, {"0.company": "company must be at most 255 characters long"}),
        ({"email": "x" * 245 + "@x.com"}, {"0.email": "email must be at most 250 characters long"}),
        ({"email": "a;b@x.com"}, {"0.email": "a;b@x.com is not a valid email address"}),
        ({"customer_group_id": 5}, {"0.customer_group_id": "customer group 5 does not exist"}),
        ({"channel_ids": []}, {"0.channel_ids": "channel_ids must be null or a list of existing channels, not empty"}),
        ({"form_fields": [{"name": "No", "value": "1"}]}, {"0.form_fields.0.name": "the form field No does not exist"}),
        (
            {"attributes": [{"attribute_id": 9, "attribute_value": "1"}]},
            {"0.attributes.0.attribute_id": "invalid attribute ID"},
        ),
        ({"addresses": [address()] * 11}, {"0.addresses": "addresses must have at most 10 items"}),
        ({"addresses": [address(city="")]}, {"0.addresses.0.city": "city must not be empty"}),
    ],
)
def test_a_bad_field_is_named_by_its_path(api: Api, change: dict[str, Any], errors: dict[str, str]) -> None:
    answer = api("POST", "/v3/customers", [{**person("ann@example.com"), **change}])
    assert (answer.status_code, answer.json()["errors"]) == (422, errors)


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"{}", 422), (b"[]", 422), (b"[1]", 422)])
def test_a_body_that_is_no_list_of_objects_is_refused(api: Api, body: bytes, status: int) -> None:
    assert api("POST", "/v3/customers", data=body, headers={"Content-Type": "application/json"}).status_code == status


def test_put_changes_only_what_was_sent_and_no_subresource(api: Api, store: StoreSide, world: World) -> None:
    before = store.add_customer(
        email="ann@example.com",
        phone="1",
        notes="keep",
        addresses=[address()],
        attributes={"VAT": "1"},
        form_fields={"A": "1", "B": "2"},
    )
    world.clock.advance(60)
    id = before["id"]
    body = {"id": id, "phone": "2", "origin_channel_id": 1, "form_fields": [{"name": "B", "value": "3"}]}
    assert api("PUT", "/v3/customers", [body]).status_code == 200
    fields = [before["form_fields"][0], {"name": "B", "value": "3", "customer_id": id}]
    after = {**before, "phone": "2", "date_modified": "2026-03-01T12:01:00Z", "form_fields": fields}
    assert store.customer(id) == after
    assert world.audit.broken_rules == []


@pytest.mark.parametrize(("mode", "status"), [("ignore", 200), ("422", 422)])
def test_put_never_touches_addresses(api: Api, store: StoreSide, world: World, mode: str, status: int) -> None:
    world.switches.put_customers_addresses = mode
    before = store.add_customer(email="ann@example.com", addresses=[address()])
    body = {"id": before["id"], "addresses": [address(city="York")]}
    assert api("PUT", "/v3/customers", [body]).status_code == status
    assert store.customer("ann@example.com") == before
    assert world.audit.broken_rules == [
        "addresses sent in PUT /v3/customers: sub-resource updates are not supported there"
    ]


def test_put_with_an_unknown_id_changes_nobody(api: Api, store: StoreSide) -> None:
    before = store.add_customer(email="ann@example.com")
    answer = api("PUT", "/v3/customers", [{"id": before["id"], "phone": "9"}, {"id": 7, "phone": "9"}])
    assert answer.status_code == 422
    assert (answer.json()["title"], answer.json()["errors"]) == (
        "Update customers failed.",
        {"1.id": "invalid customer ID"},
    )
    assert store.customer("ann@example.com") == before


def test_delete_takes_what_hangs_on_the_customer(api: Api, store: StoreSide) -> None:
    metafields = [{"namespace": "n", "key": "k", "value": "v"}]
    fields = {"addresses": [address(form_fields={"Floor": "1"})], "attributes": {"VAT": "1"}, "form_fields": {"A": "1"}}
    id = store.add_customer(email="ann@example.com", metafields=metafields, **fields)["id"]
    assert api("DELETE", "/v3/customers").status_code == 204
    assert store.count() == 1
    assert api("DELETE", f"/v3/customers?id:in={id},7").status_code == 204
    tables = (store.customers, store.addresses, store.attribute_values, store.form_field_values, store.metafields)
    assert [table.count() for table in tables] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email:in=BO@example.com,nobody@example.com", ["bo"]),
        ("name:in=Bo Builder", ["bo"]),
        ("name:like=build,arch", ["ann", "bo"]),
        ("company:in=Acme", ["ann"]),
        ("phone:in=2", ["bo"]),
        ("date_modified:min=2026-03-01T12:00:10Z", ["bo"]),
        ("date_modified:min=2026-03-02", []),
        ("date_modified=2026-03-01T12:00:00", ["ann"]),
        ("date_created:max=2026-03-01T12:00:00%2B00:00", ["ann"]),
        ("sort=last_name:desc", ["bo", "ann"]),
        ("id:in=5", []),
    ],
)
def test_filters(api: Api, store: StoreSide, world: World, query: str, found: list[str]) -> None:
    store.add_customer(email="ann@example.com", first_name="Ann", last_name="Archer", company="Acme", phone="1")
    world.clock.advance(10)
    store.add_customer(email="Bo@example.com", first_name="Bo", last_name="Builder", phone="2")
    data = api("GET", f"/v3/customers?{query}").json()["data"]
    assert [body["email"].lower().removesuffix("@example.com") for body in data] == found


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("foo=1", "The filter(s): foo are not valid filter parameter(s)."),
        ("", "The filter(s):  are not valid filter parameter(s)."),
        ("customer_id=1", "The filter(s): customer_id are not valid filter parameter(s)."),
        ("id:in=hello", 'Query parameter "id:in" value may contain only integer values. For input string: "hello".'),
        ("limit=a", 'Query parameter "limit" value must be integer. For input string: "a".'),
        (
            "date_modified:min=soon",
            'Query parameter "date_modified:min" value must be a date. For input string: "soon".',
        ),
    ],
)
def test_a_bad_filter_is_422_in_the_vendors_words(api: Api, query: str, title: str) -> None:
    answer = api("GET", f"/v3/customers?limit=5&{query}")
    assert answer.json() == {"status": 422, "title": title, "type": TYPE, "errors": {}}


def test_the_welcome_mail_goes_out_only_when_asked_for(api: Api, store: StoreSide) -> None:
    ask = {"trigger_account_created_notification": True}
    quiet = {"trigger_account_created_notification": False}
    api("POST", "/v3/customers", [person("a@x.com", **ask), person("b@x.com", **quiet), person("c@x.com")])
    assert store.state()["welcome_mails"] == ["a@x.com"]


@pytest.mark.parametrize(("inclusive", "found"), [(True, 1), (False, 0)])
def test_whether_min_includes_the_boundary_is_a_switch(
    api: Api, store: StoreSide, world: World, inclusive: bool, found: int
) -> None:
    world.switches.min_inclusive = inclusive
    store.add_customer(email="ann@example.com")
    assert len(api.get("/v3/customers", date_modified__min=STAMP)["data"]) == found


def test_the_order_of_an_answer_is_a_switch(api: Api, world: World) -> None:
    world.switches.write_answer_order = "reversed"
    data = api("POST", "/v3/customers", [person("a@x.com"), person("b@x.com")]).json()["data"]
    assert [body["email"] for body in data] == ["b@x.com", "a@x.com"]


def test_email_case_is_a_switch(api: Api, world: World) -> None:
    world.switches.email_stored = "lower"
    assert api("POST", "/v3/customers", [person("Ann@X.com")]).json()["data"][0]["email"] == "ann@x.com"
    world.switches.email_uniqueness = "sensitive"
    assert api("POST", "/v3/customers", [person("ANN@X.com")]).status_code == 200
