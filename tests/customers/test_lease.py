"""A lease: its beats keep the fence open, a database that is away closes it only for so long, a lost one stays lost."""

import time

import pytest
from django.db import OperationalError

from bcsync import settings as shipped
from bcsync.clients.transport import WRITE_TIMEOUT
from customers import lease
from customers.lease import Lease, LeaseLost
from stores.models import BusinessCentralCompany


def test_beats_come_well_within_the_time_that_the_lease_outlasts_a_write() -> None:
    assert shipped.RUN_LEASE_SECONDS - WRITE_TIMEOUT >= 2 * lease.BEAT_SECONDS


@pytest.mark.django_db
def test_the_fence_closes_when_the_lease_no_longer_outlasts_a_write(
    settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUN_HEARTBEAT, settings.RUN_LEASE_SECONDS = False, 28.0
    company = BusinessCentralCompany.objects.create(tenant="t", environment="e", name="n")
    held = Lease.take(company)
    assert held is not None
    held.fence()
    now = time.monotonic()
    monkeypatch.setattr(lease.time, "monotonic", lambda: now + 28.0 - WRITE_TIMEOUT + 1)
    with pytest.raises(LeaseLost):
        held.fence()
    held.renew()
    held.fence()


@pytest.mark.django_db
def test_a_database_that_is_away_for_a_beat_loses_nothing_and_a_taken_lease_is_lost(
    settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUN_HEARTBEAT = False
    company = BusinessCentralCompany.objects.create(tenant="t", environment="e", name="n")
    held = Lease.take(company)
    assert held is not None
    with monkeypatch.context() as away:
        away.setattr(lease.connection, "close", lambda: None)
        away.setattr(held, "renew", lambda: (_ for _ in ()).throw(OperationalError("away")))
        held._try_to_renew()
    held._try_to_renew()
    held.fence()
    BusinessCentralCompany.objects.update(lease_token="somebody else")
    with pytest.raises(LeaseLost):
        held._try_to_renew()
    with pytest.raises(LeaseLost):
        held.fence()
