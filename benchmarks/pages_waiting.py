"""What waits for a person at full size, and what is kept of what people did: a plan, reasons, conflicts, events, runs.

Counted by the customers: of 1,000,000 a plan of 100,000, 200,000 in Business Central alone, half of them left over.
"""

from django.contrib.auth.models import User
from django.db.models import Count
from django.utils import timezone

from benchmarks.pages_sql import ago, as_json, now, record_json, series, uuid_of
from customers.models import Alarm, ReadinessCheck, RecurringTask, Run
from mapping.models import OpenChanges
from mapping.setup import ensure_defaults
from mapping.snapshot import export
from stores.models import Store

EMPTY = as_json("'{}'")


def statements(customers: int, store: Store, by: User) -> list[str]:
    """What is left to execute; the few rows that others point at are made at once."""
    ensure_defaults(store)
    return [
        *_alone(customers, store),
        *_plan(customers, store),
        *_queues(customers, store, by),
        *_history(customers, store, by),
    ]


def afterwards(store: Store) -> None:
    """What is worked out from the rows: the counts of the run of everybody."""
    everybody = store.runs.order_by("pk")[0]
    grouped = everybody.records.order_by().values_list("outcome").annotate(n=Count("pk"))
    counts = dict(grouped)
    Run.objects.filter(pk=everybody.pk).update(
        kind=Run.Kind.IMPORT_CUSTOMERS, counts=counts, looked_at=sum(counts.values()), total=sum(counts.values())
    )
    moment = timezone.now()
    ReadinessCheck.objects.update_or_create(store=store, defaults={"checked_at": moment, "mirror_read_at": moment})


def _alone(customers: int, store: Store) -> list[str]:
    """Customers of Business Central alone: a quarter shares its e-mail, a half is not ready, a quarter is ready."""
    number, company = f"({customers} + i)", store.company_id
    first, last = "'Waiting'", "('Customer ' || i)"
    email = "(CASE WHEN i % 4 = 0 THEN 'shared' || (i / 8) ELSE 'waits' || i END || '@office.example')"
    rows = (
        "INSERT INTO customers_businesscentralcustomer (id, company_id, remote_id, number, display_name, email, "
        "email_key, city, country, country_iso, salesperson_code, customer_price_group, tax_key, blocked, "
        "last_modified, contact_key, ship_to_digest, data, content_hash, created_for_email, written_at) "
        f"SELECT {number}, {company}, {uuid_of(number)}, 'C' || (1000000 + {number}), {first} || ' ' || {last}, "
        f"{email}, {email}, 'London', 'GB', 'GB', '', '', '', '', {ago('i * 40')}, '', '', "
        f"{record_json(number, first, last, email)}, '', '', {now()} FROM {series(customers // 5)}"
    )
    phones = (
        "INSERT INTO customers_businesscentralphone (customer_id, e164) "
        f"SELECT id, '+44' || (2000000000 + id) FROM customers_businesscentralcustomer WHERE company_id = {company}"
    )
    reasons = [
        ("i % 4 = 0", "shared-email", "E-mail", True, True),
        ("i % 4 = 1", "missing-city", "City", True, True),
        ("i % 4 = 2", "missing-email", "E-mail", True, False),
        ("i % 4 = 2", "missing-surname", "Surname", False, False),
    ]
    return [rows, phones] + [
        "INSERT INTO customers_notready (store_id, business_central_customer_id, number, code, field, page, text, "
        '"first", "only") '
        f"SELECT {store.pk}, {number}, 'C' || (1000000 + {number}), '{reason}', '{field}', "
        f"'Customer Card', '{field}: somebody must look.', {_truth(is_first)}, {_truth(alone)} "
        f"FROM {series(customers // 5)} WHERE {which}"
        for which, reason, field, is_first, alone in reasons
    ]


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _plan(customers: int, store: Store) -> list[str]:
    """An Update of a tenth that waits for approval; each record changes two fields, one in a thousand a rare one."""
    many = customers // 10
    run = Run.objects.create(
        store=store, kind="update_customers", trigger="click", status="planned", step="plan", mode="plan",
        counts={"unchanged": 100}, to_do=many, looked_at=many + 100, total=many + 100,
        started_at=timezone.now(), finished_at=timezone.now(), message="Planned; nothing was changed.",
    )  # fmt: skip
    field = "(CASE WHEN c.id % 1998 = 0 THEN 'VAT number' WHEN c.id % 3 = 0 THEN 'company' ELSE 'phone' END)"
    before, after = "('Before ' || c.id)", "('After ' || c.company || ' ' || c.id)"
    filler = ", ".join(f'["field {n}", null, "a value of the usual length, number {n}"]' for n in range(6))
    parts = (
        f"""('[{{"part": "core", "outcome": "updated", "reason": "", "changes": [["' || {field} || '", "' || """
        f"""{before} || '", "' || {after} || '"], ["last_name", "' || c.last_name || '", "' || """
        f"""c.last_name || '-Smith"], {filler}]}}]')"""
    )
    said = (
        f"('\n' || lower(c.first_name || ' ' || c.last_name) || '\n\t' || lower({field}) || '\n' || lower({before}) || "
        f"'\n' || lower({after}) || '\n\tlast_name\n' || lower(c.last_name) || '-smith\n"
        + "".join(f"\tfield {n}\na value of the usual length, number {n}\n" for n in range(6)) + "')"
    )  # fmt: skip
    return [
        "INSERT INTO customers_runrecord (run_id, target, customer_id, business_central_customer_id, label, state, "
        f"outcome, reason, words, field, cause, plan, parts, said, at) SELECT {run.pk}, 'customer:' || c.remote_id, "
        "c.id, c.id, c.first_name || ' ' || c.last_name, 'planned', CASE WHEN c.id % 4 = 0 THEN 'created' ELSE "
        f"'updated' END, '', '', '', '', {EMPTY}, {as_json(parts)}, {said}, {now()} FROM customers_customer c "
        f"WHERE c.status = 'linked' AND c.store_id = {store.pk} ORDER BY c.id LIMIT {many}"
    ]


