"""Why a trip costs more than others, found when it is planned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("transport", "0002_remedies_in_parts"),)
    operations = (
        migrations.AddField(
            model_name="trip",
            name="dear",
            field=models.JSONField(
                null=True, help_text="of a dear trip: rate, reason, what would help"
            ),
        ),
    )
