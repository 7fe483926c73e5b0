"""A company's subscription in Business Central: created, renewed a day before its end, made again when gone, ended."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bcsync.clients.business_central_webhooks import Subscriptions
from bcsync.clients.errors import SkipRecord
from stores import connect
from stores.models import BusinessCentralCompany, Store, WebhookEndpoint, WebhookSubscription
from stores.webhook_addresses import business_central_url

RENEW_BEFORE = timedelta(days=1)
Row = dict[str, Any]


def endpoint_of(company: BusinessCentralCompany) -> WebhookEndpoint:
    """The company's endpoint, with a secret: its clientState."""
    endpoint, _ = WebhookEndpoint.objects.get_or_create(company=company)
    return with_secret(endpoint)


def with_secret(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Give it its first secret; two who do so at once end with the same one."""
    if not endpoint.secret:
        endpoint.new_secret(timezone.now())
        WebhookEndpoint.objects.filter(pk=endpoint.pk, secret="").update(secret=endpoint.secret)
        endpoint.refresh_from_db()
    return endpoint


def wanted(company: BusinessCentralCompany) -> bool:
    """Whether any store of the company has its webhooks on."""
    return Store.objects.filter(company=company, webhook_endpoint__wanted=True).exists()


def repair(company: BusinessCentralCompany) -> str:
    """One subscription to the company's customers at our address, with our clientState and more than a day to live.

    Returns a problem as a sentence; raises VendorError for what the vendor refuses.
    """
    endpoint = endpoint_of(company)
    api = Subscriptions(connect.business_central(company))
    url, resource = business_central_url(company), api.resource()
    known = {row.remote_id: row for row in endpoint.subscriptions.all()}
    listed = [row for row in api.all() if _id(row) in known or row.get("notificationUrl") == url]
    listed.sort(key=lambda row: str(row.get("expirationDateTime")))
    best = listed.pop() if listed else None
    made = _as_wanted(api, endpoint, best, known.get(_id(best)) if best else None, url, resource)
    for row in listed:
        # Left over from a create whose answer was lost, or from an older company id.
        api.delete(_id(row), str(row.get("@odata.etag") or "*"))
    _keep(endpoint, made, url, resource)
    return ""


def remove(company: BusinessCentralCompany) -> str:
    """End every subscription of ours."""
    endpoint = endpoint_of(company)
    api = Subscriptions(connect.business_central(company))
    known = set(endpoint.subscriptions.values_list("remote_id", flat=True))
    for row in api.all():
        if _id(row) in known or row.get("notificationUrl") == business_central_url(company):
            api.delete(_id(row), str(row.get("@odata.etag") or "*"))
    endpoint.subscriptions.all().delete()
    endpoint.registered = []
    return ""


def _as_wanted(
    api: Subscriptions,
    endpoint: WebhookEndpoint,
    row: Row | None,
    own: WebhookSubscription | None,
    url: str,
    resource: str,
) -> Row:
    if row is None:
        return api.create(url, endpoint.secret)
    same = own is not None and own.client_state == endpoint.secret and row.get("notificationUrl") == url
    same = same and str(row.get("resource") or "").lstrip("/").lower() == resource.lstrip("/").lower()
    # By the vendor's own clock: ours may be off.
    if same and _expires(row) > (api.session.vendor_date or timezone.now()) + RENEW_BEFORE:
        return row
    try:
        return api.renew(_id(row), str(row.get("@odata.etag") or "*"), url, endpoint.secret)
    except SkipRecord:
        return api.create(url, endpoint.secret)


def _keep(endpoint: WebhookEndpoint, row: Row, url: str, resource: str) -> None:
    """The one row of ours, as the vendor now has it."""
    endpoint.subscriptions.exclude(remote_id=_id(row)).delete()
    values = {"resource": resource, "notification_url": url, "etag": str(row.get("@odata.etag") or "")}
    WebhookSubscription.objects.update_or_create(
        remote_id=_id(row),
        defaults={
            **values, "endpoint": endpoint, "expires_at": _expires(row), "client_state": endpoint.secret,
        },
    )  # fmt: skip


def _id(row: Row) -> str:
    return str(row.get("subscriptionId") or "").lower()


def _expires(row: Row) -> datetime:
    """When it ends; one that does not say so is renewed at once."""
    return parse_datetime(str(row.get("expirationDateTime") or "")) or timezone.now()
