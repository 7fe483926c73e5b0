"""A BigCommerce store, the Business Central company it is kept in step with, and their policies."""

import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse

from bcsync.crypto import EncryptedTextField
from stores.reader_models import ReaderSetting
from stores.webhook_models import WebhookEndpoint, WebhookEvent, WebhookSubscription

__all__ = [
    "BusinessCentralCompany",
    "ReaderSetting",
    "Store",
    "SyncCursor",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookSubscription",
]


class BusinessCentralCompany(models.Model):
    """One company in one environment of one Business Central tenant; it may serve several stores."""

    tenant = models.CharField(max_length=255, help_text="Microsoft Entra tenant id or domain")
    environment = models.CharField(max_length=64, help_text="for instance Production or Sandbox")
    name = models.CharField(max_length=64, help_text="as on the page Companies")
    remote_id = models.UUIDField(null=True, blank=True, editable=False, help_text="the company's id, read when tested")
    client_id = models.CharField(max_length=255, blank=True)
    client_secret = EncryptedTextField(blank=True)
    username = models.CharField(max_length=255, blank=True, help_text="on-premises only, instead of a client id")
    web_service_key = EncryptedTextField(blank=True, help_text="on-premises only")
    country_iso = models.JSONField(
        default=dict, blank=True, help_text='ISO codes of country/region codes, for instance {"EL": "GR"}'
    )
    capabilities = models.JSONField(null=True, blank=True, editable=False)
    capabilities_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What the mirror was last read with beyond the usual fields: {"financial": ["balance"]}, for its stores' set-ups.
    fields_read = models.JSONField(default=dict, blank=True, editable=False)
    # What is re-read on its own, when it was, and what it said: see customers.company_upkeep.
    upkeep = models.JSONField(default=dict, blank=True, editable=False)
    # A list of this side that lacked customers and was not believed: see customers.doubts.
    doubted = models.JSONField(default=dict, blank=True, editable=False)
    # One holder at a time refreshes this company's mirror or matches and creates in it.
    lease_token = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "Business Central company"
        verbose_name_plural = "Business Central companies"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "environment", "name"], name="one_row_per_company"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.environment})"


