"""Test Connection's questions to each side, read only: what works, what is missing, and what to do about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import timezone

from bcsync.clients.bigcommerce import BigCommerce
from bcsync.clients.bigcommerce_storefront import FormField, form_fields
from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.business_central_capabilities import Capabilities
from bcsync.clients.business_central_countries import iso_of
from bcsync.clients.business_central_sources import load_small
from bcsync.clients.errors import VendorError
from bcsync.clients.transport import unexpected

BIGCOMMERCE = "BigCommerce"
BUSINESS_CENTRAL = "Business Central"
PAGE = 5_000
Level = Literal["ok", "info", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. side: BIGCOMMERCE or BUSINESS_CENTRAL. what_to_do: a sentence, "" when nothing."""

    level: Level
    side: str
    text: str
    what_to_do: str = ""


Facts = dict[str, Any]


def failure(side: str, error: Exception, level: Level = "bad") -> Finding:
    """The finding of an error; its sentence says what to do already."""
    return Finding(level, side, str(error))


def attempt(side: str, findings: list[Finding], read: Callable[[], Any], level: Level = "bad") -> Any:
    """What read() gives, or None and a finding."""
    try:
        return read()
    except VendorError as error:
        findings.append(failure(side, error, level))
        return None


def probe_bigcommerce(client: BigCommerce, store_hash: str, client_id: str) -> tuple[list[Finding], Facts]:
    """Findings, and facts by the names of Store's fields. One wrong token or hash is one finding, not five."""
    findings: list[Finding] = []
    facts: Facts = {}

    def said(level: Level, text: str, what_to_do: str = "") -> None:
        findings.append(Finding(level, BIGCOMMERCE, text, what_to_do))

    for name, read, tell in (
        ("information", client.store_information, _tell_store),
        ("customers", lambda: count_customers(client), _tell_customers),
        ("groups", client.customer_groups, lambda rows: f"{len(rows)} customer groups."),
        ("attributes", client.attributes, lambda rows: f"{len(rows)} customer attributes are defined."),
        ("channels", client.channels, _tell_channels),
        ("countries", client.countries, _tell_countries),
    ):
        try:
            facts[name] = read()
        except VendorError as error:
            findings.append(failure(BIGCOMMERCE, error))
            # Without the right token or store every other question has the same answer.
            if error.status in (401, 404):
                return findings, {}
        else:
            said("ok", tell(facts[name]))
    if "customers" in facts:
        said(
            "info",
            "Whether the token may also change customers shows only when something is written.",
            "See that its API account has the scope store_v2_customers (modify), not only read-only.",
        )
    if not client_id:
        said(
            "warn",
            "The client id of the API account is not known, so its own tracking metafields cannot be told from others.",
            "Enter it: connect_store --bigcommerce-client-id, shown when the API account was made.",
        )
    kept = ("information", "attributes", "channels", "countries")
    return findings, {name: facts[name] for name in kept if facts.get(name) is not None}


def _tell_store(information: Mapping[str, Any]) -> str:
    plan = information.get("plan_name") or information.get("plan_level") or "an unknown plan"
    name, domain = information.get("name") or "", information.get("domain") or "no domain"
    return f'The token opens store "{name}" ({domain}), on {plan}.'


def probe_storefront(secure_url: str) -> tuple[Finding, list[FormField] | None]:
    """The form fields that the storefront lists; None when it does not: then names come from values, or are typed."""
    try:
        found = form_fields(secure_url)
    except VendorError as error:
        hint = "Names of form fields are learned from customers' values and can be typed; their types are not checked."
        return Finding("info", BIGCOMMERCE, str(error), hint), None
    words = f"The storefront lists {len(found)} form fields of the store's own."
    return Finding("ok", BIGCOMMERCE, words), found


