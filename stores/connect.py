"""Store -> clients: the only place where secrets meet the outside world. And Test Connection, trying both sides."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from bcsync.clients import bigcommerce as bigcommerce_client
from bcsync.clients import business_central as business_central_client
from bcsync.clients.bigcommerce import BigCommerce
from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.errors import VendorError
from bcsync.clients.gate import Gate, RedisGate
from bcsync.clients.throttle import Quota
from bcsync.clients.transport import Call
from stores import probes
from stores.models import BusinessCentralCompany, Store
from stores.probes import BIGCOMMERCE, BUSINESS_CENTRAL, Finding

# Requests in flight at once to one company: Business Central runs five per user and queues the rest.
# learn.microsoft.com/dynamics365/business-central/dev-itpro/administration/operational-limits-online
COMPANY_SLOTS = 4

OnCall = Callable[[Call], None]
Fence = Callable[[], None]


class NotConnected(Exception):
    """Something that a connection needs was never entered; str() is a sentence for the administrator."""


@dataclass
class Report:
    """What Test Connection found. ok: nothing is bad. at: when, aware."""

    at: datetime
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not any(finding.level == "bad" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """As stored in Store.last_test: {"ok", "at", "findings": [{"level", "side", "text", "what_to_do"}]}."""
        return {"ok": self.ok, "at": self.at.isoformat(), "findings": [asdict(finding) for finding in self.findings]}


class Gates:
    """Several gates in a row: the quota that an application shares, then the slots of one company."""

    def __init__(self, *gates: Gate) -> None:
        self.gates = gates

    def enter(self) -> None:
        entered: list[Gate] = []
        try:
            for gate in self.gates:
                gate.enter()
                entered.append(gate)
        except BaseException:
            for gate in entered:
                gate.leave()
            raise

    def leave(self) -> None:
        for gate in self.gates:
            gate.leave()

    def observe(self, headers: Mapping[str, str]) -> None:
        self.gates[0].observe(headers)

    def penalize(self, seconds: float) -> None:
        self.gates[0].penalize(seconds)


@functools.cache
def redis_at(url: str) -> redis.Redis:
    """The process's one pool of connections to this Redis."""
    return redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=4, health_check_interval=30)


@functools.cache
def _quick_redis_at(url: str) -> redis.Redis:
    """For pages, which would rather show less than wait."""
    return redis.Redis.from_url(url, socket_connect_timeout=0.3, socket_timeout=0.3)


def bigcommerce(
    store: Store, *, run_id: str = "", on_call: OnCall | None = None, fence: Fence | None = None
) -> BigCommerce:
    """The client of this store; nothing is sent yet. Its quota is the store's, so all workers share one gate."""
    if not store.access_token:
        raise NotConnected(f"Store {store.hash} has no access token: enter it (connect_store, or Django admin).")
    gate = RedisGate(redis_at(settings.REDIS_URL), f"bigcommerce:{store.hash}")
    return bigcommerce_client.connect(
        settings.BIGCOMMERCE_API_URL,
        store.hash,
        store.access_token,
        gate=gate,
        run_id=run_id,
        on_call=on_call,
        fence=fence,
    )


def bigcommerce_quota(store: Store) -> Quota | None:
    """What the store still takes, for a page to show; None where nobody knows, and at once where Redis is away."""
    try:
        return RedisGate(_quick_redis_at(settings.REDIS_URL), f"bigcommerce:{store.hash}").state()
    except redis.RedisError:
        return None


def business_central(
    company: BusinessCentralCompany,
    *,
    run_id: str = "",
    on_call: OnCall | None = None,
    fence: Fence | None = None,
) -> BusinessCentral:
    """The client of this company; nothing is sent yet. The quota is the application's, the slots are the company's."""
    user = company.username or company.client_id
    secret = company.web_service_key if company.username else company.client_secret
    if not user or not secret:
        missing = "client id" if not user else "web service key" if company.username else "client secret"
        raise NotConnected(f"Company {company} has no {missing}: enter it (connect_store, or Django admin).")
    shared = redis_at(settings.REDIS_URL)
    place = f"{company.tenant}:{company.environment}:{company.remote_id or company.name}"
    return business_central_client.connect(
        settings.BUSINESS_CENTRAL_API_URL,
        settings.ENTRA_LOGIN_URL,
        tenant=company.tenant,
        environment=company.environment,
        company=str(company.remote_id or company.name),
        client_id=company.client_id,
        client_secret=secret,
        username=company.username,
        gate=Gates(
            RedisGate(shared, f"business-central:{company.tenant}:{user}"),
            RedisGate(shared, f"business-central-company:{place}", slots=COMPANY_SLOTS),
        ),
        run_id=run_id,
        on_call=on_call,
        fence=fence,
    )


