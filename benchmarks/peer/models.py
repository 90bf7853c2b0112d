"""The twin: the customer table's columns, keys and btree indexes, without triggers and without search text."""

from django.db import connection, models

from customers.models import Customer

COLUMNS = [
    field.attname
    for field in Customer._meta.concrete_fields
    if field.attname not in {"id", "uid", "deletion_id", "erased_at", "usergroup_id"}
]
"""What a push writes."""


class Twin(models.Model):
    """Reads and writes the twin table as a plain Django model would."""

    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT)
    source = models.CharField(max_length=64, default="", blank=True)
    source_id = models.CharField(max_length=255, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1)
    debtor_id = models.CharField(max_length=255, default="", blank=True)
    first_name = models.CharField(max_length=255, default="", blank=True)
    middle_name = models.CharField(max_length=255, default="", blank=True)
    last_name = models.CharField(max_length=255, default="", blank=True)
    abbreviation = models.CharField(max_length=255, default="", blank=True)
    title = models.CharField(max_length=255, default="", blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=1, default="u")
    login = models.CharField(max_length=255, default="", blank=True)
    phone = models.CharField(max_length=255, default="", blank=True)
    mobile = models.CharField(max_length=255, default="", blank=True)
    fax = models.CharField(max_length=255, default="", blank=True)
    email = models.EmailField(max_length=254, default="", blank=True)
    pricelist_amount = models.CharField(max_length=255, default="", blank=True)
    pricelist_percentage = models.CharField(max_length=255, default="", blank=True)
    primary_language = models.CharField(max_length=2, default="", blank=True)
    ssn = models.CharField(max_length=255, default="", blank=True)

    class Meta:
        managed = False
        db_table = "twin"
        # bulk_create(update_conflicts) names this; the table's own index was copied from the customers'.
        unique_together = [("tenant", "source_id", "source")]


def create_twin(model: type[models.Model] = Customer, table: str = "twin") -> None:
    """Make an empty twin of a record's table, foreign keys and all."""
    with connection.cursor() as cursor:
        original = model._meta.db_table
        cursor.execute(f"DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (LIKE {original} INCLUDING ALL)")
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
            [original],
        )
        for (definition,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} ADD {definition}")
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND indisunique"
            " AND indpred IS NOT NULL AND pg_get_indexdef(indexrelid) LIKE %s",
            [table, "%source_id%"],
        )
        # bulk_create cannot name a partial index as the conflict's target, so the twin's key index is a whole one.
        for (index,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {index}")
        cursor.execute(f"CREATE UNIQUE INDEX {table}_key ON {table} (tenant_id, source_id, source)")
