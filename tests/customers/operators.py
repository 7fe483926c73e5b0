"""Two operators press buttons of one store at the same moments, while real workers work: `python -m` with a seed.

The database, Redis and vendors are those of the environment. Prints as JSON what the pages answered and what is left.
"""

import json
import os
import random
import re
import sys
import threading
import time
import traceback
from collections import Counter
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
django.setup()

# Django's models and users exist only now.
from django.contrib.auth.models import Group, User  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from customers.models import Customer, Link, Run  # noqa: E402

PATIENCE = 60.0
ACTIONS = (
    "add",
    "update",
    "plan",
    "stop",
    "stop",
    "resume",
    "resume",
    "approve",
    "retry-failed",
    "undo",
    "discard",
    "plan-again",
)


class Operator:
    """Somebody with a browser. statuses: how often each answer came; errors: what was behind a 500."""

    def __init__(self, name: str, store_hash: str) -> None:
        user, _ = User.objects.get_or_create(username=name)
        user.groups.add(Group.objects.get(name="operator"))
        self.client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        self.client.force_login(user)
        self.store, self.statuses, self.errors = store_hash, Counter[int](), list[str]()

    def get(self, address: str) -> str:
        return self._text(self.client.get(address))

    def post(self, address: str, **form: Any) -> str:
        return self._text(self.client.post(address, form, follow=True))

    def _text(self, answer: Any) -> str:
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.errors.append("".join(traceback.format_exception(*answer.exc_info)))
        return str(answer.content.decode())

    def add(self, how: str = "ok") -> str:
        """As the page is rendered, so is it posted."""
        page = self.get(f"/customers/add/?store={self.store}")
        shown = re.search(r'name="shown" value="([^"]+)"', page)
        return self.post("/customers/add/", store=self.store, do=how, blocked="no", shown=shown[1] if shown else "")

    def act(self, chance: random.Random) -> None:
        """Press one button of one of the newest runs, whether it fits or not."""
        action = chance.choice(ACTIONS)
        run = f"/runs/{chance.choice(list(Run.objects.values_list('pk', flat=True)[:4]) or [1])}/"
        if action in ("add", "plan"):
            self.add("ok" if action == "add" else "plan")
        elif action == "update":
            self.post("/customers/update/", store=self.store, reach="all", filter="status=linked")
        elif action in ("approve", "discard", "plan-again"):
            self.press(run, action)
        else:
            self.post(f"{run}{action}/")

    def press(self, run: str, action: str) -> str:
        """A button of a plan, for the plan as its page shows it."""
        seen = re.search(r'name="version" value="([^"]*)"', self.get(run))
        return self.post(f"{run}{action}/", version=seen[1] if seen else "")


def stop_and_resume(who: Operator) -> dict[str, Any]:
    """Add Customers through the page, stopped in mid-run and resumed: what the pages and the run say at each step."""
    text = who.add("plan")
    run = Run.objects.get()
    until(lambda: fresh(run).status == "planned")
    who.press(f"/runs/{run.pk}/", "approve")
    until(lambda: Customer.objects.filter(store=run.store, status="linked").exists())
    stopping = who.post(f"/runs/{run.pk}/stop/")
    until(lambda: not fresh(run).is_active)
    run = fresh(run)
    there = Customer.objects.filter(store=run.store).count()
    page = who.get(f"/runs/{run.pk}/")
    found = {
        "began": "Started" in text or "Run" in text, "stopping": "The run stops after the batch" in stopping,
        "stopped": run.status, "there": there, "to_do": run.to_do, "adds_up": adds_up(run),
        "resume_offered": f"Resume {run.to_do} to do" in " ".join(re.sub("<[^>]*>", "", page).split()),
        "title": re.search("<title>([^<]*)", page)[1].strip(),  # type: ignore[index]
    }  # fmt: skip
    who.post(f"/runs/{run.pk}/resume/")
    until(lambda: not fresh(run).is_active)
    run = fresh(run)
    return {**found, "ended": run.status, "counts": run.counts, "adds_up_then": adds_up(run)}


def attack(seed: int, steps: int, store_hash: str) -> None:
    """Two at once, each with dice of its own."""

    def press(place: int) -> None:
        chance = random.Random(f"{seed}/{place}")
        try:
            for _ in range(steps):
                OPERATORS[place].act(chance)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(place,)) for place in range(len(OPERATORS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


OPERATORS: list[Operator] = []


def quiet(who: Operator) -> None:
    """Everything comes to rest: what is active ends, what was stopped is resumed, what waits is given up."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        until(lambda: not Run.objects.filter(status__in=Run.ACTIVE).exists())
        resting = Run.objects.filter(status__in=("stopped", "crashed", "planned")).order_by("pk").first()
        if resting is None:
            return
        action = "discard" if resting.status == "planned" else "resume"
        before = resting.status
        who.post(f"/runs/{resting.pk}/{action}/")
        if fresh(resting).status == before:
            return  # one that cannot be resumed says why; the caller sees it
    vain("never quiet")


def vain(said: str) -> None:
    """Ends everything, with what stands in the database."""
    states = Run.objects.order_by("pk").values_list("pk", "kind", "mode", "status", "step", "message", "to_do")
    print(said, *states, sep="\n", file=sys.stderr)
    os._exit(4)


def fresh(run: Any) -> Any:
    return type(run).objects.get(pk=run.pk)


def adds_up(run: Any) -> bool:
    """Counts and records of one run agree with each other and with how many were looked at."""
    done = Counter(run.records.filter(state="done").values_list("outcome", flat=True))
    counts = {name: number for name, number in run.counts.items() if name != "unchanged"}
    done.pop("unchanged", None)
    waiting = run.records.exclude(state="done").count()
    return sum(run.counts.values()) + run.to_do == run.looked_at and dict(done) == counts and waiting == run.to_do


def until(done: Any) -> None:
    ends, pause = time.monotonic() + PATIENCE, threading.Event()
    while not done():
        if time.monotonic() > ends:
            vain("waited in vain")
        pause.wait(0.05)


def main(store_hash: str, seed: int, steps: int) -> None:
    OPERATORS[:] = [Operator(name, store_hash) for name in ("anna", "bert")]
    stopped = stop_and_resume(OPERATORS[0])
    attack(seed, steps, store_hash)
    quiet(OPERATORS[0])
    runs = list(Run.objects.order_by("pk"))
    found = {
        "stopped": stopped, "statuses": sum((each.statuses for each in OPERATORS), Counter()),
        "errors": [error for each in OPERATORS for error in each.errors],
        "runs": [[run.pk, run.kind, run.status, run.message] for run in runs],
        "wrong": [run.pk for run in runs if not adds_up(run)],
        "active": Run.objects.filter(status__in=Run.ACTIVE).count(), "links": Link.objects.count(),
    }  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
