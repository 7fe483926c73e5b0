"""The match rules the other way round: which shoppers name a Business Central customer. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mapping.match_index import IndexRow, Shopper, number_key, tax_key
from mapping.match_rules import RULE_WORDS, Rule, values_of
from mapping.values import quoted

# Kind of look-up and value, as `values_of` gives them.
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A rule names a customer for the shopper with this key, by this value."""

    key: str
    rule: str
    value: str

    def __str__(self) -> str:
        return f"{RULE_WORDS[self.rule]} {quoted(self.value)}"


class Claims:
    """What shoppers name by the enabled rules, read once; asked for one Business Central customer at a time."""

    def __init__(
        self, shoppers: Iterable[Shopper], rules: Sequence[Rule], existing: Callable[[set[str]], set[str]]
    ) -> None:
        """existing: which of these Business Central ids the company has. An owned tracking metafield whose id exists
        decides alone, as in matching; one whose id does not is as if it were not there."""
        enabled = [rule for rule in rules if rule.enabled]
        self._by: dict[_Key, list[tuple[str, str]]] = defaultdict(list)
        tracked: list[tuple[str, str, list[tuple[_Key, str]]]] = []
        for shopper in shoppers:
            named = [(value, rule.name) for rule in enabled for value in values_of(rule, shopper)]
            tracking = shopper.tracking
            if tracking and tracking.owned and tracking.customer_id and any(r.name == "tracking" for r in enabled):
                tracked.append((shopper.key, tracking.customer_id, named))
            else:
                self._add(shopper.key, named)
        there = existing({customer_id for _, customer_id, _ in tracked}) if tracked else set()
        for key, customer_id, named in tracked:
            self._add(key, [(("id", customer_id), "tracking")] if customer_id in there else named)

    def _add(self, key: str, named: Iterable[tuple[_Key, str]]) -> None:
        for value, rule in named:
            self._by[value].append((key, rule))

    def named(self) -> dict[str, set[str]]:
        """Kind of look-up -> every value that some shopper has."""
        found: dict[str, set[str]] = defaultdict(set)
        for kind, value in self._by:
            found[kind].add(value)
        return dict(found)

    def of(self, row: IndexRow) -> dict[str, Claim]:
        """Shopper key -> why the rules name this customer for that shopper (the first reason where there are more)."""
        found: dict[str, Claim] = {}
        for kind, value in _keys(row):
            for key, rule in self._by.get((kind, value), ()):
                found.setdefault(key, Claim(key, rule, value))
        return found


def _keys(row: IndexRow) -> Iterable[_Key]:
    yield "id", row.id
    yield from (("phone", phone) for phone in row.phones)
    yield "number", number_key(row.number)
    yield from (("email", email) for email in row.emails)
    if tax := tax_key(row.tax_number):
        yield "tax_number", tax
