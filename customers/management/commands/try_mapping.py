"""manage.py try_mapping: the Try Mapping button."""

from argparse import ArgumentParser
from typing import Any

from customers.job_command import JobCommand, shopper_options, shopper_scope
from customers.models import Run
from stores.models import Store


class Command(JobCommand):
    help = "Try Mapping: find each shopper's Business Central customer; else create it, or assign the default customer."
    kind = Run.Kind.TRY_MAPPING

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        shopper_options(parser)

    def scope(self, store: Store, options: dict[str, Any]) -> dict[str, Any]:
        return shopper_scope(store, options)
