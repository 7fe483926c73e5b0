"""What the watchdog calls wrong, judged from facts: what is right has no finding, and each kind has its bound."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers import watchdog
from customers.watchdog_facts import CompanyFacts, Doubted, Facts, Hooks, Rate, RunFact, ScheduleFact, StoreFacts
from customers.watchdog_kinds import KINDS, SLOW

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ON = Hooks(wanted=True, registered=11)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def run(id: int = 7, title: str = "Sync changes", at: datetime = NOW, **more: Any) -> RunFact:
    return RunFact(id, title, at, **more)


def store(**facts: Any) -> Facts:
    return Facts(stores=(StoreFacts(1, **facts),))


def company(**facts: Any) -> Facts:
    return Facts(companies=(CompanyFacts(2, **facts),))


STOPPED = run(at=ago(hours=1), status="stopped", by_itself=True, message="Entra does not answer.")
REFUSED = run(at=ago(hours=1), status="stopped", configuration=True, message="BigCommerce refuses the token.")

# What is wrong -> the finding's kind and its words; the same a little earlier or smaller -> nothing.
CASES: list[tuple[Facts, str, str, Facts]] = [
    (
        Facts(schedules=(ScheduleFact(3, 1, "Nightly drift", ago(minutes=11)),)), "schedule_missed",
        "Nightly drift was due at 2026-11-24 11:49 UTC.",
        Facts(schedules=(ScheduleFact(3, 1, "Nightly drift", ago(minutes=10)), ScheduleFact(4, 1, "Other", NOW))),
    ),
    (
        Facts(schedules=(ScheduleFact(3, 1, "Sync", ago(minutes=61), timedelta(minutes=5), "Run 4 goes on."),)),
        "schedule_missed", "Sync was due at 2026-11-24 10:59 UTC. It waits: Run 4 goes on.",
        Facts(schedules=(ScheduleFact(3, 1, "Drift", ago(hours=23), timedelta(days=1), "Run 4 goes on."),)),
    ),
    (
        store(silent=(run(at=ago(minutes=6)),)), "run_silent",
        "Run 7, Sync changes, was last heard of at 2026-11-24 11:54 UTC.", store(silent=(run(at=ago(minutes=5)),)),
    ),
    (
        store(unclaimed=(run(at=ago(minutes=11)),)), "queue_stuck",
        "Run 7, Sync changes, waits for a worker since 2026-11-24 11:49 UTC.",
        store(unclaimed=(run(at=ago(minutes=9)),)),
    ),
    (
        Facts(queued=80, crowded_since=ago(minutes=11)), "queue_stuck",
        "80 tasks wait in Redis, and the queue was never short since 2026-11-24 11:49 UTC.",
        Facts(queued=80, crowded_since=ago(minutes=9)),
    ),
    (
        store(hooks=Hooks(wanted=True, registered=11, inactive=2)), "webhook_inactive",
        "They are on, but at BigCommerce 2 of 11 hooks are inactive.", store(hooks=ON),
    ),
    (
        store(hooks=Hooks(wanted=True)), "webhook_inactive", "They are on, but at BigCommerce none is there.",
        store(hooks=Hooks()),
    ),
    (
        store(hooks=Hooks(wanted=True, registered=11, problem="Blocked for 60 seconds.", blocked=True)),
        "webhook_blocked", "Blocked for 60 seconds.", store(hooks=Hooks(problem="Turned off.", blocked=True)),
    ),
    (
        store(hooks=Hooks(left=True, registered=11, problem="Could not be removed.")), "webhook_inactive",
        "Could not be removed.", store(hooks=Hooks(left=True, registered=11)),
    ),
    (
        company(hooks=Hooks(wanted=True, problem="It says no."), expires_at=NOW + timedelta(hours=19)),
        "subscription_ending", "Ends on 2026-11-25 07:00 UTC. It says no.",
        company(hooks=Hooks(wanted=True), expires_at=NOW + timedelta(hours=21)),
    ),
    (
        company(hooks=Hooks(wanted=True)), "webhook_inactive",
        "They are on, but Business Central has no subscription of ours.", company(),
    ),
    (
        store(ended=(REFUSED,), tested_at=ago(hours=2)), "token_refused",
        "Run 7, Sync changes: BigCommerce refuses the token.", store(ended=(REFUSED,), tested_at=ago(minutes=30)),
    ),
    (
        store(bad=("The token opens nothing.", "More."), tested_at=ago(hours=2)), "token_refused",
        "The last test found: The token opens nothing. And 1 more.",
        store(bad=("The token opens nothing.",), tested_at=ago(hours=2), ended=(run(status="succeeded"),)),
    ),
    (
        store(uninstalled_at=ago(hours=3), ended=(REFUSED,), hooks=Hooks(wanted=True, problem="401")),
        "app_uninstalled",
        "BigCommerce said on 2026-11-24 09:00 UTC that the app was taken out of this store.", store(),
    ),
    (
        store(ended=(STOPPED,)), "run_stopped",
        "Run 7, Sync changes, stopped at 2026-11-24 11:00 UTC: Entra does not answer.",
        store(ended=(run(status="stopped"), run(8, status="completed with errors", by_itself=True))),
    ),
    (
        store(day=Rate(100, 20), week=Rate(700, 70)), "failures_rising",
        "20 of 100 in the last 24 hours (20%); 10% in the week before.", store(day=Rate(100, 19), week=Rate(700, 70)),
    ),
    (
        store(day=Rate(10, 10)), "failures_rising",
        "10 of 10 in the last 24 hours (100%); none in the week before.", store(day=Rate(2, 1)),
    ),
    (
        store(hooks=ON, events={"BigCommerce": (0, 300, 90, 250, 400, 0, 120)}), "events_missing",
        "None from BigCommerce in the last 24 hours; about 185 a day are usual.",
        store(hooks=ON, events={"BigCommerce": (1, 300, 300), "Business Central": (0, 0, 900, 3, 4, 2, 1)}),
    ),
    (
        store(hooks=Hooks(wanted=True, registered=11, refused=3, refused_at=ago(hours=5))), "secret_wrong",
        "3 so far were thrown away and not believed, the last on 2026-11-24 07:00 UTC.",
        store(hooks=Hooks(wanted=True, registered=11, refused=3, refused_at=ago(hours=7))),
    ),
    (
        store(exceptions=2, exception="The hook is disabled."), "deliveries_failing",
        "It said so 2 times within the last hour. BigCommerce says: The hook is disabled.", store(),
    ),
    (
        store(plans=2, oldest_plan=ago(hours=5)), "plan_waiting",
        "2 plans wait, the oldest since 2026-11-24 07:00 UTC.",
        store(plans=2, oldest_plan=ago(hours=3)),
    ),
    (
        store(doubted=Doubted(2, 5, ago(minutes=1), 7)), "list_doubted",
        "BigCommerce did not list 2 of 5 customers that were there (2026-11-24 11:59 UTC, run 7).", store(),
    ),
    (
        company(doubted=Doubted(5, 5, ago(minutes=1), 7, "Ada")), "list_doubted",
        "Business Central did not list 5 of 5 customers that were there (2026-11-24 11:59 UTC, run 7). Ada said that "
        "they were deleted: the next reading believes it.", company(),
    ),
    (
        Facts(
            stores=(StoreFacts(1, uninstalled_at=ago(hours=3), oldest_event=ago(hours=2)),),
            schedules=(ScheduleFact(3, 1, "Sync", ago(hours=3), timedelta(minutes=5), "Paused."),),
        ),
        "app_uninstalled",
        "BigCommerce said on 2026-11-24 09:00 UTC that the app was taken out of this store.", store(),
    ),
    (
        store(drift=run(at=ago(hours=1), title="Check for drift", status="succeeded", differs=3)), "drift_found",
        "Run 7, Check for drift, found at 2026-11-24 11:00 UTC that 3 linked pairs differ.",
        store(drift=run(at=ago(hours=1), status="succeeded")),
    ),
    (
        store(oldest_event=ago(minutes=16)), "events_waiting", "The oldest waits since 2026-11-24 11:44 UTC.",
        store(oldest_event=ago(minutes=14)),
    ),
    (
        store(parked=5, parked_before=3), "customers_parked", "2 more than a day ago; 5 in all.",
        store(parked=3, parked_before=5),
    ),
    (
        Facts(mail={"ann@example.com": "timed out"}), "mail_failed",
        "The mail server refuses, or does not answer: ann@example.com: timed out", Facts(),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "kind", "words", "right"), CASES, ids=[f"{c[1]}-{n}" for n, c in enumerate(CASES)])
def test_what_is_wrong_is_found_and_what_is_right_is_not(wrong: Facts, kind: str, words: str, right: Facts) -> None:
    assert [(found.kind, found.text) for found in watchdog.judge(wrong, NOW)] == [(kind, words)]
    assert watchdog.judge(right, NOW) == []


def test_every_kind_is_judged_but_the_watchdog_s_own_silence_which_the_page_computes() -> None:
    assert {case[1] for case in CASES} == set(KINDS) - {"watchdog_silent"}
    assert set(KINDS) > SLOW


def test_without_a_public_address_webhooks_that_are_on_say_so_and_others_do_not() -> None:
    on = [StoreFacts(number, hooks=Hooks(wanted=True, problem="Old.")) for number in (1, 2)]
    companies = (CompanyFacts(2, hooks=Hooks(wanted=True)),)
    facts = Facts(stores=(*on, StoreFacts(3)), companies=companies, public="PUBLIC_URL is not set.")
    (found,) = watchdog.judge(facts, NOW)
    assert (found.store, found.company) == (None, None)
    assert found.text == "They are on in 2 stores, but nothing can arrive. PUBLIC_URL is not set."
    assert watchdog.judge(Facts(stores=(StoreFacts(3),), public="PUBLIC_URL is not set."), NOW) == []


def test_one_finding_per_kind_store_and_subject() -> None:
    two = StoreFacts(1, silent=(run(7, at=ago(hours=1)), run(8, at=ago(hours=1)), run(7, at=ago(hours=1))))
    facts = Facts(stores=(two, StoreFacts(2, silent=(run(9, at=ago(hours=1)),))))
    assert [found.key for found in watchdog.judge(facts, NOW)] == [
        "run_silent|1||7",
        "run_silent|1||8",
        "run_silent|2||9",
    ]


@pytest.mark.parametrize(
    ("day", "week", "expected"),
    [
        ((2, 1), (0, 0), False), ((20, 9), (0, 0), False), ((20, 10), (0, 0), True), ((1000, 49), (0, 0), False),
        ((1000, 50), (7000, 0), True), ((1000, 50), (7000, 350), False), ((1000, 100), (7000, 350), True),
    ],
)  # fmt: skip
def test_a_rising_failure_rate_has_a_floor(day: tuple[int, int], week: tuple[int, int], expected: bool) -> None:
    assert watchdog.rising(Rate(*day), Rate(*week)) is expected
