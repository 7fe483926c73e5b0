"""Creating customers: batches of ten, only the bad one fails, nobody is made twice, a lost answer says so."""

import pytest

from bcsync.clients.errors import ConfigurationError, LostAnswer, Rejected, RetryLater
from tests.clients.bigcommerce.conftest import address, emails, families, gathered, shopper

POST = "POST /v3/customers"
GET = "GET /v3/customers"


def flat(batches):
    for batch in batches:
        yield from batch


def by_email(results):
    return {result.item["email"]: result for result in results}


def test_creates_in_batches_of_ten_and_answers_are_matched_by_email(client, store, world):
    items = [shopper(number, addresses=[address(number)]) for number in range(25)]
    items[3]["email"] = "MiXed@Example.com"
    batches = list(client.create_customers(iter(items)))
    assert sorted(len(batch) for batch in batches) == [5, 10, 10]
    results = by_email(gathered(batches))
    for item in items:
        result = results[item["email"]]
        assert result.item is item
        assert (result.error, result.existing, result.adopted) == (None, False, False)
        assert result.data["email"].lower() == item["email"].lower()
        assert result.data["id"] == store.customer_id(item["email"])
        assert result.data["addresses"][0]["address1"] == item["addresses"][0]["address1"]
    assert families(world) == [POST] * 3
    assert store.state()["welcome_mails"] == []
    assert world.audit.broken_rules == []


def test_a_taken_email_fails_alone_in_two_requests(client, store, world):
    store.add_customer(email="s4@EXAMPLE.com", first_name="Somebody", last_name="Else")
    before = store.customer("s4@example.com")
    results = by_email(gathered(client.create_customers(shopper(number) for number in range(10))))
    error = results["s4@example.com"].error
    assert isinstance(error, Rejected)
    assert (error.code, error.field) == ("email_in_use", "email")
    assert "s4@example.com" in str(error)
    assert "already in use" in error.words
    assert [number for number in range(10) if results[f"s{number}@example.com"].data] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert families(world) == [POST, POST]
    assert store.customer("s4@example.com") == before


def test_wrong_fields_fail_alone_and_are_named_by_path(client, store, world):
    items = [shopper(number) for number in range(10)]
    items[2]["first_name"] = "x" * 101
    items[5]["addresses"] = [address(1), address(2, city="x" * 101)]
    items[7]["email"] = "'; DROP TABLE customers; --@example.com<script>"
    items[7].pop("last_name")
    results = by_email(gathered(client.create_customers(items)))
    errors = {email: result.error for email, result in results.items() if result.error}
    assert {email: error.field for email, error in errors.items()} == {
        "s2@example.com": "first_name",
        "s5@example.com": "addresses.city",
        items[7]["email"]: "last_name",
    }
    assert all(isinstance(error, Rejected) for error in errors.values())
    assert store.count() == 7
    assert families(world) == [POST, POST]


def test_two_equal_emails_in_one_batch_make_one_customer(client, store):
    items = [shopper(1), shopper(2), shopper(1, first_name="Twin")]
    results = gathered(client.create_customers(items))
    assert {id(result.item) for result in results} == {id(item) for item in items}
    failed = [result for result in results if result.error]
    assert [result.item["first_name"] for result in failed] == ["Twin"]
    assert failed[0].error.code == "email_in_use"
    assert store.customer("s1@example.com")["first_name"] == "First1"


@pytest.mark.parametrize("bad", [0, 4, 9])
@pytest.mark.parametrize("wrong", ["taken", "city"])
def test_rows_that_a_refused_request_left_behind_are_adopted_not_made_twice(client, store, world, bad, wrong):
    world.switches.post_customers_atomic = False
    items = [shopper(number) for number in range(10)]
    if wrong == "taken":
        store.add_customer(email=items[bad]["email"], first_name="Somebody", last_name="Else")
    else:
        items[bad]["addresses"] = [address(1, city="")]
    results = by_email(gathered(client.create_customers(items)))
    assert len(results) == 10
    assert [email for email, result in results.items() if result.error] == [f"s{bad}@example.com"]
    assert {email for email, result in results.items() if result.adopted} == {f"s{n}@example.com" for n in range(bad)}
    for email, result in results.items():
        if not result.error:
            assert result.data["id"] == store.customer_id(email)
            assert result.existing is False
    assert store.count() == (10 if wrong == "taken" else 9)


