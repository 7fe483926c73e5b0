"""A metafield definition's changed permission reaches the metafields that are in the store, and nothing else."""

from typing import Any

from bcsync.sandbox.bigcommerce import metafield_rows
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Customer
from customers.setup_effect import effect
from customers.setup_preview import preview
from mapping.models import MetafieldDefinition
from mapping.setup import setup_of
from stores.models import Store
from tests.fixtures import READY, RunJob

NUMBERS = range(10, 22)


def test_a_changed_permission_reaches_the_metafields_that_differ_ten_in_a_request(
    world: World, store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    definition = _linked_with_metafield(store, business, run_job)
    _permit(shop, "a10@post.example", "read")
    run_job(store, "import_customers")
    before, old = world.state(ids=False), setup_of(store)
    definition.permission_set = "read"
    definition.save()

    seen = preview(store, setup_of(store), Customer.objects.get(email="a11@post.example"), None)
    (reach,) = effect(store, old, setup_of(store))
    world.audit.reset()
    first = run_job(store, "update_customers")
    writes = world.audit.writes("bigcommerce")
    world.audit.reset()
    second = run_job(store, "update_customers")
    after = world.state(ids=False)

    assert [(each.call, sorted(each.item)) for each in seen.requests] == [
        ("PUT /v3/customers/metafields", ["id", "permission_set"])
    ]
    # a10 too: what was to be set back before is right now.
    assert (reach.job, reach.total, len(reach.touched)) == ("update_customers", 12, 12)
    assert (first.counts, second.counts) == ({"updated": 11, "unchanged": 1}, {"unchanged": 12})
    assert first.least_calls["BigCommerce PUT /v3/customers/metafields"] == 2
    assert sorted(call.items for call in writes) == [1, 10]
    assert world.audit.writes("bigcommerce") == []
    assert next(each.parts for each in first.records.order_by("pk")) == [
        {
            "part": "metafields", "outcome": "updated", "reason": "",
            "changes": [["shop.agent permission", "app_only", "read"]],
        }
    ]  # fmt: skip
    assert _permissions(before) == {_email(n): "read" if n == 10 else "app_only" for n in NUMBERS}
    assert _permissions(after) == {_email(n): "read" for n in NUMBERS}
    assert _without_permissions(after) == _without_permissions(before)


def test_a_value_and_its_permission_go_in_one_request(
    world: World, store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    definition = _linked_with_metafield(store, business, run_job, source_field="salespersonCode")
    definition.permission_set = "write"
    definition.save()
    business.change_customer("10", salespersonCode="LT")
    world.audit.reset()
    run = run_job(store, "update_customers")

    assert run.counts == {"updated": 12}
    assert sorted(call.items for call in world.audit.writes("bigcommerce")) == [2, 10]
    found = {email: _ours(body) for email, body in world.state(ids=False)["stores"][store.hash]["customers"].items()}
    assert found["a10@post.example"] == ("LT", "write")
    assert {value for email, value in found.items() if email != "a10@post.example"} == {("JO", "write")}


def _linked_with_metafield(
    store: Store, business: CompanySide, run_job: RunJob, source_field: str = "number"
) -> MetafieldDefinition:
    """Twelve linked customers that have the metafield shop.agent already, for our app only."""
    for number in NUMBERS:
        business.add_customer(
            number=str(number), displayName="Adatum", email=_email(number), salespersonCode="JO", **READY
        )
    made = MetafieldDefinition(
        store=store, namespace="shop", name="agent", source_table="customer", source_field=source_field
    )
    made.save()
    run_job(store, "add_customers")
    return made


def _email(number: int) -> str:
    return f"a{number}@post.example"


def _permit(shop: StoreSide, email: str, permission: str) -> None:
    (found,) = (each for each in shop.customer(email)["metafields"] if each["key"] == "agent")
    with shop.world.storage.transaction():
        metafield_rows.update(shop, found["id"], {"permission_set": permission}, shop.client_id)


def _ours(body: dict[str, Any]) -> tuple[str, str]:
    (found,) = (each for each in body["metafields"] if each["key"] == "agent")
    return found["value"], found["permission_set"]


def _permissions(state: dict[str, Any]) -> dict[str, str]:
    (shop,) = (each for each in state["stores"].values() if each["customers"])
    return {email: _ours(body)[1] for email, body in shop["customers"].items()}


def _without_permissions(state: Any) -> Any:
    if isinstance(state, dict):
        return {name: _without_permissions(value) for name, value in state.items() if name != "permission_set"}
    return [_without_permissions(value) for value in state] if isinstance(state, list) else state
