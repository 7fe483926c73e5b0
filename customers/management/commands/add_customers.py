"""manage.py add_customers: the Add Customers button."""

from argparse import ArgumentParser
from typing import Any

from customers.job_command import JobCommand, moment_scope, only_option
from customers.models import Run
from customers.selection import number_range
from stores.models import Store


class Command(JobCommand):
    help = "Add Customers: create ready Business Central customers in a store and link them."
    kind = Run.Kind.ADD_CUSTOMERS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--number", metavar="10000..20000", help="a number, or a range; either end may be open")
        parser.add_argument("--name", help="part of the name")
        parser.add_argument("--country", metavar="CODE", help="country/region code or ISO code")
        parser.add_argument("--salesperson", metavar="CODE")
        parser.add_argument("--group", metavar="CODE", help="customer price group")
        parser.add_argument("--modified-since", metavar="DATE", help="only customers changed since then")
        parser.add_argument("--blocked", choices=("no", "yes", "any"), default="no")
        only_option(parser)
        parser.add_argument("--only-ready", action="store_true", help="leave out those that are not ready")
        parser.add_argument("--channel", type=int, metavar="ID", help="storefront, where the store has several")
        parser.add_argument("--welcome-email", action="store_true", help="let the store send its welcome e-mail")

    def scope(self, store: Store, options: dict[str, Any]) -> dict[str, Any]:
        names = ("name", "country", "salesperson", "group", "blocked", "only_ready", "welcome_email")
        scope = {name: options[name] for name in names if options[name]}
        if options["number"]:
            scope |= number_range(options["number"])
        if options["only"]:
            scope["named"] = options["only"]
        if since := moment_scope(options):
            scope["changed_since"] = since["modified_since"]
        if options["channel"]:
            scope["channel_id"] = options["channel"]
        return scope
