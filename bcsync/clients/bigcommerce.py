"""The BigCommerce client: customers and what belongs to them, read in pages and written in batches.
https://developer.bigcommerce.com/docs/rest-management/customers
"""

from __future__ import annotations

import random as randomlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bcsync.clients.bigcommerce_addresses import address_tuple, adopt, collided, complete, loose_tuple
from bcsync.clients.bigcommerce_batches import Item, Result, in_slices, run_batches
from bcsync.clients.bigcommerce_errors import Refusal, explain
from bcsync.clients.bigcommerce_limits import (
    CONCURRENCY,
    INCLUDE,
    MAX_EMAILS_PER_FILTER,
    MAX_IDS_PER_FILTER,
    VENDOR,
)
from bcsync.clients.bigcommerce_metafields import (
    by_id,
    deletions,
    metafield_key,
    partial_success,
    refused,
    settle_creates,
    tells_of_each,
)
from bcsync.clients.bigcommerce_pages import Page, in_filter, since
from bcsync.clients.bigcommerce_reads import bare_rows, countries_with_states, pages, rows, rows_of_customers
from bcsync.clients.bigcommerce_writes import BatchSizes, Write, send_batch
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.clients.gate import Gate
from bcsync.clients.transport import Call, Transport, unexpected

__all__ = ["BigCommerce", "Page", "Result", "connect"]

CUSTOMERS = "/v3/customers"
ADDRESSES = "/v3/customers/addresses"
ATTRIBUTES = "/v3/customers/attributes"
ATTRIBUTE_VALUES = "/v3/customers/attribute-values"
METAFIELDS = "/v3/customers/metafields"


