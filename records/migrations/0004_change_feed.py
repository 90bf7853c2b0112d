from django.db import migrations

# Where an event stands in the change feed: the era in the upper 20 bits, then a number that is at least the id of the
# event's own transaction and that of every transaction whose writes it may have seen. docs/explanation/change-feed.md
# tells why. An era is the life of the database in one cluster: transaction ids begin anew in another one. Sequences
# hold it, because they are dumped and replicated, never rolled back, and nobody waits for them.
MAKE = """
CREATE SEQUENCE records_change_cluster MINVALUE -9223372036854775808;
CREATE SEQUENCE records_change_era;
SELECT setval('records_change_cluster', system_identifier), setval('records_change_era', 1) FROM pg_control_system();

CREATE FUNCTION records_change_era_v1() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    known text := current_setting('backoffice.change_era', true);
    here bigint;
BEGIN
    IF coalesce(known, '') = '' THEN
        SELECT system_identifier INTO here FROM pg_control_system();
        IF (SELECT last_value <> here FROM records_change_cluster) AND NOT pg_is_in_recovery() THEN
            PERFORM pg_advisory_lock(hashtextextended('records_change_era', 0));
            IF (SELECT last_value <> here FROM records_change_cluster) THEN
                PERFORM setval('records_change_era', last_value + 1) FROM records_change_era;
                PERFORM setval('records_change_cluster', here);
            END IF;
            PERFORM pg_advisory_unlock(hashtextextended('records_change_era', 0));
        END IF;
        SELECT last_value INTO known FROM records_change_era;
        PERFORM set_config('backoffice.change_era', known, false);
    END IF;
    RETURN known;
END $$;

CREATE FUNCTION records_change_position_v1() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (records_change_era_v1() << 44)
         + greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1);
END $$;
"""

UNDO = """
DROP FUNCTION records_change_position_v1();
DROP FUNCTION records_change_era_v1();
DROP SEQUENCE records_change_era;
DROP SEQUENCE records_change_cluster;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0003_search_text_changes")]

    operations = [migrations.RunSQL(MAKE, UNDO)]
