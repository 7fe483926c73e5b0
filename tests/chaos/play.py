"""One play: what happens in a town by a seed, step by step, until all is quiet; and the shortest history that fails."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bcsync.clients.business_central_auth import forget_tokens
from bcsync.sandbox.business_central.errors import BusinessCentralError
from bcsync.sandbox.webhooks import Sent
from customers import answering, runs
from customers.models import Conflict, Run
from tests.chaos import edits, oracle
from tests.chaos.town import Stage, Town

# A step is its kind and a seed of its own: leaving out others does not change it.
Step = tuple[str, int]
JOBS = ("sync_changes", "sync_changes", "update_customers", "import_customers", "try_mapping", "add_customers")
MANNERS = ("all arrive", "some lost", "all lost", "twice", "shuffled")
OWNERS = ("business_central", "business_central", "bigcommerce", "newest")
ROUND = ("sync_changes", "import_customers", "try_mapping", "add_customers", "update_customers")
MOST_ROUNDS = 6
HOUR = 3600.0


@dataclass(frozen=True)
class Script:
    """What a seed says: who owns the phone, how webhooks arrive, what happens in which order."""

    seed: int
    owners: str
    manner: str
    steps: tuple[Step, ...]


@dataclass
class Outcome:
    """What came of a play. done: the steps in words."""

    troubles: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def script_of(seed: int, length: int = 20) -> Script:
    """The script of a seed: the same for ever, as long as no kind of edit is added."""
    dice = random.Random(f"chaos {seed}")
    owners, manner = dice.choice(OWNERS), dice.choice(MANNERS)
    names = dice.choices([edit.__name__ for edit in edits.WEIGHTS], list(edits.WEIGHTS.values()), k=length)
    steps: list[Step] = []
    for name in names:
        steps.append((f"edit {name}", dice.randrange(1 << 30)))
        if dice.random() < 0.35:
            kind = dice.choice(("events", "events", "wait", "run", "run", "run among edits"))
            steps.append((kind, dice.randrange(1 << 30)))
    return Script(seed, owners, manner, tuple(steps))


def play(stage: Stage, script: Script) -> Outcome:
    """Play it to the quiet end and say what is wrong then."""
    outcome = Outcome()
    with stage.play(script.owners) as town:
        spoil(town, script.manner)
        for kind, seed in script.steps:
            said = step(town, kind, random.Random(seed), outcome)
            if said:
                outcome.done.append(said)
        until_quiet(town, outcome)
        outcome.troubles += oracle.troubles(town)
        outcome.troubles += [f"against a vendor's rules: {rule}" for rule in town.world.audit.broken_rules]
        outcome.counts["conflicts"] = Conflict.objects.count()
        outcome.counts["writes"] = len(town.world.audit.writes())
    return outcome


def spoil(town: Town, manner: str) -> None:
    """How both vendors' webhooks travel in this town."""
    kind, rate = {"some lost": ("never", 0.4), "all lost": ("never", 1.0), "twice": ("twice", 0.6),
                  "shuffled": ("shuffled", 1.0)}.get(manner, ("", 0.0))  # fmt: skip
    if kind:
        town.world.webhooks.spoil(kind, rate=rate, seconds=90.0, seed=7)


def step(town: Town, kind: str, dice: random.Random, outcome: Outcome) -> str:
    """Do one step; returns it in words."""
    if kind.startswith("edit "):
        return edit(town, edits.BY_NAME[kind.removeprefix("edit ")], dice, outcome)
    if kind == "events":
        return events(town, outcome, dice.choice((1.0, 31.0, 120.0)))
    if kind == "wait":
        return wait(town, dice.choice((60.0, HOUR, 30 * HOUR)))
    job = dice.choice(JOBS)
    if kind == "run":
        return run(town, job, outcome, approved=dice.random() < 0.5)
    other = dice.choice(list(edits.WEIGHTS))
    told: list[str] = []
    during = During(dice.randrange(1, 12), lambda: told.append(edit(town, other, dice, outcome)))
    town.world.exchanges = during
    try:
        said = run(town, job, outcome, approved=dice.random() < 0.5)
    finally:
        town.world.exchanges = None
    return f"{said}; at its request {during.at}: {' '.join(told) or 'nothing'}"


