"""What a store defines beside its customers: groups, attribute definitions, countries with states, storefronts."""

import logging
from typing import Any

from django.utils import timezone

from bcsync.clients.errors import ConfigurationError
from customers.context import Context
from customers.models import CustomerGroup
from mapping.store_facts import StoreFacts, store_facts
from stores.models import Store

logger = logging.getLogger("bcsync.jobs")

# Calls whose number does not grow with the customers.
FIXED_FOR_STORE = "BigCommerce fixed: groups, attributes, store, storefronts, countries and states"


def refresh(ctx: Context) -> None:
    """Read groups and attributes, and once a day countries, states, storefronts and the store's own facts."""
    store, client = ctx.store, ctx.bigcommerce
    before = sum(ctx.calls_so_far().values())
    groups = client.customer_groups()
    CustomerGroup.objects.bulk_create(
        [CustomerGroup(store=store, remote_id=group["id"], name=str(group["name"])[:255]) for group in groups],
        update_conflicts=True,
        unique_fields=["store", "remote_id"],
        update_fields=["name"],
    )
    CustomerGroup.objects.filter(store=store).exclude(remote_id__in=[group["id"] for group in groups]).delete()
    store.attributes = client.attributes()
    fields = ["attributes"]
    now = timezone.now()
    if store.geography_is_old(now):
        store.information = client.store_information()
        store.channels = _channels(ctx)
        store.countries = client.countries()
        store.geography_read_at = now
        fields += ["information", "channels", "countries", "geography_read_at"]
        if not store.name:
            store.name = str(store.information.get("name") or "")[:255]
            fields.append("name")
    store.save(update_fields=fields)
    # Fixed calls are needed whatever their number; they are listed on their own.
    ctx.least(FIXED_FOR_STORE, sum(ctx.calls_so_far().values()) - before)


def _channels(ctx: Context) -> list[dict[str, Any]]:
    """The storefronts; a token without their scope can do everything but choose one, and Test Connection says so."""
    try:
        return ctx.bigcommerce.channels()
    except ConfigurationError as error:
        if error.status != 403:
            raise
        logger.warning("run %s: %s", ctx.run.pk, error)
        return []


def facts(store: Store) -> StoreFacts:
    """The store's definitions in the form the mapping core takes."""
    capabilities = store.company.capabilities or {}
    return store_facts(
        countries=store.countries,
        attributes=store.attributes,
        customer_groups={},
        channel_ids=[channel["id"] for channel in store.channels],
        ship_to_known="ship_to" in capabilities.get("published", {}),
    )
