"""Hostile data is shown harmless on every page of the URL table: markup, formulas, right-to-left marks, long names."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone
from playwright.sync_api import Page

from customers.models import (
    Alarm,
    BusinessCentralCustomer,
    Customer,
    Decision,
    Link,
    RecurringTask,
    RefusedPair,
    Run,
    RunRecord,
    Trouble,
)
from mapping.models import SetupChange
from stores.models import Store
from tests.pages import data
from tests.pages.test_browser import opened
from tests.pages.test_roles import GUARDED

__all__ = ["opened"]
RIGHT_TO_LEFT = "\u202egnp.exe"
LONG = "Ashby-de-la-Zouch " * 6
EVIL = f"{data.HOSTILE}</script><script>window.harmed=1</script>=HYPERLINK(1)'\"{RIGHT_TO_LEFT}"
# What a page must never carry as it is; escaped it is harmless.
RAW = ("<img src=x", "<script>window.harmed", 'onerror="window')
# Reaches out to the vendors; has its own test.
LEFT_OUT = {"test_connection"}


def town() -> Store:
    """Every kind of row with hostile words wherever words can stand."""
    store = data.store(name=EVIL[:200])
    store.channels = [{"id": 1, "name": EVIL, "type": "storefront"}, {"id": 2, "name": LONG, "type": "storefront"}]
    store.attributes = [{"id": 7, "name": EVIL, "type": "string"}]
    store.information = {"domain": EVIL, "plan_name": EVIL, "currency": EVIL}
    store.save()
    shoppers = data.customers(store, 24)
    data.details(shoppers[1])
    Customer.objects.update(first_name=EVIL[:100], last_name=LONG[:100], company=EVIL, phone=EVIL[:50],
                            status_reason=EVIL, flag_reason=EVIL)  # fmt: skip
    business = data.business_central_customer(store, "70000", display_name=EVIL[:100])
    BusinessCentralCustomer.objects.exclude(pk=business.pk).update(display_name=EVIL[:100])
    Customer.objects.filter(status="review").update(candidates=[str(business.remote_id)])
    Link.objects.update(why=EVIL, value=EVIL)
    who = data.user("operator", "eve")
    who.first_name = EVIL[:140]
    who.save()
    unmapped = Customer.objects.filter(status="unmapped")[0]
    RefusedPair.objects.create(customer=unmapped, business_central_customer=business, reason=EVIL, user=who)
    Decision.objects.create(store=store, customer=unmapped, kind="unmap", reason=EVIL, user=who)
    Trouble.objects.create(store=store, kind="try_mapping", target="customer:1", customer=shoppers[0], cause=EVIL[:60],
                           fingerprint="a|b|c", times=3, parked=True, reason=EVIL)  # fmt: skip
    SetupChange.objects.create(store=store, kind=EVIL[:60], row=EVIL[:400], action="changed", by=who, via="page",
                               before={"name": EVIL}, after={"name": EVIL})  # fmt: skip
    for run in (data.ended_run(store), data.planned_run(store, shoppers)):
        Run.objects.filter(pk=run.pk).update(
            user=who, approved=True, approved_by=who, message=EVIL, scope={"search": EVIL},
            cursor={"approvals": [[EVIL, timezone.now().isoformat(), 1]]},
        )  # fmt: skip
    RecurringTask.objects.create(store=store, kind="update_customers", every_minutes=5, scope={"search": EVIL},
                                 created_by=who, due_at=timezone.now(), waits_for=EVIL)  # fmt: skip
    changes = [[EVIL, EVIL, EVIL], ["form", [EVIL], None]]
    parts = [{"part": EVIL, "outcome": "updated", "reason": EVIL, "changes": changes},
             {"part": "core", "outcome": "rejected", "reason": EVIL, "changes": []}]  # fmt: skip
    for closed_at in (None, timezone.now()):
        Alarm.objects.create(key=EVIL[:200], kind="mail_failed", store=store, text=EVIL, opened_at=timezone.now(),
                             seen_at=timezone.now(), closed_at=closed_at)  # fmt: skip
    RunRecord.objects.update(label=EVIL[:255], reason=EVIL, words=EVIL, field=EVIL[:100], cause=EVIL[:60], parts=parts)
    return store


def addresses(store: Store) -> list[str]:
    """Every page that is got, once for each kind of thing it may show."""
    runs = list(Run.objects.order_by("pk"))
    linked, other = Customer.objects.filter(status="linked")[0], Customer.objects.filter(status="unmapped")[0]
    values: dict[str, list[Any]] = {
        "store_hash": [store.hash], "run_id": [run.pk for run in runs], "customer_id": [linked.pk, other.pk],
        "task_id": list(RecurringTask.objects.values_list("pk", flat=True)),
    }  # fmt: skip
    found = []
    for pattern in GUARDED:
        if "GET" in pattern.callback.roles and pattern.name not in LEFT_OUT:
            found += _of(pattern, values)
    return [*found, f"/stores/{store.hash}/customers/?search={data.HOSTILE}&selected={linked.pk}"]


def _of(pattern: URLPattern, values: dict[str, list[Any]]) -> list[str]:
    names = list(pattern.pattern.converters)
    unknown = [name for name in names if name not in values]
    assert not unknown, f"{pattern.name}: give this test a value for {unknown}"
    if not names:
        return [reverse(pattern.name)]
    return [reverse(pattern.name, kwargs={names[0]: value}) for value in values[names[0]]] if len(names) == 1 else []


def test_no_page_carries_it_as_it_is(signed_in: Callable[[str], Client], db: None) -> None:
    store = town()
    client = signed_in("administrator")
    seen, found = 0, []
    for path in addresses(store):
        answer = client.get(path)
        assert answer.status_code in (200, 204, 302, 404), (path, answer.status_code)
        body = b"".join(answer.streaming_content) if isinstance(answer, StreamingHttpResponse) else answer.content  # type: ignore[arg-type]
        text = body.decode("utf-8", "replace")
        seen += "&lt;img src=x" in text
        if answer["Content-Type"].startswith("text/html"):
            found += [(path, raw) for raw in RAW if raw in text]
    assert found == [], "\n".join(map(str, found))
    assert seen > 15  # it was there to be shown


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_runs_it_in_a_browser(transactional_db: None, opened: Callable[..., Page]) -> None:
    store = town()
    page = opened("/", "administrator")
    found = []
    for path in addresses(store):
        if path.endswith("/setup/export/"):
            continue  # a download
        page.goto(path)
        if page.evaluate("window.harmed") is not None or page.locator("main img").count():
            found.append(path)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            wide = (
                "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            )
            found.append(f"{path} is too wide: {page.evaluate(wide + '.slice(-1)[0]?.parentElement.outerHTML')[:200]}")
    assert found == [], "\n".join(map(str, found))
