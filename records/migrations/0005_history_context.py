from django.db import migrations

# Whoever changes records without naming an operation, with psql for example, acts as the user of the database: one
# operation for each transaction. A name that was given by a verb goes before it (tenants/actors.py).
MAKE = """
CREATE FUNCTION records_history_context_v1() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    own text := current_setting('backoffice.own_context', true);
BEGIN
    IF coalesce(current_setting('pghistory.context_id', true), '') <> '' THEN
        RETURN _pgh_attach_context();
    END IF;
    IF coalesce(own, '') = '' THEN
        own := gen_random_uuid();
        PERFORM set_config('backoffice.own_context', own, true);
        INSERT INTO pghistory_context (id, metadata, created_at, updated_at)
        VALUES (own::uuid, jsonb_build_object('actor', session_user, 'origin', 'database'), now(), now());
    END IF;
    RETURN own::uuid;
END $$;
"""

UNDO = "DROP FUNCTION records_history_context_v1();"


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0004_change_feed"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [migrations.RunSQL(MAKE, UNDO)]
