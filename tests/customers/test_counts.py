"""The kept counts are exactly what the customers add up to, whoever changes them and however."""

import random
import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import Count
from django.utils import timezone

from customers import bulk, counts, mirror_rows
from customers.models import Customer, StoreCount
from stores.models import Store
from tests.pages import data

STATUSES = Customer.Status.values


def counted() -> dict[int, dict[str, int]]:
    """The same as StoreCount.by_store, from the customers themselves, one by one."""
    found: dict[int, dict[str, int]] = {}
    for row in Customer.objects.filter(gone_at=None):
        store = found.setdefault(row.store_id, StoreCount.add_up([]))
        flags = [flag for flag in counts.FLAGS if getattr(row, flag)]
        for name in ("total", row.status, *flags, *(["errors"] if flags else [])):
            store[name] += 1
    return found


def fresh(store: Store, remote_id: int, chance: random.Random) -> Customer:
    flags = {flag: chance.random() < 0.2 for flag in counts.FLAGS}
    return Customer(
        store=store, remote_id=remote_id, email=f"{remote_id}@mail.example", written_at=timezone.now(),
        status=chance.choice(STATUSES), gone_at=timezone.now() if chance.random() < 0.1 else None, **flags,
    )  # fmt: skip


class Walk:
    """Random operations, each in one of the ways in which jobs and pages change customers."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.stores = [data.store("one"), data.store("two")]
        self.next_id = 1

    def some(self) -> list[Customer]:
        rows = list(Customer.objects.order_by("pk"))
        return self.chance.sample(rows, min(len(rows), self.chance.randint(1, 6)))

    def new(self, count: int) -> list[Customer]:
        self.next_id += count
        store = self.chance.choice(self.stores)
        return [fresh(store, self.next_id - i, self.chance) for i in range(1, count + 1)]

    def bring(self) -> None:
        Customer.objects.bulk_create(self.new(self.chance.randint(1, 5)))

    def bring_by_copy(self) -> None:
        columns = [*mirror_rows.NEW_CUSTOMER_COLUMNS, *mirror_rows.CUSTOMER_COLUMNS]
        attributes = [Customer._meta.get_field(name).attname for name in columns]  # type: ignore[union-attr]
        rows = self.new(self.chance.randint(1, 5))
        bulk.insert(Customer, columns, ([getattr(row, name) for name in attributes] for row in rows))

    def upsert(self) -> None:
        rows = self.some()
        for row in rows:
            row.status, row.gone_at = self.chance.choice(STATUSES), None
        fields = ["status", "gone_at"]
        Customer.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields)

    def update_in_bulk(self) -> None:
        rows = self.some()
        for row in rows:
            row.status, row.failed = self.chance.choice(STATUSES), self.chance.random() < 0.5
        Customer.objects.bulk_update(rows, ["status", "failed"])

    def update_by_filter(self) -> None:
        flag = self.chance.choice(counts.FLAGS)
        status = self.chance.choice(STATUSES)
        Customer.objects.filter(status=status).update(**{flag: self.chance.random() < 0.5})

    def save(self) -> None:
        for row in self.some()[:1]:
            row.status, row.parked = self.chance.choice(STATUSES), not row.parked
            row.save()

    def go(self) -> None:
        gone = timezone.now() if self.chance.random() < 0.5 else None
        Customer.objects.filter(pk__in=[row.pk for row in self.some()]).update(gone_at=gone)

    def delete(self) -> None:
        Customer.objects.filter(pk__in=[row.pk for row in self.some()[:2]]).delete()

    def change_nothing_that_counts(self) -> None:
        Customer.objects.filter(pk__in=[row.pk for row in self.some()]).update(written_at=timezone.now())

    def take_back(self) -> None:
        with transaction.atomic():
            self.update_in_bulk()
            self.bring()
            transaction.set_rollback(True)

    def steps(self) -> list[Callable[[], None]]:
        return [self.bring, self.bring, self.bring_by_copy, self.upsert, self.update_in_bulk, self.update_by_filter,
                self.save, self.go, self.delete, self.change_nothing_that_counts, self.take_back]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.django_db
def test_any_walk_of_changes_keeps_the_counts_true(seed: int) -> None:
    walk = Walk(seed)
    for _ in range(150):
        step = walk.chance.choice(walk.steps())
        step()
        kept = {store: found for store, found in StoreCount.by_store().items() if found["total"]}
        assert kept == counted(), step
    assert counts.differences() == []
    assert StoreCount.objects.count() <= 2 * (counts.CROWDED + 40)


@pytest.mark.django_db
def test_a_deleted_store_leaves_no_counts() -> None:
    store, other = data.store("one"), data.store("two")
    data.customers(store, 30)
    data.customers(other, 20)
    store.customer_groups.all().delete()
    store.delete()
    assert set(StoreCount.by_store()) == {other.pk}
    assert StoreCount.of(other)["total"] == 20 == StoreCount.of(None)["total"]
    assert not StoreCount.objects.filter(store_id=store.pk).exists()
    assert counts.differences() == []


@pytest.mark.django_db
def test_one_query_gives_the_counts_of_all_stores(django_assert_num_queries: Callable[..., object]) -> None:
    data.customers(data.store("one"), 24)
    data.customers(data.store("two"), 16)
    with django_assert_num_queries(1):
        found = StoreCount.by_store()
    per_status = Customer.objects.values("store_id", "status").annotate(found=Count("pk"))
    for row in per_status:
        assert found[row["store_id"]][row["status"]] == row["found"]


@pytest.mark.django_db(transaction=True)
def test_two_who_change_many_customers_at_once_lose_none_and_never_wait_for_the_counts() -> None:
    store = data.store()
    made = data.customers(store, 160)
    mine, others = made[:80], made[80:]
    wrong: list[BaseException] = []
    # The tests' SQLite lives in memory and lets nobody wait; there is one writer at a time anyway.
    turn = threading.Lock() if connection.vendor == "sqlite" else nullcontext()

    def change(rows: list[Customer], seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(15):
                with turn, transaction.atomic():
                    for part in (rows[:40], rows[40:]):
                        ids = [row.pk for row in part if chance.random() < 0.7]
                        Customer.objects.filter(pk__in=ids).update(status=chance.choice(STATUSES))
        except BaseException as error:  # a thread's error is the test's
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change, args=(rows, seed)) for seed, rows in enumerate((mine, others))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert wrong == []
    assert StoreCount.of(store) == counted()[store.pk]


@pytest.mark.django_db
def test_recount_names_what_is_off_mends_it_and_says_so() -> None:
    store = data.store()
    data.customers(store, 16)
    said = StringIO()
    call_command("recount", stdout=said)
    assert said.getvalue() == "Every kept count is what the customers add up to.\n"
    right = StoreCount.of(store)
    StoreCount.objects.filter(status="linked", failed=False, conflict=False).update(n=999)
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("recount", "--check", stdout=said)
    assert ended.value.code == 1
    assert "k3v9x1q7p2: linked: kept 999, counted" in said.getvalue()
    assert StoreCount.of(store) != right
    with pytest.raises(SystemExit):
        call_command("recount", stdout=StringIO())
    assert StoreCount.of(store) == right
    assert counts.differences() == []


@pytest.mark.django_db
def test_migrating_again_brings_lost_triggers_back_and_counts_what_was_missed() -> None:
    store = data.store()
    data.customers(store, 8)
    with connection.cursor() as cursor:
        for statement in counts._dropping(connection):
            cursor.execute(statement)
    Customer.objects.filter(store=store).update(status="skipped", date_modified=timezone.now() - timedelta(days=1))
    assert StoreCount.of(store)["skipped"] == 1
    counts.keep_counts()
    assert StoreCount.of(store)["skipped"] == 8
    Customer.objects.filter(store=store).update(status="review")
    assert StoreCount.of(store)["review"] == 8