def count_customers(client: BigCommerce) -> int | None:
    """How many customers the store has, by one request for a page of one; None when the answer does not tell."""
    answer = client.transport.request("GET", "/v3/customers", params={"limit": 1}, family="GET /v3/customers")
    meta = answer.data.get("meta") if isinstance(answer.data, dict) else None
    if not isinstance(meta, dict):
        unexpected(BIGCOMMERCE, "GET /v3/customers", "an object with `data` and `meta`", answer.data)
    total = (meta.get("pagination") or {}).get("total")
    return total if isinstance(total, int) else None


def _tell_customers(count: int | None) -> str:
    return "Customers can be read." if count is None else f"Customers can be read: the store has {count}."


def _tell_channels(channels: list[Mapping[str, Any]]) -> str:
    return f"Storefronts and channels: {', '.join(str(channel.get('name')) for channel in channels) or 'none'}."


def _tell_countries(countries: list[Mapping[str, Any]]) -> str:
    with_states = sum(bool(country.get("states")) for country in countries)
    return f"{len(countries)} countries, {with_states} of them with states."


def probe_business_central(client: BusinessCentral, country_iso: Mapping[str, str]) -> tuple[list[Finding], Facts]:
    """Findings, and facts: "company" (the vendor's row) and "capabilities" (JSON-able)."""
    findings: list[Finding] = []
    facts: Facts = {}

    def said(level: Level, text: str, what_to_do: str = "") -> None:
        findings.append(Finding(level, BUSINESS_CENTRAL, text, what_to_do))

    company = attempt(BUSINESS_CENTRAL, findings, client.company)
    if company is None:
        return findings, facts
    facts["company"] = company
    said("ok", f'The sign-in works and opens company "{company.get("name")}".')
    recent = attempt(BUSINESS_CENTRAL, findings, lambda: client.find_customers(modified_since=timezone.now()))
    if recent is not None:
        said("ok", "Customers can be read.")
        said(
            "info",
            "Whether customers may also be created shows only when one is: that needs the permission sets to insert "
            "and modify customers and contacts, and a number series.",
            "See that Sales & Receivables Setup has Customer Nos., with a series that allows Default Nos.",
        )
    capabilities = attempt(BUSINESS_CENTRAL, findings, client.capabilities)
    if capabilities is not None:
        facts["capabilities"] = capabilities.to_json()
        findings += offered(capabilities)
        if recent is not None:
            findings += countries_without_iso(client, capabilities, country_iso)
    return findings, facts


def offered(capabilities: Capabilities) -> list[Finding]:
    """What this Business Central offers, and what to publish for what is missing."""
    findings = [
        Finding("ok", BUSINESS_CENTRAL, f"Page {kind} is published as {page.service}.")
        for kind, page in ((kind.replace("_", " "), page) for kind, page in capabilities.published.items())
    ]
    if capabilities.customer_contacts:
        findings.append(Finding("ok", BUSINESS_CENTRAL, "Names of contacts can be read from customerContacts."))
    for sentence in capabilities.missing:
        text, _, what_to_do = sentence.partition(": ")
        what_to_do = what_to_do[:1].upper() + what_to_do[1:]
        findings.append(Finding("warn", BUSINESS_CENTRAL, text.rstrip(".") + ".", what_to_do))
    return findings


def countries_without_iso(
    client: BusinessCentral, capabilities: Capabilities, table: Mapping[str, str]
) -> list[Finding]:
    """Country/region codes whose ISO code is missing or invalid and that the company's own table does not mend."""
    findings: list[Finding] = []
    published = attempt(BUSINESS_CENTRAL, findings, lambda: load_small(client._session, capabilities, PAGE).iso)
    problems = [code for code in sorted(published or {}) if not iso_of(code, published, table).code]
    if not problems:
        return findings
    text = f"Countries without a valid ISO code: {', '.join(problems)}. Their customers cannot go to BigCommerce."
    what_to_do = "Correct page Countries/Regions (10), or give the code: connect_store --country-iso EL=GR."
    return [*findings, Finding("warn", BUSINESS_CENTRAL, text, what_to_do)]
