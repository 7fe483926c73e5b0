"""Whom Add Customers leaves over, kept as reasons: what the tiles count is what the job does, and decisions hold."""

from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import add_preview, adding, claims, left_over, readiness_check, shared_emails, tasks
from customers.deciding import NotNow
from customers.models import BusinessCentralCustomer, Customer, Decision, LeftOut, NotReady, ReadinessCheck
from customers.models.readiness import counted
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob, outcomes, told
from tests.pages import data


def customer(business: CompanySide, number: str, email: str, **values: Any) -> None:
    business.add_customer(number=number, displayName=f"Customer {number}", email=email, **{**READY, **values})


def town(business: CompanySide, shop: StoreSide) -> None:
    """Somebody of every kind that Add Customers meets."""
    customer(business, "10", "ready@a.example")
    customer(business, "11", "here@a.example")  # a free shopper has it: linked by e-mail
    customer(business, "20", "blocked@a.example", blocked="All")
    customer(business, "21", "", blocked="Ship")
    customer(business, "30", "twice@a.example")
    customer(business, "31", "twice@a.example")
    customer(business, "40", "theirs@a.example")  # its shopper is linked to 41 by phone
    customer(business, "41", "own@a.example", phoneNumber="020 7946 0041")
    customer(business, "50", "named@a.example", phoneNumber="020 7946 0050")  # a shopper has its phone
    customer(business, "60", "skipped@a.example")
    customer(business, "70", "")
    people = {"here": "", "theirs": "020 7946 0041", "other": "020 7946 0050", "skipped": ""}
    for name, phone in people.items():
        shop.add_customer(
            email=f"{name}@a.example", first_name="Ann", last_name=name.title(), phone=phone,
            addresses=[{**ADDRESS, "first_name": "Ann", "last_name": name.title()}],
        )  # fmt: skip


@pytest.fixture
def prepared(store: Store, business: CompanySide, shop: StoreSide, run_job: RunJob) -> Store:
    """The town as both sides are, imported; theirs@ is linked to 41, skipped@ is skipped, readiness is checked."""
    town(business, shop)
    run_job(store, "import_customers")
    wanted = Customer.objects.get(email="theirs@a.example")
    run_job(store, "try_mapping", only=[wanted.pk])
    Customer.objects.filter(email="skipped@a.example").update(status="skipped")
    run_job(store, "check_readiness")
    return Store.objects.select_related("company").get(pk=store.pk)


def counts(store: Store) -> dict[str, int]:
    store.company.refresh_from_db()
    kept = ReadinessCheck.counts_of([store])[store.pk]
    assert kept == counted(store)
    groups = ("linked", "ready", "review", "blocked", "not_ready")
    assert kept["total"] == sum(kept[name] for name in groups)
    return {name: kept[name] for name in (*groups, "emails")}


def codes(store: Store) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in NotReady.of(store).order_by("number", "-first", "code"):
        found.setdefault(row.number, []).append(row.code)
    return found


def beat(store: Store) -> None:
    """What beat does each minute."""
    tasks.check_readiness()
    assert not readiness_check.is_stale(store, readiness_check.check_of(store))


def test_what_is_ready_is_what_add_customers_does(prepared: Store, run_job: RunJob) -> None:
    assert counts(prepared) == {"linked": 1, "ready": 2, "review": 4, "blocked": 2, "not_ready": 2, "emails": 3}
    assert codes(prepared) == {
        "20": ["blocked"], "21": ["blocked", "missing-email"], "30": ["shared-email"], "31": ["shared-email"],
        "40": ["email-linked"], "50": ["claimed"], "60": ["shopper-skipped"], "70": ["missing-email"],
    }  # fmt: skip
    shown = add_preview.preview(prepared, {})
    assert shown.counts == {"ready": 2, "not ready": 2, "already linked": 1, "review": 4}
    run = run_job(prepared, "add_customers")
    assert outcomes(run) == {
        "10": "created", "11": "linked", "30": "review", "31": "review", "40": "review", "50": "review",
        "60": "skipped", "70": "skipped",
    }  # fmt: skip
    beat(prepared)
    assert counts(prepared) == {"linked": 3, "ready": 0, "review": 4, "blocked": 2, "not_ready": 2, "emails": 3}


