"""A store that reads only some namespaces of metafields: our own are read all the same."""

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import CustomerMetafield
from stores.models import Store
from tests.customers.syncing import TEN, in_step
from tests.fixtures import RunJob


def test_narrowed_namespaces_read_our_own_too_and_write_them_once(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_step(store, business, world, run_job)
    shop.add_metafield(TEN, "loyalty", "tier", "gold", client_id="account-firststore")
    shop.add_metafield(TEN, "other", "tier", "silver", client_id="account-firststore")
    Store.objects.update(metafield_namespaces=["loyalty"])
    before = world.state()
    for _ in range(2):
        run_job(store, "import_customers")
        run_job(store, "update_customers")
    assert world.audit.writes() == []
    assert [call.family for call in world.audit.calls() if call.family.endswith("customers/{id}/metafields")] == []
    assert world.state() == before
    seen = CustomerMetafield.objects.filter(customer__email=TEN).values_list("namespace", "key")
    assert set(seen) == {("loyalty", "tier"), ("bcsync", "customer_id"), ("bcsync", "customer_number")}
