"""manage.py recount: whether the kept counts are the table's; what differs is named and mended."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from customers import counts
from stores.models import Store


class Command(BaseCommand):
    help = "Compare the counts on the pages with the customers themselves, and mend them. Ends with 1 if any was off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = counts.differences() if options["check"] else counts.recount()
        names = dict(Store.objects.values_list("pk", "hash"))
        for row in found:
            flags = "".join(f", {flag}" for flag in counts.FLAGS if row[flag])
            store = names.get(row["store_id"], f"store {row['store_id']}, which is gone")
            self.stdout.write(f"{store}: {row['status']}{flags}: kept {row['kept']}, counted {row['counted']}")
        if not found:
            self.stdout.write("Every kept count is what the customers add up to.")
            return
        self.stdout.write("Differences were found." if options["check"] else "The counts were mended.")
        raise SystemExit(1)
