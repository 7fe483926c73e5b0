"""Which Business Central customer a shopper is: every enabled rule over the whole scope, never a guess."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mapping.match_index import BusinessCentralIndex, IndexRow, Shopper, Tracking
from mapping.match_rules import DEFAULT_RULES, RULE_WORDS, Compare, Hit, Rule, hits_of, rules_with, values_of
from mapping.values import quoted

__all__ = [
    "DEFAULT_RULES", "BusinessCentralIndex", "Compare", "Decision", "EmailDecision", "Hit", "IndexRow", "Rule",
    "Shopper", "Tracking", "email_decision", "hits_of", "match", "rules_with", "values_of",
]  # fmt: skip

_NAMED = 5  # shoppers or customers named in one sentence


@dataclass(frozen=True, slots=True)
class Decision:
    """linked: business_central_id is set; review: candidates are what a person chooses from. reason is a sentence."""

    kind: Literal["linked", "review", "none"]
    reason: str
    business_central_id: str = ""
    hits: tuple[Hit, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmailDecision:
    """create, link or review, with the reason as a sentence."""

    kind: Literal["create", "link", "review"]
    reason: str


@dataclass(slots=True)
class _Scope:
    """Everything said before anything is decided: hits of each shopper, who claims and who has each customer."""

    index: BusinessCentralIndex
    owners: dict[str, str]
    links: dict[str, str]
    name_of: Callable[[str], str]
    shoppers: dict[str, Shopper] = field(default_factory=dict)
    hits: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    claims: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tracked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def match(
    shoppers: Iterable[Shopper],
    index: BusinessCentralIndex,
    rules: Sequence[Rule] = DEFAULT_RULES,
    linked: Mapping[str, str] | None = None,
    name_of: Callable[[str], str] = str,
) -> dict[str, Decision]:
    """Shopper key -> decision, for the whole scope at once. linked: Business Central id -> shopper key in this store;
    name_of: a shopper's key -> how to call one who is not among `shoppers`.

    A shopper with linked_to keeps that link (kind linked). The order of shoppers and rows never changes a result. Pass
    every unlinked shopper of the store and apply a selection afterwards: who is left out cannot claim.
    """
    owners = dict(linked or {})
    scope = _Scope(index, owners, {key: customer_id for customer_id, key in owners.items()}, name_of)
    for shopper in shoppers:
        scope.shoppers[shopper.key] = shopper
        if shopper.linked_to:
            owners.setdefault(shopper.linked_to, shopper.key)
            scope.links[shopper.key] = shopper.linked_to
    for shopper in scope.shoppers.values():
        _look(scope, shopper, rules)
    decisions = {shopper.key: _decide(scope, shopper) for shopper in scope.shoppers.values()}
    _review_twins(scope, decisions, rules)
    return decisions


def _look(scope: _Scope, shopper: Shopper, rules: Sequence[Rule]) -> None:
    if shopper.key in scope.links:
        return
    hits = hits_of(shopper, scope.index, rules)
    if hits:
        scope.hits[shopper.key] = hits
    for customer_id in _claimed(hits):
        scope.claims[customer_id].add(shopper.key)
        if _is_tracked(hits):
            scope.tracked[customer_id].add(shopper.key)


def _is_tracked(hits: Sequence[Hit]) -> bool:
    return any(hit.rule == "tracking" for hit in hits)


def _claimed(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The customers that the hits name; an owned tracking metafield decides alone."""
    deciding = [hit for hit in hits if hit.rule == "tracking"] or hits
    return tuple(sorted({customer_id for hit in deciding for customer_id in hit.ids}))


def _decide(scope: _Scope, shopper: Shopper) -> Decision:
    own = scope.links.get(shopper.key)
    if own:
        return Decision("linked", f"Linked already to Business Central customer {scope.index.number(own)}.", own)
    hits = scope.hits.get(shopper.key, ())
    ids = _claimed(hits)
    note = _tracking_note(scope, shopper)
    if not ids:
        return Decision("none", f"No match rule finds a Business Central customer.{note}")
    said = _said(scope, hits)
    against = _ambiguity(hits, ids) or _claim_conflict(scope, shopper, ids[0], _is_tracked(hits))
    if against:
        return Decision("review", f"{said} {against}{note}", "", hits, ids)
    return Decision("linked", f"{said}{note}", ids[0], hits, ids)


