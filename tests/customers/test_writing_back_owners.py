"""Every owner, switch and blank policy against every way in which a field can change: both systems after, and again."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Conflict, Customer
from mapping.models import FieldMappingRow, FormFieldRow
from stores.models import Store
from tests.fixtures import READY, RunJob, told

# Form field -> the column of the sandbox and the API's name of the field of Business Central behind it.
FIELDS = {"One": ("home_page", "website"), "Two": ("address2", "addressLine2"), "Three": ("county", "state")}
OWNERS = [("bigcommerce", "newest", "fill_if_empty"), ("business_central", "never", "newest")]
# Who changed the field since both agreed: number of the customer -> (Business Central's change, the store's, last).
CHANGES: dict[str, tuple[str | None, str | None, str]] = {
    "10": (None, None, ""),
    "20": ("ours.example", None, "business_central"),
    "30": (None, "theirs.example", "bigcommerce"),
    "40": ("ours.example", "theirs.example", "business_central"),
    "50": ("ours.example", "theirs.example", "bigcommerce"),
    "60": ("", None, "business_central"),
    "70": (None, "", "bigcommerce"),
}
BASE = "base.example"


def expected(owner: str, switch: bool, blank: str, who: str) -> tuple[str, str]:
    """(Business Central's value, the store's) after an Update."""
    ours, theirs, last = CHANGES[who]
    now = {"business_central": BASE if ours is None else ours, "bigcommerce": BASE if theirs is None else theirs}
    winner = {"business_central": "business_central", "bigcommerce": "bigcommerce"}.get(owner)
    if owner == "newest" and last:
        winner = last
    if owner == "fill_if_empty" and "" in now.values():
        winner = next(side for side, value in now.items() if value)
    elif winner is None or (not now[winner] and blank == "keep"):
        return now["business_central"], now["bigcommerce"]
    value = now[winner]
    if winner == "business_central":
        return value, value
    return (value if switch else now["business_central"]), value


def clashes(owner: str, who: str) -> bool:
    return who in ("40", "50") and owner in ("business_central", "bigcommerce", "newest")


def values(shop: StoreSide, business: CompanySide, number: str) -> dict[str, tuple[str, str]]:
    """Form field -> (Business Central's value, the store's)."""
    row = business.customer(number)
    assert row is not None
    there = {each["name"]: each["value"] for each in shop.customer(f"c{number}@example.com")["form_fields"]}
    return {name: (row[column], there.get(name, "")) for name, (column, _) in FIELDS.items()}


@pytest.fixture
def agreed(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Store:
    """Seven customers in both systems that agree on three form fields."""
    for name in FIELDS:
        shop.add_form_field(name)
    for number in CHANGES:
        business.add_customer(
            number=number, displayName=f"Firm {number}", email=f"c{number}@example.com",
            **{api: BASE for _, api in FIELDS.values()}, **READY,
        )  # fmt: skip
    Store.objects.update(brake_count=1000, brake_share=100)
    run_job(store, "add_customers")
    FieldMappingRow.objects.filter(target_field__in=["address2", "state_or_province"]).delete()
    for name, (_, api) in FIELDS.items():
        FormFieldRow(store=store, kind="customer", name=name, type="text", source_table="customer",
                     source_field=api).save()  # fmt: skip
    run_job(store, "update_customers")
    return store


def change(world: World, shop: StoreSide, business: CompanySide) -> None:
    for number, (ours, theirs, last) in CHANGES.items():
        sides = ("bigcommerce", "business_central")
        for side in sides if last == "business_central" else reversed(sides):
            world.clock.advance(5)
            if side == "bigcommerce" and theirs is not None:
                shop.change_customer(f"c{number}@example.com", form_fields=dict.fromkeys(FIELDS, theirs))
            elif side == "business_central" and ours is not None:
                business.change_customer(number, **{api: ours for _, api in FIELDS.values()})


@pytest.mark.parametrize("blank", ["keep", "send"])
@pytest.mark.parametrize("switch", [False, True], ids=["may-not", "may"])
@pytest.mark.parametrize("owners", OWNERS, ids=lambda owners: "-".join(owners))
def test_who_wins_and_what_is_written(
    agreed: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob,
    owners: tuple[str, ...], switch: bool, blank: str,
) -> None:  # fmt: skip
    Store.objects.update(may_update_business_central=switch)
    for name, owner in zip(FIELDS, owners, strict=True):
        row = FormFieldRow.objects.get(name=name)
        row.owner, row.blank = owner, blank
        row.save()
    change(world, shop, business)
    world.audit.reset()

    run = run_job(agreed, "update_customers")

    found = {number: values(shop, business, number) for number in CHANGES}
    wanted = {
        number: {name: expected(owner, switch, blank, number) for name, owner in zip(FIELDS, owners, strict=True)}
        for number in CHANGES
    }
    assert found == wanted
    assert run.status == "succeeded"
    if not switch:
        assert world.audit.writes("business_central") == []
    fields = dict(zip(FIELDS, owners, strict=True))
    clashing = sorted((f"c{who}@example.com", name) for who in CHANGES for name in FIELDS if clashes(fields[name], who))
    rows = Conflict.objects.filter(settled_at=None).values_list("customer__email", "field")
    assert sorted(rows) == clashing
    flagged = set(Customer.objects.filter(conflict=True).values_list("email", flat=True))
    assert flagged == {email for email, _ in clashing}
    assert {who for who, (outcome, _) in told(run).items() if outcome == "conflict"} == flagged
    if not switch:
        drifting = [
            number for number in CHANGES if any(
                expected(owner, False, blank, number) != expected(owner, True, blank, number) for owner in owners
            )
        ]  # fmt: skip
        assert all("drift" in told(run)[f"c{number}@example.com"][1] for number in drifting if number not in "40 50")

    world.audit.reset()
    state = world.state()
    again = run_job(agreed, "update_customers")
    assert (world.audit.writes(), world.state() == state) == ([], True)
    said: dict[str, Any] = told(again)
    assert {outcome for outcome, _ in said.values()} <= {"unchanged"}
    assert world.audit.broken_rules == []