def test_the_kept_reasons_are_the_job_s_own(prepared: Store, run_job: RunJob) -> None:
    run = run_job(prepared, "add_customers", mode="plan")
    said = {number: reason for number, (outcome, reason) in told(run).items() if outcome in ("review", "skipped")}
    kept: dict[str, list[str]] = {}
    for row in NotReady.of(prepared).exclude(number__in=("20", "21")).order_by("pk"):
        kept.setdefault(row.number, []).append(row.text)
    assert {number: "; ".join(texts) for number, texts in kept.items()} == said


def test_a_shopper_who_comes_or_goes_is_noticed_within_a_minute(
    prepared: Store, business: CompanySide, shop: StoreSide, run_job: RunJob
) -> None:
    shop.add_customer(
        email="new@a.example", first_name="Ann", last_name="New", phone="020 7946 0060",
        addresses=[{**ADDRESS, "first_name": "Ann", "last_name": "New"}],
    )  # fmt: skip
    customer(business, "80", "eighty@a.example", phoneNumber="020 7946 0060")
    beat(prepared)
    assert "80" not in codes(prepared)
    run_job(prepared, "import_customers")
    run_job(prepared, "check_readiness")
    assert codes(prepared)["80"] == ["claimed"]


def named(number: str) -> BusinessCentralCustomer:
    return BusinessCentralCustomer.objects.get(number=number)


def test_who_gets_the_e_mail_is_added_and_later_runs_heed_it(
    prepared: Store, world: World, run_job: RunJob, shop: StoreSide
) -> None:
    operator = data.user("operator")
    assert shared_emails.emails(prepared)[0] == ["theirs@a.example", "twice@a.example"]
    assert shared_emails.give(prepared, named("30"), operator, "asked them", None) == 1
    assert codes(prepared)["31"] == ["left-out"]
    assert "30" not in codes(prepared)
    assert counts(prepared) == {"linked": 1, "ready": 3, "review": 2, "blocked": 2, "not_ready": 3, "emails": 1}
    before = {each["email"] for each in world.state()["stores"][prepared.hash]["customers"].values()}
    first = outcomes(run_job(prepared, "add_customers"))
    again = run_job(prepared, "add_customers")
    assert (first["30"], first["31"]) == ("created", "skipped")
    assert told(again)["31"][1].startswith("Left out of this store by operator on ")
    assert told(again)["31"][1].endswith("twice@a.example goes to 30, Customer 30. asked them")
    after = Counter(each["email"] for each in world.state()["stores"][prepared.hash]["customers"].values())
    assert set(after) - before == {"ready@a.example", "twice@a.example"}
    assert max(after.values()) == 1
    kinds = (
        Decision.objects.filter(store=prepared).order_by("pk").values_list("kind", "business_central_customer__number")
    )
    assert list(kinds) == [("skip", "31"), ("give", "30")]


def test_another_e_mail_ends_what_was_decided_about_the_old_one(
    prepared: Store, business: CompanySide, run_job: RunJob
) -> None:
    shared_emails.give(prepared, named("30"), data.user("operator"), "", None)
    business.change_customer("31", email="own-now@a.example")
    assert outcomes(run_job(prepared, "add_customers"))["31"] == "created"


