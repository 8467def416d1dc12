"""Erased people by number: lists of wishes ask of each person whether they are among them."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0003_long_names_alone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            "worker",
            models.Index(
                condition=models.Q(erased_at__isnull=False),
                fields=["id"],
                include=("home",),
                name="worker_erased",
            ),
        ),
    ]
