"""Two stores at full size, made by the database itself (generate_series): customers, links, runs and their records.

SQLite, which is promised for 50,000, takes the same statements.
"""

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import pages_waiting
from benchmarks.pages_addresses import administrator
from benchmarks.pages_sql import ago, complete, now, pick, record_json, series, uuid_of
from customers.models import CustomerGroup, Run
from stores.models import BusinessCentralCompany, Store

# In the smaller store; the rest is in the larger.
SHARE_OF_SMALL = 50
FIRST = [
    "Robert", "Helen", "Siobhan", "Meagan", "Ian", "Jesse", "Zoe", "Oluwaseun", "Francois", "Jose", "Asa", "Priya",
    "Conor", "Eleanor", "Dimitra", "Gwen",
]  # fmt: skip
LAST = [
    "Townes", "Ray", "Dhomhnaill", "Bond", "Deberry", "Homer", "Muller", "Adebayo", "Lefevre", "Nanez", "Oberg",
    "Raghunathan", "Sullivan", "Whitby",
]  # fmt: skip
COUNTRIES = ["GB", "GB", "GB", "GB", "US", "US", "DE", "DE", "FR", "ES", "IE", "PL", "AE", "SE", "NL", "IT"]
RULES = ["phone", "phone", "phone", "created", "created", "e-mail", "tracking", "by hand"]
RECORDS = 5


def seed(customers: int, large: str, small: str) -> None:
    """Empty every table of ours and fill them."""
    call_command("migrate", verbosity=0)
    call_command("flush", verbosity=0, interactive=False)
    fill(customers, large, small)
    with connection.cursor() as cursor:
        # What autovacuum does within minutes: the visibility map, without which no index answers alone.
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")


def fill(customers: int, large: str, small: str) -> None:
    """The same into tables that are empty."""
    company = BusinessCentralCompany.objects.create(
        tenant="tenant", environment="Production", name="Company", refreshed_at=timezone.now()
    )
    stores = [
        Store.objects.create(hash=each, name=name, company=company, client_id="client", writes_enabled=True)
        for each, name in ((large, "Fabrikam Outdoor"), (small, "Fabrikam Trade"))
    ]
    for store in stores:
        CustomerGroup.objects.bulk_create(
            CustomerGroup(store=store, remote_id=i, name=f"Group {i}") for i in range(1, 9)
        )
    runs = [_run(store, i) for store in stores for i in range(100)]
    with connection.cursor() as cursor:
        for statement in _statements(customers, stores, company, runs):
            cursor.execute(complete(statement))
    waiting(customers, stores[0])