def test_skip_holds_whatever_the_e_mail_is_until_it_is_taken_back(
    prepared: Store, business: CompanySide, run_job: RunJob
) -> None:
    operator = data.user("operator")
    shared_emails.skip(prepared, named("40"), operator, "a branch of 41", None)
    business.change_customer("40", email="own-now@a.example")
    run = run_job(prepared, "add_customers")
    assert told(run)["40"][0] == "skipped"
    assert "a branch of 41" in told(run)["40"][1]
    assert shared_emails.take_back(prepared, LeftOut.objects.all(), operator) == 1
    assert outcomes(run_job(prepared, "add_customers"))["40"] == "created"
    assert Decision.objects.filter(kind="unskip").count() == 1


def test_two_operators_at_once_are_told_apart(prepared: Store) -> None:
    one, other = data.user("operator", "one"), data.user("operator", "other")
    seen = Decision.objects.create(store=prepared, kind="skip").at
    shared_emails.give(prepared, named("30"), one, "", seen)
    with pytest.raises(NotNow, match="one was faster"):
        shared_emails.give(prepared, named("31"), other, "", seen)
    assert [left.business_central_customer.number for left in LeftOut.objects.all()] == ["31"]


def test_an_e_mail_that_a_linked_shopper_has_is_given_to_nobody(prepared: Store, operator_user: User) -> None:
    with pytest.raises(NotNow, match="is the shopper's of 41 already"):
        shared_emails.give(prepared, named("40"), operator_user, "", None)
    assert not LeftOut.objects.exists()


@pytest.fixture
def operator_user(db: None) -> User:
    return data.user("operator")


@pytest.mark.parametrize("most", [0, 250])
def test_a_decision_compares_few_shoppers_at_once_and_none_while_rows_are_locked(
    prepared: Store, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(left_over, "MOST_AT_ONCE", most)
    monkeypatch.setattr(adding, "index_of", lambda *_: pytest.fail("the whole company was read"))
    unlocked, compared, seen = len(connection.savepoint_ids), claims.compared, []

    def watched(*given: Any) -> Any:
        seen.append(len(connection.savepoint_ids))
        return compared(*given)

    monkeypatch.setattr(claims, "compared", watched)
    operator = data.user("operator")
    shared_emails.give(prepared, named("30"), operator, "", None)
    shared_emails.skip(prepared, named("40"), operator, "a branch of 41", None)
    assert shared_emails.take_back(prepared, LeftOut.objects.all(), operator) == 2
    assert seen == ([unlocked] * 3 if most else [])


def test_what_was_not_compared_at_once_is_by_the_next_look(prepared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision changes the stamp that the beat looks at, so the rules have their say within a minute."""
    shopper = Customer.objects.get(email="here@a.example")
    Customer.objects.filter(pk=shopper.pk).update(phone="020 7946 0050", country_code="GB")
    monkeypatch.setattr(left_over, "MOST_AT_ONCE", 0)
    shared_emails.give(prepared, named("30"), data.user("operator"), "", None)
    assert readiness_check.is_stale(prepared, ReadinessCheck.objects.get(store=prepared))
    beat(prepared)
    said = codes(prepared)
    monkeypatch.setattr(left_over, "MOST_AT_ONCE", 5_000)
    left_over.look_again(prepared, list(prepared.company.customers.filter(number__in=("30", "31"))))
    assert codes(prepared) == said


def test_looking_again_at_some_says_what_the_search_said(prepared: Store) -> None:
    rows = {row.number: row for row in prepared.company.customers.all()}
    shopper = Customer.objects.get(email="here@a.example")
    Customer.objects.filter(pk=shopper.pk).update(phone="020 7946 0050", country_code="GB", written_at=timezone.now())
    ReadinessCheck.objects.update(others_stamp=[])
    beat(prepared)
    said = list(NotReady.objects.order_by("number", "code").values_list("number", "code", "text"))
    assert ("11", "email-disagrees") in [(number, code) for number, code, _ in said]
    left_over.look_again(prepared, [row for row in rows.values() if not row.blocked and row.email])
    assert list(NotReady.objects.order_by("number", "code").values_list("number", "code", "text")) == said
