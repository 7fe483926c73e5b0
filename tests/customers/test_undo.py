"""Undo: both sandboxes as before the run, foreign edits in between survive, and what is undone can be done again."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import AddressLink, Customer, Link, Run
from stores.models import Store
from tests.customers.reading import address_links, core, in_store, lines, links, mirrored, ours, standing
from tests.customers.test_add_customers import ready, ship_to
from tests.fixtures import ADDRESS, FIRST, RunJob, outcomes, told
from tests.pages import data

TEN, TWENTY = "c10@example.com", "c20@example.com"


def undone(run: Run, run_job: RunJob, **options: Any) -> Run:
    """Plan the undo of a run, see that it waits, approve it and let it run."""
    who = data.user("administrator") if options.get("delete") else None
    plan = run_job.go_on(runs.undo(run, who, queue=False, **options))
    assert (plan.status, plan.mode) == ("planned", "apply"), plan.message
    runs.approve(plan, who, queue=False)
    return run_job.go_on(plan)


def bases(store: Store) -> Any:
    rows = Link.objects.filter(store=store).order_by("pk")
    addresses = AddressLink.objects.filter(link__store=store).order_by("link", "source")
    return [row.base for row in rows], [
        (row.source, row.address.remote_id, row.base, row.created_by_us) for row in addresses
    ]


def customers(world: World) -> Any:
    """The first store's customers without ids and stamps, addresses in one order."""
    found = world.state(ids=False)["stores"][FIRST]["customers"]
    for body in found.values():
        body["addresses"].sort(key=lambda one: sorted(map(str, one.items())))
    return found


