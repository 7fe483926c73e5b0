"""Whether a Business Central customer can be created in BigCommerce, and if not, every reason why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bcsync.clients.business_central_record import BusinessCentralRecord
from mapping.catalogue import FIELDS, PAGES, Field, find
from mapping.defaults import DEFAULT_REQUIRED
from mapping.evaluate import Target
from mapping.rows import Issue
from mapping.store_facts import StoreFacts
from mapping.values import text

__all__ = ["DEFAULT_REQUIRED", "Reason", "readiness", "ship_to_readiness"]

_BY_ATTRIBUTE = {field.attribute: field for field in reversed(FIELDS) if field.attribute and field.table != "ship_to"}


@dataclass(frozen=True, slots=True)
class Reason:
    """code is stable ("missing-email"), field and page are Business Central's own names; str() is the sentence."""

    code: str
    field: str
    page: str
    text: str

    def __str__(self) -> str:
        return self.text


def readiness(
    record: BusinessCentralRecord, target: Target, store: StoreFacts, required: Sequence[str] = DEFAULT_REQUIRED
) -> list[Reason]:
    """Every reason why record cannot be created in this store; [] is ready. Ship-to addresses are judged alone.

    required: names of fields of the record. target: evaluate(record, store). One reason per field and kind.
    """
    reasons = [_missing(record, name) for name in required if not text(getattr(record, name, ""))]
    if record.privacy_blocked:
        reasons.append(Reason("privacy-blocked", "Privacy Blocked", PAGES["customer"], _PRIVACY))
    reasons += _from_issues(issue for issue in target.issues if not issue.part.startswith("address:ship-to:"))
    return _once(reasons)


def ship_to_readiness(record: BusinessCentralRecord, target: Target, store: StoreFacts) -> dict[str, list[Reason]]:
    """source -> every reason, for each ship-to address that cannot go; ready ones are absent."""
    return {
        source: reasons
        for source, address in target.addresses.items()
        if source != "main" and (reasons := _once(_from_issues(address.issues)))
    }


_PRIVACY = "Privacy Blocked is on: this customer's data must not be passed on (page Customer Card)."


def _missing(record: BusinessCentralRecord, name: str) -> Reason:
    field = _BY_ATTRIBUTE.get(name)
    if name == "country_iso":
        return _missing_iso(record)
    if field is None:
        return Reason(f"missing-{name.replace('_', '-')}", name, PAGES["customer"], f"{name} is empty.")
    code = _code("missing", field)
    if field.table == "contact":
        return Reason(code, field.label, PAGES["contact"], _contact_text(record, field))
    page = PAGES[field.table]
    return Reason(code, field.label, page, f"{field.label} is empty: fill it in on page {page}.")


def _contact_text(record: BusinessCentralRecord, field: Field) -> str:
    contact, problem = record.primary_contact_number, text(record.extra.get("names_problem"))
    if problem:
        return f"{field.label} of the primary contact is empty. {problem} Mend it on pages Customer Card, Contact Card."
    if not contact and not record.names_source:
        return (
            f"{field.label} of the primary contact is not known: choose a Primary Contact on page Customer Card, "
            "with first name and surname on its Contact Card."
        )
    whose = f"contact {contact}" if contact else "the primary contact"
    return f"{field.label} of {whose} is empty: fill it in on page Contact Card (Name, Name Details)."


def _missing_iso(record: BusinessCentralRecord) -> Reason:
    if not record.country:
        words = "Country/Region Code is empty: fill it in on page Customer Card."
        return Reason("missing-country", "Country/Region Code", PAGES["customer"], words)
    words = record.iso_problem or (
        f"ISO Code of country/region {record.country} is empty: fill it in on page Countries/Regions."
    )
    return Reason("missing-iso-code", "ISO Code", PAGES["country"], words)


def _from_issues(issues: Iterable[Issue]) -> list[Reason]:
    return [_of_issue(issue) for issue in issues if issue.rejects(creating=True)]


def _of_issue(issue: Issue) -> Reason:
    source = issue.source
    field = find("business_central", source.table, source.name) if source else None
    kind = issue.kind.replace("_", "-")
    if field is None or source is None:
        return Reason(f"{kind}-{issue.field}", issue.field, PAGES["customer"], issue.text)
    page = PAGES[field.table]
    if issue.kind == "missing":
        because = issue.text.partition(": ")[2].rstrip(".")
        needed = f"{field.label} is empty, and {because}" if because else f"{field.label} is empty"
        return Reason(_code(kind, field), field.label, page, f"{needed}: fill it in on page {page}.")
    if issue.kind == "too_long":
        words = f"{field.label} is too long: {issue.text.rstrip('.')}. Shorten it on page {page}."
    else:
        # Both systems may call it the same.
        whose = "" if issue.text.startswith(f"{field.label} ") else f"{field.label}: "
        words = f"{whose}{issue.text.rstrip('.')}. Mend it on page {page}."
    return Reason(_code(kind, field), field.label, page, words)


def _code(kind: str, field: Field) -> str:
    """Stable, from the record's own field name: missing-email, missing-postal-code, unknown-state, too-long-city."""
    return f"{kind}-{field.attribute.replace('_', '-')}"


# Two ways of saying one thing: what the required list says first is the better sentence.
_SAME_REASON = {"missing-country-iso": ("missing-country", "missing-iso-code")}


def _once(reasons: Iterable[Reason]) -> list[Reason]:
    found: dict[str, Reason] = {}
    for reason in reasons:
        if reason.code not in found and not any(code in found for code in _SAME_REASON.get(reason.code, ())):
            found[reason.code] = reason
    return list(found.values())
