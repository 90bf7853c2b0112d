import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0005_history_context'),
        ('customers', '0004_event_transactions'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('recyclebin', '0001_initial'),
        ('tenants', '0001_initial'),
        ('users', '0004_event_transactions'),
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
        pgtrigger.migrations.RemoveTrigger(
            model_name='customerevent',
            name='append_only',
        ),
        migrations.AlterField(
            model_name='customerevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AlterField(
            model_name='customerevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer'),
        ),
        migrations.AddIndex(
            model_name='customerevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='customerevent_record'),
        ),
        migrations.AddIndex(
            model_name='customerevent',
            index=models.Index(fields=['pgh_context', 'pgh_id'], name='customerevent_operation'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "customers_customerevent" ("abbreviation", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; RETURN NULL;', hash='14152fbd91fffedf5f0a046c22f663861cb4bf1b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_a36e0', referencing='REFERENCING NEW TABLE AS new_values ', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF coalesce(current_setting(\'pghistory.context_id\', true), \'\') <> \'\' THEN WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "customers_customerevent" ("abbreviation", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; ELSE WITH changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values), once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM changed)) INSERT INTO "customers_customerevent" ("abbreviation", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM changed AS new_values, once; END IF; RETURN NULL;', hash='39acc19829978fbe9c4cb637402943219119a44e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_ca86d', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM old_values)) INSERT INTO "customers_customerevent" ("abbreviation", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT old_values."abbreviation", old_values."created_at", old_values."date_of_birth", old_values."debtor_id", old_values."deletion_id", old_values."email", old_values."erased_at", old_values."fax", old_values."first_name", old_values."gender", old_values."id", old_values."last_name", old_values."login", old_values."middle_name", old_values."mobile", old_values."modified_at", old_values."phone", old_values."pricelist_amount", old_values."pricelist_percentage", old_values."primary_language", old_values."source", old_values."source_id", old_values."ssn", old_values."tenant_id", old_values."title", old_values."uid", old_values."usergroup_id", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position, once.xid FROM old_values AS old_values, once; RETURN NULL;', hash='1499a313e907783eadc6da08c6147b351c948f24', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_939ca', referencing='REFERENCING OLD TABLE AS old_values ', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customerevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN\n            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ", hash='888f54f21504840ddc27e6e169a88612c4ba7a14', level='STATEMENT', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_92226', table='customers_customerevent', when='BEFORE')),
        ),
    ]
