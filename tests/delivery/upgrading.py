"""A process of its own: a database of the first issues, filled through their models, upgraded, and what is there then.

python -m tests.delivery.upgrading, on the empty database that DATABASE_URL names. Prints JSON: the rows before and
after, and facts about what is there now.
"""

import json
import os
import sys
import uuid
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers import counts  # noqa: E402
from customers.models import Customer  # noqa: E402
from mapping.default_setup import default_rows  # noqa: E402
from mapping.setup import setup_of  # noqa: E402
from stores.models import Store  # noqa: E402

# The schema with which the set-up's rows came: the oldest that anybody runs.
OLDEST = [("stores", "0001_initial"), ("mapping", "0005_metafields_blank"), ("customers", "0002_decisions")]
KEPT = [f"stores.{name}" for name in ("Store", "BusinessCentralCompany", "SyncCursor")]
KEPT += [
    f"customers.{name}"
    for name in (
        "Customer", "CustomerAddress", "CustomerAttribute", "CustomerFormField", "CustomerMetafield", "Link",
        "AddressLink", "BusinessCentralCustomer", "BusinessCentralPhone", "Run", "RunRecord", "Decision",
        "RefusedPair", "Trouble",
    )
]  # fmt: skip
KEPT += [
    f"mapping.{name}"
    for name in (
        "FieldMappingRow", "AttributeDefinition", "MetafieldDefinition", "FormFieldRow", "MatchRule", "RequiredField",
        "GroupMapping", "CustomerTemplate", "SetupChange",
    )
]  # fmt: skip
STORE_PAGES = ("store", "store_customers", "review", "readiness", "conflicts", "parked", "store_runs", "setup",
               "store_recurring_tasks")  # fmt: skip
STATUSES = ("linked", "linked", "linked", "unmapped", "review", "skipped")


def old_apps() -> Any:
    """Bring the database to the oldest schema; returns its models."""
    executor = MigrationExecutor(connection)
    others = [key for key in executor.loader.graph.leaf_nodes() if key[0] not in ("stores", "mapping", "customers")]
    targets = [*others, *OLDEST]
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


def fill(apps: Any) -> None:
    """Two stores on one company, with all that their first months left behind."""
    user = apps.get_model("auth", "User").objects.create(username="ada", is_superuser=True, is_staff=True)
    company = apps.get_model("stores", "BusinessCentralCompany").objects.create(
        tenant="cronus.example", environment="Production", name="CRONUS", client_id="app",
        client_secret="secret of ours",
        country_iso={"EL": "GR"}, refreshed_at=timezone.now(), capabilities={"old": True},
    )  # fmt: skip
    for number, hash in enumerate(("first", "second")):
        store = apps.get_model("stores", "Store").objects.create(
            hash=hash, name=hash.title(), company=company, access_token=f"token of {hash}", writes_enabled=True,
            rules={"email": True}, imported_at=timezone.now(), brake_share=20,
        )  # fmt: skip
        apps.get_model("stores", "SyncCursor").objects.create(
            store=store, feed="customers", changed_since=timezone.now()
        )
        fill_setup(apps, store)
        fill_customers(apps, store, company, number * 100, user)


def fill_setup(apps: Any, store: Any) -> None:
    """The default rows as they were given, one with another owner, and rows of every other table."""
    for name, rows in default_rows().items():
        model = apps.get_model("mapping", name)
        known = {field.name for field in model._meta.get_fields()}
        for row in rows:
            model.objects.create(store=store, **{key: value for key, value in row.items() if key in known})
    phone = apps.get_model("mapping", "FieldMappingRow").objects.get(
        store=store, target_table="customer", target_field="phone"
    )
    phone.owner = "bigcommerce"
    phone.save()
    make = {
        "FormFieldRow": {"name": "Website", "source_table": "customer", "source_field": "website"},
        "GroupMapping": {"group_id": 7, "kind": "price", "code": "RETAIL"},
        "CustomerTemplate": {"country": "GB", "values": {"salespersonCode": "JO"}},
        "SetupChange": {"via": "page", "kind": "field mapping", "row": "customer.phone", "before": {"owner": "never"}},
    }
    for name, values in make.items():
        apps.get_model("mapping", name).objects.create(store=store, **values)