def waiting(customers: int, store: Store) -> None:
    """What waits for a person in this store, and what is kept of what people did."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in [*_counters(), *pages_waiting.statements(customers, store, administrator()), *_counters()]:
            cursor.execute(complete(statement) if statement.startswith("INSERT") else statement)
    pages_waiting.afterwards(store)


def _run(store: Store, number: int) -> Run:
    counts = {"updated": 4000, "unchanged": 6000}
    return Run.objects.create(
        store=store, kind="update_customers", trigger="schedule", status="succeeded", step="done", counts=counts,
        looked_at=10_000, total=10_000, started_at=timezone.now(), finished_at=timezone.now(),
    )  # fmt: skip


def _statements(count: int, stores: list[Store], company: BusinessCentralCompany, runs: list[Run]) -> list[str]:
    large, small = (store.pk for store in stores)
    store = f"CASE WHEN i % {SHARE_OF_SMALL} = 0 THEN {small} ELSE {large} END"
    first, last = pick(FIRST, "i"), pick(LAST, f"i / {len(FIRST)}")
    email = f"lower({first}) || '.' || lower({last}) || i || '@mail' || (i % 977) || '.example'"
    corporation = "CASE WHEN i % 4 = 0 THEN 'Company ' || (i % 50021) ELSE '' END"
    phone = "'+44 1632 ' || (100000 + (i * 7919) % 899999)"
    country = f"CASE WHEN i % 9973 = 0 THEN 'IS' ELSE {pick(COUNTRIES, 'i / 3')} END"
    status = (
        "CASE WHEN i % 2 = 0 THEN 'linked' WHEN i % 40 < 36 THEN 'unmapped' WHEN i % 1000 = 39 THEN 'review' "
        "WHEN i % 40 = 37 THEN 'skipped' ELSE 'defaulted' END"
    )
    numbers = series(count)
    at, modified, empty = now(), ago("(i * 7919) % 40000000"), "'{}'"
    customers = (
        "INSERT INTO customers_customer (id, store_id, remote_id, email, email_key, first_name, last_name, company, "
        "phone, country_code, group_remote_id, date_created, date_modified, data, content_hash, written_at, status, "
        "status_reason, candidates, conflict, failed, parked, flag_reason, search) "
        f"SELECT i, {store}, i, {email}, {email}, {first}, {last}, {corporation}, {phone}, {country}, i % 8, "
        f"{ago('i * 60')}, {modified}, {empty}, '', {at}, {status}, '', '[]', i % 1999 = 0, i % 997 = 0, "
        f"i % 4999 = 0, '', ' ' || lower({first} || ' ' || {last} || ' ' || {corporation}) || ' ' || {email} || ' ' || "
        f"'441632' || (100000 + (i * 7919) % 899999) || '\n' FROM {numbers}"
    )
    addresses = (
        "INSERT INTO customers_customeraddress (id, store_id, customer_id, remote_id, first_name, last_name, company, "
        "address1, address2, city, state_or_province, postal_code, country_code, phone, address_type) "
        "SELECT id, store_id, id, remote_id, first_name, last_name, company, remote_id || ' Station Road', '', "
        "'Cambridge', '', 'CB1 2FB', country_code, phone, '' FROM customers_customer"
    )
    others = (
        "INSERT INTO customers_businesscentralcustomer (id, company_id, remote_id, number, display_name, email, "
        "email_key, city, country, country_iso, salesperson_code, customer_price_group, tax_key, blocked, "
        "last_modified, contact_key, ship_to_digest, data, content_hash, created_for_email, written_at) "
        f"SELECT i, {company.pk}, {uuid_of('i')}, 'C' || (1000000 + i), {first} || ' ' || {last}, {email}, {email}, "
        f"'London', 'GB', 'GB', '', '', '', '', {modified}, '', '', {record_json('i', first, last, email)}, '', '', "
        f"{at} FROM {numbers} WHERE i % 2 = 0"
    )
    links = (
        "INSERT INTO customers_link (store_id, customer_id, business_central_customer_id, rule, value, why, base, "
        f"stood, disputes, created_at) SELECT store_id, id, id, {pick(RULES, 'id / 2')}, phone, 'phone', {empty}, "
        f"{empty}, {empty}, {at} FROM customers_customer WHERE status = 'linked'"
    )
    return [customers, addresses, others, links, *_records(runs, at, empty)]


def _records(runs: list[Run], at: str, empty: str) -> list[str]:
    outcome = "CASE WHEN c.id % 10 = 0 THEN 'rejected' WHEN c.id % 3 = 0 THEN 'created' ELSE 'updated' END"
    per_store: dict[int, list[int]] = {}
    for run in runs:
        per_store.setdefault(run.store_id, []).append(run.pk)
    return [
        "INSERT INTO customers_runrecord (run_id, target, customer_id, label, state, outcome, reason, words, field, "
        f"cause, plan, parts, at) SELECT {spread}, "
        f"'customer:' || c.id, c.id, c.first_name || ' ' || c.last_name, 'done', {outcome}, '', '', '', "
        f"CASE WHEN c.id % 10 = 0 THEN 'email: 422' ELSE '' END, {empty}, '[]', {at} "
        f"FROM customers_customer c WHERE c.store_id = {store}"
        for store, ids in per_store.items()
        for first, many in [(min(ids), len(ids))]
        for part in range(RECORDS)
        # One run of everybody, as the first Import is; the others did a part each.
        for spread in [f"{first} + {many * part // RECORDS} + c.id % {many // RECORDS}" if part else first]
    ]


def _counters() -> list[str]:
    """PostgreSQL's sequences know nothing of keys that were given."""
    if connection.vendor != "postgresql":
        return []
    tables = ("customers_customer", "customers_customeraddress", "customers_businesscentralcustomer")
    return [
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))" for table in tables
    ]
