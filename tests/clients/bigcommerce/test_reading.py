"""Reading a store: complete customers, both paginations, in the fewest calls."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.clients.bigcommerce.conftest import address, families


def everything(pages):
    return [item for page in pages for item in page.items]


def test_customers_come_complete_and_verbatim(client, store, world):
    id = store.add_customer(
        email="ada@example.com",
        addresses=[address(1, form_fields={"Dock": "B"})],
        attributes={"VAT": "GB1"},
        form_fields={"Hobby": "chess"},
        store_credit_amounts=[{"amount": 4.5}],
    )["id"]
    [page] = list(client.customers())
    [customer] = page.items
    assert (customer["id"], customer["email"]) == (id, "ada@example.com")
    assert [(a["address1"], a["form_fields"]) for a in customer["addresses"]] == [
        ("1 Mill Lane", [{"name": "Dock", "value": "B", "address_id": customer["addresses"][0]["id"]}])
    ]
    assert [value["attribute_value"] for value in customer["attributes"]] == ["GB1"]
    assert [(field["name"], field["value"]) for field in customer["form_fields"]] == [("Hobby", "chess")]
    assert [credit["amount"] for credit in customer["store_credit_amounts"]] == [4.5]
    assert page.after == ""
    assert page.date == world.clock.now().replace(microsecond=0)
    assert families(world) == ["GET /v3/customers"]
    assert world.audit.broken_rules == []


def test_an_empty_store_is_one_call_and_no_customers(client, world):
    assert everything(client.customers()) == []
    assert everything(client.metafields()) == []
    assert client.customer_groups() == []
    assert client.attributes() == []
    assert families(world) == [
        "GET /v3/customers",
        "GET /v3/customers/metafields",
        "GET /v2/customer_groups",
        "GET /v3/customers/attributes",
    ]


@pytest.mark.parametrize("next_on_short_page", [False, True])
def test_a_thousand_customers_take_four_calls_and_can_be_resumed(client, store, world, next_on_short_page):
    world.switches.cursor_next_on_short_page = next_on_short_page
    store.generate(1000)
    pages = list(client.customers())
    assert [len(page.items) for page in pages if page.items] == [250, 250, 250, 250]
    assert len(families(world)) == 4 + next_on_short_page
    ids = [customer["id"] for page in pages for customer in page.items]
    assert ids == sorted(set(ids))
    assert {page.date for page in pages} == {pages[0].date}
    resumed = everything(client.customers(after=pages[1].after))
    assert [customer["id"] for customer in resumed] == ids[500:]


def test_more_than_ten_addresses_and_attributes_are_completed_for_a_whole_page_at_once(client, store, world):
    for number in range(3):
        customer = store.add_customer(
            email=f"many{number}@example.com", addresses=[address(n, form_fields={"Dock": str(n)}) for n in range(12)]
        )
        for attribute in range(11):
            store.change_customer(customer["id"], attributes={f"A{attribute}": str(attribute)})
    store.add_customer(email="ten@example.com", addresses=[address(n) for n in range(10)])
    customers = {customer["email"]: customer for customer in everything(client.customers())}
    for number in range(3):
        many = customers[f"many{number}@example.com"]
        assert sorted(a["address1"] for a in many["addresses"]) == sorted(f"{n} Mill Lane" for n in range(12))
        assert all(len(a["form_fields"]) == 1 for a in many["addresses"])
        assert sorted(v["attribute_value"] for v in many["attributes"]) == sorted(str(n) for n in range(11))
    assert len(customers["ten@example.com"]["addresses"]) == 10
    assert families(world) == [
        "GET /v3/customers",
        "GET /v3/customers/addresses",
        "GET /v3/customers/attribute-values",
    ]


def test_ids_and_emails_are_asked_for_in_safe_slices(client, store, world):
    store.generate(120)
    ids = [body["id"] for body in store.customers.select()]
    assert sorted(customer["id"] for customer in everything(client.customers(ids=[*ids, 999_999]))) == ids
    assert len(families(world)) == 3
    emails = [body["email"].upper() for body in store.customers.select()][:45]
    assert len(client.find_customers(emails)) == 45
    assert len(families(world)) == 6
    assert world.audit.broken_rules == []


def test_an_email_with_a_plus_is_found(client, store):
    store.add_customer(email="ada+shop@example.com")
    [found] = client.find_customers(["ADA+shop@example.com"])
    assert found["email"] == "ada+shop@example.com"


@pytest.mark.parametrize("inclusive", [True, False])
def test_modified_since_includes_the_moment_itself(client, store, world, inclusive):
    world.switches.min_inclusive = inclusive
    store.add_customer(email="old@example.com")
    world.clock.advance(3600)
    moment = world.clock.now().replace(microsecond=0)
    new = store.add_customer(email="new@example.com", attributes={"VAT": "1"})
    store.add_metafield("new@example.com", "bcsync", "customer_id", "1")
    assert [customer["id"] for customer in everything(client.customers(modified_since=moment))] == [new["id"]]
    assert [row["customer_id"] for row in everything(client.attribute_values(modified_since=moment))] == [new["id"]]
    assert [row["resource_id"] for row in everything(client.metafields(modified_since=moment))] == [new["id"]]
    later = moment + timedelta(seconds=10)
    assert everything(client.customers(modified_since=later)) == []


def test_a_naive_moment_is_a_mistake_of_ours(client):
    with pytest.raises(ValueError, match="aware"):
        list(client.customers(modified_since=datetime(2026, 1, 1)))


def test_another_time_zone_is_the_same_moment(client, store, world):
    store.add_customer(email="a@example.com")
    moment = world.clock.now().astimezone(UTC) - timedelta(minutes=1)
    abroad = moment.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo)
    assert len(everything(client.customers(modified_since=abroad))) == 1


def test_metafields_come_in_bulk_and_only_the_namespaces_asked_for(client, store, world):
    for number in range(300):
        id = store.add_customer(email=f"m{number}@example.com")["id"]
        store.add_metafield(id, "bcsync", "customer_id", str(number))
    store.add_metafield("m0@example.com", "other", "k", "v", permission_set="read")
    store.add_metafield("m0@example.com", "hidden", "k", "v", client_id="theirs")
    store.add_metafield("m0@example.com", "shared", "k", "v", permission_set="read", client_id="theirs")
    world.audit.reset()
    assert {row["namespace"] for row in everything(client.metafields())} == {"bcsync", "other", "shared"}
    assert len(families(world)) == 2
    named = everything(client.metafields(namespaces=["other", "shared"]))
    assert sorted(row["namespace"] for row in named) == ["other", "shared"]
    pages = list(client.metafields())
    assert len(everything(client.metafields(after=pages[0].after))) == 52


def test_small_lists(client, store):
    store.add_customer_group("Wholesale")
    store.attribute_id("VAT")
    assert [group["name"] for group in client.customer_groups()] == ["Wholesale"]
    assert [attribute["name"] for attribute in client.attributes()] == ["VAT"]
    assert client.store_information()["id"] == store.hash
    assert [(channel["id"], channel["name"]) for channel in client.channels()] == [(1, "Main")]


def test_exactly_a_page_of_groups_is_no_endless_loop(client, store, world):
    for number in range(250):
        store.add_customer_group(f"Group {number}")
    assert len(client.customer_groups()) == 250
    assert families(world) == ["GET /v2/customer_groups"] * 2


def test_countries_come_with_all_their_states_in_few_calls(client, world):
    countries = {country["country_iso2"]: country for country in client.countries()}
    assert countries["GB"]["country"] == "United Kingdom"
    assert {"state": "California", "state_abbreviation": "CA"} in countries["US"]["states"]
    assert len(countries) > 200
    assert len(families(world)) <= 6
