"""A linked pair side by side, field by field: the mapping's own evaluation and comparison, put into words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from customers import conflicts
from customers.business_central_mirror import record_of
from customers.models import Customer, Link
from customers.newest import newer_of
from customers.one_writer import writing_store
from customers.pages import place_of
from customers.shopper import current_of
from customers.store_definitions import Definitions
from mapping.diff import AddressChange, Changes, Current, FieldChange, base_from_json, diff
from mapping.evaluate import Target, evaluate
from mapping.explain import Traced, trace
from mapping.field_words import label_of
from mapping.readiness import Reason, readiness
from mapping.values import is_blank, same
from stores.models import Store

EQUAL, DIFFERS, CONFLICT, REFUSED = "equal", "differs", "conflict", "refused"
FAMILIES = {"core": "customer", "attribute": "attribute", "form_field": "form_field", "metafield": "metafield"}
# Owner -> icon, word.
OWNERS = {
    "business_central": ("arrow-left", "Business Central"),
    "bigcommerce": ("arrow-right", "BigCommerce"),
    "newest": ("arrow-left-right", "The newest"),
    "fill_if_empty": ("arrow-left", "Fill if empty"),
    "never": ("slash-lg", "Never written"),
}
LEFT = {
    "bigcommerce": "leave it: BigCommerce owns it",
    "newest": "leave it: BigCommerce changed last",
    "fill_if_empty": "leave it: it is filled",
    "never": "leave it: never written",
}


@dataclass(frozen=True)
class Line:
    """One mapped field: theirs is BigCommerce's value, ours Business Central's, becomes what the mapping makes of it.

    compared: equal, differs, conflict or refused. will: what Update would do, in words; sends: whether it writes.
    """

    label: str
    theirs: Any
    ours: Any
    becomes: Any
    compared: str
    owner: str
    will: str
    sends: bool = False
    base: Any = None
    source: str = ""

    @property
    def owner_icon(self) -> str:
        return OWNERS.get(self.owner, OWNERS["business_central"])[0]

    @property
    def owner_word(self) -> str:
        return OWNERS.get(self.owner, OWNERS["business_central"])[1]


@dataclass
class AddressLine:
    """theirs: the BigCommerce address in one line, "" when there is none; source: what stands behind it, in words."""

    theirs: str
    source: str
    compared: str
    rule: str
    lines: list[Line] = field(default_factory=list)


@dataclass
class Compared:
    """Everything both sides say of one customer."""

    fields: list[Line]
    details: list[Line]
    addresses: list[AddressLine]
    reasons: list[Reason]

    def count(self, compared: str) -> int:
        return sum(line.compared == compared for line in (*self.fields, *self.details))

    @property
    def equal(self) -> int:
        return self.count(EQUAL)

    @property
    def differ(self) -> int:
        return self.count(DIFFERS) + self.count(REFUSED)

    @property
    def conflicts(self) -> int:
        return self.count(CONFLICT)


def compare_pair(store: Store, defined: Definitions, link: Link) -> Compared:
    """Both sides of a linked pair. Needs the link as `planning.pairs` reads it, or a customer of `pages.fact_rows`."""
    record = record_of(link.business_central_customer)
    target = evaluate(record, defined.facts, defined.rows)
    current = current_of(link.customer, store, link.address_links.all())
    newer = newer_of(store, link)
    choices = conflicts.choices_of(link)
    changes = diff(target, current, base_from_json(link.base), defined.rows, newer, choices)
    traced = trace(record, defined.facts, defined.rows)
    found, back = _changes_by_place(changes), store.may_update_business_central and not writing_store(link)
    lines = {part: [_line(each, _theirs(each, current), found, back) for each in traced if each.part == part]
             for part in FAMILIES}  # fmt: skip
    return Compared(
        fields=lines["core"],
        details=[*lines["metafield"], *lines["attribute"], *lines["form_field"]],
        addresses=_addresses(link, target, changes, traced, back),
        reasons=readiness(record, target, defined.facts, defined.setup.required),
    )


Place = tuple[str, str, str]


def _changes_by_place(changes: Changes) -> dict[Place, FieldChange]:
    families = (("core", changes.core), ("attribute", changes.attributes), ("form_field", changes.form_fields),
                ("metafield", changes.metafields))  # fmt: skip
    return {(part, change.namespace, change.field): change for part, family in families for change in family}


def _theirs(each: Traced, current: Current) -> Any:
    name = each.row.target.name
    if each.part == "metafield":
        return current.metafields.get((each.row.target.namespace, name))
    values = {"core": current.core, "attribute": current.attributes, "form_field": current.form_fields}[each.part]
    value = values.get(name)
    return None if name == "customer_group_id" and value == 0 else value  # the vendor's "no group"


def _line(each: Traced, theirs: Any, found: dict[Place, FieldChange], back: bool) -> Line:
    target = each.row.target
    change = found.get((each.part, target.namespace, target.name))
    compared, will, sends = _said(each, theirs, change, back)
    return Line(
        _label(each), theirs, each.input, each.output, compared, each.row.owner, will, sends,
        change.base if change else None, label_of("business_central", each.row.source.table, each.row.source.name),
    )  # fmt: skip


def _label(each: Traced) -> str:
    target = each.row.target
    if target.table == "metafield":
        return f"{target.namespace}.{target.name}"
    return label_of("bigcommerce", target.table, target.name)


def _said(each: Traced, theirs: Any, change: FieldChange | None, back: bool) -> tuple[str, str, bool]:
    """How the field compares, what Update would do, and whether that is a write. back: into Business Central too."""
    if each.issue is not None and each.issue.rejects(creating=False):
        return REFUSED, each.issue.text, False
    if change is None:
        if each.output is None:
            return _unsent(each, theirs)
        if not same(theirs, each.output, each.row.target.name):
            # A name that is only divided otherwise on the two sides counts as one.
            return EQUAL, "nothing: divided otherwise, the same name", False
        same_text = is_blank(each.input) == is_blank(theirs) and same(each.input, theirs, each.row.target.name)
        return EQUAL, "nothing" if same_text else "nothing: equal after the mapping", False
    if change.returns and not change.sends:
        words = f"set {_short(change.returning)} in Business Central"
        compared = CONFLICT if change.kind == "conflict" else DIFFERS
        left = f"{LEFT.get(change.owner, 'leave it')}; Business Central is not written to"
        return compared, words if back else left, back
    if change.kind == "conflict":
        words = f"set {_short(change.after)}, record a conflict" if change.sends else "leave it, record a conflict"
        return CONFLICT, words, change.sends
    if change.sends:
        return DIFFERS, f"set {_short(change.after)}" if not is_blank(change.after) else "empty it", True
    if change.kind == "blank-kept":
        return DIFFERS, "leave it: a blank never overwrites", False
    return DIFFERS, LEFT.get(change.owner, "leave it"), False


def _unsent(each: Traced, theirs: Any) -> tuple[str, str, bool]:
    """A row that gives nothing to send: nothing was compared, so the two sides are equal only where they look it."""
    blank = is_blank(each.input) and is_blank(theirs)
    alike = blank or same(each.input, theirs, each.row.target.name)
    why = each.note or (each.issue.text if each.issue is not None else "")
    return EQUAL if alike else DIFFERS, why or "nothing: no value comes out of the mapping", False


def _short(value: Any) -> str:
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words if len(words) <= 60 else f"{words[:59]}…"


ACTIONS = {
    "create": (DIFFERS, "Update makes it in BigCommerce"),
    "update": (DIFFERS, "Update changes it"),
    "adopt": (EQUAL, "an equal address is there already; Update links it"),
    "delete": (DIFFERS, "gone from Business Central, still as we made it: Update removes it"),
    "unlink": (EQUAL, "gone from Business Central; it stays, for it is not as we made it"),
}


def _addresses(link: Link, target: Target, changes: Changes, traced: Iterable[Traced], back: bool) -> list[AddressLine]:
    """One line per BigCommerce address with what stands behind it, then those that are in Business Central only."""
    by_source = {change.source: change for change in changes.addresses}
    behind = {row.address_id: row.source for row in link.address_links.all()}
    adopted = {change.address_id: source for source, change in by_source.items() if change.action == "adopt"}
    rows, seen = [], set()
    for address in sorted(link.customer.addresses.all(), key=lambda row: row.remote_id):
        source = behind.get(address.pk) or adopted.get(address.remote_id, "")
        seen.add(source)
        theirs = place_of(address)["whole"]
        if not source:
            rows.append(AddressLine(theirs, "", "shopper's", "never changed or deleted by us"))
        else:
            rows.append(_address_line(theirs, source, target, by_source.get(source), traced, back))
    rows += [
        _address_line("", source, target, by_source.get(source), traced, back)
        for source in target.addresses
        if source not in seen
    ]
    return rows


def _address_line(
    theirs: str, source: str, target: Target, change: AddressChange | None, traced: Iterable[Traced], back: bool
) -> AddressLine:
    wanted = target.addresses.get(source)
    refused = [issue.text for issue in wanted.issues if issue.rejects(creating=not theirs)] if wanted else []
    if refused:
        return AddressLine(theirs, source_words(source), REFUSED, " ".join(refused))
    if change is None or (change.action == "none" and not change.fields):
        rule = "kept in step" if theirs else "nothing to send"
        return AddressLine(theirs, source_words(source), EQUAL, rule)
    compared, rule = ACTIONS.get(change.action, (DIFFERS, "left as it is"))
    if any(each.kind == "conflict" for each in change.fields):
        compared = CONFLICT
    mine = {each.row.target.name: each for each in traced if each.part == f"address:{source}"}
    lines = [
        _line_of_address(mine[each.field], each, back)
        for each in change.fields
        if each.field in mine and change.action != "create"
    ]
    return AddressLine(theirs, source_words(source), compared, rule, lines)


def _line_of_address(each: Traced, change: FieldChange, back: bool) -> Line:
    compared, will, sends = _said(each, change.before, change, back)
    return Line(_label(each), change.before, each.input, each.output, compared, change.owner, will, sends, change.base)


def source_words(source: str) -> str:
    """main -> Main address; ship-to:FEN -> Ship-to FEN."""
    return "Main address" if source == "main" else source.replace("ship-to:", "Ship-to ", 1)


def unmapped_details(customer: Customer, defined: Definitions, names: dict[int, str]) -> list[tuple[str, str, Any]]:
    """(kind, name, value) of metafields, attributes and form fields that no row of the set-up maps."""
    mapped = {(row.target.table, row.target.namespace, row.target.name) for row in defined.rows}
    every = [
        *(("metafield", m.namespace, m.key, m.value) for m in customer.metafields.all()),
        *(("attribute", "", names.get(a.attribute_id, f"Attribute {a.attribute_id}"), a.value)
          for a in customer.attribute_values.all()),
        *(("form_field", "", f.name, f.value) for f in customer.form_fields.all()),
    ]  # fmt: skip
    words = {"metafield": "Metafield", "attribute": "Attribute", "form_field": "Form field"}
    return [
        (words[table], f"{space}.{name}" if space else name, value)
        for table, space, name, value in every
        if (table, space, name) not in mapped
    ]
