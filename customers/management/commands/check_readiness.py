"""manage.py check_readiness: the button Check again of the Readiness page."""

from customers.job_command import JobCommand
from customers.models import Run


class Command(JobCommand):
    help = "Readiness: read Business Central again and note which customers cannot go to the store yet, and why."
    kind = Run.Kind.CHECK_READINESS
