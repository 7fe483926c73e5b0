"""manage.py erase_customer: remove every copy of one person; counts stay."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers import retention
from customers.job_command import COULD_NOT_RUN, find_store
from customers.models import BusinessCentralCustomer, Customer, Run


class Command(BaseCommand):
    help = "Remove every copy of one customer from the mirrors and run details of a store. Both vendors keep theirs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", required=True, metavar="HASH")
        parser.add_argument("--email", required=True, help="of the BigCommerce customer or the Business Central one")

    def handle(self, *args: Any, **options: Any) -> None:
        store = find_store(options["store"])
        if (active := Run.objects.filter(store=store, status__in=Run.ACTIVE).first()) is not None:
            raise CommandError(
                f"{store} is busy with {active}, which might write the customer back; erase when it has ended.",
                returncode=COULD_NOT_RUN,
            )
        key = options["email"].strip().lower()
        customer = Customer.objects.filter(store=store, email_key=key).first()
        others = list(BusinessCentralCustomer.objects.filter(company=store.company, email_key=key))
        if customer is None and not others:
            raise CommandError(f"{store} has no copy of {options['email']}.", returncode=COULD_NOT_RUN)
        touched = retention.erase(store, customer, others)
        for table, number in touched.items():
            self.stdout.write(f"{number:>6} {table}")