def test_a_customer_that_was_there_before_is_never_adopted(client, store, world):
    world.switches.post_customers_atomic = False
    for number in (3, 6):
        store.add_customer(**shopper(number))
    world.clock.advance(3600)
    results = by_email(gathered(client.create_customers(shopper(number) for number in range(10))))
    taken = {email: result.error.code for email, result in results.items() if result.error}
    assert taken == {"s3@example.com": "email_in_use", "s6@example.com": "email_in_use"}
    assert store.count() == 10


@pytest.mark.parametrize("kind", ["cut-before", "cut-after", "500", "502", "503", "504", "truncated", "html"])
def test_a_lost_answer_is_told_for_each_of_its_batch_and_not_sent_again(client, store, world, kind):
    world.faults.add(kind=kind, vendor="bigcommerce", match=POST, times=1)
    results = by_email(gathered(client.create_customers(shopper(number) for number in range(20))))
    lost = [email for email, result in results.items() if result.error]
    assert len(lost) == 10
    assert all(type(results[email].error) is LostAnswer for email in lost)
    assert families(world).count(POST) == 2
    assert len(results) == 20
    found = client.find_customers(lost)
    assert len(found) == (10 if kind in ("cut-after", "truncated") else 0)


@pytest.mark.parametrize("kind", ["429", "429-no-headers"])
def test_a_429_is_waited_for_and_sent_again(client, store, world, waits, kind):
    world.faults.add(kind=kind, vendor="bigcommerce", match=POST, times=3, seconds=2)
    results = gathered(client.create_customers(shopper(number) for number in range(20)))
    assert [result.error for result in results] == [None] * 20
    assert store.count() == 20
    assert len(waits) == 3
    if kind == "429":
        assert min(waits) >= 2


def test_a_429_without_end_is_retry_later_for_each(client, store, world):
    world.faults.add(kind="429", vendor="bigcommerce", match=POST, rate=1.0, seconds=50)
    results = gathered(client.create_customers(shopper(number) for number in range(3)))
    assert [type(result.error) for result in results] == [RetryLater] * 3
    assert results[0].error.retry_after == 50
    assert store.count() == 0


def test_never_more_in_flight_than_the_vendor_allows(client, store, world):
    world.latency = 0.02
    results = gathered(client.create_customers(shopper(number) for number in range(150)))
    assert len(results) == 150
    assert 2 <= world.audit.peaks[f"bigcommerce {store.hash} {POST}"] <= 10
    world.audit.reset()
    updates = [{"id": result.data["id"], "company": "New"} for result in results]
    assert all(result.error is None for result in gathered(client.update_customers(updates)))
    assert 2 <= world.audit.peaks[f"bigcommerce {store.hash} PUT /v3/customers"] <= 3
    assert world.audit.broken_rules == []


def test_a_configuration_error_stops_after_what_was_under_way(client_for, store, world):
    world.add_store(store.hash, token="right", scopes=["store_v2_customers_read_only"], quota=10_000)
    client = client_for(access_token="right")
    results = []
    with pytest.raises(ConfigurationError, match=r"store_v2_customers\b"):
        results.extend(flat(client.create_customers(shopper(number) for number in range(1000))))
    assert len(results) <= 100
    assert all(isinstance(result.error, ConfigurationError) for result in results)
    assert len(families(world)) <= 10


def test_a_lost_lease_stops_everything_but_forgets_no_finished_batch(client_for, store, world):
    class Lost(Exception):
        pass

    allowed = iter(range(3))

    def fence():
        if next(allowed, None) is None:
            raise Lost

    results = []
    with pytest.raises(Lost):
        results.extend(flat(client_for(fence=fence).create_customers(shopper(number) for number in range(300))))
    assert len(results) == store.count() == 30
    assert {result.data["email"] for result in results} == set(emails(store))


def test_items_are_pulled_as_they_are_needed(client):
    pulled = []

    def source():
        for number in range(1000):
            pulled.append(number)
            yield shopper(number)

    batches = client.create_customers(source())
    next(batches)
    assert len(pulled) <= 110
    batches.close()
    assert len(pulled) <= 110
