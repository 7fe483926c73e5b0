"""Conflicts: told once, kept open; a side that a person takes holds for that customer and field until both agree."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import conflicts, deciding
from customers.models import Conflict, Customer, Decision, Link
from stores.models import Store
from tests.customers.test_undo import undone
from tests.customers.test_writing_back import EMAIL, added, own
from tests.fixtures import RunJob, outcomes, told

__all__ = ["added"]
BASE, THEIRS, OURS = "Firm 10", "Shop's Name", "Books' Name"


@pytest.fixture
def somebody(db: None) -> User:
    return User.objects.create_user("olga", first_name="Olga", last_name="Operator")


def clash(shop: StoreSide, business: CompanySide) -> None:
    shop.change_customer(EMAIL, company=THEIRS)
    business.change_customer("10", displayName=OURS)


def said(shop: StoreSide, business: CompanySide) -> tuple[Any, Any]:
    """(BigCommerce's company, Business Central's name)."""
    row = business.customer("10")
    return shop.customer(EMAIL)["company"], row["name"] if row else None


def open_one() -> Conflict:
    return Conflict.objects.get(settled_at=None)


def flag() -> bool:
    return Customer.objects.get(email=EMAIL).conflict


def quiet(store: Store, world: World, run_job: RunJob) -> bool:
    """Whether two more Updates write nothing and tell nobody of a conflict."""
    world.audit.reset()
    found = [outcomes(run_job(store, "update_customers")).get(EMAIL, "unchanged") for _ in range(2)]
    return (found, world.audit.writes()) == (["unchanged"] * 2, [])


def test_is_told_once_and_stays_open_until_it_is_settled(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    clash(shop, business)
    run = run_job(added, "update_customers")
    row = open_one()
    assert (row.part, row.field, row.base, row.bigcommerce, row.business_central) == (
        "core", "company", BASE, THEIRS, OURS,
    )  # fmt: skip
    assert (row.owner, row.winner, row.waits, row.run_id) == ("business_central", "business_central", False, run.pk)
    assert row.bigcommerce_changed_at is not None and row.business_central_changed_at is not None  # noqa: PT018
    assert (quiet(added, world, run_job), flag(), said(shop, business)) == (True, True, (OURS, OURS))

    assert conflicts.take([row], "business_central", somebody, "it is the legal name") == (1, [])
    assert (flag(), Link.objects.get(customer__email=EMAIL).disputes) == (False, {})
    decision = Decision.objects.get()
    assert (decision.kind, decision.user, "legal name" in decision.reason) == ("take", somebody, True)
    assert quiet(added, world, run_job)


def test_the_overwritten_side_goes_to_both_where_the_switch_is_on(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    clash(shop, business)
    run_job(added, "update_customers")
    conflicts.take([open_one()], "bigcommerce", somebody)
    assert said(shop, business) == (OURS, OURS)
    run = run_job(added, "update_customers")
    assert (outcomes(run), said(shop, business)) == ({EMAIL: "updated"}, (THEIRS, THEIRS))
    assert (Link.objects.get(customer__email=EMAIL).disputes, flag()) == ({}, False)
    assert quiet(added, world, run_job)
    # Both agree: the field is Business Central's again.
    business.change_customer("10", displayName="Later")
    run_job(added, "update_customers")
    assert said(shop, business) == ("Later", "Later")


def test_without_the_switch_the_taken_side_stays_in_the_store_until_both_agree(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    Store.objects.update(may_update_business_central=False)
    clash(shop, business)
    run_job(added, "update_customers")
    conflicts.take([open_one()], "bigcommerce", somebody)
    run_job(added, "update_customers")
    assert said(shop, business) == (THEIRS, OURS)
    assert quiet(added, world, run_job)
    assert "drift" in told(run_job(added, "update_customers"))[EMAIL][1]
    business.change_customer("10", displayName="Books Again")
    run_job(added, "update_customers")
    assert said(shop, business) == (THEIRS, "Books Again")
    business.change_customer("10", displayName=THEIRS)
    run_job(added, "update_customers")
    assert Link.objects.get(customer__email=EMAIL).disputes == {}
    business.change_customer("10", displayName="Last")
    run_job(added, "update_customers")
    assert said(shop, business) == ("Last", "Last")
    assert Conflict.objects.filter(settled_at=None).count() == 0


def test_where_the_store_owns_the_field_and_may_not_write_the_conflict_waits(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    own("customer.company")
    Store.objects.update(may_update_business_central=False)
    clash(shop, business)
    run = run_job(added, "update_customers")
    assert (told(run)[EMAIL][0], open_one().winner, open_one().waits) == ("conflict", "bigcommerce", True)
    assert said(shop, business) == (THEIRS, OURS)
    assert quiet(added, world, run_job)
    assert Conflict.objects.count() == 1
    conflicts.take([open_one()], "business_central", somebody)
    run_job(added, "update_customers")
    assert (said(shop, business), flag()) == ((OURS, OURS), False)
    assert quiet(added, world, run_job)


def test_a_waiting_conflict_is_settled_when_both_agree_by_themselves(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    own("customer.company")
    Store.objects.update(may_update_business_central=False)
    clash(shop, business)
    run_job(added, "update_customers")
    business.change_customer("10", displayName=THEIRS)
    run_job(added, "update_customers")
    assert (Conflict.objects.get().settled, flag()) == ("agreed", False)


def test_what_was_overwritten_in_business_central_comes_back_only_with_the_switch(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    own("customer.company")
    clash(shop, business)
    run_job(added, "update_customers")
    assert (said(shop, business), open_one().waits) == ((THEIRS, THEIRS), False)
    Store.objects.update(may_update_business_central=False)
    done, refused = conflicts.take([open_one()], "business_central", somebody)
    assert (done, refused, Decision.objects.count()) == (0, [conflicts.SWITCH_OFF], 0)
    Store.objects.update(may_update_business_central=True)
    conflicts.take([open_one()], "business_central", somebody)
    run_job(added, "update_customers")
    assert said(shop, business) == (OURS, OURS)
    assert quiet(added, world, run_job)


def test_a_field_that_is_changed_again_since_is_no_conflict_any_more(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    clash(shop, business)
    run_job(added, "update_customers")
    business.change_customer("10", displayName="Later")
    run_job(added, "update_customers")
    assert (Conflict.objects.get().settled, flag(), said(shop, business)) == ("changed", False, ("Later", "Later"))


def test_the_same_field_in_conflict_again_is_one_row_with_the_newer_values(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    clash(shop, business)
    run_job(added, "update_customers")
    shop.change_customer(EMAIL, company="Shop Again")
    business.change_customer("10", displayName="Books Again")
    run = run_job(added, "update_customers")
    row = open_one()
    assert (row.bigcommerce, row.business_central, row.run_id) == ("Shop Again", "Books Again", run.pk)


def test_undo_takes_its_conflicts_along(added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> None:
    clash(shop, business)
    run = run_job(added, "update_customers")
    undone(run, run_job)
    assert (Conflict.objects.get().settled, flag(), said(shop, business)) == ("undone", False, (THEIRS, OURS))
    run_job(added, "update_customers")
    assert open_one().bigcommerce == THEIRS


def test_unmapping_ends_it_and_a_preview_keeps_none(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, somebody: User
) -> None:
    clash(shop, business)
    run_job(added, "import_customers")
    run_job(added, "update_customers", mode="plan")
    assert (Conflict.objects.count(), flag()) == (0, False)
    run_job(added, "update_customers")
    deciding.unmap([Customer.objects.get(email=EMAIL)], somebody, "not the same")
    assert (Conflict.objects.count(), flag()) == (0, False)


def test_who_is_second_is_told(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, somebody: User
) -> None:
    clash(shop, business)
    run_job(added, "update_customers")
    row = open_one()
    conflicts.take([row], "business_central", somebody)
    done, refused = conflicts.take([row], "bigcommerce", somebody)
    assert (done, "somebody else a moment ago" in refused[0], Decision.objects.count()) == (0, True, 1)


def test_a_city_in_conflict_is_settled_on_its_own_address(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    address = next(one for one in shop.customer(EMAIL)["addresses"] if one["address1"] == "21 Station Road")
    shop.change_address(address["id"], city="Ely")
    business.change_customer("10", city="Hull")
    run_job(added, "update_customers")
    row = open_one()
    assert (row.part, row.field, row.bigcommerce, row.business_central) == ("address main", "city", "Ely", "Hull")
    conflicts.take([row], "bigcommerce", somebody)
    run_job(added, "update_customers")
    main = next(one for one in shop.customer(EMAIL)["addresses"] if one["id"] == address["id"])
    assert (main["city"], business.customer("10")["city"]) == ("Ely", "Ely")  # type: ignore[index]
    assert quiet(added, world, run_job)
