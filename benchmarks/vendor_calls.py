"""Vendor calls for 10,000 customers beside the least possible: `python -m benchmarks.vendor_calls [N]`.

Imports N generated customers into one store; adds N generated Business Central customers to an empty second store;
changes a name, a phone and an address of each in Business Central and updates them. Prints every call with its least
number by the vendors' contracts (ceil(N/250) per read, ceil(items/10) per write, ceil(N/20,000) per entity set), the
fixed ones apart. Uses DATABASE_URL (a scratch database: its tables are emptied) and REDIS_URL; the sandbox runs in
this process, so the times are not a measure of speed.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
django.setup()

from django.conf import settings  # noqa: E402

from bcsync.sandbox.business_central.demo import demo_options, fill_codes  # noqa: E402
from bcsync.sandbox.server import serve  # noqa: E402
from bcsync.sandbox.world import World  # noqa: E402
from benchmarks.stage import empty_store, run_to_rest  # noqa: E402
from customers.models import Run  # noqa: E402
from customers.store_definitions import FIXED_FOR_STORE  # noqa: E402
from stores.models import Store  # noqa: E402

URLS = ("BIGCOMMERCE_API_URL", "BIGCOMMERCE_LOGIN_URL", "BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL")
TOKEN = "token"


def main(number: int) -> None:
    world = World()
    for hash_ in ("imported", "added"):
        world.add_store(hash_, token=TOKEN, client_id="client", quota=10_000_000)
    keys = {"client_id": "app", "client_secret": "secret"}
    company = world.add_company("tenant.example", "Production", "Large Ltd", **keys, **demo_options())
    with world.storage.transaction():
        fill_codes(company)
    world.generate_store("imported", number)
    company.generate(number)
    with serve(world) as server:
        for name in URLS:
            setattr(settings, name, server.url)
        place = {"tenant": company.tenant, "environment": company.environment, "name": company.name}
        first = empty_store("imported", TOKEN, **keys, **place)
        second = Store.objects.create(
            hash="added", access_token=TOKEN, client_id="client", company=first.company, writes_enabled=True
        )
        show("Import", run_to_rest(first, "import_customers"))
        show("Add Customers", run_to_rest(second, "add_customers"))
        for at, row in enumerate(company.customers()):
            company.change_customer(row["no"], displayName=f"Renamed {at}", addressLine1=f"{at} New Road")
        show("Update", run_to_rest(second, "update_customers"))
        show("Update again", run_to_rest(second, "update_customers"))


def show(title: str, run: Run) -> None:
    made, least = sum(run.calls.values()), sum(run.least_calls.values())
    over = (made - least) * 100 / least if least else 0.0
    print(f"\n{title}: {run.get_status_display()}, {run.counts}; {made} calls, least {least} ({over:+.1f} %)")
    for call, count in sorted(run.calls.items()):
        known = run.least_calls.get(call)
        print(f"  {count:>7} {call:<60} least {known if known is not None else '(fixed)'}")
    if FIXED_FOR_STORE in run.least_calls:
        print(f"          of these fixed, not growing with N: {run.least_calls[FIXED_FOR_STORE]} ({FIXED_FOR_STORE})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
