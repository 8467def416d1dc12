"""The middle of a long name is looked for in the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_homes_beside")]

    operations = [
        migrations.RemoveIndex("worker", "worker_by_long_name"),
        migrations.AddIndex(
            "worker",
            models.Index(
                condition=models.Q(("erased_at", None), ("name__regex", "^....")),
                fields=["home", "name"],
                include=("id",),
                name="worker_by_long_name_alone",
                opclasses=("varchar_pattern_ops", "varchar_pattern_ops"),
            ),
        ),
    ]
