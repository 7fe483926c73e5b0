"""The templates for new Business Central customers."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from mapping.models.base import SetupRow
from mapping.template import TemplateRow, template_key
from stores.models import Store


class CustomerTemplate(SetupRow):
    """Values for Business Central customers that Try Mapping creates; the most specific template wins."""

    class ContactType(models.TextChoices):
        BY_COMPANY = "by company", "Company when a company name is given, else Person"
        COMPANY = "Company", "Company"
        PERSON = "Person", "Person"

    KEY = ("country", "group_id", "vat_present")
    FIELDS = ("country", "group_id", "vat_present", "contact_type", "values", "default_customer_number")

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="templates")
    country = models.CharField(
        "country (ISO)",
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters, ISO 3166-1.")],
        help_text="empty: any country",
    )
    group_id = models.PositiveIntegerField("customer group id", null=True, blank=True, help_text="empty: any group")
    vat_present = models.BooleanField("VAT number present", null=True, blank=True)
    contact_type = models.CharField(max_length=10, choices=ContactType, default=ContactType.BY_COMPANY)
    values = models.JSONField(
        default=dict, blank=True, help_text='API v2.0 fields, for instance {"salespersonCode": "JO"}'
    )
    default_customer_number = models.CharField(
        max_length=20, blank=True, help_text="assigned instead of creating, when creating is off"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "country", "group_id", "vat_present"],
                name="no_template_tie",
                nulls_distinct=False,
                violation_error_message="Another template of this store has the same conditions.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country or 'any country'} template of {self.store.hash}"

    @property
    def setup_key(self) -> str:
        return template_key(self.as_template())

    def as_template(self) -> TemplateRow:
        values: dict[str, Any] = self.values if isinstance(self.values, dict) else {}
        conditions: dict[str, Any] = {
            "country": self.country, "group_id": self.group_id, "vat_present": self.vat_present,
            "contact_type": self.contact_type, "default_customer_number": self.default_customer_number,
        }  # fmt: skip
        return TemplateRow(**conditions, values=values)

    def clean_shape(self) -> None:
        super().clean_shape()
        if not isinstance(self.values, dict):
            raise ValidationError({"values": "The values must be an object of field names and values."})
