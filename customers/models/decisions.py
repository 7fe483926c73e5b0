"""What people decided about customers, and what the jobs remember of it: refused pairs and who is parked."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.bigcommerce import Customer
from customers.models.business_central import BusinessCentralCustomer
from stores.models import Store


class Decision(models.Model):
    """One decision of a person about one customer, with its reason. Rows are only ever added."""

    class Kind(models.TextChoices):
        MAP = "map", "Mapped by hand"
        UNMAP = "unmap", "Unmapped"
        SKIP = "skip", "Skipped"
        UNSKIP = "unskip", "No longer skipped"
        UNPARK = "unpark", "Unparked"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="decisions")
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="decisions"
    )  # fmt: skip
    business_central_customer = models.ForeignKey(
        BusinessCentralCustomer, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["customer", "-id"], name="decisions_of_a_customer")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.customer or self.business_central_customer}"


class RefusedPair(models.Model):
    """A pair that somebody unmapped: no job links it again by itself; linking it by hand takes the row away."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="refused_pairs")
    business_central_customer = models.ForeignKey(
        BusinessCentralCustomer, on_delete=models.CASCADE, related_name="refused_pairs"
    )
    reason = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "business_central_customer"], name="one_refusal_per_pair")
        ]

    def __str__(self) -> str:
        return f"{self.customer} is not {self.business_central_customer}"


class Trouble(models.Model):
    """Failures in a row of one customer in one job, for one cause that trying again cannot mend; parked from the third.

    fingerprint: what the customer's data and the set-up were; a customer whose fingerprint differs is tried again.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="troubles")
    kind = models.CharField(max_length=20, help_text="the job")
    target = models.CharField(max_length=60, help_text="as in the run records")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="troubles")
    business_central_customer = models.ForeignKey(
        BusinessCentralCustomer, null=True, blank=True, on_delete=models.CASCADE, related_name="troubles"
    )
    cause = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=200)
    times = models.PositiveSmallIntegerField(default=1)
    parked = models.BooleanField(default=False)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "kind", "target"], name="one_trouble_per_target")]
        indexes = [models.Index(fields=["store"], condition=Q(parked=True), name="parked_in_a_store")]

    def __str__(self) -> str:
        return f"{self.target}: {self.cause}"
