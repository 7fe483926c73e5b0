"""export_setup: a store's whole set-up as one JSON document, for version control and for the next store."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mapping.document import export
from stores.models import Store


class Command(BaseCommand):
    help = "Write a store's set-up (no secrets, no customers) as JSON, to a file or to the standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", required=True, help="store hash")
        parser.add_argument("file", nargs="?", help="where to write; the standard output when not given")

    def handle(self, **options: Any) -> None:
        store = store_named(options["store"])
        text = json.dumps(export(store), indent=2, ensure_ascii=False)
        if not options["file"]:
            self.stdout.write(text)
            return
        Path(options["file"]).write_text(text + "\n", encoding="utf-8")
        self.stdout.write(f"The set-up of {store} is in {options['file']}.")


def store_named(hash: str) -> Store:
    """The store, or CommandError."""
    found = Store.objects.select_related("company").filter(hash=hash).first()
    if found is None:
        raise CommandError(f"There is no store {hash}.")
    return found