def fill_customers(apps: Any, store: Any, company: Any, first: int, user: Any) -> None:
    """Shoppers of every status, pairs with a base, a run that linked them and one with an error, decisions."""
    model = lambda name: apps.get_model("customers", name).objects  # noqa: E731
    now, outcome = timezone.now(), {"linked": "linked", "review": "review"}
    run = model("Run").create(
        store=store, kind="try_mapping", trigger="click", status="succeeded", step="done", user=user, total=6,
        looked_at=6,
        counts={"linked": 3, "review": 1, "skipped": 2}, started_at=now, finished_at=now, calls={"GET /customers": 2},
    )  # fmt: skip
    for index, status in enumerate(STATUSES):
        id = first + index + 1
        row = model("Customer").create(
            store=store, remote_id=id, email=f"Shopper{id}@example.com", email_key=f"shopper{id}@example.com",
            first_name="Sam", last_name=f"Shopper{id}", phone=f"+4420794600{id:02d}", status=status, written_at=now,
            data={"id": id, "company": ""}, status_reason="As it was.", date_created=now, date_modified=now,
        )  # fmt: skip
        address = model("CustomerAddress").create(
            store=store,
            customer=row,
            remote_id=1000 + id,
            address1=f"{id} High Street",
            country_code="GB",
            phone="020 1",
        )
        model("CustomerAttribute").create(customer=row, attribute_id=3, value="gold")
        model("CustomerFormField").create(customer=row, name="Size", value=["S", "M"])
        model("CustomerMetafield").create(
            store=store, customer=row, remote_id=5000 + id, namespace="bcsync", key="k", value="v"
        )
        business = model("BusinessCentralCustomer").create(
            company=company, remote_id=uuid.uuid5(uuid.NAMESPACE_OID, str(id)), number=f"C{id}",
            display_name=f"Firm {id}",
            email=f"shopper{id}@example.com", email_key=f"shopper{id}@example.com", written_at=now,
            data=record_as_it_was(str(uuid.uuid5(uuid.NAMESPACE_OID, str(id))), id),
        )  # fmt: skip
        model("BusinessCentralPhone").create(customer=business, e164=f"+4420794600{id:02d}")
        model("RunRecord").create(
            run=run, target=f"customer:{id}", label=f"Sam Shopper{id}", state="done", reason="Phone.", customer=row,
            outcome=outcome.get(status, "skipped"), parts=[{"part": "core", "changes": [["a", 1, 2]]}],
        )  # fmt: skip
        fill_standing(model, store, row, business, address, user, run)


def fill_standing(model: Any, store: Any, row: Any, business: Any, address: Any, user: Any, run: Any) -> None:
    """What belongs to where a shopper stands: the link with its base, candidates, or what a person decided."""
    if row.status == "linked":
        base = {
            "core": {"phone": f"+4420794600{row.remote_id:02d}"},
            "attributes": {},
            "form_fields": {},
            "metafields": {},
        }
        link = model("Link").create(
            store=store,
            customer=row,
            business_central_customer=business,
            rule="phone",
            value="+44",
            base=base,
            run=run,
        )
        model("AddressLink").create(
            link=link, source="main", address=address, base={"city": "Hull"}, created_by_us=True
        )
    elif row.status == "review":
        model("Customer").filter(pk=row.pk).update(candidates=[str(business.remote_id)])
    elif row.status == "skipped":
        model("Decision").create(store=store, kind="skip", customer=row, user=user, reason="a test account")
        model("RefusedPair").create(customer=row, business_central_customer=business, user=user, reason="a stranger")
        model("Trouble").create(store=store, kind="update_customers", target=f"customer:{row.remote_id}", customer=row,
                                fingerprint="x", times=3, parked=True)  # fmt: skip


def record_as_it_was(remote_id: str, id: int) -> dict[str, Any]:
    """The mirror's own copy of a customer as the first issues stored it."""
    ship_to = {"code": "EAST", "name": "Dock", "address": "1 Dock Road", "city": "Hull", "contact": "Dora Dock"}
    return {
        "id": remote_id, "number": f"C{id}", "display_name": f"Firm {id}", "type": "Company", "last_modified": None,
        "phone_number": f"020 7946 00{id:02d}", "email": f"shopper{id}@example.com", "ship_to": [ship_to],
        "contact_phones": ["020 7946 0999"], "country": "GB", "country_iso": "GB", "privacy_blocked": None, "extra": {},
    }  # fmt: skip


def rows_of(apps: Any) -> dict[str, list[dict[str, Any]]]:
    """All rows of the kept tables, by table, with every column."""
    return {name: list(apps.get_model(name).objects.order_by("pk").values()) for name in KEPT}


def pages() -> dict[str, int]:
    """Every page an operator opens, with the status of its answer."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(get_user_model().objects.get(username="ada"), settings.AUTHENTICATION_BACKENDS[1])
    one = Customer.objects.order_by("pk").first()
    urls = [reverse(name, args=["first"]) for name in STORE_PAGES]
    urls += [reverse(name) for name in ("stores", "customers", "runs", "alarms", "recurring_tasks")]
    urls += [reverse("customer_card", args=[one.pk if one else 0]), reverse("run", args=[1])]
    return {url: client.get(url).status_code for url in urls}


def main() -> None:
    apps = old_apps()
    fill(apps)
    before = rows_of(apps)
    call_command("migrate", verbosity=0, interactive=False)
    after = rows_of(django.apps.apps)
    store = Store.objects.get(hash="first")
    facts = {
        "pages": pages(),
        "counts": counts.differences(),
        "found": Customer.objects.filter(search__contains="shopper101").count(),
        "problems": [problem.text for problem in setup_of(store).problems if problem.blocks],
        "secrets": [store.access_token, store.company.client_secret],
    }
    json.dump({"before": before, "after": after, "facts": facts}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