class Store(models.Model):
    """One BigCommerce store and what it is allowed to do."""

    class WhenDeleted(models.TextChoices):
        REST = "rest", "Keep the link; it rests"
        UNLINK = "unlink", "Unlink"

    class WhenBlocked(models.TextChoices):
        GO_ON = "go on", "Go on as for everybody"
        REST = "rest", "Keep the link; it rests"
        UNLINK = "unlink", "Unlink"

    hash = models.CharField(
        "store hash",
        max_length=32,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9]+\Z", "A store hash has only lower-case letters and digits.")],
    )
    name = models.CharField(max_length=255, blank=True)
    access_token = EncryptedTextField(blank=True)
    client_id = models.CharField(max_length=255, blank=True, help_text="of the API account; owns its metafields")
    client_secret = EncryptedTextField(blank=True, help_text="of the API account; verifies webhooks")
    company = models.ForeignKey(BusinessCentralCompany, on_delete=models.PROTECT, related_name="stores")

    writes_enabled = models.BooleanField("writing on", default=False, help_text="off: every job plans only")
    create_unknown = models.BooleanField("create unknown customers", default=False)
    default_customer_number = models.CharField(max_length=20, blank=True)
    may_update_business_central = models.BooleanField("may update Business Central customers", default=False)
    rules = models.JSONField(
        "match rules", default=dict, blank=True, help_text='switches that differ from the default, {"email": true}'
    )
    metafield_namespaces = models.JSONField(
        default=list, blank=True, help_text="import only these namespaces; empty means all that the token can see"
    )
    brake_count = models.PositiveIntegerField(
        default=50, help_text="a run that would change more customers waits for approval"
    )
    brake_share = models.PositiveIntegerField(
        default=5, validators=[MinValueValidator(0), MaxValueValidator(100)], help_text="the same, in percent"
    )
    compare_share = models.PositiveIntegerField(
        "rolling compare", default=5, validators=[MaxValueValidator(50)],
        help_text="percent of the store's call quota that reading all its customers in turn may use; what has no time "
        "stamp (addresses, form fields, deletions) is found by that. 0 turns it off",
    )  # fmt: skip
    when_deleted = models.CharField(
        "when a customer was deleted", max_length=10, choices=WhenDeleted, default=WhenDeleted.REST,
        help_text="in one of the two systems; the other one keeps its customer",
    )  # fmt: skip
    when_blocked = models.CharField(
        "when Business Central blocks a customer", max_length=10, choices=WhenBlocked, default=WhenBlocked.GO_ON
    )
    delete_too = models.BooleanField(
        "delete on the other side too", default=False,
        help_text="who was deleted in one system is planned to be deleted in the other; an administrator approves that",
    )  # fmt: skip
    run_detail_days = models.PositiveIntegerField(default=90)
    log_days = models.PositiveIntegerField(default=30)
    alarm_emails = models.JSONField(
        "e-mail addresses", default=list, blank=True, help_text="who is told of alarms, one mail an hour at most"
    )
    mail_run_failures = models.BooleanField("run failures too", default=False)

    # What the store said of itself, read when tested and by Import.
    information = models.JSONField(default=dict, blank=True, editable=False)
    channels = models.JSONField(default=list, blank=True, editable=False)
    countries = models.JSONField(default=list, blank=True, editable=False)
    attributes = models.JSONField(default=list, blank=True, editable=False)
    # The storefront's own list, None while it never answered: [{"on", "name", "type", "required", "options"}].
    form_fields = models.JSONField(null=True, blank=True, editable=False)
    geography_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    imported_at = models.DateTimeField("last full import", null=True, blank=True, editable=False)
    last_test = models.JSONField(null=True, blank=True, editable=False)
    uninstalled_at = models.DateTimeField("app uninstalled", null=True, blank=True, editable=False)
    events_given_up = models.PositiveIntegerField(default=0, editable=False)
    events_given_up_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Where the rolling compare stands: see customers.rolling.
    rolling = models.JSONField(default=dict, blank=True, editable=False)
    # A list of this side that lacked customers and was not believed: see customers.doubts.
    doubted = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "hash"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hash})" if self.name else self.hash

    def get_absolute_url(self) -> str:
        return reverse("store", args=[self.hash])

    def clean(self) -> None:
        """What was read and linked is that of one store and one company: neither is exchanged beneath it."""
        was = Store.objects.filter(pk=self.pk).first()
        if was is None:
            return
        if was.hash != self.hash and was.customers.exists():
            said = f"{was.customers.count()} customers were read from {was.hash}. Connect {self.hash} as another store."
            raise ValidationError({"hash": said})
        if self.company_id and was.company_id != self.company_id and (why := was.why_it_stays()):
            raise ValidationError({"company": why})

    def why_it_stays(self) -> str:
        """Why this store cannot be given another company; "" when it can."""
        if not self.links.exists():
            return ""
        return (
            f"Store {self} has {self.links.count()} customers linked in {self.company}, which no other company has. "
            "Unmap them first, or connect the other company to a store of its own."
        )

    @property
    def storefronts(self) -> dict[int, str]:
        """Channel id -> name of the storefronts that are in use; marketplaces and points of sale have no shoppers."""
        used = ("active", "prelaunch", "connected")
        return {
            channel["id"]: str(channel.get("name") or channel["id"])
            for channel in self.channels
            if channel.get("type") == "storefront" and channel.get("status", "active") in used
        }

    def geography_is_old(self, now: datetime.datetime) -> bool:
        """Countries, states, channels and attribute definitions are read again once a day."""
        return self.geography_read_at is None or now - self.geography_read_at > datetime.timedelta(days=1)


class SyncCursor(models.Model):
    """How far one feed was read, by the vendor's own clock; stored after success only."""

    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE)
    company = models.ForeignKey(BusinessCentralCompany, null=True, blank=True, on_delete=models.CASCADE)
    feed = models.CharField(max_length=40)
    changed_since = models.DateTimeField()
    stored_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "feed"], name="one_cursor_per_store_feed"),
            models.UniqueConstraint(fields=["company", "feed"], name="one_cursor_per_company_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.feed} since {self.changed_since:%Y-%m-%d %H:%M:%S}"
