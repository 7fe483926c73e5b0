"""What Celery runs for stores: the care of webhooks."""

from django.utils import timezone

# The application itself: a shared task in a process that never met it would be sent to nobody.
from bcsync.celery import app
from stores import inbox, inbox_bound, webhooks


@app.task
def care_for_webhooks() -> dict[str, list[str]]:
    """Hourly: hooks that are gone or inactive come back, subscriptions are renewed a day before they end."""
    inbox.purge(timezone.now())
    inbox_bound.keep_small(timezone.now())
    return webhooks.care()


@app.task
def mend_webhooks() -> dict[str, list[str]]:
    """Every few minutes: the same for those alone that have a problem, so that it does not last for an hour."""
    return webhooks.care(troubled=True)
