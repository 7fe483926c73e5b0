"""What a search looks through, for the customers that are there already."""

from django.db import migrations

from customers.search import text_of

CHUNK = 2000


def fill(apps, schema_editor):
    customers = apps.get_model("customers", "Customer").objects
    addresses = apps.get_model("customers", "CustomerAddress").objects
    columns = ("pk", "first_name", "last_name", "company", "email", "phone", "search")
    last = 0
    while rows := list(customers.filter(pk__gt=last).order_by("pk").only(*columns)[:CHUNK]):
        last = rows[-1].pk
        phones = {row.pk: [] for row in rows}
        for customer, phone in addresses.filter(customer__in=rows).exclude(phone="").values_list("customer", "phone"):
            phones[customer].append(phone)
        for row in rows:
            row.search = text_of(row, phones[row.pk])
        customers.bulk_update(rows, ["search"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_list")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
