"""Weeks of a province's returns are added up from an index: a table read row by row takes longer
than the rest of the page."""

from django.conf import settings
from django.db import migrations, models

_REPORTED = ["city", "county", "locked", "province", "published", "submitted"]


class Migration(migrations.Migration):
    dependencies = [
        ("flows", "0004_reminders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            "return",
            models.Index(
                condition=models.Q(state__in=_REPORTED),
                fields=["unit", "about"],
                include=("counts",),
                name="reported_by_unit",
                opclasses=("varchar_pattern_ops", "date_ops"),
            ),
        ),
    ]
