"""Which Business Central customer a shopper is: every enabled rule over the whole scope, never a guess."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

DecisionKind = Literal["linked", "review", "none"]


@dataclass(frozen=True, slots=True)
class Tracking:
    """The tracking metafields on a shopper; owned: this API account wrote them."""

    customer_id: str
    owned: bool
    number: str = ""


@dataclass(frozen=True, slots=True)
class Shopper:
    """What matching looks at. phones are E.164 (unparsable ones left out), emails as emails.key gives them.

    metafields by (namespace, key) without our own two, attributes and form_fields by name.
    linked_to: the Business Central id this shopper is linked to already, or "".
    """

    key: str
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    metafields: Mapping[tuple[str, str], str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    form_fields: Mapping[str, str] = field(default_factory=dict)
    tracking: Tracking | None = None
    name: str = ""
    company: str = ""
    tax_numbers: frozenset[str] = frozenset()
    linked_to: str = ""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A Business Central customer as matching sees it; phones E.164, emails as emails.key gives them."""

    id: str
    number: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class Compare:
    """table "metafield" (namespace "" = any but ours), "attribute" or "form_field"; with "number" or "tax_number"."""

    table: str
    name: str
    with_field: str = "number"
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """name: tracking | phone | metafields | attributes | form_fields | email | tax."""

    name: str
    enabled: bool = True
    compares: tuple[Compare, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule found value on these Business Central ids (sorted)."""

    rule: str
    value: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """linked: business_central_id is set; review: candidates are what a person chooses from. reason is a sentence."""

    kind: DecisionKind
    reason: str
    business_central_id: str = ""
    hits: tuple[Hit, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmailDecision:
    """create, link or review, with the reason as a sentence."""

    kind: Literal["create", "link", "review"]
    reason: str


class BusinessCentralIndex:
    """Look-ups over a company's customers by phone, number, e-mail, tax number; built once from compact rows."""

    def __init__(self, rows: Iterable[IndexRow]) -> None:
        raise NotImplementedError


DEFAULT_RULES: tuple[Rule, ...] = ()


def match(
    shoppers: Iterable[Shopper],
    index: BusinessCentralIndex,
    rules: Sequence[Rule] = DEFAULT_RULES,
    linked: Mapping[str, str] | None = None,
) -> dict[str, Decision]:
    """Shopper key -> decision, for the whole scope at once. linked: Business Central id -> shopper key in this store.

    A shopper with linked_to keeps that link (kind linked). The order of shoppers and rows never changes a result.
    """
    raise NotImplementedError


def email_decision(
    email: str, shopper: Shopper | None, sharing: int, business_central_id: str, hits: Sequence[Hit] = ()
) -> EmailDecision:
    """What Add Customers does with a Business Central customer whose first e-mail is email (emails.key form).

    shopper: who has that e-mail in the store, or None; sharing: how many Business Central customers have it (this one
    included); hits: what the enabled rules say of that shopper.
    """
    raise NotImplementedError
