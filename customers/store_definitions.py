"""What a store defines beside its customers: groups, attribute definitions, countries with states, storefronts."""

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bcsync.clients.errors import ConfigurationError
from customers.models import CustomerGroup
from mapping.rows import FieldRow
from mapping.setup import facts_of, setup_of
from mapping.setup_parts import Setup
from mapping.store_facts import AttributeDefinition, StoreFacts
from stores.models import Store

if TYPE_CHECKING:
    from customers.context import Context

logger = logging.getLogger("bcsync.jobs")

# Calls whose number does not grow with the customers.
FIXED_FOR_STORE = "BigCommerce fixed: groups, attributes, store, storefronts, countries and states"


def refresh(ctx: "Context") -> None:
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
    ctx.forget_definitions()
    # Fixed calls are needed whatever their number; they are listed on their own.
    ctx.least(FIXED_FOR_STORE, sum(ctx.calls_so_far().values()) - before)


def _channels(ctx: "Context") -> list[dict[str, Any]]:
    """The storefronts; a token without their scope can do everything but choose one, and Test Connection says so."""
    try:
        return ctx.bigcommerce.channels()
    except ConfigurationError as error:
        if error.status != 403:
            raise
        logger.warning("run %s: %s", ctx.run.pk, error)
        return []


@dataclass(frozen=True)
class Definitions:
    """What is in force for a store: its set-up, and the facts that the mapping core evaluates it with."""

    setup: Setup
    facts: StoreFacts

    @property
    def rows(self) -> tuple[FieldRow, ...]:
        return self.setup.rows


def definitions(store: Store) -> Definitions:
    """The store's set-up and facts, in about a dozen queries; a run keeps them (`ctx.definitions`)."""
    return definitions_of(store, setup_of(store))


def definitions_of(store: Store, setup: Setup) -> Definitions:
    """A set-up with the facts that it is evaluated with, also one that is not stored (a preview)."""
    facts = facts_of(store, setup)
    # An attribute that is defined but not in the store yet is created before anything is sent; its id comes then.
    coming = {row["name"]: AttributeDefinition(0, row["name"], row["type"]) for row in _missing(store, setup)}
    return Definitions(setup, replace(facts, attributes={**facts.attributes, **coming}))


def _missing(store: Store, setup: Setup) -> list[dict[str, str]]:
    return setup.missing_attributes(attribute["name"] for attribute in store.attributes)


def create_missing_attributes(ctx: "Context") -> None:
    """Create the attributes that the set-up defines and the store has not got yet, before anything is sent.

    Raises ConfigurationError when the store refuses one (it takes 50).
    """
    missing = _missing(ctx.store, ctx.definitions.setup)
    if not missing:
        return
    refused = []
    for results in ctx.bigcommerce.create_attributes(missing):
        ctx.store.attributes = [*ctx.store.attributes, *(result.data for result in results if result.data)]
        refused += [result.error for result in results if result.error]
    ctx.store.save(update_fields=["attributes"])
    ctx.forget_definitions()
    if refused:
        raise ConfigurationError("BigCommerce", f"A customer attribute cannot be created: {refused[0]}")
