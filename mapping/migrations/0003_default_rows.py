"""Stores that are there already get the rows that the jobs used until now, with their match rules as switched."""

from django.db import migrations

from mapping.default_setup import default_rows


def give_defaults(apps, schema_editor):
    for store in apps.get_model("stores", "Store").objects.all():
        for name, rows in default_rows().items():
            model = apps.get_model("mapping", name)
            known = {field.name for field in model._meta.get_fields()}
            for row in rows:
                values = {key: value for key, value in row.items() if key in known}
                if name == "MatchRule":
                    values["enabled"] = store.rules.get(row["name"], row["enabled"])
                model.objects.create(store=store, **values)


class Migration(migrations.Migration):
    dependencies = [("mapping", "0002_setup_rows"), ("stores", "0001_initial")]
    operations = [migrations.RunPython(give_defaults, migrations.RunPython.noop)]
