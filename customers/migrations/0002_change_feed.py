import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('records', '0004_change_feed'),
        ('recyclebin', '0001_initial'),
        ('tenants', '0001_initial'),
        ('users', '0001_initial'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='customerevent',
            name='pgh_position',
            # Older events come first, in the order of their keys.
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name='customerevent',
            index=models.Index(fields=['tenant', 'pgh_position', 'pgh_id'], name='customerevent_feed'),
        ),
        migrations.AddIndex(
            model_name='customerevent',
            index=models.Index(condition=models.Q(('deletion__isnull', False)), fields=['pgh_obj', 'pgh_id'], name='customerevent_bin'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS (SELECT _pgh_attach_context() AS context, records_change_position_v1() AS position) INSERT INTO "customers_customerevent" ("abbreviation", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position") SELECT new_values."abbreviation", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position FROM (SELECT new_values.* FROM new_values ) AS new_values, once; RETURN NULL;', hash='74c6a192e59e0f603e6960e4834dbe5e38fa5a6d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_a36e0', referencing='REFERENCING NEW TABLE AS new_values ', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS (SELECT _pgh_attach_context() AS context, records_change_position_v1() AS position) INSERT INTO "customers_customerevent" ("abbreviation", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position") SELECT new_values."abbreviation", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position FROM (SELECT new_values.* FROM new_values ) AS new_values, once; RETURN NULL;', hash='e32516263d2e81ece8dc5f7dc9d053b05d979eca', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_ca86d', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS (SELECT _pgh_attach_context() AS context, records_change_position_v1() AS position) INSERT INTO "customers_customerevent" ("abbreviation", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position") SELECT old_values."abbreviation", old_values."created_at", old_values."date_of_birth", old_values."debtor_id", old_values."deletion_id", old_values."email", old_values."erased_at", old_values."fax", old_values."first_name", old_values."gender", old_values."id", old_values."last_name", old_values."login", old_values."middle_name", old_values."mobile", old_values."modified_at", old_values."phone", old_values."pricelist_amount", old_values."pricelist_percentage", old_values."primary_language", old_values."source", old_values."source_id", old_values."ssn", old_values."tenant_id", old_values."title", old_values."uid", old_values."usergroup_id", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position FROM (SELECT old_values.* FROM old_values ) AS old_values, once; RETURN NULL;', hash='9071dfcfefc8f39f31a1015b6b9538857862bdad', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_939ca', referencing='REFERENCING OLD TABLE AS old_values ', table='customers_customer', when='AFTER')),
        ),
    ]
