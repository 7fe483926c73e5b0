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
        TAKE = "take", "Took one side of a conflict"
        GIVE = "give", "Got the shared e-mail"

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


class LeftOut(models.Model):
    """A Business Central customer whom Add Customers leaves out of a store, for somebody decided so.

    email_key: only as long as the customer has this e-mail, which another one got; "": whatever its e-mail is.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="left_out")
    business_central_customer = models.ForeignKey(
        BusinessCentralCustomer, on_delete=models.CASCADE, related_name="left_out"
    )
    email_key = models.CharField(max_length=255, blank=True)
    reason = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "left out"
        constraints = [
            models.UniqueConstraint(fields=["store", "business_central_customer"], name="left_out_once_of_a_store")
        ]

    def __str__(self) -> str:
        return f"{self.business_central_customer} is left out of {self.store}"


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
    cause = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=200)
    times = models.PositiveSmallIntegerField(default=1)
    parked = models.BooleanField(default=False)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "kind", "target"], name="one_trouble_per_target")]
        indexes = [models.Index(fields=["store", "since", "id"], condition=Q(parked=True), name="parked_longest")]

    def __str__(self) -> str:
        return f"{self.target}: {self.cause}"


class Conflict(models.Model):
    """Both sides changed one field since they last agreed: what each said, who won, and what somebody decided.

    part and field are as in a run's record. An open row has no settled_at; it waits for a person also where the owner
    has won already and the other value is overwritten.
    """

    class Side(models.TextChoices):
        BUSINESS_CENTRAL = "business_central", "Business Central"
        BIGCOMMERCE = "bigcommerce", "BigCommerce"

    class Settled(models.TextChoices):
        TAKEN = "taken", "Taken"
        AGREED = "agreed", "Both sides agree"
        CHANGED = "changed", "Changed again since"
        UNDONE = "undone", "The run was undone"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="conflicts")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="conflicts")
    link = models.ForeignKey("customers.Link", on_delete=models.CASCADE, related_name="conflicts")
    run = models.ForeignKey("customers.Run", null=True, blank=True, on_delete=models.SET_NULL, related_name="conflicts")
    part = models.CharField(max_length=60)
    field = models.CharField(max_length=255)
    base = models.JSONField("both said before", null=True)
    bigcommerce = models.JSONField("BigCommerce says", null=True)
    business_central = models.JSONField("Business Central says", null=True)
    owner = models.CharField(max_length=20)
    winner = models.CharField(max_length=20, choices=Side)
    waits = models.BooleanField("both values still stand", default=False)
    bigcommerce_changed_at = models.DateTimeField(null=True, blank=True)
    business_central_changed_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled = models.CharField(max_length=10, choices=Settled, blank=True)
    taken = models.CharField(max_length=20, choices=Side, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["link", "part", "field"], condition=Q(settled_at=None), name="one_open_conflict_per_field"
            )
        ]
        indexes = [
            models.Index(fields=["store", "part", "field"], condition=Q(settled_at=None), name="open_conflicts"),
            models.Index(fields=["store", "-found_at", "-id"], condition=Q(settled_at=None), name="newest_conflicts"),
            models.Index(fields=["customer", "-id"], name="conflicts_of_a_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.field} of {self.customer}"
