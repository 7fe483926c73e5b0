"""import_setup: bring a set-up that export_setup wrote into a store, checked whole before anything is changed."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mapping.document import Unusable, apply_import, plan_import
from mapping.management.commands.export_setup import store_named


class Command(BaseCommand):
    help = (
        "Bring a set-up into a store. What the document says of a table is the whole of it: rows that are not there "
        "are deleted. Nothing is changed when anything is wrong; --plan only shows what would change."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", required=True, help="store hash")
        parser.add_argument("--plan", action="store_true", help="show what would change, and change nothing")
        parser.add_argument("file", help="what export_setup wrote")

    def handle(self, **options: Any) -> None:
        store = store_named(options["store"])
        try:
            document = json.loads(Path(options["file"]).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None
        try:
            plan = plan_import(store, document)
        except Unusable as error:
            said = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(f"Nothing was changed; this set-up cannot work:\n{said}") from None
        for line in [*plan.lines, *(f"note: {note}" for note in plan.notes)]:
            self.stdout.write(line)
        count = len(plan.create) + len(plan.change) + len(plan.delete) + (plan.country_codes is not None)
        if not count:
            self.stdout.write(f"The set-up of {store} is like this already.")
        elif options["plan"]:
            self.stdout.write(f"{count} to change in {store}. Nothing was changed.")
        else:
            apply_import(store, plan)
            self.stdout.write(f"{count} changed in {store}.")
