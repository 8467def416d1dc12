"""The figures of a return beside it: lists read thousands of returns, and need not join."""

import django.contrib.postgres.fields
from django.db import migrations, models

_COUNTS = django.contrib.postgres.fields.ArrayField(
    base_field=models.PositiveIntegerField(),
    editable=False,
    help_text="by category",
    null=True,
    size=5,
)


def _five(value: str) -> str:
    parts = (f"COALESCE(max({value}) FILTER (WHERE category = {one}), 0)" for one in range(1, 6))
    return f"ARRAY[{', '.join(parts)}]"


_COPY = f"""
    UPDATE flows_return r SET counts = f.counts, registry_counts = f.registry_counts
    FROM (
        SELECT of_id, {_five("COALESCE(declared, derived)")} AS counts,
               {_five("derived")} AS registry_counts
        FROM flows_figure WHERE {{which}} GROUP BY of_id
    ) AS f
    WHERE r.id = f.of_id;
"""
_TRIGGERS = f"""
CREATE FUNCTION zhitong_return_counts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    {_COPY.format(which="of_id IN (SELECT of_id FROM changed)")}
    RETURN NULL;
END $$;
CREATE TRIGGER return_counts AFTER INSERT ON flows_figure
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION zhitong_return_counts();
CREATE TRIGGER return_counts_anew AFTER UPDATE ON flows_figure
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION zhitong_return_counts();
{_COPY.format(which="true")}
"""
_TAKEN_DOWN = """
DROP TRIGGER return_counts ON flows_figure;
DROP TRIGGER return_counts_anew ON flows_figure;
DROP FUNCTION zhitong_return_counts;
"""


class Migration(migrations.Migration):
    dependencies = [("flows", "0001_initial")]

    operations = [
        migrations.AddField("return", "counts", _COUNTS),
        migrations.AddField("return", "registry_counts", _COUNTS.clone()),
        migrations.RunSQL(_TRIGGERS, reverse_sql=_TAKEN_DOWN),
    ]
