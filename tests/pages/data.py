"""Stores, shoppers and runs as a merchant's would look, for the tests of the pages; hostile names included."""

import datetime
import uuid
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from bcsync.clients.business_central_record import BusinessCentralRecord, record_to_json
from customers.models import (
    AddressFormField,
    AddressLink,
    BusinessCentralCustomer,
    Customer,
    CustomerAddress,
    CustomerAttribute,
    CustomerFormField,
    CustomerGroup,
    CustomerMetafield,
    Link,
    Run,
    RunRecord,
)
from stores.models import BusinessCentralCompany, Store

HOSTILE = '<img src=x onerror="window.harmed=1">'
PASSWORD = "correct horse battery"
SECRETS = ("token-never-shown", "secret-never-shown", "company-secret-never-shown")
FINDINGS = [
    {"level": "ok", "side": "BigCommerce", "text": "The token opens store Fabrikam.", "what_to_do": ""},
    {"level": "ok", "side": "Business Central", "text": "The sign-in works.", "what_to_do": ""},
    {
        "level": "warn",
        "side": "Business Central",
        "text": "Ship-to addresses cannot be read.",
        "what_to_do": "Publish page 300, Ship-to Address, as a web service.",
    },
]
NAMES = [
    ("Robert", "Townes", "Adatum Corporation", "GB", "Cambridge"),
    ("Siobhán", "Ní Dhomhnaill", "", "IE", "Baile Átha Cliath"),
    ("ليلى", "حداد", "", "AE", "Dubai"),
    (HOSTILE, "</script><script>window.harmed=1</script>", "=HYPERLINK(1)", "GB", "<b>Nowhere</b>"),
    ("Bartholomew", "Featherstonehaugh-Cholmondeley-Majoribanks of Ashby-de-la-Zouch", "", "GB", "Ashby-de-la-Zouch"),
    ("François", "Lefèvre", "", "FR", "Saint-Étienne"),
    ("Zoë", "Müller-Łukasiewicz", "Relecloud", "PL", "Kraków"),
    ("Meagan", "Bond", "School of Fine Art", "US", "Miami"),
]
STATUSES = ["linked", "unmapped", "linked", "review", "linked", "defaulted", "skipped", "linked"]


def user(role: str, name: str = "") -> User:
    """A user with this role; "" has none, "superuser" is one."""
    who = User.objects.create_user(name or role or "nobody", password=PASSWORD, is_superuser=role == "superuser")
    if role not in ("", "superuser"):
        who.groups.add(Group.objects.get(name=role))
    return who


def store(store_hash: str = "k3v9x1q7p2", name: str = "Fabrikam Outdoor", **values: Any) -> Store:
    company, _ = BusinessCentralCompany.objects.get_or_create(
        tenant="contoso.example",
        environment="Production",
        name="CRONUS UK Ltd.",
        defaults={"client_id": "app", "client_secret": SECRETS[2], "refreshed_at": timezone.now()},
    )
    found = {
        "access_token": SECRETS[0],
        "client_id": "account-1",
        "client_secret": SECRETS[1],
        "writes_enabled": True,
        "channels": [{"id": 1, "name": "fabrikam.example", "type": "storefront"}],
        "attributes": [{"id": 7, "name": "VAT number", "type": "string"}],
        "information": {"domain": "fabrikam.example", "plan_name": "Plus", "currency": "GBP"},
        "last_test": {"ok": True, "at": timezone.now().isoformat(), "findings": FINDINGS},
        **values,
    }
    row = Store.objects.create(hash=store_hash, name=name, company=company, **found)
    CustomerGroup.objects.create(store=row, remote_id=3, name="Wholesale")
    return row


def business_central_customer(row: Store, number: str, **values: Any) -> BusinessCentralCustomer:
    found = {"display_name": f"Customer {number}", "email": f"c{number}@contoso.example", "city": "London"}
    found |= {"country": "GB", "country_iso": "GB", **values}
    return BusinessCentralCustomer.objects.create(
        company=row.company,
        remote_id=uuid.uuid4(),
        number=number,
        written_at=timezone.now(),
        last_modified=timezone.now(),
        email_key=str(found["email"]).lower(),
        data=_data(number, found),
        **found,
    )


def _data(number: str, values: dict[str, Any]) -> dict[str, Any]:
    known = {name: values[name] for name in ("display_name", "email", "city", "country", "country_iso")}
    return record_to_json(
        BusinessCentralRecord(
            id=str(uuid.uuid4()), number=number, first_name="Ann", surname="Example", phone_number="+44 1632 960001",
            address_line1="1 High Street", postal_code="CB1 2FB", **known,
        )
    )  # fmt: skip


def customers(row: Store, count: int, first: int = 1) -> list[Customer]:
    """That many shoppers of all kinds, each with one address, linked ones with their counterpart; in bulk."""
    now = timezone.now()
    made = Customer.objects.bulk_create(_customer(row, i, now) for i in range(first, first + count))
    addresses = CustomerAddress.objects.bulk_create(_address(row, shopper, i) for i, shopper in enumerate(made, first))
    linked = [
        (shopper, address) for shopper, address in zip(made, addresses, strict=True) if shopper.status == "linked"
    ]
    others = BusinessCentralCustomer.objects.bulk_create(
        BusinessCentralCustomer(
            company=row.company,
            remote_id=uuid.uuid4(),
            number=f"C{shopper.pk:05}",
            display_name=shopper.company or shopper.name,
            email=shopper.email,
            email_key=shopper.email_key,
            data=_data(
                f"C{shopper.pk:05}", dict.fromkeys(("display_name", "email", "city", "country", "country_iso"), "")
            ),
            written_at=now,
        )
        for shopper, _ in linked
    )
    links = Link.objects.bulk_create(
        Link(store=row, customer=shopper, business_central_customer=other, rule="phone", value="+441632960001")
        for (shopper, _), other in zip(linked, others, strict=True)
    )
    AddressLink.objects.bulk_create(
        AddressLink(link=link, source="main", address=address) for link, (_, address) in zip(links, linked, strict=True)
    )
    return made