@pytest.fixture
def added(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """10 with a main and two ship-to addresses, and 20; both in the store, linked and in agreement."""
    shop.attribute_id("VAT number")
    ready(business, "10", phoneNumber="01223 460001", ship_to=[ship_to("EAST"), ship_to("WEST")])
    ready(business, "20", taxRegistrationNumber="GB999999973")
    run_job(store, "add_customers")
    run_job(store, "import_customers")
    world.audit.reset()
    return store


def change_everything(business: CompanySide) -> None:
    """Every family of 10 and 20 differs: core, addresses in each way, an attribute that is new and one that changes."""
    business.change_customer(
        "10", displayName="Renamed Ltd.", addressLine1="1 New Road", taxRegistrationNumber="GB123456789"
    )
    business.put_ship_to("10", **ship_to("NORTH"))
    business.put_ship_to("10", **ship_to("EAST", address2="Bay 9"))
    business.delete_ship_to("10", "WEST")
    business.change_customer("20", displayName="Other", taxRegistrationNumber="GB123456789")


def test_of_an_update(added: Store, business: CompanySide, world: World, run_job: RunJob) -> None:
    before, base = customers(world), bases(added)
    change_everything(business)
    company = world.state()["companies"]
    run = run_job(added, "update_customers")
    assert run.counts == {"updated": 2}
    undo = undone(run, run_job)
    assert (undo.status, undo.counts, undo.looked_at) == ("succeeded", {"updated": 2}, 2)
    assert customers(world) == before
    assert world.state()["companies"] == company
    assert world.audit.broken_rules == []
    # The address that had been removed was made again, under a new id.
    again = bases(added)
    assert again[0] == base[0]
    assert [(s, b, o) for s, _, b, o in again[1]] == [(s, b, o) for s, _, b, o in base[1]]


def test_the_mirror_follows_and_the_update_can_be_made_again(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    change_everything(business)
    undone(run_job(added, "update_customers"), run_job)
    after, there = mirrored(added), in_store(shop, added.client_id)
    for body in (*after.values(), *there.values()):
        for stamp in ("date_modified", "address_count", "attribute_count"):
            body["core"].pop(stamp, None)
    assert after == there
    run = run_job(added, "update_customers")
    assert run.counts == {"updated": 2}
    assert core(shop, TEN)["company"] == "Renamed Ltd."
    world.audit.reset()
    assert run_job(added, "update_customers").counts == {"unchanged": 2}
    assert world.audit.writes() == []


def test_a_foreign_edit_survives_and_is_listed(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.change_customer("10", displayName="Renamed Ltd.", phoneNumber="01223 460002", addressLine1="1 New Road")
    run = run_job(added, "update_customers")
    shop.change_customer(TEN, company="Mine Now")
    main = next(one for one in shop.customer(TEN)["addresses"] if one["address1"] == "1 New Road")
    shop.change_address(main["id"], city="Ely")
    undo = undone(run, run_job)
    reason = told(undo)[TEN][1]
    assert ('company was changed since to "Mine Now"' in reason, "address main was changed since" in reason) == (
        True,
        True,
    )
    assert (core(shop, TEN)["company"], core(shop, TEN)["phone"]) == ("Mine Now", "01223 460001")
    assert "1 New Road" in lines(shop, TEN)


def test_what_changes_between_plan_and_approval_waits_again(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.change_customer("10", displayName="Renamed Ltd.", phoneNumber="01223 460002")
    business.change_customer("20", displayName="Other")
    plan = run_job.go_on(runs.undo(run_job(added, "update_customers"), None, queue=False))
    shop.change_customer(TEN, company="Mine Now")
    runs.approve(plan, None, queue=False)
    plan = run_job.go_on(plan)
    assert (plan.status, plan.to_do, core(shop, TEN)["phone"]) == ("planned", 1, "01223 460002")
    assert core(shop, TWENTY)["company"] == "Firm 20"
    runs.approve(plan, None, queue=False)
    plan = run_job.go_on(plan)
    assert (plan.to_do, core(shop, TEN)["company"], core(shop, TEN)["phone"]) == (0, "Mine Now", "01223 460001")
    assert sum(plan.counts.values()) == plan.looked_at == 2


def test_of_one_record_leaves_the_others(added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> None:
    for number in ("10", "20"):
        business.change_customer(number, displayName=f"Renamed {number}")
    run = run_job(added, "update_customers")
    undo = undone(run, run_job, records=[run.records.get(customer__email=TEN).pk])
    assert outcomes(undo) == {TEN: "updated"}
    assert [core(shop, who)["company"] for who in (TEN, TWENTY)] == ["Firm 10", "Renamed 20"]


def test_twice_does_it_once(added: Store, business: CompanySide, world: World, run_job: RunJob) -> None:
    business.change_customer("10", displayName="Renamed Ltd.")
    run = run_job(added, "update_customers")
    undone(run, run_job)
    world.audit.reset()
    again = run_job.go_on(runs.undo(run, None, queue=False))
    assert (again.status, again.counts, world.audit.writes()) == ("succeeded", {"skipped": 1}, [])


def test_of_add_customers_unlinks_and_leaves_the_customer_marked(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10", ship_to=[ship_to("EAST")])
    shop.add_customer(email=TWENTY, first_name="Tess", last_name="Twenty")
    ready(business, "20")
    run_job(store, "import_customers")
    before = customers(world)
    run = run_job(store, "add_customers")
    assert run.counts == {"created": 1, "linked": 1}
    made = customers(world)
    undo = undone(run, run_job)
    assert (undo.status, undo.counts, links(store), address_links(store)) == ("succeeded", {"updated": 2}, {}, {})
    made[TEN]["metafields"] = []
    assert customers(world) == {**before, TEN: made[TEN]}
    assert standing(store) == {
        TEN: ("unmapped", f"Its creation by run {run.pk} was undone; the customer stays."),
        TWENTY: ("unmapped", ""),
    }
    run_job(store, "add_customers")
    assert {who: number for who, (number, *_) in links(store).items()} == {TEN: "10", TWENTY: "20"}
    assert set(ours(shop, TEN)) == {"customer_id", "customer_number"}


def test_of_add_customers_deletes_what_is_as_it_was_made(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    before = customers(world)
    ready(business, "10", ship_to=[ship_to("EAST")])
    ready(business, "20")
    company = world.state()["companies"]
    run = run_job(store, "add_customers")
    shop.change_customer(TWENTY, company="Mine Now")
    undo = undone(run, run_job, delete=True)
    assert (undo.status, undo.counts, links(store)) == ("succeeded", {"updated": 2}, {})
    assert world.state()["companies"] == company
    after = customers(world)
    assert (set(after) - set(before), after[TWENTY]["company"], ours(shop, TWENTY)) == ({TWENTY}, "Mine Now", {})
    assert Customer.objects.get(email=TEN).gone_at is not None
    shown = undo.records.get(customer__email=TEN).parts
    assert any("sign-in" in entry["reason"] for entry in shown if entry["part"] == "customer")


@pytest.fixture
def mapped(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Run:
    """Ann is linked by phone, Eve goes to review, Uwe is created in Business Central."""
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able", phone="+44 20 7946 0001")
    shop.add_customer(email="eve@example.com", first_name="Eve", last_name="Two", phone="+44 20 7946 0002")
    shop.add_customer(email="uwe@example.com", first_name="Uwe", last_name="Berg", addresses=[ADDRESS])
    for number, phone in (("10", "0001"), ("20", "0002"), ("30", "0002")):
        business.add_customer(number=number, displayName=f"N{number}", country="GB", phoneNumber=f"020 7946 {phone}")
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping")
    assert run.counts == {"linked": 1, "review": 1, "created": 1}
    world.audit.reset()
    return run


def test_of_try_mapping_unlinks_and_puts_everybody_back(
    mapped: Run, store: Store, world: World, run_job: RunJob
) -> None:
    before = world.state()
    undo = undone(mapped, run_job)
    assert (undo.status, undo.counts, links(store)) == ("succeeded", {"updated": 3}, {})
    assert (world.state(), world.audit.writes()) == (before, [])
    assert standing(store) == {
        "ann@example.com": ("unmapped", ""),
        "eve@example.com": ("unmapped", ""),
        "uwe@example.com": ("unmapped", f"Its creation by run {mapped.pk} was undone; the customer stays."),
    }


def test_of_try_mapping_takes_metafields_that_came_later_and_deletes_the_created(
    mapped: Run, store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    run_job(store, "update_customers")
    assert set(ours(shop, "uwe@example.com")) == {"customer_id", "customer_number"}
    undone(mapped, run_job, delete=True)
    assert [ours(shop, f"{who}@example.com") for who in ("ann", "eve", "uwe")] == [{}, {}, {}]
    assert sorted(row["no"] for row in business.customers()) == ["10", "20", "30"]
    assert links(store) == {}


def test_who_was_changed_in_business_central_is_not_deleted(
    mapped: Run, store: Store, business: CompanySide, run_job: RunJob
) -> None:
    number = links(store)["uwe@example.com"][0]
    business.change_customer(number, displayName="Somebody Else")
    undo = undone(mapped, run_job, delete=True)
    assert "it is not deleted" in told(undo)["uwe@example.com"][1]
    assert number in [row["no"] for row in business.customers()]


def test_a_link_that_somebody_made_anew_stays(mapped: Run, store: Store, run_job: RunJob) -> None:
    Link.objects.filter(customer__email="ann@example.com").delete()
    run_job(store, "try_mapping")
    undo = undone(mapped, run_job)
    assert told(undo)["ann@example.com"] == ("skipped", "Left alone: Not linked any more; left as it is.")
    assert "ann@example.com" in links(store)


@pytest.mark.parametrize(
    ("kind", "said"), [("import_customers", "changes nothing but our own copy"), ("undo", "there is nothing to undo")]
)
def test_what_cannot_be_undone_says_so(store: Store, kind: str, said: str) -> None:
    run = Run.objects.create(store=store, kind=kind, trigger="click", status="succeeded")
    with pytest.raises(runs.CannotStart, match=said):
        runs.undo(run, None)


def test_a_lost_answer_and_outages_end_in_the_same_state(
    added: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    before = customers(world)
    change_everything(business)
    run = run_job(added, "update_customers")
    plan = run_job.go_on(runs.undo(run, None, queue=False))
    world.faults.add(kind="503", vendor="bigcommerce", match="PUT /v3/customers", times=3)
    world.faults.add(kind="cut-after", vendor="bigcommerce", match="POST /v3/customers/addresses", times=1)
    runs.approve(plan, None, queue=False)
    assert run_job.go_on(plan).status == "succeeded"
    assert customers(world) == before
