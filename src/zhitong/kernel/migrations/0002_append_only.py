"""The journal says where from, and the database refuses to change or remove an entry.

TRUNCATE stays with the owner of the table: the tests empty theirs by it, and no role of the web
may use it.
"""

from django.db import migrations, models

REFUSE = """
CREATE FUNCTION zhitong_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON kernel_journalentry
    FOR EACH ROW EXECUTE FUNCTION zhitong_append_only();
"""
ALLOW = """
DROP TRIGGER append_only ON kernel_journalentry;
DROP FUNCTION zhitong_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="journalentry",
            name="address",
            field=models.GenericIPAddressField(help_text="none from the command line", null=True),
        ),
        migrations.RunSQL(REFUSE, reverse_sql=ALLOW),
    ]
