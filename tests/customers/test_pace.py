"""Customers per second and the time left: by what the run did lately, or by the calls that the quota lets through."""

from typing import Any

import pytest

from bcsync.clients.gate import RedisGate
from bcsync.clients.throttle import Quota
from bcsync.sandbox.business_central.company import CompanySide
from customers import pace, run_facts
from customers.models import Run
from stores import written
from stores.connect import bigcommerce_quota
from stores.models import Store
from tests.customers.test_add_customers import ready
from tests.fixtures import RunJob


def samples(*rows: tuple[float, int, int], step: str = "apply") -> dict[str, Any]:
    kept: dict[str, Any] | None = None
    for row in rows:
        kept = pace.noted(kept, step, *row)
    return kept or {}


def test_by_what_was_done_lately() -> None:
    kept = samples((0, 0, 0), (10, 50, 5), (20, 100, 10))
    found = pace.pace(kept, "apply", 20, 50, None)
    assert (found.per_second, found.seconds_left, found.bound) == (5.0, 10.0, False)


def test_the_quota_bounds_what_is_left() -> None:
    kept = samples((0, 0, 0), (10, 100, 100))
    free = Quota(left=60, quota=100, reset_in=12, window=30)
    assert pace.pace(kept, "apply", 10, 50, free).seconds_left == 5.0
    # 300 calls: 60 now, 100 after 12 s, 100 after 42 s, 40 after 72 s.
    found = pace.pace(kept, "apply", 10, 300, free)
    assert (found.seconds_left, found.bound) == (72.0, True)


def test_another_step_and_old_samples_say_nothing() -> None:
    assert pace.pace(samples((0, 0, 0), (10, 100, 10), step="plan"), "apply", 10, 5, None) == pace.Pace()
    kept = samples((0, 0, 0), (10, 100, 10), (1000, 101, 11))
    assert (kept["at"], pace.pace(kept, "apply", 1000, 5, None)) == ([[1000, 101, 11]], pace.Pace())
    assert len(samples(*((i, i, i) for i in range(50)))["at"]) == pace.MOST_KEPT


def test_who_stands_still_gets_slower() -> None:
    kept = samples((0, 0, 0), (10, 100, 10))
    assert (pace.pace(kept, "apply", 10, 5, None).per_second, pace.pace(kept, "apply", 130, 5, None).per_second) == (
        10,
        1,
    )


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (59, "59 s"), (200, "3 min"), (9000, "2.5 h")])
def test_in_words(seconds: float, words: str) -> None:
    assert written.estimate(seconds) == words


def test_a_run_keeps_samples_of_itself(store: Store, business: CompanySide, run_job: RunJob) -> None:
    for number in ("10", "20"):
        ready(business, number)
    run = run_job(store, "add_customers")
    assert run.pace is not None
    assert (run.pace["step"], run.pace["at"][-1][1:]) == ("apply", [2, sum(run.calls.values())])


def test_what_the_gate_knows_of_the_quota(redis_connection: Any, redis_url: str, settings: Any, db: None) -> None:
    settings.REDIS_URL = redis_url
    shop = Store(hash="gatestore")
    assert bigcommerce_quota(shop) is None
    headers = {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Requests-Quota": "150",
               "X-Rate-Limit-Time-Reset-Ms": "9000", "X-Rate-Limit-Time-Window-Ms": "30000"}  # fmt: skip
    RedisGate(redis_connection, "bigcommerce:gatestore").observe(headers)
    quota = bigcommerce_quota(shop)
    assert quota is not None
    assert (quota.left, quota.quota, quota.window, 8 < quota.reset_in <= 9) == (0, 150, 30.0, True)
    run = Run(store=shop, kind="update_customers", status="running", step="apply", to_do=5)
    assert "for BigCommerce's rate limit: 0 of 150 requests left" in run_facts.going(run, quota, 0.0)["waits"]


def test_a_redis_that_is_away_costs_a_page_nothing(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert bigcommerce_quota(Store(hash="gatestore")) is None
