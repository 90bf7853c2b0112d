from django.db import migrations

# Who did it belongs to an event as much as what was done. The first name of an operation stays: all chunks of a job are
# one operation, and the job that began it is the one that is told.
MAKE = """
CREATE OR REPLACE FUNCTION records_history_context_v1() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    own text := current_setting('backoffice.own_context', true);
    named text := current_setting('pghistory.context_id', true);
BEGIN
    IF coalesce(named, '') <> '' THEN
        INSERT INTO pghistory_context (id, metadata, created_at, updated_at)
        VALUES (named::uuid, coalesce(nullif(current_setting('pghistory.context_metadata', true), ''), '{}')::jsonb, now(), now())
        ON CONFLICT (id) DO NOTHING;
        RETURN named::uuid;
    END IF;
    IF coalesce(own, '') = '' THEN
        own := gen_random_uuid();
        PERFORM set_config('backoffice.own_context', own, true);
        INSERT INTO pghistory_context (id, metadata, created_at, updated_at)
        VALUES (own::uuid, jsonb_build_object('actor', session_user, 'origin', 'database'), now(), now());
    END IF;
    RETURN own::uuid;
END $$;

CREATE FUNCTION records_history_names_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN
        RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER records_append_only BEFORE UPDATE OR DELETE ON pghistory_context
FOR EACH STATEMENT EXECUTE FUNCTION records_history_names_v1();
"""

UNDO = """
DROP TRIGGER records_append_only ON pghistory_context;
DROP FUNCTION records_history_names_v1();
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0007_history_floor")]

    operations = [migrations.RunSQL(MAKE, UNDO)]
