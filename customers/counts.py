"""The triggers that keep `StoreCount`: whoever changes a customer, the counts change in the same transaction.

PostgreSQL only adds rows (nobody waits for another's) and folds them when there are many; SQLite has one writer.
"""

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE, KEPT = "customers_customer", "customers_storecount"
FLAGS = ("conflict", "failed", "parked")
KEY = ("store_id", "status", *FLAGS)
COLUMNS = ", ".join(KEY)
# PostgreSQL: a store with more rows than this has them added up by whoever comes by; no lock is waited for.
CROWDED = 120
EVENTS = ("INSERT", "UPDATE", "DELETE")

POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION customers_keep_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE counted integer;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO {KEPT} ({COLUMNS}, n)
      SELECT {COLUMNS}, count(*) FROM added WHERE gone_at IS NULL GROUP BY {COLUMNS};
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO {KEPT} ({COLUMNS}, n)
      SELECT {COLUMNS}, -count(*) FROM removed WHERE gone_at IS NULL GROUP BY {COLUMNS};
  ELSE
    INSERT INTO {KEPT} ({COLUMNS}, n)
      SELECT {COLUMNS}, sum(n) FROM (
        SELECT {COLUMNS}, 1 AS n FROM added WHERE gone_at IS NULL
        UNION ALL SELECT {COLUMNS}, -1 FROM removed WHERE gone_at IS NULL
      ) moved GROUP BY {COLUMNS} HAVING sum(n) <> 0;
  END IF;
  GET DIAGNOSTICS counted = ROW_COUNT;
  IF counted > 0 THEN
    WITH crowded AS (SELECT store_id FROM {KEPT} GROUP BY store_id HAVING count(*) > {CROWDED}),
    taken AS (
      DELETE FROM {KEPT} WHERE id IN (
        SELECT id FROM {KEPT} WHERE store_id IN (SELECT store_id FROM crowded) FOR UPDATE SKIP LOCKED
      ) RETURNING {COLUMNS}, n
    )
    INSERT INTO {KEPT} ({COLUMNS}, n) SELECT {COLUMNS}, sum(n) FROM taken GROUP BY {COLUMNS} HAVING sum(n) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION customers_forget_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {KEPT} WHERE store_id = OLD.id;
  RETURN NULL;
END $$;
"""
SEEN = {
    "INSERT": "NEW TABLE AS added",
    "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
    "DELETE": "OLD TABLE AS removed",
}


def keep_counts(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """After migrations: the triggers are there (a rebuilt table has lost them) and the counts are true."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        if KEPT not in tables or TABLE not in tables:  # a partial migration: the next whole one brings them
            return
        for statement in [*_dropping(connection), *_creating(connection)]:
            cursor.execute(statement)
    recount(using)


def forget_triggers(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Before migrations, on SQLite: it rebuilds tables and stumbles over triggers that name them."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for statement in _dropping(connection):
                cursor.execute(statement)


def _dropping(connection: BaseDatabaseWrapper) -> list[str]:
    on = " ON {}" if connection.vendor == "postgresql" else ""
    names = [(f"customers_keep_counts_{event.lower()}", TABLE) for event in EVENTS]
    names.append(("customers_forget_counts", "stores_store"))
    return [f"DROP TRIGGER IF EXISTS {name}{on.format(table)}" for name, table in names]


def _creating(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "postgresql":
        triggers = [
            f"CREATE TRIGGER customers_keep_counts_{event.lower()} AFTER {event} ON {TABLE} "
            f"REFERENCING {SEEN[event]} FOR EACH STATEMENT EXECUTE FUNCTION customers_keep_counts()"
            for event in EVENTS
        ]
        forget = "AFTER DELETE ON stores_store FOR EACH ROW EXECUTE FUNCTION customers_forget_counts()"
        return [POSTGRESQL, *triggers, f"CREATE TRIGGER customers_forget_counts {forget}"]
    plus, minus = _one_row("NEW", 1), _one_row("OLD", -1)
    moved = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in (*KEY, "gone_at"))
    return [
        f"CREATE TRIGGER customers_keep_counts_insert AFTER INSERT ON {TABLE} BEGIN {plus} END",
        f"CREATE TRIGGER customers_keep_counts_delete AFTER DELETE ON {TABLE} BEGIN {minus} END",
        f"CREATE TRIGGER customers_keep_counts_update AFTER UPDATE ON {TABLE} WHEN {moved} BEGIN {minus} {plus} END",
        "CREATE TRIGGER customers_forget_counts AFTER DELETE ON stores_store "
        f"BEGIN DELETE FROM {KEPT} WHERE store_id = OLD.id; END",
    ]


def _one_row(row: str, by: int) -> str:
    """SQLite: one customer more or fewer of a combination, which has one row."""
    same = " AND ".join(f"{name} = {row}.{name}" for name in KEY)
    values = ", ".join(f"{row}.{name}" for name in KEY)
    return (
        f"UPDATE {KEPT} SET n = n + ({by}) WHERE {row}.gone_at IS NULL AND {same};"
        f"INSERT INTO {KEPT} ({COLUMNS}, n) SELECT {values}, {by} "
        f"WHERE {row}.gone_at IS NULL AND changes() = 0;"
    )


def differences(using: str = "default") -> list[dict[str, Any]]:
    """[{store_id, status, conflict, failed, parked, kept, counted}] where the kept counts are not the table's."""
    found: list[dict[str, Any]] = []
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS}, sum(kept), sum(counted) FROM ("
            f"SELECT {COLUMNS}, n AS kept, 0 AS counted FROM {KEPT} "
            f"UNION ALL SELECT {COLUMNS}, 0, 1 FROM {TABLE} WHERE gone_at IS NULL"
            f") both_ways GROUP BY {COLUMNS} HAVING sum(kept) <> sum(counted) ORDER BY {COLUMNS}"
        )
        for row in cursor.fetchall():
            found.append(dict(zip((*KEY, "kept", "counted"), row, strict=True)))
    return found


def recount(using: str = "default") -> list[dict[str, Any]]:
    """Bring the kept counts to what the table says; returns what differed. Nobody writes a customer meanwhile."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"LOCK TABLE {TABLE} IN SHARE MODE")
        found = differences(using)
        if found:
            cursor.execute(f"DELETE FROM {KEPT}")
            cursor.execute(
                f"INSERT INTO {KEPT} ({COLUMNS}, n) "
                f"SELECT {COLUMNS}, count(*) FROM {TABLE} WHERE gone_at IS NULL GROUP BY {COLUMNS}"
            )
    return found