def _queues(customers: int, store: Store, by: User) -> list[str]:
    """Conflicts, who is parked, left out or in Review, and the decisions of people."""
    of = f"FROM customers_customer c WHERE c.status = 'linked' AND c.store_id = {store.pk}"
    value = as_json("""('"' || c.first_name || '"')""")
    field = "CASE WHEN c.id % 3 = 0 THEN 'company' WHEN c.id % 7 = 0 THEN 'phone' ELSE 'last_name' END"
    return [
        "INSERT INTO customers_conflict (store_id, customer_id, link_id, part, field, base, bigcommerce, "
        "business_central, owner, winner, waits, found_at, settled, taken) "
        f"SELECT {store.pk}, c.id, l.id, 'core', {field}, {value}, {value}, {value}, 'business_central', "
        f"'business_central', c.id % 4 = 0, {ago('c.id % 999983')}, '', '' FROM customers_customer c "
        f"JOIN customers_link l ON l.customer_id = c.id WHERE c.store_id = {store.pk} AND c.id % 52 = 0",
        "INSERT INTO customers_trouble (store_id, kind, target, customer_id, cause, reason, fingerprint, times, "
        f"parked, since) SELECT {store.pk}, 'update_customers', 'customer:' || c.remote_id, c.id, 'email: 422', "
        f"'Refused.', '', 3, TRUE, {ago('c.id % 999983')} {of} AND c.id % 54 = 0",
        "INSERT INTO customers_decision (store_id, customer_id, kind, reason, user_id, at) "
        f"SELECT {store.pk}, c.id, 'map', 'asked them', {by.pk}, {ago('c.id % 999983')} {of} AND c.id % 12 = 0",
        "INSERT INTO customers_leftout (store_id, business_central_customer_id, email_key, reason, user_id, at) "
        f"SELECT {store.pk}, {customers} + i, '', 'a branch of another', {by.pk}, {ago('i')} "
        f"FROM {series(customers // 5)} WHERE i % 40 = 3",
        "UPDATE customers_customer SET review_score = 40 + id % 60, review_sure = CASE WHEN id % 5 = 0 THEN 80 END, "
        f"candidates = {_candidates()} WHERE status = 'review'",
    ]  # fmt: skip


