"""The Business Central client: one environment, one company, exactly the calls bcsync makes."""

import random as random_module
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bcsync.clients import business_central_writes as writes
from bcsync.clients.business_central_auth import ClientCredentials, basic
from bcsync.clients.business_central_capabilities import Capabilities, find_capabilities, page_title
from bcsync.clients.business_central_company import choose_company
from bcsync.clients.business_central_errors import VENDOR, Whereabouts, explainer
from bcsync.clients.business_central_extra import Extra, Wanted, extra_of
from bcsync.clients.business_central_finding import find
from bcsync.clients.business_central_join import SELECT, join, plain_record
from bcsync.clients.business_central_known import STRANGERS, Known
from bcsync.clients.business_central_literals import any_of, moment, segment
from bcsync.clients.business_central_metadata import EntitySet, NotMetadata, entity_sets
from bcsync.clients.business_central_record import BusinessCentralRecord
from bcsync.clients.business_central_session import GUID, Row, Session
from bcsync.clients.business_central_sources import (
    MANY_ROWS,
    load_all,
    load_for,
    load_iso,
    load_small,
    needs_contacts_information,
)
from bcsync.clients.errors import ConfigurationError, SkipRecord, UnexpectedAnswer
from bcsync.clients.gate import Gate
from bcsync.clients.transport import Authorize, Call, Transport

PAGE_SIZE = 5_000
INFORMATION = "contactsInformation"
NO_FIELDS: Wanted = {}


