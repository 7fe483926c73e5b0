"""manage.py update_customers: the Update button."""

from argparse import ArgumentParser
from typing import Any

from customers.job_command import JobCommand, shopper_options, shopper_scope
from customers.models import Run
from stores.models import Store


class Command(JobCommand):
    help = "Update: send what changed in Business Central to the linked customers of a store, and only that."
    kind = Run.Kind.UPDATE_CUSTOMERS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        shopper_options(parser)

    def scope(self, store: Store, options: dict[str, Any]) -> dict[str, Any]:
        return shopper_scope(store, options)
