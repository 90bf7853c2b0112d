from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations

# The expression is written out, not imported: a migration must stay what it was. A test compares it with search_text.
INDEXED = " || ".join(
    f"' ' || {field} || E'\\n'"
    for field in (
        "source_id",
        "first_name",
        "middle_name",
        "last_name",
        "full_name",
        "company",
        "email",
        "phone",
        "mobile",
        "fax",
        "city",
        "postal_code",
        "tax_number",
    )
)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        BtreeGinExtension(),
        TrigramExtension(),
        migrations.RunSQL(
            f"CREATE INDEX searchtext_trigrams ON records_searchtext USING gin (tenant_id, ({INDEXED}) gin_trgm_ops)"
            # New entries wait in a list that a job merges every few seconds (records.jobs): merging them inside each
            # bulk, as the default of 4 MB would, cost more than everything else that the bulk does.
            " WITH (fastupdate = on, gin_pending_list_limit = 131072)",
            "DROP INDEX searchtext_trigrams",
        ),
    ]
