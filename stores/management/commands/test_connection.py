"""test_connection: tries both sides of a store, prints what works and what to do about the rest."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stores.connect import test_connection
from stores.models import Store

SIGNS = {"ok": "ok  ", "info": "note", "warn": "warn", "bad": "BAD "}


class Command(BaseCommand):
    help = "Try a store's BigCommerce and Business Central connections, read only. Exit status 1 when something is bad."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", required=True, metavar="HASH")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        store = Store.objects.select_related("company").filter(hash=options["store"]).first()
        if store is None:
            raise CommandError(
                f"There is no store {options['store']} here: connect it with connect_store.", returncode=2
            )
        report = test_connection(store)
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json(), ensure_ascii=False))
        else:
            for finding in report.findings:
                self.stdout.write(f"{SIGNS[finding.level]}  {finding.side}: {finding.text}")
                if finding.what_to_do:
                    self.stdout.write(f"      {finding.what_to_do}")
        if not report.ok:
            raise SystemExit(1)
