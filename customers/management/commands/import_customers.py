"""manage.py import_customers: the Import button."""

from argparse import ArgumentParser
from typing import Any

from customers.job_command import JobCommand, moment_scope
from customers.models import Run
from stores.models import Store


class Command(JobCommand):
    help = "Import: bring a store's customers, with all they carry, into the mirror. Never writes to a vendor."
    kind = Run.Kind.IMPORT_CUSTOMERS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--modified-since", metavar="DATE", help="only customers changed since then")

    def scope(self, store: Store, options: dict[str, Any]) -> dict[str, Any]:
        return moment_scope(options)
