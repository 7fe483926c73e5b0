"""Indexes of PostgreSQL's own, most of them for pieces of texts (pg_trgm): made after migrations, while others work."""

import logging
from typing import Any

from django.db import Error, connections, transaction

from customers import plan_text, search

logger = logging.getLogger(__name__)
# (name, table and columns)
INDEXES = (
    search.INDEX,
    plan_text.INDEX,
    ("record_text", "customers_runrecord USING gin (label gin_trgm_ops, reason gin_trgm_ops) WHERE state = 'done'"),
    (
        "business_text",
        "customers_businesscentralcustomer USING gin "
        "(number gin_trgm_ops, display_name gin_trgm_ops, email gin_trgm_ops)",
    ),
    (
        "business_by_discount",
        "customers_businesscentralcustomer (company_id, (data ->> 'customer_discount_group')) WHERE gone_at IS NULL",
    ),
    # Those of several addresses, whom `naming` looks at whichever address is looked for.
    ("several_emails", "customers_businesscentralcustomer (company_id) WHERE email LIKE '%;%' OR email LIKE '%,%'"),
)
# One whose making was interrupted answers nothing and is written to all the same.
BROKEN = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def keep_indexes(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """After migrations: PostgreSQL has its trigram indexes, or the log says what is missing for them."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        if "customers_customer" not in connection.introspection.table_names(cursor):
            return
        try:
            with transaction.atomic(using=using):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for name, on in INDEXES:
                _make(cursor, name, on, "" if connection.in_atomic_block else "CONCURRENTLY")
        except Error as error:
            logger.warning(
                "Searching reads every row, because PostgreSQL's extension pg_trgm could not be created: %s "
                "Let a superuser run CREATE EXTENSION pg_trgm; in this database, then run manage.py migrate again.",
                str(error).strip(),
            )


def _make(cursor: Any, name: str, on: str, how: str) -> None:
    cursor.execute(BROKEN, [name])
    if cursor.fetchone():
        cursor.execute(f"DROP INDEX {how} {name}")
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
    if not cursor.fetchone()[0]:
        cursor.execute(f"CREATE INDEX {how} {name} ON {on}")
