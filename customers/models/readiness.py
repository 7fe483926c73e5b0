"""Which Business Central customers cannot go to a store, and why: kept, so that no page evaluates anybody."""

from django.db import models

from customers.models.business_central import BusinessCentralCustomer
from stores.models import Store


class NotReady(models.Model):
    """One reason of one customer in one store; who has no row is ready. Written by `customers.readiness_check` alone.

    first: the customer's first reason, so that a customer is counted once; only: it has no other.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="not_ready")
    business_central_customer = models.ForeignKey(
        BusinessCentralCustomer, on_delete=models.CASCADE, related_name="not_ready"
    )
    number = models.CharField("No.", max_length=20, help_text="the customer's, to sort by")
    code = models.CharField(max_length=60, help_text="as mapping.readiness gives it, for instance missing-email")
    field = models.CharField(max_length=100, help_text="Business Central's own name")
    page = models.CharField(max_length=60, help_text="where it is mended")
    text = models.TextField()
    first = models.BooleanField()
    only = models.BooleanField()

    class Meta:
        verbose_name_plural = "not ready"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "business_central_customer", "code"], name="one_row_per_reason_of_a_customer"
            )
        ]
        indexes = [
            models.Index(fields=["store", "code", "number"], name="not_ready_by_reason"),
            models.Index(fields=["store", "number"], condition=models.Q(first=True), name="not_ready_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.code}"


class ReadinessCheck(models.Model):
    """What the reasons of a store were made from, and their counts.

    stamp: of the set-up; mirror_read_at: when Business Central had been read; pending: an evaluation under way.
    counts belong to counts_stamp; they are counted anew where that is another by now.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="readiness_check")
    checked_at = models.DateTimeField(null=True)
    stamp = models.CharField(max_length=32, blank=True)
    mirror_read_at = models.DateTimeField(null=True)
    pending = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    counts_stamp = models.JSONField(default=list)
    lease_token = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.store}, {self.checked_at}"
