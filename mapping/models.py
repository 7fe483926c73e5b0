"""What an administrator sets up per store: today the templates for new Business Central customers."""

from django.core.validators import RegexValidator
from django.db import models

from stores.models import Store


class CustomerTemplate(models.Model):
    """Values for Business Central customers that Try Mapping creates; the most specific template wins."""

    class ContactType(models.TextChoices):
        BY_COMPANY = "by company", "Company when a company name is given, else Person"
        COMPANY = "Company", "Company"
        PERSON = "Person", "Person"

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
