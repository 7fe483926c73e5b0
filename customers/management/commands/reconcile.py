"""manage.py reconcile: the button Check for drift."""

from customers.job_command import JobCommand
from customers.models import Run


class Command(JobCommand):
    help = "Check for drift: read both systems whole, compare every linked pair, change nothing, and say what differs."
    kind = Run.Kind.RECONCILE
