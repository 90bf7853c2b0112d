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
            f"CREATE INDEX searchtext_trigrams ON records_searchtext USING gin (tenant_id, ({INDEXED}) gin_trgm_ops)",
            "DROP INDEX searchtext_trigrams",
        ),
    ]
