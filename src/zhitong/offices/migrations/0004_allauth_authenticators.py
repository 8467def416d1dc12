"""Authenticators and backup codes move to the table that django-allauth keeps."""

from django.db import migrations

# Secrets stay sealed as they are. Of backup codes there are only keyed prints, which allauth takes
# for codes that came from elsewhere: whoever types one is found by its print.
_MOVE = """
INSERT INTO mfa_authenticator (user_id, type, data, created_at)
SELECT user_id, 'totp', jsonb_build_object('secret', encode(secret_sealed, 'hex')), confirmed_at
FROM offices_secondfactor;

INSERT INTO mfa_authenticator (user_id, type, data, created_at)
SELECT
    f.user_id,
    'recovery_codes',
    jsonb_build_object(
        'migrated_codes',
        coalesce(
            jsonb_agg('print:' || encode(c.code_print, 'hex') ORDER BY c.id)
                FILTER (WHERE c.id IS NOT NULL),
            '[]'
        )
    ),
    f.confirmed_at
FROM offices_secondfactor f LEFT JOIN offices_backupcode c ON c.factor_id = f.id
GROUP BY f.id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("offices", "0003_api_tokens"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(_MOVE),
        migrations.DeleteModel(name="BackupCode"),
        migrations.DeleteModel(name="SecondFactor"),
    ]
