"""Recurring tasks: a job of a store with its filters, and when it is due next."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.runs import Run
from customers.moments import Cron, Interval, NotUnderstood, When, cron, in_words, zone
from stores.models import Store
from stores.written import kept


class RecurringTask(models.Model):
    """On exactly while `due_at` is set. It is read by beat every few seconds, so a change is heard at once."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="recurring_tasks")
    # Which jobs there are is said by customers.schedules.jobs(); one that is gone by an update is shown as such.
    kind = models.CharField("job", max_length=20)
    scope = models.JSONField(default=dict, blank=True, help_text="filters and choices, as saved")
    every_minutes = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    cron = models.CharField(max_length=100, blank=True, help_text="minute hour day-of-the-month month weekday")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="of the cron expression")
    due_at = models.DateTimeField(null=True, blank=True, help_text="when it is to run next; empty while it is off")
    served_at = models.DateTimeField(null=True, blank=True, help_text="the moment that the last run was started for")
    waiting_since = models.DateTimeField(null=True, blank=True, help_text="it is due and could not be started yet")
    waits_for = models.TextField(blank=True, help_text="why not, in a sentence")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["store__name", "store__hash", "kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(every_minutes__isnull=True) ^ Q(cron=""), name="recurring_task_has_interval_or_cron"
            ),
        ]
        indexes = [models.Index(fields=["due_at"])]

    @property
    def paused(self) -> str:
        """Why nothing of its store starts by itself, in a sentence, or "": the app was uninstalled."""
        at = self.store.uninstalled_at
        if at is None:
            return ""
        return (
            f"Paused: the app was uninstalled from the store on {kept(at)}. It goes on by itself when "
            "Test Connection opens the store again."
        )

    def __str__(self) -> str:
        return f"{self.job}, {self.in_words}"

    def get_absolute_url(self) -> str:
        """Its row in the list, which everybody may see."""
        return f"{reverse('store_recurring_tasks', args=[self.store.hash])}#task-{self.pk}"

    @property
    def enabled(self) -> bool:
        return self.due_at is not None

    @property
    def job(self) -> str:
        """The job's name as its button has it."""
        return str(Run.Kind(self.kind).label) if self.kind in Run.Kind.values else self.kind

    @property
    def when(self) -> When:
        """Interval or cron. Raises NotUnderstood for one that was broken by hand, or whose time zone is gone."""
        if self.every_minutes:
            return Interval(self.every_minutes)
        return cron(self.cron, zone(self.time_zone))

    @property
    def in_words(self) -> str:
        try:
            when = self.when
        except NotUnderstood:
            return f"cron {self.cron} ({self.time_zone}), which is not understood"
        return f"{in_words(when)} ({self.time_zone})" if isinstance(when, Cron) else in_words(when)
