"""What a plan's filters look through, for the records that wait already: in slices, and nothing of those that are done."""

from django.db import migrations, transaction

from customers.plan_text import WAITING, text_of

SLICE = 1000


def fill(apps, schema_editor):
    """Only runs with something to do are looked into, each through its index, so that millions of records do not count."""
    runs, records = (apps.get_model("customers", name).objects for name in ("Run", "RunRecord"))
    columns = ("pk", "label", "reason", "state", "parts")
    for run in runs.filter(to_do__gt=0).values_list("pk", flat=True):
        waiting, last = records.filter(run=run, state__in=WAITING).order_by("pk").only(*columns), 0
        while rows := list(waiting.filter(pk__gt=last)[:SLICE]):
            last = rows[-1].pk
            with transaction.atomic(), schema_editor.connection.cursor() as cursor:
                cursor.executemany(
                    "UPDATE customers_runrecord SET said = %s WHERE id = %s AND said = ''",
                    [(text_of(row), row.pk) for row in rows],
                )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0026_plan_text")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