class During(list):  # type: ignore[type-arg]
    """Listens to what is asked of the vendors, and does something once, right after a certain request."""

    def __init__(self, at: int, act: Callable[[], Any]) -> None:
        super().__init__()
        self.at, self.act, self.seen = at, act, 0

    def append(self, exchange: Any) -> None:
        self.seen += 1
        if self.seen == self.at:
            self.act()


def edit(town: Town, made: edits.Edit, dice: random.Random, outcome: Outcome) -> str:
    try:
        with town.world.storage.transaction():
            said = made(town, dice)
    except BusinessCentralError as refused:
        # As a human's client would: the change is not there.
        said = ""
        outcome.counts["refused"] += 1
        outcome.done.append(f"refused: {refused}")
    town.world.clock.advance(dice.choice((0.0, 0.3, 2.0, 40.0)))
    outcome.counts["edits"] += bool(said)
    return said


def events(town: Town, outcome: Outcome, seconds: float) -> str:
    """Time goes by, what is due is delivered, and what waits long enough becomes a run."""
    town.world.clock.advance(seconds)
    sent: list[Sent] = town.world.webhooks.deliver_due()
    outcome.counts["events"] += len(sent)
    refused = [one.status for one in sent if one.status != 200]
    if refused:
        outcome.troubles.append(f"a receiver answered {refused}")
    town.world.clock.advance(6.0)
    answering.answer_events()
    for waiting in Run.objects.filter(status=Run.Status.WAITING):
        rested(town, town.run_job.go_on(waiting), outcome)
    return f"{len(sent)} events after {seconds:.0f} s"


def wait(town: Town, seconds: float) -> str:
    town.world.clock.advance(seconds)
    forget_tokens()
    return f"{seconds / HOUR:.1f} h go by"


def run(town: Town, job: str, outcome: Outcome, approved: bool = True) -> str:
    made = town.run_job(town.store, job, approved=approved)
    rested(town, made, outcome)
    return f"run {job}: {made.status} {made.counts}"


def rested(town: Town, made: Run, outcome: Outcome) -> None:
    outcome.counts["runs"] += 1


def until_quiet(town: Town, outcome: Outcome) -> None:
    """What waits for approval is approved, events arrive or are lost, every job goes round: until a whole round of them
    writes nothing and changes nothing."""
    for number in range(MOST_ROUNDS):
        for planned in Run.objects.filter(status=Run.Status.PLANNED):
            approve(town, planned, outcome)
        for _ in range(2 if number == 0 else 0):
            events(town, outcome, 120.0)
        state, written = town.world.state(), len(town.world.audit.writes())
        # After a day everybody was compared, whatever no stamp and no event told.
        wait(town, HOUR if number else 25 * HOUR)
        for job in ROUND:
            run(town, job, outcome)
        again = [f"{call.vendor} {call.family}" for call in town.world.audit.writes()[written:]]
        if not again and town.world.state() == state:
            return
    outcome.troubles.append(f"round {MOST_ROUNDS} still writes: {again}")


def approve(town: Town, planned: Run, outcome: Outcome) -> None:
    for _ in range(5):
        if planned.status != Run.Status.PLANNED:
            return
        runs.approve(planned, None, queue=False)
        rested(town, town.run_job.go_on(planned), outcome)
    outcome.troubles.append(f"run {planned.pk} wants to be approved again and again")


def shortest(stage: Stage, script: Script, most_plays: int = 60) -> Script:
    """A script with fewer steps that still fails: parts are left out as long as it does (delta debugging)."""
    steps, size, plays = list(script.steps), max(1, len(script.steps) // 2), 0
    while size and plays < most_plays:
        start = 0
        while start < len(steps) and plays < most_plays:
            fewer = steps[:start] + steps[start + size :]
            plays += 1
            if play(stage, Script(script.seed, script.owners, script.manner, tuple(fewer))).troubles:
                steps = fewer
            else:
                start += size
        size //= 2
    return Script(script.seed, script.owners, script.manner, tuple(steps))
