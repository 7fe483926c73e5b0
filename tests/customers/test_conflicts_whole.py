"""Several fields of two customers in conflict, settled in bulk from the page: the whole state of both systems then."""

from typing import Any

from django.test import Client

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Conflict, Customer, Decision
from mapping.models import FieldMappingRow
from stores.models import Store
from tests.customers.test_writing_back import added, own
from tests.fixtures import FIRST, RunJob, outcomes
from tests.pages import data
from tests.pages.test_conflicts import seen

__all__ = ["added"]
TEN, TWENTY = "c10@example.com", "c20@example.com"
PAGE = f"/stores/{FIRST}/conflicts/"


def clash(shop: StoreSide, business: CompanySide) -> None:
    """Company and city of 10, phone of both: changed on both sides since they agreed."""
    shop.change_customer(TEN, company="Shop Ltd.", phone="01223 460011")
    shop.change_customer(TWENTY, phone="01223 460021")
    main = next(one for one in shop.customer(TEN)["addresses"] if one["address1"] == "21 Station Road")
    shop.change_address(main["id"], city="Ely")
    business.change_customer("10", displayName="Books Ltd.", phoneNumber="01223 460012", city="Hull")
    business.change_customer("20", phoneNumber="01223 460022")


def state(world: World) -> Any:
    """Both systems whole, without ids and stamps."""
    return world.state(ids=False)


def operator() -> Client:
    client = Client()
    client.force_login(data.user("operator"))
    return client


def take(client: Client, side: str, query: str) -> str:
    form = {"reach": "all", "side": side, "filter": query, **seen()}
    return client.post(f"{PAGE}take/", form, follow=True).content.decode()


def test_bulk_by_field_then_update_brings_both_systems_in_line(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    clash(shop, business)
    run = run_job(added, "update_customers")
    assert outcomes(run) == {TEN: "conflict", TWENTY: "conflict"}
    client = operator()
    page = client.get(PAGE)
    assert page.context["fields"] == [("address main", "city", 1), ("core", "company", 1), ("core", "phone", 2)]
    after_first = state(world)
    assert "settled: BigCommerce" in take(client, "bigcommerce", "part=core&field=phone")
    assert "settled: Business Central" in take(client, "business_central", "part=core&field=company")
    take(client, "business_central", "part=address+main&field=city")
    assert state(world) == after_first, "taking a side sends nothing"
    run_job(added, "update_customers")
    assert (shop.customer(TEN)["phone"], shop.customer(TWENTY)["phone"]) == ("01223 460011", "01223 460021")
    ten, twenty = business.customer("10"), business.customer("20")
    assert ten is not None
    assert twenty is not None
    assert (ten["phone_no"], twenty["phone_no"]) == ("01223 460011", "01223 460021")
    assert (shop.customer(TEN)["company"], ten["name"], ten["city"]) == ("Books Ltd.", "Books Ltd.", "Hull")
    # But for the phones everything is as the first Update had left it.
    assert changed(after_first, state(world)) <= {"phone", "phone_no", "phoneNumber"}
    assert Decision.objects.filter(kind="take").count() == Conflict.objects.filter(settled="taken").count()
    world.audit.reset()
    assert outcomes(run_job(added, "update_customers")) == {}
    assert world.audit.writes() == []
    assert world.audit.broken_rules == []


def changed(before: Any, after: Any, name: str = "") -> set[str]:
    """The names of the fields at the ends of two states in which they differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {each for key in {*before, *after} for each in changed(before.get(key), after.get(key), str(key))}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return {each for one, other in zip(before, after, strict=True) for each in changed(one, other, name)}
    return set() if before == after else {name}


def test_a_side_that_cannot_reach_the_other_system_says_so_before_and_after(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """The company's row gets a step that cannot be turned round, and the store's switch is on."""
    row = FieldMappingRow.objects.get(target_table="customer", target_field="company")
    row.steps = [{"name": "join", "arguments": {"table": "customer", "field": "addressLine2", "separator": " "}}]
    row.save()
    run_job(added, "update_customers")
    shop.change_customer(TEN, company="Shop Limited")
    business.change_customer("10", displayName="Books Ltd.")
    run_job(added, "update_customers")
    client = operator()
    said = "Only BigCommerce gets it back: the value cannot go back to Business Central"
    assert said in client.get(PAGE).content.decode()
    one = {"one": f"{Conflict.objects.get(settled_at=None).pk}:bigcommerce", **seen()}
    text = client.post(f"{PAGE}take/", one, follow=True)
    assert said in text.content.decode()
    assert "brings both in line" not in text.content.decode()
    run_job(added, "update_customers")
    name = business.customer("10")
    assert name is not None
    assert (shop.customer(TEN)["company"], name["name"]) == ("Shop Limited", "Books Ltd.")


def test_nothing_is_sent_where_bigcommerce_has_its_value_already(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.company")
    Store.objects.update(may_update_business_central=False)
    clash(shop, business)
    run_job(added, "update_customers")
    client = operator()
    said = "Nothing is sent: BigCommerce has it already, and this store may not update Business Central customers."
    assert said in client.get(f"{PAGE}?part=core&field=company").content.decode()
    assert said in take(client, "bigcommerce", "part=core&field=company")
    before = state(world)
    run_job(added, "update_customers")
    assert state(world) == before
    assert Customer.objects.get(email=TEN).conflict is True  # the city and the phone still wait
