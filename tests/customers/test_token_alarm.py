"""A token that the vendor refuses: the run stops and says so, the watchdog tells, and a run that works mends it."""

from django.utils import timezone

from bcsync.sandbox.world import World
from customers import alarms, watching
from customers.models import Run
from stores.models import Store
from tests.fixtures import FIRST, RunJob


def look() -> list[tuple[str, str]]:
    watching.look(timezone.now(), slow=True)
    return [(alarm.kind, alarm.text) for alarm in alarms.open_alarms()]


def test_a_refused_token_is_an_alarm_until_a_run_works_again(world: World, store: Store, run_job: RunJob) -> None:
    Store.objects.filter(pk=store.pk).update(access_token="revoked")
    stopped = run_job(store, "import_customers")
    assert (stopped.status, stopped.cursor["stopped_by"]) == (Run.Status.STOPPED, "configuration")
    ((kind, text),) = look()
    assert kind == "token_refused"
    assert text.startswith(f"Run {stopped.pk}, Import: BigCommerce refuses the access token of store {FIRST}")
    Store.objects.filter(pk=store.pk).update(access_token=f"token-{FIRST}")
    worked = run_job(store, "import_customers")
    assert (worked.status, "stopped_by" in worked.cursor) == (Run.Status.SUCCEEDED, False)
    assert look() == []


def test_one_that_an_operator_stopped_is_no_alarm(store: Store, run_job: RunJob) -> None:
    run = run_job(store, "import_customers", mode="plan")
    Run.objects.filter(pk=run.pk).update(status="stopped", trigger="click", finished_at=timezone.now(), mode="apply")
    assert look() == []
