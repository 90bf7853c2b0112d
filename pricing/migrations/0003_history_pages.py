import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0005_history_context'),
        ('contacts', '0005_history_pages'),
        ('customers', '0005_history_pages'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('pricing', '0002_event_transactions'),
        ('recyclebin', '0001_initial'),
        ('tenants', '0001_initial'),
        ('users', '0004_event_transactions'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='price',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='price',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='price',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='priceevent',
            name='append_only',
        ),
        migrations.AlterField(
            model_name='priceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AlterField(
            model_name='priceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pricing.price'),
        ),
        migrations.AddIndex(
            model_name='priceevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='priceevent_record'),
        ),
        migrations.AddIndex(
            model_name='priceevent',
            index=models.Index(fields=['pgh_context', 'pgh_id'], name='priceevent_operation'),
        ),
        migrations.AddIndex(
            model_name='priceevent',
            index=models.Index(condition=models.Q(('usergroup__isnull', False)), fields=['usergroup', 'pgh_id'], name='priceevent_usergroup'),
        ),
        migrations.AddIndex(
            model_name='priceevent',
            index=models.Index(condition=models.Q(('company__isnull', False)), fields=['company', 'pgh_id'], name='priceevent_company'),
        ),
        migrations.AddIndex(
            model_name='priceevent',
            index=models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer', 'pgh_id'], name='priceevent_customer'),
        ),
        migrations.AddIndex(
            model_name='priceevent',
            index=models.Index(condition=models.Q(('user__isnull', False)), fields=['user', 'pgh_id'], name='priceevent_user'),
        ),
        migrations.AddIndex(
            model_name='priceevent',
            index=models.Index(condition=models.Q(('contact__isnull', False)), fields=['contact', 'pgh_id'], name='priceevent_contact'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='price',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "pricing_priceevent" ("amount", "company_id", "contact_id", "created_at", "customer_id", "deletion_id", "erased_at", "id", "modified_at", "price", "shop_id", "source", "source_id", "target_id", "target_kind", "target_source", "target_source_id", "tenant_id", "type", "uid", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."amount", new_values."company_id", new_values."contact_id", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."erased_at", new_values."id", new_values."modified_at", new_values."price", new_values."shop_id", new_values."source", new_values."source_id", new_values."target_id", new_values."target_kind", new_values."target_source", new_values."target_source_id", new_values."tenant_id", new_values."type", new_values."uid", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; RETURN NULL;', hash='089e194bf603bd27742a196f856715134d46270d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_12aba', referencing='REFERENCING NEW TABLE AS new_values ', table='pricing_price', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='price',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF coalesce(current_setting(\'pghistory.context_id\', true), \'\') <> \'\' THEN WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "pricing_priceevent" ("amount", "company_id", "contact_id", "created_at", "customer_id", "deletion_id", "erased_at", "id", "modified_at", "price", "shop_id", "source", "source_id", "target_id", "target_kind", "target_source", "target_source_id", "tenant_id", "type", "uid", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."amount", new_values."company_id", new_values."contact_id", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."erased_at", new_values."id", new_values."modified_at", new_values."price", new_values."shop_id", new_values."source", new_values."source_id", new_values."target_id", new_values."target_kind", new_values."target_source", new_values."target_source_id", new_values."tenant_id", new_values."type", new_values."uid", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; ELSE WITH changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values), once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM changed)) INSERT INTO "pricing_priceevent" ("amount", "company_id", "contact_id", "created_at", "customer_id", "deletion_id", "erased_at", "id", "modified_at", "price", "shop_id", "source", "source_id", "target_id", "target_kind", "target_source", "target_source_id", "tenant_id", "type", "uid", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."amount", new_values."company_id", new_values."contact_id", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."erased_at", new_values."id", new_values."modified_at", new_values."price", new_values."shop_id", new_values."source", new_values."source_id", new_values."target_id", new_values."target_kind", new_values."target_source", new_values."target_source_id", new_values."tenant_id", new_values."type", new_values."uid", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM changed AS new_values, once; END IF; RETURN NULL;', hash='301ecf11f613319e41156e9c4a35b4776cef534f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_c5d0c', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='pricing_price', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='price',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM old_values)) INSERT INTO "pricing_priceevent" ("amount", "company_id", "contact_id", "created_at", "customer_id", "deletion_id", "erased_at", "id", "modified_at", "price", "shop_id", "source", "source_id", "target_id", "target_kind", "target_source", "target_source_id", "tenant_id", "type", "uid", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT old_values."amount", old_values."company_id", old_values."contact_id", old_values."created_at", old_values."customer_id", old_values."deletion_id", old_values."erased_at", old_values."id", old_values."modified_at", old_values."price", old_values."shop_id", old_values."source", old_values."source_id", old_values."target_id", old_values."target_kind", old_values."target_source", old_values."target_source_id", old_values."tenant_id", old_values."type", old_values."uid", old_values."user_id", old_values."usergroup_id", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position, once.xid FROM old_values AS old_values, once; RETURN NULL;', hash='dc77c6de8234fc65d0a79e5eb24635274378e8ac', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_0c9a5', referencing='REFERENCING OLD TABLE AS old_values ', table='pricing_price', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='priceevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN\n            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ", hash='dfdc68f800577419f54f4cc251d0b11d371b2d15', level='STATEMENT', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_855da', table='pricing_priceevent', when='BEFORE')),
        ),
    ]
