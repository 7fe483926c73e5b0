"""manage.py sync_changes: what a schedule and the webhooks start."""

from customers.job_command import JobCommand
from customers.models import Run


class Command(JobCommand):
    help = "Sync changes: read what changed on either side since the last time, and update the customers concerned."
    kind = Run.Kind.SYNC_CHANGES
