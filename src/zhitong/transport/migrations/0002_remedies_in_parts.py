"""A remedy as message and values, so that pages tell it in their reader's language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("transport", "0001_initial"),)
    operations = (
        migrations.AddField(
            model_name="leftover", name="advice", field=models.JSONField(default=dict)
        ),
    )
