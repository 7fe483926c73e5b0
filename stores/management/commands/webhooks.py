"""webhooks: what the buttons of a store's tab Webhooks do, without a browser."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stores import webhooks
from stores.models import Store

DOES = {"on": webhooks.turn_on, "check": webhooks.check, "secret": webhooks.new_secret, "off": webhooks.turn_off}


class Command(BaseCommand):
    help = "Register a store's webhooks with both vendors, check and mend them, give them a new secret, or remove them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=DOES)
        parser.add_argument("--store", required=True, help="store hash")

    def handle(self, *args: Any, **options: Any) -> None:
        store = Store.objects.select_related("company").filter(hash=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store {options['store']}.", returncode=2)
        problems = DOES[options["what"]](store)
        if problems:
            raise CommandError(" ".join(problems), returncode=1)
        self.stdout.write(f"Webhooks of {store}: {options['what']}, and everything is as it should be.")
