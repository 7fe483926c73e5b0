"""Which Business Central customers Add Customers does not create by itself, and why: kept, so that no page evaluates
anybody.
"""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, Func, IntegerField, Max, OuterRef, Q, QuerySet, Subquery

from customers.models.business_central import BusinessCentralCustomer
from customers.models.links import Link
from stores.models import Store

BLOCKED = "blocked"
# For a person: an e-mail or a match rule names somebody already.
REVIEW = ("shared-email", "email-linked", "email-disagrees", "refused-pair", "claimed")
# Of these those where no shopper stands in the Review queue: the e-mail itself is decided about.
EMAILS = ("shared-email", "email-linked")
# What is not the customer's own data alone: all of a store is looked at again when its shoppers or links change.
OF_OTHERS = (*REVIEW, "shopper-skipped", "left-out")


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
            models.Index(fields=["store", "number"], condition=Q(first=True), name="not_ready_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.code}"

    @classmethod
    def of(cls, store: Store) -> "QuerySet[NotReady]":
        """The reasons of those that are not in the store yet, for counting."""
        return cls.objects.filter(~Exists(cls._links(store)), store=store)

    @classmethod
    def listed(cls, store: Store) -> "QuerySet[NotReady]":
        """The same for a page of rows: each row's link is looked up, where PostgreSQL would join all links first.

        Counted, for it takes "no link" for so rare that it would rather sort all rows than look through the first ones.
        """
        counted = cls._links(store).annotate(n=Func(F("pk"), function="COUNT", output_field=IntegerField())).values("n")
        return cls.objects.filter(store=store).annotate(links=Subquery(counted)).filter(links__lt=1)

    @classmethod
    def _links(cls, store: Store) -> QuerySet[Link]:
        return Link.objects.filter(store=store, business_central_customer=OuterRef("business_central_customer"))


class ReadinessCheck(models.Model):
    """What the reasons of a store were made from, and their counts.

    stamp: of the set-up; mirror_read_at: when Business Central had been read; pending: an evaluation under way.
    counts belong to counts_stamp; they are counted anew where that is another by now. others_stamp: of the links, runs,
    shoppers and decisions that the reasons of OF_OTHERS were made from.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="readiness_check")
    checked_at = models.DateTimeField(null=True)
    stamp = models.CharField(max_length=32, blank=True)
    mirror_read_at = models.DateTimeField(null=True)
    pending = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    counts_stamp = models.JSONField(default=list)
    others_stamp = models.JSONField(default=list)
    lease_token = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.store}, {self.checked_at}"

    @classmethod
    def counts_of(cls, stores: Iterable[Store]) -> dict[int, dict[str, Any]]:
        """Store's primary key -> {total, linked, ready, blocked, review, emails, not_ready, reasons: [{code, field,
        page, customers, only}]}; linked, ready, blocked, review and not_ready make total; emails are some of review.

        Exact as of now: counted again where a link came or went, or a check was made, since they were counted last.
        Stores that were never checked are absent. Two queries for all stores, as long as nothing changed.
        """
        known = {store.pk: store for store in stores if store.company.refreshed_at is not None}
        links = Link.objects.filter(store__in=known).values("store_id").order_by()
        linked = {row["store_id"]: (row["n"], row["last"]) for row in links.annotate(n=Count("pk"), last=Max("pk"))}
        found = {}
        for check in cls.objects.filter(store__in=known).exclude(checked_at=None):
            store = known[check.store_id]
            stamp = [*linked.get(store.pk, (0, 0)), str(check.checked_at), str(store.company.refreshed_at)]
            if check.counts_stamp != stamp:
                check.counts = counted(store)
                cls.objects.filter(pk=check.pk).update(counts=check.counts, counts_stamp=stamp)
            found[store.pk] = check.counts
        return found


def counted(store: Store) -> dict[str, Any]:
    """The counts as the tables say. A customer counts as what its first reason is."""
    total = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None).count()
    linked = Link.objects.filter(store=store, business_central_customer__gone_at=None).count()
    grouped = NotReady.of(store).values("code").annotate(
        customers=Count("pk"), alone=Count("pk", filter=Q(only=True)), first=Count("pk", filter=Q(first=True)),
        name=Max("field"), where=Max("page"),
    )  # fmt: skip
    rows = list(grouped.order_by("-customers", "code"))
    reasons = [
        {"code": row["code"], "field": row["name"], "page": row["where"], "customers": row["customers"],
         "only": row["alone"]}
        for row in rows
    ]  # fmt: skip
    first = {row["code"]: row["first"] for row in rows}
    left = sum(first.values())
    blocked, review = first.get(BLOCKED, 0), sum(first.get(code, 0) for code in REVIEW)
    return {
        "total": total, "linked": linked, "ready": max(0, total - linked - left), "blocked": blocked, "review": review,
        "emails": sum(first.get(code, 0) for code in EMAILS), "not_ready": left - blocked - review, "reasons": reasons,
    }  # fmt: skip
