"""Who changed what of a store's set-up and when: one line per saved or deleted row, whatever changed it."""

from django.conf import settings
from django.db import models

from stores.models import BusinessCentralCompany, Store


class SetupChange(models.Model):
    """One change. before and after hold the fields that differ; a created row has no before, a deleted one no after."""

    class Action(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        DELETED = "deleted", "Deleted"

    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="setup_changes")
    # Country/region codes belong to a company; all its stores share them.
    company = models.ForeignKey(
        BusinessCentralCompany, null=True, blank=True, on_delete=models.CASCADE, related_name="setup_changes"
    )
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    via = models.CharField(max_length=30, blank=True, help_text="page, admin, import_setup")
    kind = models.CharField(max_length=60, help_text="which table, in words")
    row = models.CharField(max_length=400, help_text="which row, in words")
    row_pk = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    action = models.CharField(max_length=10, choices=Action)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["store", "-id"], name="setup_changes_of_a_store")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row} {self.action}"
