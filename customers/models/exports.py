"""Exports: who took which list out of bcsync, when, in which format, and how much of it went out."""

from django.conf import settings
from django.db import models

from stores.models import Store


class Export(models.Model):
    """One download. It names no customer: what was searched for is not kept, a selection is counted.

    rows: written so far, told page by page; exact when it has ended, broken off or not.
    """

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", "Customers"
        RECORDS = "records", "Records of a run"
        NOT_READY = "not ready", "Not ready"
        CONFLICTS = "conflicts", "Conflicts"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    class Status(models.TextChoices):
        UNDER_WAY = "under way", "Under way"
        FINISHED = "finished", "Finished"
        BROKEN_OFF = "broken off", "Broken off"

    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.SET_NULL, related_name="exports")
    about = models.CharField(max_length=300, help_text="the store, or the run, by name: it outlives both")
    kind = models.CharField(max_length=10, choices=Kind)
    format = models.CharField(max_length=4, choices=Format)
    filters = models.TextField(blank=True, help_text="in words")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="exports")
    username = models.CharField(max_length=150, help_text="who; stays when the person's account goes")
    status = models.CharField(max_length=10, choices=Status, default=Status.UNDER_WAY)
    rows = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["store", "started_at"], name="exports_of_a_store")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.about}, {self.get_format_display()}"
