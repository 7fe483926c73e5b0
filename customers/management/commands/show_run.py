"""manage.py show_run: a run's state, outcomes and calls."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.job_command import COULD_NOT_RUN, finish_command
from customers.models import Run


class Command(BaseCommand):
    help = "Show a run: status, outcomes with reasons, vendor calls. Leaves with the run's exit status."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", required=True, type=int, metavar="ID")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Run.objects.select_related("store__company").filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run {options['run']}.", returncode=COULD_NOT_RUN)
        finish_command(self, run, {**options, "background": run.is_active})
