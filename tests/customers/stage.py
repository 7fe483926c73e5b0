"""The cast on stage for tests: its stores connected and set up, and the demo's jobs run in their order."""

from typing import Any

from bcsync.sandbox import cast
from customers.models import Run
from mapping.models import CustomerTemplate, FieldMappingRow
from mapping.setup import ensure_defaults
from stores.models import BusinessCentralCompany, Store
from tests.fixtures import RunJob

JOBS = ("import_customers", "try_mapping", "add_customers", "update_customers", "update_customers")


def connect_cast() -> list[Store]:
    """The cast's two stores on their one company, with templates, as the demo sets them up."""
    known = {name: cast.COMPANY[name] for name in ("tenant", "environment", "name", "client_id", "client_secret")}
    company = BusinessCentralCompany.objects.create(**known)
    stores = []
    for hash, facts in cast.STORES.items():
        switches = cast.SETTINGS[hash]
        store = Store.objects.create(
            hash=hash, company=company, name=facts["name"], access_token=facts["token"], client_id=facts["client_id"],
            writes_enabled=True, create_unknown=switches["create-unknown"] == "on",
            default_customer_number=switches.get("default-customer", ""),
            may_update_business_central=switches.get("update-business-central") == "on",
        )  # fmt: skip
        for row in cast.TEMPLATES[hash]:
            CustomerTemplate.objects.create(store=store, **row)
        ensure_defaults(store)
        for (table, name), owner in cast.OWNERS.get(hash, {}).items():
            mapped = FieldMappingRow.objects.get(store=store, target_table=table, target_field=name)
            mapped.owner = owner
            mapped.save()
        stores.append(store)
    return stores


def scope_of(store: Store, job: str) -> dict[str, Any]:
    """The scope that the job's command makes of the cast's options."""
    options = cast.options(store.hash, job)
    scope = {"channel_id": options["channel"]} if "channel" in options else {}
    return {**scope, **{name: options[name] for name in ("country", "number") if name in options}}


def play(run_job: RunJob, stores: list[Store], jobs: tuple[str, ...] = JOBS) -> dict[tuple[str, str], Run]:
    """Each job in each store, as the demo does; (store hash, job) -> run, the second Update as "update again"."""
    runs: dict[tuple[str, str], Run] = {}
    for job in jobs:
        for store in stores:
            name = "update again" if (store.hash, job) in runs else job
            runs[store.hash, name] = run_job(store, job, approved=job != "import_customers", **scope_of(store, job))
    return runs
