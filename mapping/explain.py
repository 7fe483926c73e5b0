"""Why a customer is mapped, matched and created as it is: the jobs' own functions, asked for every row. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bcsync.clients.business_central_record import BusinessCentralRecord
from mapping.diff import Base, Changes, Current, diff
from mapping.evaluate import Target, address_contexts, evaluate
from mapping.match_index import BusinessCentralIndex, Shopper
from mapping.match_rules import Hit, Rule, hits_of_rule, values_of
from mapping.rows import FieldRow, Issue, Step, Value
from mapping.sources import Context, read
from mapping.store_facts import StoreFacts
from mapping.template import NewShopper, TemplateRow, choose, conditions, misfit
from mapping.transforms import Problem, apply_one
from mapping.values import quoted, text


@dataclass(frozen=True, slots=True)
class Traced:
    """One row for one customer. part: core, attribute, form_field, metafield, address:main, address:ship-to:CODE.

    steps: (step, what came out of it, as text), up to the first that fails. output is what evaluate gives, None where
    nothing goes; note says why nothing goes although nothing is wrong.
    """

    row: FieldRow
    part: str
    input: str
    steps: tuple[tuple[Step, str], ...]
    output: Value | None
    issue: Issue | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConsideredTemplate:
    """A template and why it is chosen or not."""

    template: TemplateRow
    chosen: bool
    text: str


@dataclass(frozen=True, slots=True)
class ConsideredRule:
    """A match rule: what it compares of this shopper, what it finds (also when it is off), and that as a sentence."""

    rule: str
    enabled: bool
    values: tuple[str, ...]
    hits: tuple[Hit, ...]
    text: str


def trace(record: BusinessCentralRecord, facts: StoreFacts, rows: Sequence[FieldRow]) -> list[Traced]:
    """Each row's input, steps, output and issue for one customer, address rows once per address."""
    target = evaluate(record, facts, rows)
    return [_traced(row, part, context, target) for row in rows for part, context in _parts(row, record, facts)]


def _parts(row: FieldRow, record: BusinessCentralRecord, facts: StoreFacts) -> Iterator[tuple[str, Context]]:
    of_addresses = ("address", "ship_to_address", "address_form_field")
    if row.target.table not in of_addresses:
        part = "core" if row.target.table == "customer" else row.target.table
        yield part, Context(record, facts, country_iso=text(record.country_iso))
        return
    for source, table, context in address_contexts(record, facts):
        form_field = row.target.table == "address_form_field" and (source != "main" or row.source.table != "ship_to")
        if form_field or row.target.table == table:
            yield f"address:{source}", context


def _traced(row: FieldRow, part: str, context: Context, target: Target) -> Traced:
    given = read(row.source, context)
    issue = next((i for i in target.issues if i.part == part and i.field == row.target.name), None)
    absent = row.target.table == "attribute" and row.target.name not in context.store.attributes
    note = "The store has no attribute of this name." if absent else ""
    return Traced(row, part, given, tuple(_trail(given, row.steps, context)), _output(row, part, target), issue, note)


def _trail(value: Value, steps: Iterable[Step], context: Context) -> Iterator[tuple[Step, str]]:
    for step in steps:
        outcome = apply_one(value, step, context)
        if isinstance(outcome, Problem):
            yield step, outcome.text
            return
        yield step, text(outcome)
        value = outcome


def _output(row: FieldRow, part: str, target: Target) -> Value | None:
    """What evaluate made of the row: nothing is computed anew."""
    name, table = row.target.name, row.target.table
    if part.startswith("address:"):
        address = target.addresses.get(part.removeprefix("address:"))
        if address is None:
            return None
        return address.form_fields.get(name) if table == "address_form_field" else address.values.get(name)
    if table == "metafield":
        return target.metafields.get((row.target.namespace, name))
    if table == "customer":
        return target.core.get(name)
    return target.attributes.get(name) if table == "attribute" else target.form_fields.get(name)


def explain_templates(templates: Sequence[TemplateRow], shopper: NewShopper) -> tuple[list[ConsideredTemplate], str]:
    """Every template with why it is chosen or not, and the sentence that the jobs give for the choice."""
    chosen, why = choose(templates, shopper)
    considered = []
    for template in templates:
        said = misfit(template, shopper)
        if template is chosen:
            said = why
        elif not said:
            said = f"It fits, but the one for {conditions(chosen)} says more." if chosen else f"It fits, but: {why}"
        considered.append(ConsideredTemplate(template, template is chosen, said))
    return considered, why


def explain_rules(shopper: Shopper, index: BusinessCentralIndex, rules: Sequence[Rule]) -> list[ConsideredRule]:
    """Every rule in its order: which match this shopper, and why the others do not."""
    return [_considered(rule, shopper, index) for rule in rules]


def _considered(rule: Rule, shopper: Shopper, index: BusinessCentralIndex) -> ConsideredRule:
    hits = tuple(hits_of_rule(rule, shopper, index))
    values: tuple[str, ...]
    if rule.name == "tracking":
        values = (shopper.tracking.customer_id,) if shopper.tracking and shopper.tracking.customer_id else ()
    else:
        values = tuple(sorted(value for _, value in values_of(rule, shopper)))
    found = _found(hits, index) if hits else _nothing(rule, shopper, values)
    return ConsideredRule(rule.name, rule.enabled, values, hits, found if rule.enabled else f"The rule is off. {found}")


def _found(hits: Iterable[Hit], index: BusinessCentralIndex) -> str:
    def said(hit: Hit) -> str:
        numbers = ", ".join(sorted(index.number(customer_id) for customer_id in hit.ids))
        return f"{quoted(hit.value)} is that of Business Central customer {numbers}"

    return "; ".join(map(said, hits)) + "."


_MISSING = {
    "phone": "The shopper has no phone number that can be compared.",
    "email": "The shopper has no e-mail.",
    "tracking": "The shopper has no tracking metafield.",
}


def _nothing(rule: Rule, shopper: Shopper, values: Sequence[str]) -> str:
    if rule.name == "tracking" and shopper.tracking and values:
        if not shopper.tracking.owned:
            return f"Tracking metafield {quoted(values[0])} was written by another account and is ignored."
        return f"Tracking metafield {quoted(values[0])} names no customer of this company."
    if values:
        return f"No Business Central customer has {' or '.join(map(quoted, values))}."
    names = ", ".join(quoted(compare.name) for compare in rule.compares)
    return _MISSING.get(rule.name) or (f"The shopper has no value of {names}." if names else "It compares nothing.")


@dataclass(frozen=True)
class InForce:
    """What is evaluated with: the store's facts and rows, before or after a change of the set-up."""

    facts: StoreFacts
    rows: tuple[FieldRow, ...]


def touches(
    record: BusinessCentralRecord,
    before: InForce,
    after: InForce,
    current: Current | None = None,
    base: Base | None = None,
) -> bool:
    """Whether a change of the set-up changes what would be sent for this customer.

    current, base: those of a linked customer, compared by what an Update would send; without, what creating would.
    """
    if before == after:
        return False
    if current is not None:
        return _sent(record, current, base, before) != _sent(record, current, base, after)
    return _values(evaluate(record, before.facts, before.rows)) != _values(evaluate(record, after.facts, after.rows))


def _sent(record: BusinessCentralRecord, current: Current, base: Base | None, by: InForce) -> Changes:
    return diff(evaluate(record, by.facts, by.rows), current, base, by.rows)


def _values(target: Target) -> Target:
    """The target without its reasons: another wording changes nobody."""
    addresses = {source: replace(address, issues=()) for source, address in target.addresses.items()}
    return replace(target, issues=(), addresses=addresses)
