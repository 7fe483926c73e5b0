"""The expected end state: what was seeded, overlaid with a data file that lists only what the jobs change."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bcsync.sandbox.cast.comparing import normal
from bcsync.sandbox.world import World

FILE = Path(__file__).resolve().parent.parent / "data" / "expected_state.json"
# Side, store or company, table, row: one line per customer, contact ...
ROW_DEPTH = 4
Seed = Callable[[World], None]


def seeded(seed: Seed) -> dict[str, Any]:
    """The state before any job, in normal form."""
    world = World()
    try:
        seed(world)
        return normal(world.state())
    finally:
        world.close()


def expected_state(seed: Seed) -> dict[str, Any]:
    """The seeded state with the file's changes: a dict goes into a dict, anything else replaces, null removes."""
    changes = json.loads(FILE.read_text(encoding="utf-8"))
    state: dict[str, Any] = overlaid(seeded(seed), changes)
    return state


def overlaid(before: Any, changes: Any) -> Any:
    if not isinstance(before, Mapping) or not isinstance(changes, Mapping):
        return changes
    merged = dict(before)
    for name, change in changes.items():
        if change is None:
            merged.pop(name, None)
        else:
            merged[name] = overlaid(before.get(name), change)
    return merged


def changes_between(before: Any, after: Any) -> Any:
    """What `overlaid` needs to make `after` of `before`; {} when they are equal."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return after
    found: dict[str, Any] = dict.fromkeys((name for name in before if name not in after), None)
    for name, value in after.items():
        if name not in before:
            found[name] = value
        elif value != before[name]:
            found[name] = changes_between(before[name], value)
    return found


def write(seed: Seed, state: Mapping[str, Any]) -> int:
    """Rewrite the data file from a state that was judged right; returns how many customers differ from the seed."""
    changes = changes_between(seeded(seed), normal(state))
    FILE.write_text(_lines(changes, ROW_DEPTH) + "\n", encoding="utf-8")
    sides = [*changes.get("stores", {}).values(), *changes.get("companies", {}).values()]
    return sum(len(side.get("customers", {})) for side in sides)


def _lines(value: Any, depth: int) -> str:
    """JSON with one line per row, so that a diff shows customers."""
    if depth == 0 or not isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    rows = [
        f"{json.dumps(name, ensure_ascii=False)}: {_lines(part, depth - 1)}" for name, part in sorted(value.items())
    ]
    return "{\n" + ",\n".join(rows) + "\n}"