def connect(
    api_url: str,
    login_url: str,
    *,
    tenant: str,
    environment: str,
    company: str = "",
    client_id: str = "",
    client_secret: str = "",
    username: str = "",
    gate: Gate,
    run_id: str = "",
    on_call: Callable[[Call], None] | None = None,
    fence: Callable[[], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    random: random_module.Random | None = None,
) -> "BusinessCentral":
    """Return a client; nothing is sent yet.

    company: its id or its name, "" for calls that need none. With a username the server is on-premises:
    client_secret is then the user's web service key, and environment the server instance when there is no tenant.
    """
    authorize: Authorize
    if username:
        authorize = basic(username, client_secret)
    else:
        authorize = ClientCredentials(
            login_url, tenant, client_id, client_secret, on_call=on_call, sleep=sleep, clock=clock
        )  # fmt: skip
    user = f"user {username}" if username else f"application {client_id}"
    where = Whereabouts(tenant, environment, company, user)
    options: dict[str, Any] = {
        "gate": gate, "authorize": authorize, "run_id": run_id, "on_call": on_call, "explain": explainer(where),
        "sleep": sleep, "clock": clock, "random": random or random_module.Random(),
    }  # fmt: skip
    reader = Transport(VENDOR, api_url, **options)
    writer = Transport(VENDOR, api_url, fence=fence, **options)
    place = f"/v2.0/{segment(tenant)}/{segment(environment)}" if tenant else f"/{segment(environment)}"
    return BusinessCentral(Session(reader, writer, root=place, where=where), company)


class BusinessCentral:
    """One company of one environment. Every method may raise a VendorError. May be used from several threads."""

    def __init__(self, session: Session, company: str) -> None:
        self._session = session
        self._company = company
        self._iso: dict[str, str] | None = None
        if GUID.fullmatch(company):
            session.company_id = company

    @property
    def session(self) -> Session:
        """The plain calls, for what has a module of its own (subscriptions)."""
        return self._session

    @property
    def vendor_date(self) -> datetime | None:
        """The Date header of the latest answer, UTC: the vendor's own clock, for cursors and lost creates."""
        return self._session.vendor_date

    @property
    def first_date(self) -> datetime | None:
        """That of the first answer: what changed later than that was not read yet. For cursors."""
        return self._session.first_date

    def companies(self) -> list[Row]:
        """Return the environment's companies (id, name, displayName). ConfigurationError: unknown environment."""
        rows: list[Row] = []
        for page in self._session.pages(f"{self._session.root}/api/v2.0/companies", "/companies", PAGE_SIZE):
            rows += page
        return rows

    def company(self) -> Row:
        """Return the company that was asked for, looked up among all by id, exact name, or name in any case.

        Raises ConfigurationError, with the names there are, when none or several fit.
        """
        rows = self.companies()
        row = choose_company(rows, self._company, self._session.where.place())
        self._session.company_id = str(row["id"])
        return row

    def capabilities(self) -> Capabilities:
        """Return what this company offers: both $metadata documents, and one row of each page found in them.

        At most six calls. Keep the result, it changes rarely.
        """
        self._need_company()
        api = self._metadata("/api/v2.0", "/$metadata")
        try:
            pages = self._metadata("/ODataV4", "/ODataV4/$metadata")
        except (ConfigurationError, SkipRecord) as error:
            capabilities = find_capabilities(api, {})
            capabilities.missing.insert(0, f"The published pages cannot be looked at (OData V4): {error}")
            return capabilities
        capabilities = find_capabilities(api, pages)
        # The document is the environment's: a page may be published for another company, or not be permitted to us.
        for kind, page in list(capabilities.published.items()):
            try:
                path = self._session.page(page.service, top="1", select=",".join(page.key))
                self._session.get(path, f"/ODataV4/{page.service}")
            except ConfigurationError as error:
                del capabilities.published[kind]
                capabilities.missing.append(f"{page_title(kind)} is published but cannot be read: {error}")
        return capabilities

    def _metadata(self, service: str, family: str) -> dict[str, EntitySet]:
        answer = self._session.get(f"{self._session.root}{service}/$metadata", family, expect="bytes")
        try:
            return entity_sets(answer.data or b"")
        except NotMetadata as problem:
            raise UnexpectedAnswer(VENDOR, f"Business Central answered GET {family}, but {problem}.") from None

    def iso_codes(self, capabilities: Capabilities) -> dict[str, str] | None:
        """Return country/region code -> ISO code as read, valid or not; None when page 10 is not published."""
        self._need_company()
        self._iso = load_iso(self._session, capabilities, PAGE_SIZE)
        return self._iso

    def read_customers(
        self,
        capabilities: Capabilities,
        country_iso: Mapping[str, str],
        page_size: int = PAGE_SIZE,
        fields: Wanted = NO_FIELDS,
    ) -> Iterator[list[BusinessCentralRecord]]:
        """Yield the whole company's customers page by page, joined: ceil(rows / page_size) calls per entity set.

        country_iso: the store's table, country/region code -> ISO 3166-1. Where names are empty, extra["names_problem"]
        says why. fields: more to be read into extra, see business_central_extra; they cost no call per customer.
        """
        self._need_company()
        extra = extra_of(fields, capabilities)
        sources = load_small(self._session, capabilities, page_size, extra)
        self._iso = sources.iso
        try:
            load_all(self._session, capabilities, sources, page_size)
            for rows in self._customers(capabilities, page_size, extra):
                yield join(rows, sources, country_iso)
        finally:
            sources.tables.close()

    def read_changed(
        self,
        capabilities: Capabilities,
        country_iso: Mapping[str, str],
        modified_since: datetime,
        page_size: int = PAGE_SIZE,
        fields: Wanted = NO_FIELDS,
        known: Known = STRANGERS,
    ) -> Iterator[list[BusinessCentralRecord]]:
        """Yield customers changed at or after modified_since (take an overlap of minutes off it), joined likewise.

        Left out are those that are `known` as they are listed. Does not see what leaves a customer's stamp alone:
        business_central_watch has that.
        """
        condition = f"lastModifiedDateTime ge {moment(modified_since)}"
        yield from self._read_some(capabilities, country_iso, [condition], page_size, fields, known, leave_out=True)

    def read_by_id(
        self,
        capabilities: Capabilities,
        country_iso: Mapping[str, str],
        ids: Iterable[str],
        fields: Wanted = NO_FIELDS,
        known: Known = STRANGERS,
    ) -> Iterator[list[BusinessCentralRecord]]:
        """Yield these customers, joined likewise; those that are gone are left out."""
        named = any_of("id", ids, quoted=False)
        yield from self._read_some(capabilities, country_iso, named, PAGE_SIZE, fields, known)

    def _read_some(
        self,
        capabilities: Capabilities,
        country_iso: Mapping[str, str],
        conditions: Iterable[str],
        page_size: int,
        fields: Wanted,
        known: Known,
        leave_out: bool = False,
    ) -> Iterator[list[BusinessCentralRecord]]:
        self._need_company()
        extra = extra_of(fields, capabilities)
        sources = None
        everything = False
        try:
            for condition in conditions:
                for listed in self._customers(capabilities, page_size, extra, condition):
                    rows = known.news(listed) if leave_out else listed
                    if not rows:
                        continue
                    sources = sources or load_small(self._session, capabilities, page_size, extra, self._iso)
                    self._iso = sources.iso
                    if len(rows) > MANY_ROWS and not everything:
                        load_all(self._session, capabilities, sources, page_size)
                        everything = True
                    elif not everything:
                        sources.tables.clear()
                        families = known.families([str(row.get("number", "")) for row in rows])
                        load_for(self._session, capabilities, sources, rows, families, known.keeps)
                    yield join(rows, sources, country_iso)
        finally:
            if sources is not None:
                sources.tables.close()

    def _customers(
        self, capabilities: Capabilities, page_size: int, extra: Extra, condition: str = ""
    ) -> Iterator[list[Row]]:
        expands = [INFORMATION if needs_contacts_information(capabilities) else "", extra.expand]
        select, expand = ",".join([SELECT, *extra.select]), ",".join(filter(None, expands))
        path = self._session.api("customers", filter=condition, select=select, expand=expand)
        return self._session.pages(path, "/customers", page_size)

    def customer(self, customer_id: str) -> BusinessCentralRecord | None:
        """Return one customer as API v2.0 shows it (no names, no ISO code), None when it is gone."""
        self._need_company()
        try:
            path = self._session.api(f"customers({customer_id})", select=SELECT)
            return plain_record(self._session.one(path, "/customers({id})"))
        except SkipRecord:
            return None

    def find_customers(
        self, *, email: str = "", display_name: str = "", modified_since: datetime | None = None
    ) -> list[BusinessCentralRecord]:
        """Return the customers that fit all that is given (text in any case), as API v2.0 shows them.

        With modified_since only the time goes into the filter, and text is compared here: characters like * and @ mean
        something in Business Central's filters.
        """
        self._need_company()
        return find(self._session, email, display_name, modified_since, PAGE_SIZE)

    def create_customer(self, values: Mapping[str, Any]) -> BusinessCentralRecord:
        """Create a customer from API v2.0 members (displayName required) and return it as it now is.

        Raises Rejected (with field), LostAnswer (it may be done: look it up first). What Business Central made
        otherwise than asked is in extra["read_back"].
        """
        self._need_company()
        return writes.create(self._session, values)

    def update_customer(self, customer_id: str, etag: str, changes: Mapping[str, Any]) -> BusinessCentralRecord:
        """Change only these members under the etag read and return the customer as it now is: the new shadow.

        A changed country blanks city, state and post code there: they are sent again. Raises Changed for a stale etag,
        SkipRecord when the customer is gone, Rejected with the field, ValueError for no changes.
        """
        self._need_company()
        return writes.update(self._session, customer_id, etag, changes)

    def delete_customer(self, customer_id: str, etag: str) -> None:
        """Delete a customer for good; gone already is fine. Raises Rejected when Business Central forbids it (it has
        entries, or something refers to it), Changed for a stale etag."""
        self._need_company()
        writes.delete(self._session, customer_id, etag)

    def update_customer_card(
        self, capabilities: Capabilities, number: str, changes: Mapping[str, str]
    ) -> dict[str, str]:
        """Change values by our names (customer_posting_group, gen_bus_posting_group ...) through the published page 21.

        Sends only what differs; returns the card's values by our names. ConfigurationError: page 21 is not published.
        """
        self._need_company()
        return writes.update_card(self._session, capabilities, number, changes)

    def update_contact_names(self, capabilities: Capabilities, contact: str, changes: Mapping[str, str]) -> None:
        """Change first_name, middle_name and surname of a contact by number: by page 5055, else by customerContacts."""
        self._need_company()
        writes.update_names(self._session, capabilities, contact, changes)

    def update_ship_to(self, capabilities: Capabilities, number: str, code: str, changes: Mapping[str, str]) -> None:
        """Change a customer's ship-to address by our names through the published page 300. SkipRecord: it is gone."""
        self._need_company()
        writes.update_ship_to(self._session, capabilities, number, code, changes)

    def _need_company(self) -> None:
        if not self._session.company_id:
            self.company()
