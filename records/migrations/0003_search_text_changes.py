import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0002_search_index"), ("tenants", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SearchTextChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=20)),
                ("record", models.BigIntegerField()),
                ("texts", models.JSONField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of search text",
                "verbose_name_plural": "changes of search text",
            },
        ),
        # Objects side by side, a later one's members winning: the operator || as an aggregate.
        migrations.RunSQL(
            "CREATE AGGREGATE jsonb_merge(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}')",
            "DROP AGGREGATE jsonb_merge(jsonb)",
        ),
        # Rows come and go by the ten thousand: what is dead should not be read by every search until a fifth is dead.
        migrations.RunSQL(
            "ALTER TABLE records_searchtextchange"
            " SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)",
            "ALTER TABLE records_searchtextchange RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
    ]
