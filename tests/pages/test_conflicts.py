"""The Conflicts page: both values, filters with counts, a side taken by a row, by ticks, by field, by keyboard."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from customers.conflict_versions import version_of
from customers.models import Conflict, Customer, Decision, Link, RunRecord
from stores.models import Store
from tests.pages import data
from tests.pages.test_browser import faults, opened

__all__ = ["opened"]
PAGE = "/stores/k3v9x1q7p2/conflicts/"
Open = Callable[..., Page]
FIELDS = [("core", "company", False), ("core", "phone", False), ("address main", "city", True)]


def town(shoppers: int = 12) -> Store:
    """Every linked shopper has three open conflicts: two that Business Central won, one of which both values stand."""
    store = data.store()
    data.customers(store, shoppers)
    links = list(Link.objects.filter(store=store).select_related("customer").order_by("pk"))
    run = data.run(store, "update_customers", "succeeded", looked_at=shoppers, counts={"conflict": len(links)})
    now = timezone.now()
    Conflict.objects.bulk_create(
        Conflict(
            store=store, customer=link.customer, link=link, run=run, part=part, field=field, base="Before",
            bigcommerce=data.HOSTILE if part == "core" else "Ely", business_central="Books", waits=waits,
            owner="bigcommerce" if waits else "business_central", winner="bigcommerce" if waits else "business_central",
            bigcommerce_changed_at=now, business_central_changed_at=None,
        )
        for link in links for part, field, waits in FIELDS
    )  # fmt: skip
    Customer.objects.filter(status="linked").update(conflict=True)
    return store


@pytest.fixture
def merchant(db: None) -> Store:
    return town()


def seen() -> dict[str, Any]:
    """What a page that was made now says that it shows."""
    rows = Conflict.objects.filter(settled_at=None)
    return {"seen": [f"{row.pk}:{version_of(row)}" for row in rows], "made_at": timezone.now().isoformat()}


def still() -> int:
    return Conflict.objects.filter(settled_at=None).count()


def test_shows_both_values_and_counts_by_field(viewer: Client, merchant: Store) -> None:
    answer = viewer.get(PAGE)
    n = Link.objects.count()
    assert answer.context["fields"] == [("address main", "city", n), ("core", "company", n), ("core", "phone", n)]
    assert (answer.context["total"], answer.context["page"].paginator.count) == (3 * n, still())
    text = answer.content.decode()
    assert ("Books" in text, "Before" in text, data.HOSTILE in text) == (True, True, False)
    assert ("Taking a side needs the role operator" in text, 'name="only"' in text) == (True, False)


def test_who_and_when_as_far_as_anybody_knows(viewer: Client, merchant: Store) -> None:
    row = Conflict.objects.filter(field="company").order_by("pk")[0]
    Link.objects.filter(pk=row.link_id).update(created_at=datetime(2026, 1, 1, 8, 0, tzinfo=UTC))
    where = f"{PAGE}?customer={row.customer_id}&part=core&field=company"
    text = viewer.get(where).content.decode()
    assert "it does not say by whom" in text
    assert "changed between <time" in text
    assert "1 Jan 2026 08:00 UTC</time> and <time" in text
    assert ("written by" in text, " took " in text) == (False, False)
    ann = User.objects.create_user("ann", first_name="Ann", last_name="Lee")
    wrote = data.run(merchant, "update_customers", "succeeded", user=ann)
    parts = [{"part": "core", "outcome": "updated", "reason": "", "changes": [["company", "Old", "Before"]]}]
    at = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
    data.record(wrote, "customer:1", "updated", customer=row.customer, parts=parts)
    RunRecord.objects.update(at=at)
    settled = {"settled": "taken", "settled_at": at, "taken": "bigcommerce", "user": ann}
    Conflict.objects.create(store=merchant, customer=row.customer, link=row.link, part="core", field="company",
                            owner="never", winner="bigcommerce", **settled)  # fmt: skip
    text = viewer.get(where).content.decode()
    assert f'written by <a href="/runs/{wrote.pk}/">run {wrote.pk}</a>, <bdi>Update, Ann Lee</bdi>, <time' in text
    assert "3 Feb 2026 09:30 UTC</time> and <time" in text
    assert "<bdi>Ann Lee</bdi> took BigCommerce" in text
    assert "Company" in text


@pytest.mark.parametrize(
    ("query", "share"),
    [("part=core&field=company", 1), ("stands=waits", 1), ("stands=overwritten", 2), ("stands=nonsense", 3),
     ("part=core&field=nobody", 0)],
)  # fmt: skip
def test_filters(viewer: Client, merchant: Store, query: str, share: int) -> None:
    assert viewer.get(f"{PAGE}?{query}").context["page"].paginator.count == share * Link.objects.count()


def test_of_one_customer_from_the_card(viewer: Client, merchant: Store) -> None:
    customer = Customer.objects.filter(conflict=True).first()
    assert customer is not None
    assert f"conflicts/?customer={customer.pk}" in viewer.get(f"/customers/{customer.pk}/").content.decode()
    assert viewer.get(f"{PAGE}?customer={customer.pk}").context["page"].paginator.count == 3


def test_one_row_is_taken_with_its_own_button(operator: Client, merchant: Store) -> None:
    row = Conflict.objects.get(customer=Customer.objects.filter(conflict=True).first(), field="city")
    before = still()
    answer = operator.post(
        f"{PAGE}take/", {"one": f"{row.pk}:business_central", "filter": "stands=waits", **seen()}, follow=True
    )
    assert answer.redirect_chain == [(f"{PAGE}?stands=waits", 302)]
    assert "1 conflict is settled: Business Central" in answer.content.decode()
    row.refresh_from_db()
    assert (row.taken, row.user.username, still()) == ("business_central", "operator", before - 1)  # type: ignore[union-attr]
    assert Link.objects.get(pk=row.link_id).disputes == {"address main": {"city": {"side": "business_central"}}}
    assert Customer.objects.get(pk=row.customer_id).conflict is True
    again = operator.post(f"{PAGE}take/", {"one": f"{row.pk}:bigcommerce"}, follow=True).content.decode()
    assert "somebody has settled it already" in again


def test_the_ticked_ones_with_a_reason_and_the_flag_goes_with_the_last(operator: Client, merchant: Store) -> None:
    customer = Customer.objects.filter(conflict=True).first()
    only = list(Conflict.objects.filter(customer=customer).values_list("pk", flat=True))
    operator.post(
        f"{PAGE}take/",
        {"only": only, "side": "business_central", "reason": "legal name", "reach": "selected", **seen()},
    )
    assert Customer.objects.get(pk=customer.pk).conflict is False  # type: ignore[union-attr]
    assert {row.reason.endswith("legal name") for row in Decision.objects.all()} == {True}
    assert Decision.objects.count() == 3


@pytest.mark.parametrize("reach", ["one", "selected", "all"])
def test_no_side_is_taken_of_values_that_nobody_saw(operator: Client, merchant: Store, reach: str) -> None:
    row, *others = Conflict.objects.filter(field="city").order_by("pk")
    page = operator.get(f"{PAGE}?field=city&part=address main")
    form = {"one": {"one": f"{row.pk}:bigcommerce"}, "selected": {"only": [row.pk, others[0].pk]},
            "all": {"reach": "all", "filter": "field=city&part=address main"}}[reach]  # fmt: skip
    shown = {
        "made_at": page.context["made_at"],
        "seen": re.findall('name="seen" value="([^"]+)"', page.content.decode()),
    }
    # Another Update finds the same field in conflict once more, with another value of the shopper.
    Conflict.objects.filter(pk=row.pk).update(bigcommerce="Bath", found_at=timezone.now())
    answer = operator.post(f"{PAGE}take/", {"side": "bigcommerce", **form, **shown}, follow=True)
    row.refresh_from_db()
    assert (row.settled_at, "changed since your page" in answer.content.decode()) == (None, True)
    assert "Bath" in answer.content.decode()
    taken = {"one": 0, "selected": 1, "all": len(others)}[reach]
    assert Conflict.objects.filter(taken="bigcommerce").count() == taken


def test_in_bulk_by_field(operator: Client, merchant: Store, django_assert_max_num_queries: Any) -> None:
    n = Link.objects.count()
    with django_assert_max_num_queries(32):
        operator.post(
            f"{PAGE}take/", {"reach": "all", "side": "bigcommerce", "filter": "part=core&field=company", **seen()}
        )
    assert (still(), set(Conflict.objects.exclude(settled_at=None).values_list("field", "taken"))) == (
        2 * n, {("company", "bigcommerce")},
    )  # fmt: skip
    taken = {"side": "bigcommerce", "value": data.HOSTILE, "restores": True}
    assert all(link.disputes == {"core": {"company": taken}} for link in Link.objects.all())


@pytest.mark.parametrize("form", [{}, {"side": "nobody", "reach": "all"}, {"one": "x:y"}, {"only": ["x"]}])
def test_nonsense_settles_nothing(operator: Client, merchant: Store, form: dict[str, Any]) -> None:
    before = still()
    assert operator.post(f"{PAGE}take/", form).status_code == 302
    assert still() == before


def test_roles(viewer: Client, client: Client, merchant: Store) -> None:
    assert viewer.post(f"{PAGE}take/", {"reach": "all", "side": "bigcommerce"}).status_code == 403
    assert client.get(PAGE)["Location"].startswith("/sign-in/")


def test_another_stores_conflicts_are_out_of_reach(operator: Client, merchant: Store) -> None:
    data.store("w8n4d2z6r5", "Other")
    row = Conflict.objects.order_by("pk").first()
    assert row is not None
    operator.post("/stores/w8n4d2z6r5/conflicts/take/", {"one": f"{row.pk}:bigcommerce", **seen()})
    row.refresh_from_db()
    assert row.settled_at is None


def test_none_says_so(viewer: Client, db: None) -> None:
    data.store()
    assert "No conflicts" in viewer.get(PAGE).content.decode()


def test_the_number_of_queries_does_not_grow(viewer: Client, db: None, django_assert_max_num_queries: Any) -> None:
    town(400)
    with django_assert_max_num_queries(14):
        assert viewer.get(PAGE).context["page"].paginator.num_pages > 2


@pytest.mark.browser
def test_by_keyboard_and_axe_finds_nothing(merchant: Store, opened: Open) -> None:
    page = opened(PAGE)
    assert faults(page) == []
    before = still()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("2")
    page.get_by_text("1 conflict is settled").wait_for()
    assert (still(), Decision.objects.count()) == (before - 1, 1)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="Take BigCommerce's 1").click()
    page.get_by_text("1 conflict is settled").wait_for()
    page.get_by_role("link", name="City").first.click()
    page.get_by_role("button", name="Take Business Central's in all").click()
    page.get_by_text("settled: Business Central").wait_for()
    assert not Conflict.objects.filter(settled_at=None, field="city").exists()
    assert faults(page) == []


@pytest.mark.browser
def test_works_without_a_script(merchant: Store, opened: Open) -> None:
    page = opened(PAGE, java_script_enabled=False)
    page.locator("button[value$=':business_central']").first.click()
    page.get_by_text("1 conflict is settled").wait_for()


def test_conflicts_of_the_deleted_do_not_wait_for_anybody(operator: Client, db: None) -> None:
    town(3)
    rows = operator.get(PAGE).context["page"].object_list
    gone, others = rows[0].customer_id, {row.customer_id for row in rows} - {rows[0].customer_id}
    Customer.objects.filter(pk=gone).update(gone_at=timezone.now())
    shown = {row.customer_id for row in operator.get(PAGE).context["page"].object_list}
    assert shown == others
