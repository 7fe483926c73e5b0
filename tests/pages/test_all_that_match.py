"""Skip, Unskip, Unmap and Retry for all that the filter finds: exactly those, in few statements, and nobody twice."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import deciding
from customers.models import Customer, CustomerMetafield, Decision, Link, RefusedPair, Run, RunRecord, StoreCount
from customers.views import deciding as views
from stores.models import Store
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"
STATUSES = ("linked", "unmapped", "review", "defaulted", "skipped")


@pytest.fixture
def merchant(db: None) -> Store:
    """240 customers, 30 of them in each of the eight places of `data.STATUSES`."""
    store = data.store()
    data.customers(store, 240)
    data.customers(data.store("w8n4d2z6r5", "Fabrikam Trade"), 16)
    return store


def post(client: Client, action: str, query: str = "", **form: Any) -> str:
    """What the page says after the action on all of the filter, whatever else is ticked."""
    ticked = Customer.objects.filter(store__hash="w8n4d2z6r5")[:2]
    values = {"store": "k3v9x1q7p2", "filter": query, "every": "1", "only": [row.pk for row in ticked], **form}
    answer = client.post(f"/customers/{action}/", {"reason": "why not", **values}, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    return " | ".join(said)


def counted(store: Store) -> dict[str, int]:
    """Customers per status as the pages count them, which is what the table says."""
    kept = StoreCount.of(store)
    assert {each: Customer.objects.filter(store=store, status=each).count() for each in STATUSES} == {
        each: kept[each] for each in STATUSES
    }
    return {each: kept[each] for each in STATUSES}


def test_skip_and_unskip_take_exactly_those_of_the_filter(operator: Client, merchant: Store) -> None:
    assert counted(merchant) == {"linked": 120, "unmapped": 30, "review": 30, "defaulted": 30, "skipped": 30}
    wanted = Customer.objects.filter(store=merchant, country_code="GB").exclude(status="skipped")
    pks = set(wanted.values_list("pk", flat=True))
    assert post(operator, "skip", "country=GB") == f"{len(pks)} customers are skipped."
    decided = Decision.objects.filter(kind="skip")
    assert set(decided.values_list("customer_id", flat=True)) == pks
    assert set(decided.values_list("reason", "user__username")) == {("why not", "operator")}
    assert counted(merchant)["skipped"] == 30 + len(pks)
    assert Customer.objects.filter(store__hash="w8n4d2z6r5", status="skipped").count() == 2
    assert post(operator, "skip", "country=GB") == "All that match are skipped already; nothing was done."
    assert post(operator, "unskip", reason="") == f"{30 + len(pks)} customers are no longer skipped."
    assert counted(merchant) == {"linked": 120, "unmapped": 90, "review": 0, "defaulted": 30, "skipped": 0}
    again = Customer.objects.filter(pk__in=pks, status="linked").select_related("link")
    assert {row.status_reason == row.link.why for row in again} == {True}


def test_unmap_takes_the_links_of_the_filter(operator: Client, merchant: Store, queued: list[int]) -> None:
    shoppers = Customer.objects.filter(store=merchant, status="linked", country_code="GB")
    pairs = set(Link.objects.filter(customer__in=shoppers).values_list("customer_id", "business_central_customer_id"))
    number = {row.pk: row.link.business_central_customer.number for row in shoppers}
    carries = shoppers[0]
    CustomerMetafield.objects.create(
        store=merchant, customer=carries, remote_id=1, namespace="bcsync", key="customer_id", value="old",
        owner_client_id=merchant.client_id,
    )  # fmt: skip
    said = post(operator, "unmap", "country=GB")
    run = Run.objects.get()
    assert (run.kind, run.scope) == ("unmap", {"unmapped": [carries.pk]})
    assert said.startswith(f"{len(pairs)} customers are unmapped. | ")
    assert set(RefusedPair.objects.values_list("customer_id", "business_central_customer_id")) == pairs
    assert set(Decision.objects.values_list("customer_id", "business_central_customer_id")) == pairs
    assert Link.objects.filter(store=merchant).count() == 120 - len(pairs)
    for row in Customer.objects.filter(pk__in=number):
        reason = f"Unmapped from {number[row.pk]} by operator: why not"
        assert (row.status, row.status_reason, row.flag_reason) == ("unmapped", reason, "")
    assert counted(merchant)["unmapped"] == 30 + len(pairs)


@pytest.mark.parametrize("action", ["skip", "unmap"])
def test_a_reason_is_asked_for_first(operator: Client, merchant: Store, action: str) -> None:
    assert "Say why first" in post(operator, action, reason=" ")
    assert not Decision.objects.exists()


def test_too_many_are_refused_with_words(operator: Client, merchant: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_AT_ONCE", 100)
    assert post(operator, "skip") == (
        "More than 100 customers match, too many to be skipped at once; narrow the filter. Nothing was done."
    )
    assert not Decision.objects.exists()
    assert post(operator, "skip", "status=review") == "30 customers are skipped."


def test_what_others_decided_or_a_run_is_sending_is_left_alone(operator: Client, merchant: Store) -> None:
    page = timezone.now()
    linked = list(Customer.objects.filter(store=merchant, status="linked").order_by("pk")[:8])
    olga = User.objects.create_user("olga", first_name="Olga", last_name="{Ops}")
    deciding.skip(linked[:1], olga, "mine")
    run = data.run(merchant, "update_customers", "running", mode="plan")
    RunRecord.objects.create(run=run, target="x", customer=linked[1], state="in flight")
    said = post(operator, "skip", "status=linked&status=skipped", seen=page.isoformat())
    assert said.startswith(f"118 customers are skipped. Run {run.pk} is sending {linked[1]} at this moment;")
    assert post(operator, "unskip", "search=shopper", seen=page.isoformat()).startswith(
        "30 customers are no longer skipped."
    )
    assert Decision.objects.filter(customer=linked[0]).count() == 1


def test_of_two_operators_at_once_each_customer_is_decided_about_once(operator: Client, merchant: Store) -> None:
    """The second one had read the same rows before the first one was done."""
    olga, pete = User.objects.create_user("olga"), User.objects.create_user("pete")
    mine, his = (list(Customer.objects.filter(store=merchant).order_by("pk")) for _ in range(2))
    first, second = deciding.skip(mine, olga, "mine"), deciding.skip(his, pete, "his")
    assert (len(first.done), len(first.already), first.refused) == (210, 30, [])
    assert (second.done, len(second.already), len(second.refused)) == ([], 30, 210)
    assert {sentence for _, sentence in second.refused[:1]} == {
        f"{mine[0]} was changed by somebody else a moment ago; look at it again."
    }
    assert Decision.objects.count() == 210


def test_statements_do_not_grow_with_the_customers(operator: Client, merchant: Store) -> None:
    queries = []
    for query in ("status=review&country=GB", "status=unmapped&status=linked"):
        with CaptureQueriesContext(connection) as asked:
            operator.post("/customers/skip/", {"store": merchant.hash, "filter": query, "every": "1", "reason": "x"})
        queries.append(len(asked))
    assert (queries[1] <= queries[0] + 1, queries[1] < 30) == (True, True), queries


def test_retry_is_the_job_again_for_those_who_failed(operator: Client, merchant: Store, queued: list[int]) -> None:
    failed = Customer.objects.filter(store=merchant, failed=True)
    said = post(operator, "retry", "country=GB")
    run = Run.objects.get()
    assert (run.kind, run.scope) == ("update_customers", {"country": "GB", "failed": True, "status": ["linked"]})
    assert "press Retry once more when this run has ended" in said
    Run.objects.all().delete()
    answer = operator.post("/customers/retry/", {"store": merchant.hash, "only": [row.pk for row in failed]})
    run = Run.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    Run.objects.all().delete()
    post(operator, "retry", "status=unmapped&flag=conflict&flag=failed")
    assert Run.objects.get().kind == "try_mapping"
    failed.update(failed=False)
    assert "None of them has failed; nothing was started." in post(operator, "retry")
    assert Run.objects.count() == 1


def test_the_page_offers_all_that_match_and_says_how_many(operator: Client, viewer: Client, merchant: Store) -> None:
    text = " ".join(operator.get(LIST).content.decode().split())
    assert "all 240 that match</label>" in text
    for word in ("Unmap", "Update", "Skip", "Retry"):
        assert word in text
    for number in ("120 linked", "210 unskipped", "30 skipped", "21 failed", "90 unmapped"):
        assert f'<span class="if-every">{number}</span>' in text, number
    assert "that match</label>" not in operator.get(f"{LIST}?search=shopper24").content.decode()
    assert "that match</label>" not in viewer.get(LIST).content.decode()
