"""Generated customers: complete, deterministic, and like created ones in every respect."""

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import STAMP, Api


def test_generated_customers_have_an_address_two_attributes_and_two_form_fields(api: Api, store: StoreSide) -> None:
    store.generate(25_000)
    include = "addresses,attributes,formfields,storecredit"
    page = api.get("/v3/customers", limit=250, include=include)
    assert page["meta"]["pagination"]["total"] == 25_000
    counts = {
        (len(c["addresses"]), len(c["attributes"]), len(c["form_fields"]), c["address_count"]) for c in page["data"]
    }
    assert counts == {(1, 2, 2, 1)}
    emails = store.customers.storage.execute(f"SELECT COUNT(DISTINCT email_key) FROM {store.customers.name}").fetchone()
    phones = store.customers.storage.execute(f"SELECT COUNT(DISTINCT phone) FROM {store.customers.name}").fetchone()
    assert (emails, phones) == ((25_000,), (25_000,))


def test_a_generated_customer_looks_like_a_created_one(store: StoreSide) -> None:
    store.generate(1, metafields=1)
    made = store.customer("shopper-0-0@example.com")
    fields = ("email", "first_name", "last_name", "company", "phone")
    place = {
        name: made["addresses"][0][name]
        for name in ("address1", "city", "postal_code", "country_code", "company", "phone")
    }
    twin = store.add_customer(
        **{**{name: made[name] for name in fields}, "email": "twin@example.com"},
        addresses=[place],
        attributes={"Generated 1": "1", "Generated 2": "2"},
        form_fields={"Generated 1": "1", "Generated 2": "2"},
        metafields=[{"namespace": "n", "key": "k", "value": "v"}],
    )
    assert _shape(made) == _shape(twin)
    assert made["date_created"] == STAMP


def test_the_same_seed_makes_the_same_people() -> None:
    states = []
    for seed in (3, 3, 4):
        world = World()
        world.add_store("abc")
        world.generate_store("abc", 50, seed=seed)
        states.append(world.state(ids=False)["stores"])
        world.close()
    assert states[0] == states[1]
    assert states[0] != states[2]


def test_a_generated_customer_can_be_changed_like_any_other(api: Api, store: StoreSide) -> None:
    store.generate(3)
    before = store.customer("shopper-0-1@example.com")
    assert api("PUT", "/v3/customers", [{"id": before["id"], "first_name": "New"}]).status_code == 200
    assert store.customer("shopper-0-1@example.com") == {**before, "first_name": "New"}
    store.generate(2, seed=1)
    assert store.count() == 5


def _shape(value: object) -> object:
    """Keys and types, in order."""
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return type(value).__name__
