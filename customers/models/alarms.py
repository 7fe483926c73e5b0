"""What the watchdog found: one row per thing that is wrong, closed when it is mended; when it looked; who was told."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from stores.models import BusinessCentralCompany, Store

# Beat queues a look each minute; so long without one, something that everything depends on stands still.
SILENCE = timedelta(minutes=5)
# So long after beat started, its first look may still be under way.
STARTING = timedelta(minutes=2)


class Alarm(models.Model):
    """Open while closed_at is empty. kind: a key of customers.watchdog.KINDS; subject: which one, where several may be.

    Of a store, or of a company (then of each of its stores), or of the installation as a whole.
    """

    key = models.CharField(max_length=200, editable=False, help_text="kind, store, company and subject in one")
    kind = models.CharField(max_length=30)
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="alarms")
    company = models.ForeignKey(
        BusinessCentralCompany, null=True, blank=True, on_delete=models.CASCADE, related_name="alarms"
    )
    subject = models.CharField(max_length=100, blank=True)
    text = models.TextField()
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField("last seen")
    closed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["key"], condition=Q(closed_at=None), name="one_open_alarm")]
        indexes = [models.Index(fields=["closed_at"], name="alarm_closed")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


class Look(models.Model):
    """The watchdog's own row: when it last looked, and what it must remember from one look to the next."""

    SILENCE = SILENCE

    looked_at = models.DateTimeField(null=True, blank=True)
    slowly_looked_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="beat's first start since the last look")
    memory = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"looked at {self.looked_at}"

    @classmethod
    def row(cls) -> "Look":
        """The only one there is."""
        return cls.objects.get_or_create(pk=1)[0]

    @classmethod
    def last(cls) -> datetime | None:
        """When the watchdog last looked; for pages, which never make the row."""
        return cls.last_and_start()[0]

    @classmethod
    def last_and_start(cls) -> tuple[datetime | None, datetime | None]:
        """When it last looked, and when beat was first started after that (older: of no meaning)."""
        found: Any = cls.objects.filter(pk=1).values_list("looked_at", "started_at").first()
        return found or (None, None)

    @classmethod
    def beat_starts(cls, now: datetime) -> None:
        """Beat starts. Only the first start since a look counts: one that dies again and again is not new each time."""
        cls.row()
        no_look_since = Q(started_at=None) | Q(started_at__lte=F("looked_at"))
        cls.objects.filter(no_look_since, pk=1).update(started_at=now)


class Digest(models.Model):
    """One recipient of the watchdog's mails. next_at: no mail before; told_until: what was known then has been told."""

    email = models.CharField(max_length=254, unique=True)
    next_at = models.DateTimeField()
    told_until = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="what the mail server said last, while it refuses")

    def __str__(self) -> str:
        return self.email
