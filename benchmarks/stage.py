"""What the benchmarks have in common: a store on an empty database, and a run driven to its end."""

from django.core.management import call_command

from customers import drive, runs
from customers.models import Run
from stores.models import BusinessCentralCompany, Store


def empty_store(hash_: str, token: str, **company: str) -> Store:
    """Migrate, empty every table of ours, and connect one store that may write."""
    call_command("migrate", verbosity=0)
    # TRUNCATE, or the like: deleting row by row would be the peak of the memory that is to be measured.
    call_command("flush", verbosity=0, interactive=False)
    values = {"tenant": "tenant", "environment": "Production", "name": "Company", **company}
    return Store.objects.create(
        hash=hash_,
        access_token=token,
        client_id="client",
        company=BusinessCentralCompany.objects.create(**values),
        writes_enabled=True,
    )


def run_to_rest(store: Store, kind: str) -> Run:
    """Run a job in this process, approved, until it rests."""
    store.refresh_from_db()
    return drive.to_rest(runs.start(store, kind, trigger="command", approved=True, queue=False))
