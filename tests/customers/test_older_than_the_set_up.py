"""A plan that is older than the set-up or a switch of the store does not apply what was taken back since."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from customers import before_images
from stores.models import Store
from tests.customers.test_writing_back import EMAIL, added, own
from tests.fixtures import RunJob, told

__all__ = ["added"]


def test_the_switch_turned_off_before_the_write_stops_it_and_drift_is_told(
    added: Store, shop: StoreSide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    own("customer.phone")
    shop.change_customer(EMAIL, phone="01223 460009")
    keep = before_images.keep

    def turned_off(*rest: Any) -> None:
        Store.objects.update(may_update_business_central=False)
        keep(*rest)

    monkeypatch.setattr(before_images, "keep", turned_off)
    run = run_job(added, "update_customers")
    assert (run.status, run.counts, world.audit.writes()) == ("succeeded", {"unchanged": 2}, [])
    assert "phone: drift" in told(run)[EMAIL][1]
