import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0005_history_context'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('recyclebin', '0001_initial'),
        ('tenants', '0001_initial'),
        ('users', '0004_event_transactions'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='user',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='user',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='user',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='userevent',
            name='append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='usergroup',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='usergroup',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='usergroup',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='usergroupevent',
            name='append_only',
        ),
        migrations.AlterField(
            model_name='userevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AlterField(
            model_name='userevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='users.user'),
        ),
        migrations.AlterField(
            model_name='usergroupevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AlterField(
            model_name='usergroupevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='users.usergroup'),
        ),
        migrations.AddIndex(
            model_name='userevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='userevent_record'),
        ),
        migrations.AddIndex(
            model_name='userevent',
            index=models.Index(fields=['pgh_context', 'pgh_id'], name='userevent_operation'),
        ),
        migrations.AddIndex(
            model_name='usergroupevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='usergroupevent_record'),
        ),
        migrations.AddIndex(
            model_name='usergroupevent',
            index=models.Index(fields=['pgh_context', 'pgh_id'], name='usergroupevent_operation'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "users_userevent" ("abbreviation", "coc_number", "company", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "tax_number", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."coc_number", new_values."company", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."full_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."tax_number", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; RETURN NULL;', hash='a7f559dc7bffbe803e3fa2733ee94818ec293197', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_52e78', referencing='REFERENCING NEW TABLE AS new_values ', table='users_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF coalesce(current_setting(\'pghistory.context_id\', true), \'\') <> \'\' THEN WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "users_userevent" ("abbreviation", "coc_number", "company", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "tax_number", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."coc_number", new_values."company", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."full_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."tax_number", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; ELSE WITH changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values), once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM changed)) INSERT INTO "users_userevent" ("abbreviation", "coc_number", "company", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "tax_number", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."coc_number", new_values."company", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."full_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."tax_number", new_values."tenant_id", new_values."title", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM changed AS new_values, once; END IF; RETURN NULL;', hash='5be18f8963ad221eaf8a8d7079403470d114bb2b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_16e22', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='users_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM old_values)) INSERT INTO "users_userevent" ("abbreviation", "coc_number", "company", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "tax_number", "tenant_id", "title", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT old_values."abbreviation", old_values."coc_number", old_values."company", old_values."created_at", old_values."date_of_birth", old_values."debtor_id", old_values."deletion_id", old_values."email", old_values."erased_at", old_values."fax", old_values."first_name", old_values."full_name", old_values."gender", old_values."id", old_values."last_name", old_values."login", old_values."middle_name", old_values."mobile", old_values."modified_at", old_values."phone", old_values."pricelist_amount", old_values."pricelist_percentage", old_values."primary_language", old_values."source", old_values."source_id", old_values."tax_number", old_values."tenant_id", old_values."title", old_values."uid", old_values."usergroup_id", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position, once.xid FROM old_values AS old_values, once; RETURN NULL;', hash='23379725421d76169148e5216de6b66800d6a995', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_56c96', referencing='REFERENCING OLD TABLE AS old_values ', table='users_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN\n            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ", hash='b4b5270ec303ac3f68bfd901846dab7f5e74fe11', level='STATEMENT', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6b2f3', table='users_userevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usergroup',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "users_usergroupevent" ("budget", "budget_inherit", "company", "created_at", "deletion_id", "department", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "parent_id", "source", "source_id", "tenant_id", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."budget", new_values."budget_inherit", new_values."company", new_values."created_at", new_values."deletion_id", new_values."department", new_values."erased_at", new_values."id", new_values."inherit_order_list", new_values."inherit_product_list", new_values."language", new_values."modified_at", new_values."name", new_values."notes", new_values."office", new_values."order_list_allow_all", new_values."parent_id", new_values."source", new_values."source_id", new_values."tenant_id", new_values."uid", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; RETURN NULL;', hash='306787f535b8aa26a37ee95a6d623ebea34648c5', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_199ff', referencing='REFERENCING NEW TABLE AS new_values ', table='users_usergroup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usergroup',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF coalesce(current_setting(\'pghistory.context_id\', true), \'\') <> \'\' THEN WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "users_usergroupevent" ("budget", "budget_inherit", "company", "created_at", "deletion_id", "department", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "parent_id", "source", "source_id", "tenant_id", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."budget", new_values."budget_inherit", new_values."company", new_values."created_at", new_values."deletion_id", new_values."department", new_values."erased_at", new_values."id", new_values."inherit_order_list", new_values."inherit_product_list", new_values."language", new_values."modified_at", new_values."name", new_values."notes", new_values."office", new_values."order_list_allow_all", new_values."parent_id", new_values."source", new_values."source_id", new_values."tenant_id", new_values."uid", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; ELSE WITH changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values), once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM changed)) INSERT INTO "users_usergroupevent" ("budget", "budget_inherit", "company", "created_at", "deletion_id", "department", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "parent_id", "source", "source_id", "tenant_id", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."budget", new_values."budget_inherit", new_values."company", new_values."created_at", new_values."deletion_id", new_values."department", new_values."erased_at", new_values."id", new_values."inherit_order_list", new_values."inherit_product_list", new_values."language", new_values."modified_at", new_values."name", new_values."notes", new_values."office", new_values."order_list_allow_all", new_values."parent_id", new_values."source", new_values."source_id", new_values."tenant_id", new_values."uid", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM changed AS new_values, once; END IF; RETURN NULL;', hash='8ec8395f756b2360b91e09742d1faa4d09e21a83', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_329dc', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='users_usergroup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usergroup',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM old_values)) INSERT INTO "users_usergroupevent" ("budget", "budget_inherit", "company", "created_at", "deletion_id", "department", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "parent_id", "source", "source_id", "tenant_id", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT old_values."budget", old_values."budget_inherit", old_values."company", old_values."created_at", old_values."deletion_id", old_values."department", old_values."erased_at", old_values."id", old_values."inherit_order_list", old_values."inherit_product_list", old_values."language", old_values."modified_at", old_values."name", old_values."notes", old_values."office", old_values."order_list_allow_all", old_values."parent_id", old_values."source", old_values."source_id", old_values."tenant_id", old_values."uid", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position, once.xid FROM old_values AS old_values, once; RETURN NULL;', hash='3695f4fb9184f911682859c67ecd2badcd25cbd5', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_8b697', referencing='REFERENCING OLD TABLE AS old_values ', table='users_usergroup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usergroupevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN\n            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ", hash='3d9d67f4ec6033bbc304bfcbcdd494aa2b603d65', level='STATEMENT', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_35f56', table='users_usergroupevent', when='BEFORE')),
        ),
    ]
