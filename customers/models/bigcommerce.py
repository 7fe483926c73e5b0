"""The BigCommerce mirror: what the store last said, with the vendor's names and ids."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.search import SearchText
from stores.models import Store

# Name of an index of the Customers pages -> the columns it leads with: one per order and filter, per store and for all.
LISTED = {
    ("store", "changed"): ["store", "date_modified"],
    ("changed",): ["date_modified"],
    ("store", "name"): ["store", "last_name", "first_name"],
    ("name",): ["last_name", "first_name"],
    ("email",): ["email_key"],
    ("store", "status"): ["store", "status", "date_modified"],
    ("status",): ["status", "date_modified"],
    ("store", "country"): ["store", "country_code", "date_modified"],
    ("country",): ["country_code", "date_modified"],
    ("store", "group"): ["store", "group_remote_id", "date_modified"],
}


class Customer(models.Model):
    """A shopper's account in a store, and where it stands with us."""

    class Status(models.TextChoices):
        LINKED = "linked", "Linked"
        DEFAULTED = "defaulted", "Default customer"
        UNMAPPED = "unmapped", "Unmapped"
        REVIEW = "review", "Needs review"
        SKIPPED = "skipped", "Skipped"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="customers")
    remote_id = models.PositiveBigIntegerField("BigCommerce id")
    email = models.CharField(max_length=255)
    email_key = models.CharField(max_length=255, editable=False, help_text="lower-cased, for look-ups")
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    country_code = models.CharField(max_length=2, blank=True, help_text="of the first address")
    group_remote_id = models.PositiveIntegerField("customer group id", default=0)
    date_created = models.DateTimeField(null=True)
    # When the store says nothing: when we learned of it. Never blank: each database sorts blanks its own way.
    date_modified = models.DateTimeField(default=timezone.now)
    data = models.JSONField(default=dict, help_text="the vendor's core fields, verbatim")
    search = SearchText(help_text="what a search looks through, see customers.search")
    content_hash = models.CharField(max_length=32, editable=False, help_text="of all but metafields")
    # See customers.field_stamps.
    field_stamps = models.JSONField(default=dict, editable=False)
    # An answer requested before this moment never replaces the row.
    written_at = models.DateTimeField()
    gone_at = models.DateTimeField("deleted in BigCommerce", null=True, blank=True)

    status = models.CharField(max_length=10, choices=Status, default=Status.UNMAPPED)
    status_reason = models.TextField(blank=True)
    candidates = models.JSONField(default=list, blank=True, help_text="Business Central ids to choose from in Review")
    default_customer = models.ForeignKey(
        "customers.BusinessCentralCustomer", null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned"
    )
    review_score = models.SmallIntegerField(
        null=True, editable=False, help_text="of the best candidate when it was last ranked; sorts Review"
    )
    review_sure = models.SmallIntegerField(
        null=True, editable=False, help_text="the same where a bulk decision may take that candidate"
    )
    conflict = models.BooleanField(default=False)
    failed = models.BooleanField(default=False)
    parked = models.BooleanField(default=False)
    flag_reason = models.TextField(blank=True)
    # Unlinked, and our metafields may still be in the store: from when on Sync changes takes them out.
    untrack_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "remote_id"], name="one_row_per_customer")]
        indexes = [
            models.Index(fields=["store", "email_key"]),
            models.Index(fields=["store", "written_at"], name="written_last"),
            models.Index(fields=["store", "status", "remote_id"]),
            models.Index(
                fields=["store", "-review_score", "id"], condition=models.Q(status="review"), name="review_queue"
            ),
            models.Index(fields=["store", "review_sure"], condition=models.Q(status="review"), name="review_sure"),
            *(
                models.Index(fields=[*fields, "id"], condition=Q(gone_at=None), name=f"list_by_{'_'.join(names)}")
                for names, fields in LISTED.items()
            ),
            models.Index(fields=["store", "untrack_at"], condition=Q(untrack_at__isnull=False), name="to_untrack"),
            models.Index(fields=["store", "gone_at"], condition=Q(gone_at__isnull=False), name="list_of_gone"),
            models.Index(
                fields=["store", "date_modified", "id"],
                condition=Q(gone_at=None) & (Q(failed=True) | Q(conflict=True) | Q(parked=True)),
                name="list_of_flagged",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CustomerAddress(models.Model):
    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    remote_id = models.PositiveBigIntegerField("BigCommerce id")
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    company = models.CharField(max_length=255, blank=True)
    address1 = models.TextField(blank=True)
    address2 = models.TextField(blank=True)
    city = models.CharField(max_length=100, blank=True)
    state_or_province = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=30, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    address_type = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "customer addresses"
        constraints = [models.UniqueConstraint(fields=["store", "remote_id"], name="one_row_per_address")]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.address1, self.city, self.postal_code, self.country_code) if part)


class CustomerAttribute(models.Model):
    """One customer's value of an attribute; the definitions are on the store."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="attribute_values")
    attribute_id = models.PositiveIntegerField()
    value = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "attribute_id"], name="one_value_per_attribute")]

    def __str__(self) -> str:
        return f"{self.attribute_id}: {self.value}"


class CustomerMetafield(models.Model):
    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="metafields")
    remote_id = models.PositiveBigIntegerField("BigCommerce id")
    namespace = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    value = models.TextField()
    permission_set = models.CharField(max_length=30, blank=True)
    owner_client_id = models.CharField(max_length=255, blank=True)
    date_modified = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "remote_id"], name="one_row_per_metafield")]
        indexes = [models.Index(fields=["customer", "namespace", "key"])]

    def __str__(self) -> str:
        return f"{self.namespace}.{self.key}"


class CustomerFormField(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="form_fields")
    name = models.CharField(max_length=255)
    value = models.JSONField(help_text="text, number or a list of texts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "name"], name="one_value_per_form_field")]
        indexes = [models.Index(fields=["name"], name="form_field_names")]

    def __str__(self) -> str:
        return self.name


class AddressFormField(models.Model):
    address = models.ForeignKey(CustomerAddress, on_delete=models.CASCADE, related_name="form_fields")
    name = models.CharField(max_length=255)
    value = models.JSONField(help_text="text, number or a list of texts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "name"], name="one_value_per_address_form_field")]
        indexes = [models.Index(fields=["name"], name="address_form_field_names")]

    def __str__(self) -> str:
        return self.name


class CustomerGroup(models.Model):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="customer_groups")
    remote_id = models.PositiveIntegerField("BigCommerce id")
    name = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "remote_id"], name="one_row_per_customer_group")]

    def __str__(self) -> str:
        return self.name
