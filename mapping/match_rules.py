"""The match rules: what each compares, and what it finds for one shopper."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mapping import emails, phones
from mapping.defaults import TRACKING_ID, TRACKING_NUMBER
from mapping.match_index import BusinessCentralIndex, Shopper, number_key, tax_key
from mapping.values import text


@dataclass(frozen=True, slots=True)
class Compare:
    """table: metafield (namespace "" = any but ours), attribute, form_field; with_field: one of WITH_FIELDS."""

    table: str
    name: str
    with_field: str = "number"
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """name: tracking | phone | metafields | attributes | form_fields | email | tax. compares: what it looks at."""

    name: str
    enabled: bool = True
    compares: tuple[Compare, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule found value on these Business Central ids (sorted)."""

    rule: str
    value: str
    ids: tuple[str, ...]


DEFAULT_RULES = (
    Rule("tracking"),
    Rule("phone"),
    Rule("metafields", compares=(Compare("metafield", "customer_number"),)),
    Rule("attributes", compares=(Compare("attribute", "Customer number"),)),
    Rule("form_fields", compares=(Compare("form_field", "Customer number"),)),
    Rule("email", enabled=False),
    Rule(
        "tax",
        enabled=False,
        compares=(Compare("attribute", "VAT number", "tax_number"), Compare("form_field", "VAT number", "tax_number")),
    ),
)
RULE_WORDS = {
    "tracking": "Tracking metafield", "phone": "Phone", "metafields": "Metafield", "attributes": "Attribute",
    "form_fields": "Form field", "email": "E-mail", "tax": "Tax registration number",
}  # fmt: skip
# What another account wrote under our own names is shown and ignored, not compared by another rule.
_TRACKING = (TRACKING_ID, TRACKING_NUMBER)
_KEYS: dict[str, Callable[[str], str]] = {
    "number": number_key,
    "id": lambda value: text(value).lower(),
    "tax_number": tax_key,
    "email": emails.key,
    "phone": phones.e164,
}
# What of a Business Central customer a value can be compared with.
WITH_FIELDS = tuple(_KEYS)


def rules_with(switches: Mapping[str, bool], rules: Sequence[Rule] = DEFAULT_RULES) -> tuple[Rule, ...]:
    """The rules with some switched on or off by name, as a store keeps them."""
    return tuple(Rule(rule.name, switches.get(rule.name, rule.enabled), rule.compares) for rule in rules)


def hits_of(shopper: Shopper, index: BusinessCentralIndex, rules: Sequence[Rule] = DEFAULT_RULES) -> tuple[Hit, ...]:
    """What each enabled rule finds for one shopper, in the order of the rules; nothing found is no hit.

    The tracking rule fires only for an owned metafield whose id exists in the company.
    """
    return tuple(hit for rule in rules if rule.enabled for hit in hits_of_rule(rule, shopper, index))


def hits_of_rule(rule: Rule, shopper: Shopper, index: BusinessCentralIndex) -> Iterator[Hit]:
    """What one rule finds, whether it is on or off."""
    if rule.name == "tracking":
        tracking = shopper.tracking
        if tracking and tracking.owned and tracking.customer_id in index:
            yield Hit("tracking", tracking.customer_id, (tracking.customer_id,))
        return
    for kind, value in sorted(values_of(rule, shopper)):
        ids = index.find(kind, value)
        if ids:
            yield Hit(rule.name, value, ids)


def values_of(rule: Rule, shopper: Shopper) -> set[tuple[str, str]]:
    """(kind of look-up, value) for every value the rule compares."""
    found: set[tuple[str, str]] = set()
    if rule.name == "phone":
        found.update(("phone", phone) for phone in shopper.phones)
    elif rule.name == "email":
        found.update(("email", email) for email in shopper.emails)
    elif rule.name == "tax":
        found.update(("tax_number", tax_key(number)) for number in shopper.tax_numbers)
    for compare in rule.compares:
        key = _KEYS.get(compare.with_field, number_key)
        found.update((compare.with_field, key(value)) for value in _texts(compare, shopper))
    return {(kind, value) for kind, value in found if value}


def _texts(compare: Compare, shopper: Shopper) -> list[str]:
    if compare.table == "metafield":
        return [
            text(value)
            for (namespace, key), value in shopper.metafields.items()
            if key == compare.name and (namespace, key) not in _TRACKING and compare.namespace in ("", namespace)
        ]
    values = shopper.attributes if compare.table == "attribute" else shopper.form_fields
    return [text(values[compare.name])] if compare.name in values else []
