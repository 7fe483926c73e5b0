"""What make demo prints: a progress bar, outcomes with their reasons, calls beside the least possible, both systems."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

BAR_WIDTH = 30
REASONS_SHOWN = 5
PARTICULARS = re.compile(r'"[^"]*"|\b[A-Z]*\d[\d.]*')
LONGEST_REASON = 110
NAME_WIDTH = 56


class Progress:
    """A bar that redraws itself in a terminal; without one a line per state that is new."""

    def __init__(self, label: str, out: TextIO | None = None) -> None:
        self.label = label
        self.out = out or sys.stdout
        self.drawn = ""

    def show(self, state: str, done: int, total: int | None) -> None:
        """Draw where the run is. total: None while nobody knows."""
        if not self.out.isatty():
            if state != self.drawn:
                self._write(f"  {self.label}: {state}\n")
            self.drawn = state
            return
        share = min(done / total, 1.0) if total else 0.0
        bar = ("#" * round(share * BAR_WIDTH)).ljust(BAR_WIDTH, ".")
        self._write(f"\r\033[K  {self.label}: [{bar}] {done} of {total if total is not None else '?'} {state}")

    def end(self) -> None:
        """Leave the line to what comes next."""
        if self.out.isatty():
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


def shorten(text: str, longest: int = LONGEST_REASON) -> str:
    """At most so many characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def outcome_lines(counts: Mapping[str, int], reasons: Iterable[tuple[str, str]]) -> list[str]:
    """Lines for a run's outcomes. counts: per outcome. reasons: (outcome, reason) per record."""
    grouped: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for outcome, reason in reasons:
        if reason:
            # Reasons that differ only in numbers and quoted values are one reason.
            kind = (outcome, PARTICULARS.sub("…", reason))
            grouped[kind] += 1
            examples.setdefault(kind, reason)
    lines = []
    for outcome, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        lines.append(f"    {count:5}  {outcome}")
        said = [(examples[kind], times) for kind, times in grouped.most_common() if kind[0] == outcome]
        lines += [f"           {times:5} × {shorten(reason)}" for reason, times in said[:REASONS_SHOWN]]
        if len(said) > REASONS_SHOWN:
            more = sum(times for _, times in said[REASONS_SHOWN:])
            lines.append(f"           {more:5} × for {len(said) - REASONS_SHOWN} other reasons")
    return lines or ["        nobody to look at"]


def call_lines(calls: Mapping[str, int], least: Mapping[str, int]) -> list[str]:
    """Lines for a run's vendor calls beside the least possible; calls that never grow are one line."""
    made, possible = sum(calls.values()), sum(least.values())
    lines = [f"    {made:5} vendor calls; the least possible: {possible}"]
    lines += [
        f"    {calls.get(name, 0):5}    {name.ljust(NAME_WIDTH)} least {least[name]}"
        for name in sorted(least)
        if name in calls
    ]
    rest = {name: count for name, count in calls.items() if name not in least}
    if rest:
        fixed = sum(count for name, count in least.items() if name not in calls)
        label = shorten(", ".join(sorted(rest)), NAME_WIDTH)
        lines.append(f"    {sum(rest.values()):5}    {label.ljust(NAME_WIDTH)} least {fixed}")
    return lines


def system_lines(state: Mapping[str, Any], links: Mapping[str, int]) -> list[str]:
    """What is in both systems now. state: the sandbox's own. links: store hash -> pairs linked here."""
    lines = []
    for hash, store in state["stores"].items():
        customers = store["customers"].values()
        parts = {
            name: sum(len(customer.get(name) or []) for customer in customers)
            for name in ("addresses", "attributes", "form_fields", "metafields")
        }
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in parts.items())
        lines.append(f"  BigCommerce store {hash}: {len(customers)} customers, {told}; {links.get(hash, 0)} linked")
    for key, company in state["companies"].items():
        told = ", ".join(
            f"{len(company[name])} {name.replace('_', '-')}" for name in ("customers", "contacts", "ship_to")
        )
        lines.append(f"  Business Central company {key}: {told}")
    return lines
