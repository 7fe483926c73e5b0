"""Runs: one execution of a job, and one record per customer that changed or needs somebody."""

import datetime
from functools import reduce
from operator import add
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.urls import reverse
from django.utils import timezone

from customers.models.bigcommerce import Customer
from customers.models.business_central import BusinessCentralCustomer
from customers.plan_text import PlanText
from stores.models import Store


class Run(models.Model):
    class Kind(models.TextChoices):
        IMPORT_CUSTOMERS = "import_customers", "Import"
        TRY_MAPPING = "try_mapping", "Try Mapping"
        ADD_CUSTOMERS = "add_customers", "Add Customers"
        UPDATE_CUSTOMERS = "update_customers", "Update"
        UNDO = "undo", "Undo"
        UNMAP = "unmap", "Unmap"
        SYNC_CHANGES = "sync_changes", "Sync changes"
        CHECK_READINESS = "check_readiness", "Check readiness"
        RECONCILE = "reconcile", "Check for drift"
        DELETE_GONE = "delete_gone", "Delete on the other side"

    class Trigger(models.TextChoices):
        CLICK = "click", "Operator"
        COMMAND = "command", "Command"
        SCHEDULE = "schedule", "Schedule"
        EVENT = "event", "Event"

    class Mode(models.TextChoices):
        PLAN = "plan", "Plan only"
        APPLY = "apply", "Apply"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        PLANNED = "planned", "Planned"
        STOPPED = "stopped", "Stopped"
        SUCCEEDED = "succeeded", "Succeeded"
        WITH_ERRORS = "completed with errors", "Completed with errors"
        CRASHED = "crashed", "Crashed"

    ACTIVE = (Status.WAITING, Status.RUNNING)

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=20, choices=Kind)
    trigger = models.CharField(max_length=10, choices=Trigger)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    recurring_task = models.ForeignKey(
        "customers.RecurringTask", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="when its recurring task was due; it may have waited"
    )
    scope = models.JSONField(default=dict, help_text="filters and choices, as given")
    mode = models.CharField(max_length=5, choices=Mode, default=Mode.APPLY)
    status = models.CharField(max_length=21, choices=Status, default=Status.WAITING)
    step = models.CharField(max_length=20, default="plan", help_text="plan, apply, done")
    message = models.TextField(blank=True, help_text="one sentence: what it waits for, or why it stopped")
    cursor = models.JSONField(default=dict)
    total = models.PositiveIntegerField(null=True, help_text="customers to look at, once known")
    looked_at = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="customers per outcome; they add up to those looked at")
    to_do = models.PositiveIntegerField(default=0, help_text="planned records not yet applied")
    pace = models.JSONField(
        null=True, editable=False, help_text="samples of how quickly it goes on, see customers.pace"
    )
    calls = models.JSONField(default=dict, help_text="vendor calls made, per call")
    least_calls = models.JSONField(default=dict, help_text="the least possible by the vendors' contracts, per call")
    approved = models.BooleanField(default=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="approved_runs"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    stop_requested = models.BooleanField(default=False)
    lease_token = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(default=timezone.now, help_text="when a worker was last asked to work on it")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(mode="apply", status__in=["waiting", "running"]),
                name="one_active_run_per_store",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"]),
            models.Index(fields=["status", "lease_until"]),
            models.Index(fields=["finished_at"]),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk} · {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("run", args=[self.pk])

    @classmethod
    def per_day(cls, since: datetime.date) -> dict[datetime.date, dict[str, int]]:
        """Day (local) -> {created, updated, failed}, by the counts that runs keep; one query.

        What Import reads is in neither system anew, and what Undo and Unmap take back is no update. Failed are those
        of the run that had the most, of each job and store: a customer that every run of a day meets failed once.
        """

        def number(*outcomes: str) -> Any:
            kept = (Coalesce(Cast(KT(f"counts__{each}"), models.IntegerField()), 0) for each in outcomes)
            return reduce(add, kept)

        start = timezone.make_aware(datetime.datetime.combine(since, datetime.time.min))
        rows = cls.objects.filter(finished_at__gte=start, mode=cls.Mode.APPLY).order_by()
        not_done = (cls.Kind.IMPORT_CUSTOMERS, cls.Kind.UNDO, cls.Kind.UNMAP)
        found: dict[datetime.date, dict[str, int]] = {}
        for row in rows.values("store", day=TruncDate("finished_at"), job=F("kind")).annotate(
            created=Sum(number("created")), updated=Sum(number("updated")), failed=Max(number("rejected", "failed"))
        ):
            into = found.setdefault(row["day"], dict.fromkeys(("created", "updated", "failed"), 0))
            for name in into:
                into[name] += row[name] if name == "failed" or row["job"] not in not_done else 0
        return found

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @classmethod
    def idle(cls) -> Q:
        """Runs that started by themselves, found nothing to do, and had nothing to say: one of these every five minutes
        tells nobody anything."""
        return Q(
            kind=cls.Kind.SYNC_CHANGES, trigger__in=(cls.Trigger.SCHEDULE, cls.Trigger.EVENT), mode=cls.Mode.APPLY,
            status=cls.Status.SUCCEEDED, looked_at=0, message="",
        )  # fmt: skip

    @classmethod
    def idle_among(cls, rows: "models.QuerySet[Run]") -> dict[str, Any]:
        """{n, last}: how many of these runs are idle, and when the last of them ended."""
        return rows.filter(cls.idle()).order_by().aggregate(n=Count("pk"), last=Max("finished_at"))


class RunRecord(models.Model):
    """One customer in one run: waiting, in flight or done; its outcome is the gravest of its parts'."""

    class State(models.TextChoices):
        PLANNED = "planned", "To do"
        IN_FLIGHT = "in flight", "In flight"
        CHANGED = "changed", "Changed since, planned again"
        HELD = "held", "Not approved yet"
        DONE = "done", "Done"

    # Of a plan that waits for a person; the next approval decides which of them go.
    WAITING = (State.PLANNED, State.CHANGED, State.HELD)

    class Outcome(models.TextChoices):
        CREATED = "created", "Created"
        LINKED = "linked", "Linked"
        DEFAULTED = "defaulted", "Default customer"
        UPDATED = "updated", "Updated"
        UNCHANGED = "unchanged", "Unchanged"
        SKIPPED = "skipped", "Skipped"
        REVIEW = "review", "Review"
        CONFLICT = "conflict", "Conflict"
        REJECTED = "rejected", "Rejected"
        FAILED = "failed", "Failed"
        PARKED = "parked", "Parked"
        DIFFERS = "differs", "Differs"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="records")
    target = models.CharField(max_length=60, help_text="customer:<BigCommerce id> or business-central:<id>")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="records")
    business_central_customer = models.ForeignKey(
        BusinessCentralCustomer, null=True, blank=True, on_delete=models.SET_NULL, related_name="records"
    )
    label = models.CharField(max_length=255, blank=True, help_text="the customer's name, as it was")
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, help_text="planned outcome until done")
    reason = models.TextField(blank=True)
    words = models.TextField(blank=True, help_text="the vendor's own words")
    field = models.CharField(max_length=100, blank=True)
    cause = models.CharField(max_length=100, blank=True, help_text="groups failures of one kind")
    plan = models.JSONField(default=dict, help_text="what to send, as planned")
    parts = models.JSONField(default=list, help_text="[{part, outcome, reason, changes: [[field, before, after]]}]")
    said = PlanText(help_text="what a plan's filters look through, see customers.plan_text; empty when done")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "target"], name="one_record_per_target")]
        # With the key, so that a run's newest records and its next batch are found without sorting.
        indexes = [models.Index(fields=["run", "state", "id"]), models.Index(fields=["run", "outcome", "id"])]

    def __str__(self) -> str:
        return f"{self.label}: {self.outcome}"