def _candidates() -> str:
    """Two linked customers, named by their ids as Business Central writes them."""
    names = [f"' || substr('00000000-0000-0000-0000-000000000000', 1, 36 - length({each})) || {each} || '"
             for each in ("'2'", "'4'")]  # fmt: skip
    return as_json(f"""('["{names[0]}", "{names[1]}"]')""")


def _history(customers: int, store: Store, by: User) -> list[str]:
    """A month of runs that a recurring task started, webhooks, mended alarms, exports, changes of the set-up."""
    moment = timezone.now()
    Alarm.objects.create(key=f"benchmark {store.pk}", kind="drift", store=store, text="3 differ.", opened_at=moment,
                         seen_at=moment)  # fmt: skip
    OpenChanges.objects.create(store=store, before=export(store))
    RecurringTask.objects.bulk_create(
        RecurringTask(store=store, kind="sync_changes", every_minutes=5 + i, due_at=moment, created_by=by)
        for i in range(30)
    )
    Run.objects.create(store=store, kind="update_customers", trigger="click", status="running", mode="plan",
                       total=customers, looked_at=customers // 3, started_at=moment)  # fmt: skip
    no, yes, pk = "FALSE", as_json("'true'"), f"{store.pk}"
    then, opened = ago("i * 90"), ago("i * 600")
    return [
        "INSERT INTO customers_run (store_id, kind, trigger, scope, mode, status, step, message, cursor, looked_at, "
        "counts, to_do, calls, least_calls, approved, stop_requested, lease_token, created_at, queued_at, started_at, "
        f"finished_at) SELECT {pk}, 'sync_changes', 'schedule', {EMPTY}, 'apply', 'succeeded', 'done', '', {EMPTY}, 0, "
        f"{EMPTY}, 0, {EMPTY}, {EMPTY}, {no}, {no}, '', {then}, {then}, {then}, "
        f"{then} FROM {series(customers * 3 // 100)}",
        "INSERT INTO stores_webhookevent (store_id, scope, remote_id, hash, created_at, detail, signature, "
        f"first_received_at, received_at, claimed_by, done_at) SELECT {pk}, 'store/customer/updated', i, 'hash ' || i, "
        f"{then}, {EMPTY}, 'good', {then}, {then}, 'run-1', {then} "
        f"FROM {series(customers // 10)}",
        "INSERT INTO customers_alarm (key, kind, store_id, subject, text, opened_at, seen_at, closed_at) "
        f"SELECT 'alarm ' || i, 'drift', {pk}, '', 'Some differ.', {opened}, {opened}, {ago('i * 500')} "
        f"FROM {series(customers // 100)}",
        "INSERT INTO customers_export (store_id, about, kind, format, filters, user_id, username, status, rows, "
        f"started_at) SELECT {pk}, 'Fabrikam', 'customers', 'csv', '', {by.pk}, 'benchmark', 'finished', i, "
        f"{opened} FROM {series(customers // 100)}",
        "INSERT INTO mapping_setupchange (store_id, at, by_id, via, kind, row, action, before, after) "
        f"SELECT {pk}, {opened}, {by.pk}, 'page', 'Field Mapping', 'row ' || i, 'changed', {EMPTY}, {EMPTY} "
        f"FROM {series(customers // 100)}",
        "INSERT INTO customers_customermetafield (store_id, customer_id, remote_id, namespace, key, value, "
        "permission_set, owner_client_id) SELECT c.store_id, c.id, c.id, 'bcsync', 'number', 'C' || (1000000 + c.id), "
        "'read', 'client' FROM customers_customer c WHERE c.status = 'linked'",
        "INSERT INTO customers_customerattribute (customer_id, attribute_id, value) "
        "SELECT c.id, 7, 'GB' || c.id FROM customers_customer c WHERE c.status = 'linked'",
        "INSERT INTO customers_customerformfield (customer_id, name, value) "
        f"SELECT c.id, 'Newsletter', {yes} FROM customers_customer c WHERE c.status = 'linked'",
    ]  # fmt: skip
