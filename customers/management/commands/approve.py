"""manage.py approve: apply a plan."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers import runs
from customers.job_command import COULD_NOT_RUN, finish_command, finish_here
from customers.models import Run


class Command(BaseCommand):
    help = "Apply a planned run. What changed since the plan was made is planned again instead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", required=True, type=int, metavar="ID")
        parser.add_argument("--background", action="store_true", help="queue it for a worker")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Run.objects.select_related("store__company").filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run {options['run']}.", returncode=COULD_NOT_RUN)
        try:
            runs.approve(run, None, queue=options["background"])
        except runs.CannotStart as error:
            raise CommandError(str(error), returncode=COULD_NOT_RUN) from None
        if options["background"]:
            run.refresh_from_db(fields=["status", "message"])
        else:
            run = finish_here(run)
        finish_command(self, run, options)
