"""Numbers of Business Central compare character by character on PostgreSQL too, whatever language it was set up in."""

from typing import Any

from django.db import migrations

import customers.models.business_central


def collate(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(
            'ALTER TABLE customers_businesscentralcustomer ALTER COLUMN number TYPE varchar(20) COLLATE "C"'
        )


def collate_no_more(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE customers_businesscentralcustomer ALTER COLUMN number TYPE varchar(20)")


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_sync_changes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(collate, collate_no_more)],
            state_operations=[
                migrations.AlterField(
                    model_name="businesscentralcustomer",
                    name="number",
                    field=customers.models.business_central.CodeField(max_length=20, verbose_name="No."),
                ),
            ],
        ),
    ]