def _customer(row: Store, i: int, now: datetime.datetime) -> Customer:
    first, last, company, country, _ = NAMES[i % len(NAMES)]
    email = f"shopper{i}@mail.example"
    return Customer(
        store=row,
        remote_id=i,
        email=email,
        email_key=email,
        first_name=first,
        last_name=f"{last} {i}" if i > len(NAMES) else last,
        company=company,
        phone=f"+44 1632 {960000 + i % 1000}",
        country_code=country,
        group_remote_id=3 if i % 3 else 0,
        status=STATUSES[i % len(STATUSES)],
        status_reason="Two customers share the phone." if STATUSES[i % len(STATUSES)] == "review" else "",
        failed=i % 11 == 0,
        conflict=i % 13 == 0,
        flag_reason="The company is too long." if i % 11 == 0 or i % 13 == 0 else "",
        written_at=now,
        date_created=now - datetime.timedelta(days=400),
        date_modified=now - datetime.timedelta(minutes=i * 7),
        data={"origin_channel_id": 1},
    )


def _address(row: Store, shopper: Customer, i: int) -> CustomerAddress:
    city = NAMES[i % len(NAMES)][4]
    return CustomerAddress(
        store=row, customer=shopper, remote_id=i, address1=f"{i} Station Road", city=city,
        postal_code="CB1 2FB", country_code=shopper.country_code,
    )  # fmt: skip


def details(shopper: Customer) -> None:
    """Everything that the FactBoxes can show."""
    CustomerMetafield.objects.create(
        store=shopper.store,
        customer=shopper,
        remote_id=shopper.pk,
        namespace="bcsync",
        key="customer_number",
        value="10000",
    )
    CustomerAttribute.objects.create(customer=shopper, attribute_id=7, value="GB 789 4561 23")
    CustomerFormField.objects.create(customer=shopper, name="How did you hear of us?", value=["Trade fair", HOSTILE])
    address = CustomerAddress.objects.create(
        store=shopper.store, customer=shopper, remote_id=10_000_000 + shopper.pk, address1="Unit 4, Fen Road",
        city="Cambridge", postal_code="CB4 1UN", country_code="GB",
    )  # fmt: skip
    AddressFormField.objects.create(address=address, name="Delivery note", value="Gate 2, ring twice")


def run(row: Store, kind: str = "add_customers", status: str = "completed with errors", **values: Any) -> Run:
    found = {"trigger": "click", "step": "done", "started_at": timezone.now(), "total": values.get("looked_at")}
    return Run.objects.create(store=row, kind=kind, status=status, **{**found, **values})


def record(of: Run, target: str, outcome: str, **values: Any) -> RunRecord:
    found = {"label": target, "state": "done", **values}
    return RunRecord.objects.create(run=of, target=target, outcome=outcome, **found)


def ended_run(row: Store) -> Run:
    """Created 2, skipped 1, rejected 2, failed 1, unchanged 3: nine looked at."""
    counts = {"created": 2, "skipped": 1, "rejected": 2, "failed": 1, "unchanged": 3}
    calls = {"BigCommerce POST /v3/customers": 2, "Business Central GET customers": 4}
    of = run(row, counts=counts, looked_at=9, calls=calls, least_calls={"BigCommerce POST /v3/customers": 1})
    parts = [{"part": "core", "outcome": "created", "reason": "", "changes": [["company", "", "Adatum"]]}]
    record(of, "C1", "created", parts=parts)
    record(of, "C2", "created", parts=parts)
    record(of, "C3", "skipped", reason="No e-mail. The primary contact has no surname.")
    for label in ("C4", HOSTILE):
        record(of, label, "rejected", cause="bigcommerce:email_in_use", field="email",
               reason="The e-mail is in use already.",
               words="422 .customer_create: <script>window.harmed=1</script>")  # fmt: skip
    record(
        of,
        "C6",
        "failed",
        cause="bigcommerce:http_504",
        reason="BigCommerce did not answer.",
        words="504 Gateway Timeout",
    )
    return of


def planned_run(row: Store, shoppers: list[Customer]) -> Run:
    """Two customers would be updated, one is unchanged."""
    of = run(row, "update_customers", "planned", step="plan", mode="plan", counts={"unchanged": 1}, to_do=2,
             looked_at=3, message="This would change 2 customers; look at the plan and approve it.")  # fmt: skip
    changes = [["phone", "020 7946 0100", "+44 20 7946 0102"], ["company", HOSTILE, "=1+1 Limited"], ["notes", "", "x"]]
    for shopper in shoppers[:2]:
        record(of, f"customer:{shopper.remote_id}", "updated", state="planned", customer=shopper, label=shopper.name,
               parts=[{"part": "core", "outcome": "updated", "reason": "", "changes": changes},
                      {"part": "ship-to:FEN", "outcome": "skipped", "reason": "No city.", "changes": []}])  # fmt: skip
    return of
