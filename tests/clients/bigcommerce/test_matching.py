"""Answers find their items by key, also where the vendor tidies what it was given, and never by position."""

import json

import pytest

from bcsync.clients.bigcommerce import connect
from bcsync.clients.bigcommerce_addresses import complete, cut_short
from bcsync.clients.errors import LostAnswer, UnexpectedAnswer
from bcsync.clients.gate import NoGate
from tests.clients.bigcommerce.conftest import TOKEN, address, gathered, shopper
from tests.clients.scripted import Reply, serving


def answering(script, change):
    """Answer each write with what it sent, changed by `change(rows)`."""

    def take(got):
        script.got.append(got)
        rows = [{"id": number, **item} for number, item in enumerate(json.loads(got.body), start=1)]
        return Reply(200, {"data": change(rows), "meta": {}})

    script.take = take
    return connect(script.url, "abc", TOKEN, gate=NoGate(), sleep=lambda seconds: None)


def test_the_order_of_an_answer_means_nothing():
    with serving(Reply()) as script:
        client = answering(script, lambda rows: rows[::-1])
        results = gathered(client.create_customers(shopper(number) for number in range(10)))
        results += gathered(client.create_addresses(address(number, customer_id=1) for number in range(10)))
        results += gathered(client.update_customers({"id": number, "company": f"C{number}"} for number in range(1, 11)))
    assert len(results) == 30
    for result in results:
        name = next(name for name in ("company", "address1", "email") if result.item.get(name))
        assert result.data[name] == result.item[name]


def test_a_tidied_address_is_still_ours_and_not_an_existing_one():
    def tidy(rows):
        return [{**row, "city": row["city"].upper(), "address_type": "commercial"} for row in rows]

    with serving(Reply()) as script:
        results = gathered(answering(script, tidy).create_addresses(address(n, customer_id=1) for n in range(3)))
    assert [(result.data["address1"], result.existing) for result in results] == [
        (f"{number} Mill Lane", False) for number in range(3)
    ]
    assert len(script.got) == 1


def test_the_only_row_left_belongs_to_the_only_item_left_of_its_customer():
    def reworded(rows):
        return [{**row, "postal_code": "LS1"} if row["customer_id"] == 2 else row for row in rows]

    items = [address(1, customer_id=1), address(1, customer_id=2), address(1, customer_id=3)]
    with serving(Reply()) as script:
        results = gathered(answering(script, reworded).create_addresses(items))
    assert [(result.item["customer_id"], result.data["id"]) for result in results] == [(1, 1), (3, 3), (2, 2)]
    assert len(script.got) == 1


def test_a_create_that_an_answer_leaves_out_is_lost_and_an_update_unexpected():
    with serving(Reply()) as script:
        client = answering(script, lambda rows: rows[1:])
        created = gathered(client.create_customers(shopper(number) for number in range(3)))
        updated = gathered(client.update_customers({"id": number, "company": "x"} for number in (1, 2)))
    failed = [(result.item, type(result.error)) for result in created + updated if result.error]
    assert failed == [(shopper(0), LostAnswer), ({"id": 1, "company": "x"}, UnexpectedAnswer)]


@pytest.mark.parametrize("body", [{"ok": True}, [], None, {"data": [1]}])
def test_a_create_answered_with_a_schema_never_seen_is_lost_not_failed(body):
    with serving(Reply(200, body)) as script:
        client = connect(script.url, "abc", TOKEN, gate=NoGate())
        [result] = gathered(client.create_customers([shopper(1)]))
        [updated] = gathered(client.update_customers([{"id": 1, "company": "x"}]))
    assert type(result.error) is LostAnswer
    assert "without a list in `data`" in str(result.error)
    assert type(updated.error) is UnexpectedAnswer


@pytest.mark.parametrize(
    ("customer", "short"),
    [
        ({"addresses": [{}] * 10, "address_count": 11}, True),
        ({"addresses": [{}] * 10, "address_count": 10}, False),
        ({"addresses": [{}] * 10}, True),
        ({"addresses": [{}] * 9}, False),
        ({"addresses": [], "address_count": 2}, True),
        ({"address_count": 11}, False),
    ],
)
def test_who_was_cut_short(customer, short):
    assert cut_short(customer, "addresses", "address_count") is short


def test_completing_asks_once_for_all_and_only_when_needed():
    asked = []

    def read(ids):
        asked.append(ids)
        return [{"customer_id": id, "id": number} for id in ids for number in range(11)]

    customers = [{"id": 1, "addresses": []}, {"id": 2, "addresses": [{}] * 10}, {"id": 3, "addresses": [{}] * 10}]
    complete(customers, "addresses", "address_count", read)
    complete(customers[:1], "addresses", "address_count", read)
    assert asked == [[2, 3]]
    assert [len(customer["addresses"]) for customer in customers] == [0, 11, 11]