def connect(
    api_url: str,
    store_hash: str,
    access_token: str,
    *,
    gate: Gate,
    run_id: str = "",
    on_call: Callable[[Call], None] | None = None,
    fence: Callable[[], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    random: randomlib.Random | None = None,
) -> BigCommerce:
    """A client of one store. The token does not expire, so a 401 is a ConfigurationError at once."""
    headers = {"X-Auth-Token": access_token.strip()}
    transport = Transport(
        VENDOR,
        f"{api_url.rstrip('/')}/stores/{quote(store_hash, safe='')}",
        gate=gate,
        authorize=lambda force=False: headers,
        run_id=run_id,
        on_call=on_call,
        fence=fence,
        explain=lambda failure: explain(failure, store_hash),
        sleep=sleep,
        clock=clock,
        random=random,
    )
    return BigCommerce(transport)


class BigCommerce:
    """One store. Every method raises VendorError; the writing ones put it on the Result of the item it is about."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.sizes = BatchSizes()
        self._deletes_by_query = False

    # Reading

    def customers(
        self,
        *,
        after: str = "",
        modified_since: datetime | None = None,
        ids: Iterable[int] | None = None,
        emails: Iterable[str] | None = None,
        pass_by: bool = False,
    ) -> Iterator[Page]:
        """Customers as the vendor gives them, with all addresses, attributes, form fields and store credit.

        after: a Page.after to resume behind. modified_since: aware, inclusive. ids or emails: only these; one that does
        not exist is simply not there. pass_by: rows of a shape never seen come as Page.strange instead of raising.
        """
        wanted = {"include": INCLUDE, **since(modified_since)}
        if ids is not None:
            filters = [in_filter("id", part) for part in in_slices(ids, MAX_IDS_PER_FILTER)]
        elif emails is not None:
            filters = [in_filter("email", part) for part in in_slices(emails, MAX_EMAILS_PER_FILTER)]
        else:
            filters = [{}]
        for some in filters:
            for page in self._pages(CUSTOMERS, {**wanted, **some}, after, pass_by):
                complete(page.items, "addresses", "address_count", self.addresses)
                complete(page.items, "attributes", "attribute_count", self._attributes_of)
                yield page

    def find_customers(self, emails: Iterable[str]) -> list[Item]:
        """The customers with these e-mails, complete: to look up what became of a create."""
        return [customer for page in self.customers(emails=emails) for customer in page.items]

    def addresses(self, customer_ids: Iterable[int]) -> list[Item]:
        """All addresses of these customers, with form fields."""
        return rows_of_customers(self.transport, ADDRESSES, customer_ids, {"include": "formfields"})

    def metafields(
        self,
        *,
        namespaces: Iterable[str] = (),
        modified_since: datetime | None = None,
        after: str = "",
        pass_by: bool = False,
    ) -> Iterator[Page]:
        """All customer metafields this token can see, in bulk; only these namespaces where some are given."""
        named = list(namespaces)
        wanted = {**(in_filter("namespace", named) if named else {}), **since(modified_since)}
        yield from self._pages(METAFIELDS, wanted, after, pass_by)

    def customer_metafields(self, customer_id: int) -> list[Item]:
        """One customer's metafields: for recovery only, never in a loop over customers."""
        path = f"{CUSTOMERS}/{customer_id}/metafields"
        family = "GET /v3/customers/{id}/metafields"
        found = [row for page in pages(self.transport, path, {}, family=family) for row in page.items]
        return [{"resource_id": customer_id, **row} for row in found]

    def attributes(self) -> list[Item]:
        """The store's attribute definitions (50 at most)."""
        return rows(self.transport, ATTRIBUTES, {})

    def attribute_values(
        self,
        *,
        modified_since: datetime | None = None,
        customer_ids: Iterable[int] | None = None,
        pass_by: bool = False,
    ) -> Iterator[Page]:
        """Attribute values changed since a moment, or of some customers; they have a modified stamp of their own."""
        parts = [[]] if customer_ids is None else list(in_slices(customer_ids, MAX_IDS_PER_FILTER))
        for part in parts:
            narrowed = in_filter("customer_id", part) if part else {}
            yield from self._pages(ATTRIBUTE_VALUES, {**narrowed, **since(modified_since)}, "", pass_by)

    def customer_groups(self) -> list[Item]:
        """All customer groups (v2; there is no v3)."""
        return bare_rows(self.transport, "/v2/customer_groups")

    def store_information(self) -> Item:
        """The store's own facts: id (= hash), name, domain, plan, features and more (v2, one flat object)."""
        answer = self.transport.request("GET", "/v2/store", family="GET /v2/store")
        if not isinstance(answer.data, dict):
            unexpected(VENDOR, "GET /v2/store", "an object", answer.data)
        return answer.data

    def channels(self) -> list[Item]:
        """The store's channels; id 1 is the default storefront."""
        return rows(self.transport, "/v3/channels", {})

    def countries(self) -> list[Item]:
        """[{"country", "country_iso2", "states": [{"state", "state_abbreviation"}]}]: all countries with all states."""
        return countries_with_states(self.transport)

    # Writing: batches of ten, one list of Results per batch that has finished

    def create_customers(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """POST: each item as the vendor documents it, addresses and attributes nested (ten at most).

        A lost answer leaves LostAnswer on each item of its batch: look up with find_customers before sending again.
        """
        yield from self._write("POST", CUSTOMERS, items, key=_email, made=self._made)

    def update_customers(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """PUT by id; what is not named stays. Addresses, attributes and metafields have methods of their own."""
        yield from self._write("PUT", CUSTOMERS, items, key=by_id, absolute=True)

    def create_addresses(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """POST with customer_id. An address that was there already is adopted: existing=True, its id in data."""
        how = {"resend": True, "missing": self._adopt}
        yield from self._write("POST", ADDRESSES, items, key=address_tuple, loose_key=loose_tuple, **how)

    def update_addresses(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """PUT by id, best with all fields. One that would equal another address of the customer is Rejected."""

        def missing(left_out: list[Item], _lost: bool) -> list[Result]:
            ids = [item["id"] for item in left_out]
            return collided(left_out, rows(self.transport, ADDRESSES, in_filter("id", ids)))

        yield from self._write("PUT", ADDRESSES, items, key=by_id, absolute=True, missing=missing)

    def create_attributes(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """POST attribute definitions {name, type}; 50 per store at most."""
        yield from self._write("POST", ATTRIBUTES, items, key=lambda item: item.get("name"))

    def put_attribute_values(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """Upsert {customer_id, attribute_id, value}; the answer says attribute_value where the request says value."""

        def key(item: Mapping[str, Any]) -> tuple[Any, Any]:
            return item.get("customer_id"), item.get("attribute_id")

        yield from self._write("PUT", ATTRIBUTE_VALUES, items, key=key, absolute=True)

    def create_metafields(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """POST {resource_id, namespace, key, value, permission_set}. One that exists with that value is existing=True;
        with another value it is Rejected (code "exists") with what is there in data."""

        def partial(refusal: Refusal, part: list[Item], lost: bool) -> list[Result] | None:
            told = partial_success(refusal, part, metafield_key)
            return told and told[0] + list(settle_creates(told[1], self.customer_metafields, lost=lost))

        yield from self._write("POST", METAFIELDS, items, key=metafield_key, resend=True, partial=partial)

    def update_metafields(self, items: Iterable[Item]) -> Iterator[list[Result]]:
        """PUT {id, value, ...}; one that is gone or another account's is Rejected."""

        def partial(refusal: Refusal, part: list[Item], _lost: bool) -> list[Result] | None:
            told = partial_success(refusal, part, by_id)
            return told and told[0] + [refused(item, words, refusal.call) for item, words in told[1]]

        yield from self._write("PUT", METAFIELDS, items, key=by_id, absolute=True, partial=partial)

    def delete_addresses(self, ids: Iterable[int]) -> Iterator[list[Result]]:
        """DELETE by id; an address that is gone already counts as deleted. item and data are {"id": id}."""

        yield from self._delete(ADDRESSES, ids)

    def delete_attribute_values(self, ids: Iterable[int]) -> Iterator[list[Result]]:
        """DELETE by value id (not the attribute's); gone already counts as deleted. item and data: {"id": id}."""
        yield from self._delete(ATTRIBUTE_VALUES, ids)

    def delete_customers(self, ids: Iterable[int]) -> Iterator[list[Result]]:
        """DELETE for good, with all they have; gone already counts as deleted. item and data: {"id": id}."""
        yield from self._delete(CUSTOMERS, ids)

    def delete_metafields(self, ids: Iterable[int]) -> Iterator[list[Result]]:
        """DELETE by id; gone already counts as deleted, another account's is Rejected. item and data: {"id": id}."""
        yield from self._run(f"DELETE {METAFIELDS}", ({"id": id} for id in ids), self._delete_metafields)

    # Inside

    def _pages(self, path: str, wanted: Mapping[str, str], after: str, pass_by: bool) -> Iterator[Page]:
        return pages(self.transport, path, wanted, after=after, pass_by=pass_by)

    def _attributes_of(self, customer_ids: list[int]) -> list[Item]:
        return rows_of_customers(self.transport, ATTRIBUTE_VALUES, customer_ids, {})

    def _write(self, method: str, path: str, items: Iterable[Item], **how: Any) -> Iterator[list[Result]]:
        write = Write(self.transport, self.sizes, method, path, **how)
        return self._run(write.family, items, lambda batch: send_batch(write, batch))

    def _run(
        self, family: str, items: Iterable[Item], send: Callable[[list[Item]], list[Result]], size: int | None = None
    ) -> Iterator[list[Result]]:
        return run_batches(items, lambda: size or self.sizes.of(family), CONCURRENCY[family], send)

    def _made(self, items: list[Item]) -> list[Item]:
        return self.find_customers(item["email"] for item in items)

    def _adopt(self, left_out: list[Item], lost: bool) -> list[Result]:
        owners = dict.fromkeys(item["customer_id"] for item in left_out)
        return adopt(left_out, self.addresses(owners), lost=lost)

    def _delete(self, path: str, ids: Iterable[int]) -> Iterator[list[Result]]:
        def send(batch: list[Item]) -> list[Result]:
            named = in_filter("id", [item["id"] for item in batch])
            self.transport.request("DELETE", path, params=named, family=f"DELETE {path}")
            return [Result(item, data=item) for item in batch]

        return self._run(f"DELETE {path}", ({"id": id} for id in ids), send, MAX_IDS_PER_FILTER)

    def _delete_metafields(self, batch: list[Item]) -> list[Result]:
        family = f"DELETE {METAFIELDS}"
        ids = [item["id"] for item in batch]
        # The vendor documents no body; sibling endpoints take a list of ids, others tell of ?id:in=.
        how: dict[str, Any] = {"params": in_filter("id", ids)} if self._deletes_by_query else {"json": ids}
        try:
            answer = self.transport.request("DELETE", METAFIELDS, family=family, **how)
            deleted = answer.data.get("data") if isinstance(answer.data, dict) else None
        except Refusal as refusal:
            if not self._deletes_by_query and not tells_of_each(refusal):
                deleted = []
            else:
                return deletions(refusal, batch)
        if not deleted and not self._deletes_by_query:
            self._deletes_by_query = True
            return self._delete_metafields(batch)
        if not isinstance(deleted, list):
            unexpected(VENDOR, family, "the deleted ids in `data`", deleted)
        silent = UnexpectedAnswer(VENDOR, "BigCommerce does not say that it deleted this metafield.", call=family)
        return [Result(item, data=item) if item["id"] in deleted else Result(item, error=silent) for item in batch]


def _email(item: Mapping[str, Any]) -> str:
    return str(item.get("email", "")).lower()
