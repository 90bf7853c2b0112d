import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0005_history_context'),
        ('addresses', '0004_event_transactions'),
        ('contacts', '0004_event_transactions'),
        ('customers', '0004_event_transactions'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('recyclebin', '0001_initial'),
        ('tenants', '0001_initial'),
        ('users', '0004_event_transactions'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='address',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='address',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='address',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='addressevent',
            name='append_only',
        ),
        migrations.AlterField(
            model_name='addressevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AlterField(
            model_name='addressevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='addresses.address'),
        ),
        migrations.AddIndex(
            model_name='addressevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='addressevent_record'),
        ),
        migrations.AddIndex(
            model_name='addressevent',
            index=models.Index(fields=['pgh_context', 'pgh_id'], name='addressevent_operation'),
        ),
        migrations.AddIndex(
            model_name='addressevent',
            index=models.Index(condition=models.Q(('usergroup__isnull', False)), fields=['usergroup', 'pgh_id'], name='addressevent_usergroup'),
        ),
        migrations.AddIndex(
            model_name='addressevent',
            index=models.Index(condition=models.Q(('company__isnull', False)), fields=['company', 'pgh_id'], name='addressevent_company'),
        ),
        migrations.AddIndex(
            model_name='addressevent',
            index=models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer', 'pgh_id'], name='addressevent_customer'),
        ),
        migrations.AddIndex(
            model_name='addressevent',
            index=models.Index(condition=models.Q(('user__isnull', False)), fields=['user', 'pgh_id'], name='addressevent_user'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='address',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "addresses_addressevent" ("city", "code", "company_id", "company_name", "country", "created_at", "customer_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "icp", "id", "is_default", "last_name", "middle_name", "mobile", "modified_at", "notes", "number", "number_extension", "phone", "postal_code", "region", "source", "source_id", "street", "tenant_id", "type", "uid", "url", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."city", new_values."code", new_values."company_id", new_values."company_name", new_values."country", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."icp", new_values."id", new_values."is_default", new_values."last_name", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."notes", new_values."number", new_values."number_extension", new_values."phone", new_values."postal_code", new_values."region", new_values."source", new_values."source_id", new_values."street", new_values."tenant_id", new_values."type", new_values."uid", new_values."url", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; RETURN NULL;', hash='9d71e1d09ed2eda0a3bf68137450395d220a6684', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_1230d', referencing='REFERENCING NEW TABLE AS new_values ', table='addresses_address', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='address',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF coalesce(current_setting(\'pghistory.context_id\', true), \'\') <> \'\' THEN WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "addresses_addressevent" ("city", "code", "company_id", "company_name", "country", "created_at", "customer_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "icp", "id", "is_default", "last_name", "middle_name", "mobile", "modified_at", "notes", "number", "number_extension", "phone", "postal_code", "region", "source", "source_id", "street", "tenant_id", "type", "uid", "url", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."city", new_values."code", new_values."company_id", new_values."company_name", new_values."country", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."icp", new_values."id", new_values."is_default", new_values."last_name", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."notes", new_values."number", new_values."number_extension", new_values."phone", new_values."postal_code", new_values."region", new_values."source", new_values."source_id", new_values."street", new_values."tenant_id", new_values."type", new_values."uid", new_values."url", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; ELSE WITH changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values), once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM changed)) INSERT INTO "addresses_addressevent" ("city", "code", "company_id", "company_name", "country", "created_at", "customer_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "icp", "id", "is_default", "last_name", "middle_name", "mobile", "modified_at", "notes", "number", "number_extension", "phone", "postal_code", "region", "source", "source_id", "street", "tenant_id", "type", "uid", "url", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."city", new_values."code", new_values."company_id", new_values."company_name", new_values."country", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."icp", new_values."id", new_values."is_default", new_values."last_name", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."notes", new_values."number", new_values."number_extension", new_values."phone", new_values."postal_code", new_values."region", new_values."source", new_values."source_id", new_values."street", new_values."tenant_id", new_values."type", new_values."uid", new_values."url", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM changed AS new_values, once; END IF; RETURN NULL;', hash='d658a4ee41265152fb35e700c370798664247443', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_db928', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='addresses_address', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='address',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM old_values)) INSERT INTO "addresses_addressevent" ("city", "code", "company_id", "company_name", "country", "created_at", "customer_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "icp", "id", "is_default", "last_name", "middle_name", "mobile", "modified_at", "notes", "number", "number_extension", "phone", "postal_code", "region", "source", "source_id", "street", "tenant_id", "type", "uid", "url", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT old_values."city", old_values."code", old_values."company_id", old_values."company_name", old_values."country", old_values."created_at", old_values."customer_id", old_values."deletion_id", old_values."email", old_values."erased_at", old_values."fax", old_values."first_name", old_values."gender", old_values."icp", old_values."id", old_values."is_default", old_values."last_name", old_values."middle_name", old_values."mobile", old_values."modified_at", old_values."notes", old_values."number", old_values."number_extension", old_values."phone", old_values."postal_code", old_values."region", old_values."source", old_values."source_id", old_values."street", old_values."tenant_id", old_values."type", old_values."uid", old_values."url", old_values."user_id", old_values."usergroup_id", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position, once.xid FROM old_values AS old_values, once; RETURN NULL;', hash='bf8ab3de4e1747cca29f747d24e1adec10eea995', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_d17dc', referencing='REFERENCING OLD TABLE AS old_values ', table='addresses_address', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='addressevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN\n            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ", hash='e0008d3604a64b76cffba923e6b09a3019541f8f', level='STATEMENT', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_135b5', table='addresses_addressevent', when='BEFORE')),
        ),
    ]
