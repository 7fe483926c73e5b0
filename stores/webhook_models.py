"""What is known of webhooks: per store and company who may send, Business Central's subscriptions, and the inbox."""

import secrets
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from bcsync.clients.bigcommerce_webhooks import DELIVERY_EXCEPTION, UNINSTALLED
from bcsync.crypto import EncryptedTextField

SECRET_BYTES = 32
# What is about us, not about a customer: the watchdog looks for these.
SCOPES_OF_THE_APP = (DELIVERY_EXCEPTION, UNINSTALLED)
# How long a secret is still taken after a new one was made: what the vendor has under way carries the old one.
PREVIOUS_SECRET_IS_GOOD_FOR = timedelta(days=1)


class WebhookEndpoint(models.Model):
    """Where one store, or one Business Central company, sends its webhooks, and the secret it must send along."""

    store = models.OneToOneField(
        "stores.Store", null=True, blank=True, on_delete=models.CASCADE, related_name="webhook_endpoint"
    )
    company = models.OneToOneField(
        "stores.BusinessCentralCompany",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="webhook_endpoint",
    )
    wanted = models.BooleanField("webhooks on", default=False, help_text="an administrator turned them on")
    secret = EncryptedTextField(blank=True, editable=False)
    # Several, each a line with its own end: who makes two new ones in a day leaves hooks that still carry the first.
    previous_secret = EncryptedTextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    # As the vendor listed ours last: [{"id", "scope", "destination", "active"}].
    registered = models.JSONField(default=list, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.TextField(blank=True, editable=False, help_text="what the last check could not mend")
    blocked = models.BooleanField(default=False, editable=False, help_text="the last check found our domain blocked")
    refused = models.PositiveIntegerField(
        "refused", default=0, editable=False, help_text="deliveries with a wrong secret, answered and thrown away"
    )
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(store__isnull=False, company__isnull=True) | Q(store__isnull=True, company__isnull=False),
                name="endpoint_of_a_store_or_a_company",
            )
        ]

    def __str__(self) -> str:
        return f"webhooks of {self.store or self.company}"

    def new_secret(self, now: datetime) -> None:
        """Another secret; each one before is taken for a day. The caller saves."""
        until = now + PREVIOUS_SECRET_IS_GOOD_FOR
        before = {self.secret: until, **self._previous(now)} if self.secret else self._previous(now)
        if before:
            lines = [f"{secret} {moment.isoformat()}" for secret, moment in before.items()]
            self.previous_secret, self.previous_until = "\n".join(lines), until
        self.secret = secrets.token_urlsafe(SECRET_BYTES)

    def secrets_at(self, now: datetime) -> list[str]:
        """The secrets that are good now, the newest first."""
        return [secret for secret in (self.secret, *self._previous(now)) if secret]

    def _previous(self, now: datetime) -> dict[str, datetime]:
        """Secret → until when it is still taken. A line without its own moment goes by the whole's."""
        if self.previous_until is None or now >= self.previous_until:
            return {}
        pairs = (line.partition(" ") for line in self.previous_secret.split("\n"))
        found = {secret: datetime.fromisoformat(own) if own else self.previous_until for secret, _, own in pairs}
        return {secret: until for secret, until in found.items() if now < until}


class WebhookSubscription(models.Model):
    """One subscription that Business Central keeps for us; it dies after three days unless it is renewed."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="subscriptions")
    remote_id = models.CharField("subscription id", max_length=64, unique=True)
    resource = models.CharField(max_length=255)
    notification_url = models.CharField(max_length=512)
    etag = models.CharField(max_length=255, blank=True, editable=False)
    expires_at = models.DateTimeField()
    # The secret's state changes with `new_secret`; this tells whether the subscription has it already.
    client_state = EncryptedTextField(blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.resource} until {self.expires_at:%Y-%m-%d %H:%M}"


class WebhookEvent(models.Model):
    """One event in a store's inbox. Repeated deliveries are one row that waits again: none is ever dropped.

    claimed_by: "" while it waits, then the token of who works on it. done_at: when that was finished.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="webhook_events")
    scope = models.CharField(max_length=64)
    remote_id = models.CharField("customer id", max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField("when it happened, as the vendor says")
    detail = models.JSONField(default=dict, blank=True)
    signature = models.CharField(max_length=10, blank=True)
    first_received_at = models.DateTimeField()
    received_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "hash", "created_at"], name="one_row_per_event"),
        ]
        indexes = [
            models.Index(fields=["store", "received_at"], name="event_waits", condition=Q(claimed_by="")),
            models.Index(fields=["claimed_by"], name="event_claimed", condition=~Q(claimed_by="")),
            models.Index(fields=["store", "-received_at"], name="event_received"),
            models.Index(fields=["store", "remote_id"], name="event_of_a_customer"),
            models.Index(fields=["received_at"], name="event_of_the_app", condition=Q(scope__in=SCOPES_OF_THE_APP)),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.remote_id}".strip()
