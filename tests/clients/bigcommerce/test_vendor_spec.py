"""Every request the client makes is one that the vendor's OpenAPI files declare."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import requests

from bcsync.clients.bigcommerce import BigCommerce
from bcsync.clients.bigcommerce_batches import Result
from bcsync.sandbox.bigcommerce.store import StoreSide
from tests.clients.bigcommerce.conftest import HASH, address, gathered, shopper
from tests.sandbox import vendor_spec

OUTSIDE = {"/v3/channels", "/v2/countries/states"}


def everything(client: BigCommerce, store: StoreSide) -> None:
    """Use every method of the client, with all that it can send."""
    attribute = store.attribute_id("VAT")
    store.add_form_field("Hobby")
    store.add_form_field("Dock", on="address")
    rich = shopper(
        1,
        company="ACME",
        phone="+44 113 1",
        notes="n",
        tax_exempt_category="",
        customer_group_id=0,
        channel_ids=[1],
        origin_channel_id=1,
        accepts_product_review_abandoned_cart_emails=False,
        store_credit_amounts=[{"amount": 1.5}],
        addresses=[address(1, form_fields=[{"name": "Dock", "value": "A"}])],
        attributes=[{"attribute_id": attribute, "attribute_value": "GB1"}],
        form_fields=[{"name": "Hobby", "value": "chess"}],
    )
    created = done(client.create_customers([rich, *(shopper(number) for number in range(2, 13))]))
    id = next(result.data["id"] for result in created if result.item is rich and result.data)
    done(client.update_customers([{"id": id, "company": "New", "form_fields": [{"name": "Hobby", "value": "go"}]}]))
    fields = [{"name": "Dock", "value": "B"}]
    made = done(client.create_addresses([address(n, customer_id=id, form_fields=fields) for n in range(1, 13)]))
    ids = [result.data["id"] for result in made if result.data]
    done(client.update_addresses([{"id": ids[1], **address(50)}]))
    gathered(client.update_addresses([{"id": ids[2], **address(50)}]))
    done(client.create_attributes([{"name": "Since", "type": "date"}]))
    done(client.put_attribute_values([{"customer_id": id, "attribute_id": attribute, "value": "GB2"}]))
    metafield = {"resource_id": id, "namespace": "bcsync", "key": "customer_id", "value": "1"}
    items = [{**metafield, "permission_set": "app_only", "description": "d"}]
    [kept] = done(client.create_metafields(items))
    done(client.create_metafields(items))
    assert kept.data is not None
    done(client.update_metafields([{"id": kept.data["id"], "value": "2"}]))
    everything_to_read(client, id)
    done(client.delete_addresses(ids))
    done(client.delete_metafields([kept.data["id"]]))


def everything_to_read(client: BigCommerce, id: int) -> None:
    """Use every reading method with all its filters."""
    since = datetime(2026, 1, 1, tzinfo=UTC)
    for pages in (
        client.customers(),
        client.customers(modified_since=since),
        client.customers(ids=[id, id + 1]),
        client.customers(emails=["s1@example.com"]),
        client.metafields(),
        client.metafields(namespaces=["bcsync", "x"], modified_since=since),
        client.attribute_values(modified_since=since),
        client.attribute_values(customer_ids=[id]),
    ):
        assert [page.items for page in pages]
    for rows in (client.customer_groups(), client.attributes(), client.channels(), client.countries()):
        assert isinstance(rows, list)
    client.store_information()


def done(batches) -> list[Result]:
    results = gathered(batches)
    assert [result.error for result in results if result.error] == []
    return results


def problems(request: requests.PreparedRequest) -> list[str]:
    parts = urlsplit(str(request.url))
    path = parts.path.removeprefix(f"/stores/{HASH}")
    body = json.loads(request.body) if request.body else None
    if path in OUTSIDE and not vendor_spec.covered(str(request.method), path):
        return []
    found = vendor_spec.problems_of_request(str(request.method), path, parse_qsl(parts.query), body)
    return [f"{request.method} {path}: {problem}" for problem in found]


if vendor_spec.available():

    def test_every_request_is_declared_by_the_vendor(client, store, world):
        sent: list[requests.PreparedRequest] = []
        watch: Callable[..., None] = lambda response, **_: sent.append(response.request)  # noqa: E731
        client.transport._session.hooks["response"].append(watch)
        store.generate(260)
        everything(client, store)
        assert [problem for request in sent for problem in problems(request)] == []
        assert len({(request.method, urlsplit(str(request.url)).path) for request in sent}) >= 19
        assert world.audit.broken_rules == []
