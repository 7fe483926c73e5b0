"""The care of connections: tested where nothing proves that both vendors let us in, and nowhere else."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from customers.connection_care import care_for_connections
from customers.models import Run
from stores.models import Store
from tests.fixtures import RunJob

HOUR = datetime.timedelta(hours=1)


def last_test(store: Store, ago: datetime.timedelta) -> None:
    found = {"ok": True, "at": (timezone.now() - ago).isoformat(), "findings": []}
    Store.objects.filter(pk=store.pk).update(last_test=found)


def test_a_store_that_was_never_tested_is_and_an_hour_later_is_left_alone(store: Store) -> None:
    assert care_for_connections() == [store.hash]
    store.refresh_from_db()
    assert store.last_test["ok"]
    assert care_for_connections() == []


def test_a_token_that_is_refused_is_noticed_without_any_run_and_asked_for_until_it_is_mended(
    store: Store, settings: Any
) -> None:
    last_test(store, 25 * HOUR)
    Store.objects.filter(pk=store.pk).update(access_token="revoked")
    assert care_for_connections() == [store.hash]
    store.refresh_from_db()
    assert any(found["level"] == "bad" for found in store.last_test["findings"])
    store.access_token = f"token-{store.hash}"
    store.save()
    assert care_for_connections() == [store.hash]
    store.refresh_from_db()
    assert store.last_test["ok"]


@pytest.mark.parametrize("job", ["sync_changes", "import_customers"])
def test_a_run_that_called_both_vendors_is_proof_enough(
    job: str, shop: StoreSide, store: Store, run_job: RunJob
) -> None:
    last_test(store, 25 * HOUR)
    run = run_job(store, job)
    assert run.status == Run.Status.SUCCEEDED
    assert care_for_connections() == ([] if job == "sync_changes" else [store.hash])


def test_a_store_whose_app_was_uninstalled_waits_for_a_person(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(uninstalled_at=timezone.now())
    assert care_for_connections() == []
