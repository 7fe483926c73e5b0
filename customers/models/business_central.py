"""The Business Central mirror: customers with contact names, ISO code and ship-to addresses, one row each."""

from typing import Any

from django.db import models

from stores.models import BusinessCentralCompany


class CodeField(models.CharField):
    """A code of Business Central: compared character by character on every database, whatever its language.

    SQLite does so anyway; PostgreSQL would sort by the language of the machine it was set up on.
    """

    def db_parameters(self, connection: Any) -> Any:
        found = super().db_parameters(connection)
        return {**found, "collation": "C"} if connection.vendor == "postgresql" else found


# Columns whose values a filter or a page of the set-up offers, found one by one or counted in an index alone.
SAID_BY = {
    "country": ["country", "country_iso"],
    "salesperson": ["salesperson_code"],
    "group": ["customer_price_group"],
}


class BusinessCentralCustomer(models.Model):
    """A customer of a Business Central company; `data` has the whole record as the client read it."""

    company = models.ForeignKey(BusinessCentralCompany, on_delete=models.CASCADE, related_name="customers")
    remote_id = models.UUIDField("SystemId")
    number = CodeField("No.", max_length=20)
    display_name = models.CharField("name", max_length=100, blank=True)
    email = models.CharField("e-mail", max_length=255, blank=True)
    email_key = models.CharField(max_length=255, blank=True, help_text="the first address, lower-cased")
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField("country/region code", max_length=10, blank=True)
    country_iso = models.CharField("ISO code", max_length=2, blank=True)
    salesperson_code = models.CharField(max_length=20, blank=True)
    customer_price_group = models.CharField(max_length=20, blank=True)
    tax_key = models.CharField(max_length=50, blank=True, help_text="tax registration number, letters and digits")
    blocked = models.CharField(max_length=10, blank=True)
    last_modified = models.DateTimeField(null=True)
    contact_key = CodeField(max_length=20, blank=True, editable=False, help_text="the contact its contacts belong to")
    ship_to_digest = models.CharField(max_length=32, blank=True, editable=False)
    data = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=32, editable=False)
    # See customers.field_stamps.
    field_stamps = models.JSONField(default=dict, editable=False)
    # The run whose creation this customer is; another store's shopper with the same e-mail is then the same person.
    created_for_email = models.CharField(max_length=255, blank=True, editable=False)
    written_at = models.DateTimeField()
    gone_at = models.DateTimeField("deleted in Business Central", null=True, blank=True)

    class Meta:
        verbose_name = "Business Central customer"
        constraints = [models.UniqueConstraint(fields=["company", "remote_id"], name="one_row_per_business_customer")]
        indexes = [
            models.Index(fields=["company", "number"]),
            models.Index(fields=["number"]),
            models.Index(fields=["company", "email_key"]),
            models.Index(fields=["company", "tax_key"]),
            models.Index(fields=["company", "contact_key"]),
            models.Index(fields=["company", "written_at"], name="business_written_last"),
            models.Index(fields=["company", "last_modified"], name="business_changed"),
            models.Index(fields=["company", "number"], condition=~models.Q(blocked=""), name="business_blocked"),
            *(
                models.Index(fields=["company", *columns], condition=models.Q(gone_at=None), name=f"business_by_{name}")
                for name, columns in SAID_BY.items()
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.display_name}"


class BusinessCentralPhone(models.Model):
    """Every number known of a Business Central customer (its own and its contacts'), in E.164."""

    customer = models.ForeignKey(BusinessCentralCustomer, on_delete=models.CASCADE, related_name="phones")
    e164 = models.CharField(max_length=20, db_index=True)

    class Meta:
        verbose_name = "Business Central phone"
        constraints = [models.UniqueConstraint(fields=["customer", "e164"], name="one_row_per_phone")]

    def __str__(self) -> str:
        return self.e164