def test_connection(store: Store) -> Report:
    """Try both sides, read only, and store what they said of themselves. Never raises for what a vendor does."""
    report = Report(timezone.now())
    report.findings += _try(BIGCOMMERCE, lambda: _test_bigcommerce(store))
    report.findings += _try(BUSINESS_CENTRAL, lambda: _test_business_central(store.company))
    report.findings += _set_up_notes(store)
    store.last_test = report.to_json()
    if not any(found.level == "bad" for found in report.findings if found.side == BIGCOMMERCE):
        store.uninstalled_at = None
    store.save(update_fields=["last_test", "uninstalled_at"])
    return report


def _set_up_notes(store: Store) -> list[Finding]:
    """What the set-up needs and this company does not offer, as the setup pages say it. It is built on this app."""
    notes = apps.get_model("mapping", "MetafieldDefinition").notes_of(store)
    templates = [(row, text) for row, text in notes if row.startswith("template.")]
    found = [
        Finding("warn", BUSINESS_CENTRAL, f"Customer template for {row.removeprefix('template.')}: {text}")
        for row, text in templates
    ]
    # A page that is not published leaves many rows blank: said once, the rows are on the page Setup.
    others = list(dict.fromkeys(row for row, _ in notes if not row.startswith("template.")))
    if others:
        named = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        text = f"Rows of the set-up that cannot work as they are with this company: {named}."
        found.append(Finding("warn", BUSINESS_CENTRAL, text, "The page Setup says of each what is wrong."))
    return found


# pytest takes everything that is called test_ for a test.
test_connection.__test__ = False  # type: ignore[attr-defined]


def _try(side: str, test: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return test()
    except (NotConnected, VendorError) as error:
        return [probes.failure(side, error)]
    except redis.RedisError as error:
        words = f"The queue's Redis does not answer, and no call goes out without it ({type(error).__name__})."
        return [Finding("bad", side, words, "Start Redis, or check REDIS_URL.")]


def _test_bigcommerce(store: Store) -> list[Finding]:
    findings, facts = probes.probe_bigcommerce(bigcommerce(store), store.hash, store.client_id)
    if url := str(facts.get("information", {}).get("secure_url") or ""):
        found, listed = probes.probe_storefront(url)
        findings.append(found)
        # A storefront that is closed today does not take away what it told before.
        facts |= {"form_fields": listed} if listed is not None else {}
    for name, value in facts.items():
        setattr(store, name, value)
    if {"information", "channels", "countries"} <= facts.keys():
        store.geography_read_at = timezone.now()
    if not store.name:
        store.name = str(store.information.get("name") or "")[:255]
    store.save(update_fields=[*facts, "geography_read_at", "name"])
    return findings


def _test_business_central(company: BusinessCentralCompany) -> list[Finding]:
    findings, facts = probes.probe_business_central(business_central(company), company.country_iso)
    remote = facts.get("company")
    if remote:
        company.remote_id = remote["id"]
        company.save(update_fields=["remote_id"])
        findings += _take_name(company, str(remote.get("name") or ""))
    if "capabilities" in facts:
        company.capabilities = facts["capabilities"]
        company.capabilities_read_at = timezone.now()
        company.save(update_fields=["capabilities", "capabilities_read_at"])
    return findings


def _take_name(company: BusinessCentralCompany, name: str) -> list[Finding]:
    """A company that was given by its id, or renamed since, shows its real name from now on."""
    if not name or name == company.name:
        return []
    before, company.name = company.name, name
    try:
        with transaction.atomic():
            company.save(update_fields=["name"])
    except IntegrityError:
        company.name = before
        text = f"This company is called {name} now, and another company here has that name already."
        return [Finding("warn", BUSINESS_CENTRAL, text, "Connect the store to that one instead.")]
    return []
