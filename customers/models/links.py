"""Links: this BigCommerce customer and that Business Central customer are the same, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models.bigcommerce import Customer, CustomerAddress
from customers.models.business_central import BusinessCentralCustomer
from stores.models import Store


class Link(models.Model):
    """One pair. `base` holds the values both sides agreed on last; None until the first Update of a mapped pair."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="links")
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="link")
    business_central_customer = models.ForeignKey(
        BusinessCentralCustomer, on_delete=models.CASCADE, related_name="links"
    )
    rule = models.CharField(max_length=40, help_text="match rule, or 'created', 'e-mail', 'by hand'")
    value = models.CharField(max_length=255, blank=True, help_text="what the rule compared")
    why = models.TextField(blank=True)
    base = models.JSONField(null=True, blank=True)
    # part -> field -> {"seen": both values of a conflict that was told} or {"side", "value", "restores"}: whose value
    # a person took; until both sides agree it outweighs the field's owner.
    disputes = models.JSONField(default=dict, blank=True)
    # Since when there is something of this pair that nobody compared yet, or when to look again; None: nothing. See
    # customers.pending.
    to_compare = models.DateTimeField(null=True, blank=True, default=timezone.now, editable=False)
    stood = models.JSONField(default=dict, blank=True, help_text="where the customer stood before, for undo")
    run = models.ForeignKey("customers.Run", null=True, blank=True, on_delete=models.SET_NULL)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "business_central_customer"], name="one_link_per_business_customer_in_a_store"
            ),
        ]
        indexes = [
            models.Index(fields=["rule", "store", "customer"], name="links_by_rule"),
            models.Index(
                fields=["store", "to_compare"], name="links_to_compare", condition=Q(to_compare__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} = {self.business_central_customer}"


class AddressLink(models.Model):
    """Which Business Central address (`main` or `ship-to:CODE`) stands behind which BigCommerce address."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="address_links")
    source = models.CharField(max_length=40)
    address = models.OneToOneField(CustomerAddress, on_delete=models.CASCADE, related_name="address_link")
    base = models.JSONField(null=True, blank=True)
    created_by_us = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "source"], name="one_address_per_source")]

    def __str__(self) -> str:
        return self.source
