"""Two stores at full size, made by the database itself (generate_series), and the addresses of their pages.

SQLite, which is promised for 50,000, takes the same statements.
"""

from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, CustomerGroup, Run
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
            cursor.execute(statement)
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            # What autovacuum does within minutes: the visibility map, without which no index answers alone.
            cursor.execute("VACUUM (ANALYZE)")


def _run(store: Store, number: int) -> Run:
    counts = {"updated": 4000, "unchanged": 6000}
    return Run.objects.create(
        store=store, kind="update_customers", trigger="schedule", status="succeeded", step="done", counts=counts,
        looked_at=10_000, total=10_000, started_at=timezone.now(), finished_at=timezone.now(),
    )  # fmt: skip


def _statements(count: int, stores: list[Store], company: BusinessCentralCompany, runs: list[Run]) -> list[str]:
    large, small = (store.pk for store in stores)
    store = f"CASE WHEN i % {SHARE_OF_SMALL} = 0 THEN {small} ELSE {large} END"
    first, last = _pick(FIRST, "i"), _pick(LAST, f"i / {len(FIRST)}")
    email = f"lower({first}) || '.' || lower({last}) || i || '@mail' || (i % 977) || '.example'"
    corporation = "CASE WHEN i % 4 = 0 THEN 'Company ' || (i % 50021) ELSE '' END"
    phone = "'+44 1632 ' || (100000 + (i * 7919) % 899999)"
    country = f"CASE WHEN i % 9973 = 0 THEN 'IS' ELSE {_pick(COUNTRIES, 'i / 3')} END"
    status = (
        "CASE WHEN i % 2 = 0 THEN 'linked' WHEN i % 40 < 36 THEN 'unmapped' WHEN i % 1000 = 39 THEN 'review' "
        "WHEN i % 40 = 37 THEN 'skipped' ELSE 'defaulted' END"
    )
    numbers = _series(count)
    now, modified, empty = _now(), _ago("(i * 7919) % 40000000"), "'{}'"
    customers = (
        "INSERT INTO customers_customer (id, store_id, remote_id, email, email_key, first_name, last_name, company, "
        "phone, country_code, group_remote_id, date_created, date_modified, data, content_hash, written_at, status, "
        "status_reason, candidates, conflict, failed, parked, flag_reason, search) "
        f"SELECT i, {store}, i, {email}, {email}, {first}, {last}, {corporation}, {phone}, {country}, i % 8, "
        f"{_ago('i * 60')}, {modified}, {empty}, '', {now}, {status}, '', '[]', i % 1999 = 0, i % 997 = 0, "
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
        f"SELECT i, {company.pk}, {_uuid()}, 'C' || (1000000 + i), {first} || ' ' || {last}, {email}, {email}, "
        f"'London', 'GB', 'GB', '', '', '', '', {modified}, '', '', {empty}, '', '', {now} FROM {numbers} "
        "WHERE i % 2 = 0"
    )
    links = (
        "INSERT INTO customers_link (store_id, customer_id, business_central_customer_id, rule, value, why, base, "
        f"stood, disputes, created_at) SELECT store_id, id, id, {_pick(RULES, 'id / 2')}, phone, 'phone', {empty}, "
        f"{empty}, {empty}, {now} FROM customers_customer WHERE status = 'linked'"
    )
    return [customers, addresses, others, links, *_records(runs, now, empty), *_counters()]


def _records(runs: list[Run], now: str, empty: str) -> list[str]:
    outcome = "CASE WHEN c.id % 10 = 0 THEN 'rejected' WHEN c.id % 3 = 0 THEN 'created' ELSE 'updated' END"
    per_store: dict[int, list[int]] = {}
    for run in runs:
        per_store.setdefault(run.store_id, []).append(run.pk)
    return [
        "INSERT INTO customers_runrecord (run_id, target, customer_id, label, state, outcome, reason, words, field, "
        f"cause, plan, parts, at) SELECT {first} + {many * part // RECORDS} + c.id % {many // RECORDS}, "
        f"'customer:' || c.id, c.id, c.first_name || ' ' || c.last_name, 'done', {outcome}, '', '', '', "
        f"CASE WHEN c.id % 10 = 0 THEN 'email: 422' ELSE '' END, {empty}, '[]', {now} "
        f"FROM customers_customer c WHERE c.store_id = {store}"
        for store, ids in per_store.items()
        for first, many in [(min(ids), len(ids))]
        for part in range(RECORDS)
    ]


