"""What row-level security compares, in the row itself: a policy that looks into another table for
every row costs seconds at a province's size. Triggers keep the copies, whoever writes."""

import django.db.models.functions.text
from django.db import migrations, models

_HOME = models.CharField(
    db_default="",
    editable=False,
    help_text="the worker's; kept by the database",
    max_length=12,
)
_PATTERN = "varchar_pattern_ops"

# They read and write beyond the scope of whoever fires them, and tell nothing.
_FUNCTION = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
_TRIGGERS = f"""
CREATE FUNCTION zhitong_worker_moves() {_FUNCTION} AS $$
BEGIN
    UPDATE registry_spell SET moved_to = NULLIF(NEW.home, home) WHERE worker_id = NEW.id;
    UPDATE registry_departure SET home = NEW.home WHERE worker_id = NEW.id;
    UPDATE registry_duplicate SET home = NEW.home WHERE worker_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER worker_moves AFTER UPDATE OF home ON registry_worker
    FOR EACH ROW WHEN (OLD.home <> NEW.home) EXECUTE FUNCTION zhitong_worker_moves();

CREATE FUNCTION zhitong_home_of_worker() {_FUNCTION} AS $$
BEGIN
    SELECT home INTO NEW.home FROM registry_worker WHERE id = NEW.worker_id;
    NEW.home := COALESCE(NEW.home, '');  -- the foreign key says what is wrong
    RETURN NEW;
END $$;
CREATE TRIGGER departure_has_home BEFORE INSERT OR UPDATE ON registry_departure
    FOR EACH ROW WHEN (NEW.home = '') EXECUTE FUNCTION zhitong_home_of_worker();
CREATE TRIGGER duplicate_has_home BEFORE INSERT OR UPDATE ON registry_duplicate
    FOR EACH ROW WHEN (NEW.home = '') EXECUTE FUNCTION zhitong_home_of_worker();

CREATE FUNCTION zhitong_common_division(first text, last text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE((SELECT left(first, digits) FROM (VALUES (9), (6), (4), (2)) AS levels (digits)
                     WHERE left(first, digits) = left(last, digits)
                     ORDER BY digits DESC LIMIT 1), '')
$$;
CREATE FUNCTION zhitong_batch_offices() {_FUNCTION} AS $$
BEGIN
    IF NEW.sent_from = '' AND NEW.sent_by_id IS NOT NULL THEN
        NEW.sent_from := COALESCE((
            SELECT o.division FROM offices_staff s JOIN offices_organisation o
            ON o.id = s.organisation_id WHERE s.user_id = NEW.sent_by_id), '');
    END IF;
    IF NEW.speaks_for = '' THEN
        NEW.speaks_for := COALESCE((
            SELECT zhitong_common_division(min(township), max(township))
            FROM registry_reportedtownship WHERE batch_id = NEW.id), '');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_has_offices BEFORE INSERT OR UPDATE ON registry_batch
    FOR EACH ROW WHEN (NEW.sent_from = '' OR NEW.speaks_for = '')
    EXECUTE FUNCTION zhitong_batch_offices();

CREATE FUNCTION zhitong_batch_speaks() {_FUNCTION} AS $$
BEGIN
    -- Left empty, it is found anew by the batch's own trigger.
    UPDATE registry_batch SET speaks_for = ''
    WHERE id IN (SELECT DISTINCT batch_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER batch_speaks AFTER INSERT ON registry_reportedtownship
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION zhitong_batch_speaks();
CREATE TRIGGER batch_speaks_less AFTER DELETE ON registry_reportedtownship
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION zhitong_batch_speaks();

UPDATE registry_spell s SET moved_to = w.home
    FROM registry_worker w WHERE w.id = s.worker_id AND w.home <> s.home;
UPDATE registry_departure SET home = '';
UPDATE registry_duplicate SET home = '';
UPDATE registry_batch SET speaks_for = '';
"""
_TAKEN_DOWN = """
DROP TRIGGER worker_moves ON registry_worker;
DROP TRIGGER departure_has_home ON registry_departure;
DROP TRIGGER duplicate_has_home ON registry_duplicate;
DROP TRIGGER batch_has_offices ON registry_batch;
DROP TRIGGER batch_speaks ON registry_reportedtownship;
DROP TRIGGER batch_speaks_less ON registry_reportedtownship;
DROP FUNCTION zhitong_worker_moves, zhitong_home_of_worker, zhitong_batch_offices,
    zhitong_batch_speaks, zhitong_common_division;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("offices", "0001_initial")]

    operations = [
        migrations.AddField(
            "batch",
            "sent_from",
            models.CharField(
                db_default="",
                editable=False,
                help_text="division of the sender's office then; filled in by the database",
                max_length=12,
            ),
        ),
        migrations.AddField(
            "batch",
            "speaks_for",
            models.CharField(
                db_default="",
                editable=False,
                help_text="the smallest division that all its townships lie in; kept by the database",
                max_length=9,
            ),
        ),
        migrations.AddField("departure", "home", _HOME),
        migrations.AddField("duplicate", "home", _HOME.clone()),
        migrations.AddField(
            "spell",
            "moved_to",
            models.CharField(
                editable=False,
                help_text="their home now, where it is another",
                max_length=12,
                null=True,
            ),
        ),
        migrations.AddField(
            "worker",
            "name_rest",
            models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("name", 2),
                help_text="so is what follows the first character",
                output_field=models.CharField(max_length=60),
            ),
        ),
        migrations.RunSQL(_TRIGGERS, reverse_sql=_TAKEN_DOWN),
        migrations.AddIndex(
            "departure",
            models.Index(fields=["home"], name="departure_by_home", opclasses=(_PATTERN,)),
        ),
        migrations.AddIndex(
            "spell",
            models.Index(
                condition=models.Q(("status", 1)),
                fields=["home"],
                include=("category", "started", "ended"),
                name="spell_at_work_by_home",
                opclasses=(_PATTERN,),
            ),
        ),
        migrations.AddIndex(
            "worker",
            models.Index(
                fields=["name_rest", "home"],
                name="worker_by_rest_of_name",
                opclasses=(_PATTERN, _PATTERN),
            ),
        ),
        migrations.AddIndex(
            "worker",
            models.Index(
                condition=models.Q(("name__regex", "^....")),
                fields=["home", "name"],
                name="worker_by_long_name",
                opclasses=(_PATTERN, _PATTERN),
            ),
        ),
    ]
