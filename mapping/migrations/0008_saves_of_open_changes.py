from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("mapping", "0007_which_row_changed"),
    ]

    operations = [
        migrations.RenameField("openchanges", "rows", "saves"),
        migrations.RenameField("openchanges", "reach_rows", "reach_saves"),
    ]