def _ambiguity(hits: Sequence[Hit], ids: Sequence[str]) -> str:
    if len(ids) == 1:
        return ""
    by_rule: dict[str, set[str]] = defaultdict(set)
    for hit in hits:
        by_rule[hit.rule].update(hit.ids)
    several = [rule for rule, found in by_rule.items() if len(found) > 1]
    if several:
        return f"{RULE_WORDS[several[0]]} names {len(by_rule[several[0]])} customers; only one can be the right one."
    return "The rules name different customers."


def _claim_conflict(scope: _Scope, shopper: Shopper, customer_id: str, tracked: bool) -> str:
    owner = scope.owners.get(customer_id)
    number = scope.index.number(customer_id)
    if owner is not None and owner != shopper.key:
        return f"Customer {number} is linked already to {_who(scope, owner)}."
    rivals = (scope.tracked if tracked else scope.claims).get(customer_id, set()) - {shopper.key}
    if rivals:
        return f"Customer {number} is claimed by {_several(_who(scope, rival) for rival in sorted(rivals))} too."
    return ""


def _said(scope: _Scope, hits: Sequence[Hit]) -> str:
    def one(hit: Hit) -> str:
        numbers = _several(sorted(scope.index.number(customer_id) for customer_id in hit.ids))
        kind = "customer" if len(hit.ids) == 1 else "customers"
        return f"{RULE_WORDS[hit.rule]} {quoted(hit.value)} is that of Business Central {kind} {numbers}"

    return "; ".join(one(hit) for hit in hits) + "."


def _tracking_note(scope: _Scope, shopper: Shopper) -> str:
    tracking = shopper.tracking
    if tracking is None or not tracking.customer_id:
        return ""
    if not tracking.owned:
        return f" Tracking metafield {quoted(tracking.customer_id)} was written by another account and is ignored."
    if tracking.customer_id not in scope.index:
        return f" Tracking metafield {quoted(tracking.customer_id)} names no customer of this company and is ignored."
    return ""


def _who(scope: _Scope, key: str) -> str:
    shopper = scope.shoppers.get(key)
    known = (min(shopper.emails, default="") or shopper.name) if shopper else ""
    return f"shopper {known or scope.name_of(key)}"


def _several(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more


def _review_twins(scope: _Scope, decisions: dict[str, Decision], rules: Sequence[Rule]) -> None:
    """Unmatched shoppers who share a value of an enabled rule: a customer created for one would match the other."""
    comparing = [rule for rule in rules if rule.enabled and rule.name in ("phone", "email", "tax")]
    sharing: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for key, decision in decisions.items():
        if decision.kind == "none":
            for rule in comparing:
                for kind, value in values_of(rule, scope.shoppers[key]):
                    sharing[rule.name, kind, value].append(key)
    for (rule_name, _, value), keys in sorted(sharing.items()):
        for key in keys if len(keys) > 1 else ():
            if decisions[key].kind == "none":
                others = _several(_who(scope, other) for other in sorted(keys) if other != key)
                why = f"{decisions[key].reason} {RULE_WORDS[rule_name]} {quoted(value)} is also that of {others}."
                decisions[key] = Decision("review", why)


def email_decision(
    email: str, shopper: Shopper | None, sharing: int, business_central_id: str, hits: Sequence[Hit] = ()
) -> EmailDecision:
    """What Add Customers does with a Business Central customer whose first e-mail is email (emails.key form).

    shopper: who has that e-mail in the store, or None; sharing: how many Business Central customers have it (this one
    included); hits: hits_of that shopper.
    """
    if sharing > 1:
        return EmailDecision("review", f"{sharing} Business Central customers have the e-mail {quoted(email)}.")
    if shopper is None:
        return EmailDecision("create", f"The store has no customer with the e-mail {quoted(email)}.")
    if shopper.linked_to == business_central_id:
        return EmailDecision("link", "The store's customer with this e-mail is linked to this customer already.")
    if shopper.linked_to:
        return EmailDecision(
            "review", f"The store's customer with the e-mail {quoted(email)} is linked to another customer."
        )
    against = sorted({hit.rule for hit in hits if any(found != business_central_id for found in hit.ids)})
    if against:
        rules = ", ".join(RULE_WORDS.get(rule, rule) for rule in against)
        return EmailDecision(
            "review", f"The store's customer with the e-mail {quoted(email)} matches another customer by: {rules}."
        )
    return EmailDecision("link", f"The store's only customer with the e-mail {quoted(email)}, and no rule disagrees.")