def _counters() -> list[str]:
    """PostgreSQL's sequences know nothing of keys that were given."""
    if connection.vendor != "postgresql":
        return []
    tables = ("customers_customer", "customers_customeraddress", "customers_businesscentralcustomer")
    return [
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))" for table in tables
    ]


def _pick(words: list[str], index: str) -> str:
    cases = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(words))
    return f"(CASE ({index}) % {len(words)} {cases} END)"


def _series(count: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series(1::bigint, {count}) AS numbers(i)"
    return (
        f"(WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count}) "
        "SELECT i FROM numbers)"
    )


def _now() -> str:
    return "now()" if connection.vendor == "postgresql" else "datetime('now')"


def _ago(seconds: str) -> str:
    if connection.vendor == "postgresql":
        return f"now() - make_interval(secs => {seconds})"
    return f"datetime('now', '-' || ({seconds}) || ' seconds')"


def _uuid() -> str:
    return "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"


def administrator() -> User:
    who, made = User.objects.get_or_create(username="benchmark", defaults={"is_staff": True})
    if made:
        who.groups.add(Group.objects.get(name="administrator"))
    return who


def addresses(large: str, small: str) -> dict[str, str]:
    """What is asked for: name -> address."""
    found: dict[str, str] = {
        "Stores": reverse("stores"), "Store card": reverse("store", args=[large]),
        "Runs": reverse("runs"), "Runs of a store": reverse("store_runs", args=[large]),
        "Run": reverse("run", args=[Run.objects.filter(store__hash=large).order_by("pk")[0].pk]),
        "Parked": reverse("parked", args=[large]),
    }  # fmt: skip
    lists = {"": reverse("store_customers", args=[large]), "of all stores: ": reverse("customers"),
             "of the small store: ": reverse("store_customers", args=[small])}  # fmt: skip
    for of, address in lists.items():
        for name, query in _queries(found_one()).items():
            found[f"Customers {of}{name}"] = f"{address}?{query}"
    return found


def found_one() -> Customer:
    return Customer.objects.filter(status="linked").order_by("-pk")[0]


def _queries(one: Any) -> dict[str, str]:
    every: dict[str, str] = {"first page": "", "100 rows": "size=100", "last page": "before=end"}
    every |= {
        f"sorted by {key}": f"sort={key}"
        for key in (
            "name",
            "-email",
            "country",
            "status",
            "-status",
            "changed",
            "group",
            "-group",
            "store",
            "number",
            "-number",
        )
    }
    every |= {
        f"sorted by {key}, last page": f"sort={key}&before=end"
        for key in ("name", "email", "country", "status", "group", "number")
    }
    every |= {f"status {key}": f"status={key}" for key in ("linked", "review", "skipped")}
    every |= {f"status {key}, by name": f"status={key}&sort=name" for key in ("linked", "review")}
    every |= {f"flag {key}": f"flag={key}" for key in ("conflict", "failed", "parked")}
    every |= {"has errors": "has_errors=1", "has errors, by e-mail": "has_errors=1&sort=email"}
    every |= {f"country {key}": f"country={key}" for key in ("GB", "IS", "ZZ")}
    every |= {"country GB, by name": "country=GB&sort=name", "group": "group=3", "group, by name": "group=3&sort=name"}
    every |= {
        f"country {key}, by {sort}": f"country={key}&sort={sort}"
        for key in ("GB", "IS")
        for sort in ("group", "number")
    }
    every |= {f"status {key}, by number": f"status={key}&sort=number" for key in ("linked", "unmapped", "skipped")}
    every |= {"changed since 2020": "changed_since=2020-01-01", "changed since yesterday": "changed_since=2026-11-23"}
    every |= {f"mapped by {key}": f"mapped_by={key}" for key in ("phone", "by hand", "tax", "created")}
    every |= {
        "country, group, status": "country=GB&group=3&status=linked&sort=name",
        "review in IS": "country=IS&status=review",
    }
    number = one.link.business_central_customer.number
    searches = {
        "name": one.last_name, "two names": f"{one.first_name} {one.last_name}", "rare": "townes999", "nobody": "qzxwv",
        "everybody": "example", "two letters": "zz", "one letter": "a", "e-mail": one.email,
        "e-mail's host": "@mail77.example", "company": "company 4242", "phone": one.phone,
        "phone, national": "01632" + one.phone[-6:], "part of a phone": "9600", "number": number,
        "six words": "robert townes mail example company 44",
    }  # fmt: skip
    every |= {f"search, {key}": f"search={value.replace('+', '%2B')}" for key, value in searches.items()}
    every |= {
        "search, name by name": f"search={one.last_name}&sort=name",
        "search in GB linked": "search=bond&country=GB&status=linked",
    }
    return every
