"""Changes of a store's set-up that nobody has back-filled or dismissed yet: kept, so that every operator sees them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from mapping.snapshot import export, rows_changed
from stores.models import Store


class OpenChanges(models.Model):
    """One per store at a time: the set-up as it was before the first change, and whom the changes touch.

    before: the document of mapping.snapshot. saves: rows saved or deleted so far, one of them perhaps several times.
    reach: [{"job", "total", "looked_at", "touched": how many}] as it was counted at reach_at, after reach_saves.
    run: the plan that was made.
    """

    class Closed(models.TextChoices):
        PLANNED = "planned", "Planned"
        DISMISSED = "dismissed", "Dismissed"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="open_changes")
    before = models.JSONField(default=dict)
    began_at = models.DateTimeField(auto_now_add=True)
    began_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    last_at = models.DateTimeField(auto_now=True)
    saves = models.PositiveIntegerField(default=1)
    reach = models.JSONField(default=list, blank=True)
    reach_at = models.DateTimeField(null=True, blank=True)
    reach_saves = models.PositiveIntegerField(default=0)
    closed = models.CharField(max_length=10, choices=Closed, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    run = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "open changes"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["store"], condition=Q(closed=""), name="one_open_change_per_store")
        ]

    def __str__(self) -> str:
        return f"Changes of {self.store_id} since {self.began_at:%Y-%m-%d %H:%M}"

    @property
    def is_counted(self) -> bool:
        """Whether `reach` is about the set-up as it is now."""
        return self.reach_at is not None and self.reach_saves == self.saves

    @property
    def rows(self) -> int:
        """How many rows are not as they were before; a row that was saved again, or put back, is no further one."""
        return rows_changed(self.before, export(self.store))

    def close(self, how: str, by: Any, run: int | None = None) -> None:
        """Back-filled by a plan, or no longer asked for."""
        self.closed, self.closed_at, self.run = how, timezone.now(), run
        self.closed_by = by if getattr(by, "is_authenticated", False) else None
        self.save(update_fields=["closed", "closed_at", "closed_by", "run"])


def of_store(store: Store) -> OpenChanges | None:
    """The open changes of a store, None when there are none."""
    return OpenChanges.objects.filter(store=store, closed="").select_related("began_by", "store__company").first()


def before_change(store: Store) -> dict[str, Any] | None:
    """The set-up as it is, to be given to `changed` afterwards; None where it is kept already, or nobody is touched."""
    known = store.customers.exists() or store.company.customers.exists()
    return export(store) if known and of_store(store) is None else None


def changed(store: Store, before: dict[str, Any] | None, by: Any) -> None:
    """A row was saved or deleted, in the transaction of it. before: what before_change gave ahead of that."""
    if OpenChanges.objects.filter(store=store, closed="").update(saves=F("saves") + 1, last_at=timezone.now()):
        return
    if before is not None:
        OpenChanges.objects.create(
            store=store, before=before, began_by=by if getattr(by, "is_authenticated", False) else None
        )
