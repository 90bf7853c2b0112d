import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0005_history_context'),
        ('contacts', '0004_event_transactions'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('recyclebin', '0001_initial'),
        ('tenants', '0001_initial'),
        ('users', '0004_event_transactions'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='company',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='company',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='company',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='companyevent',
            name='append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='contact',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='contact',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='contact',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='contactevent',
            name='append_only',
        ),
        migrations.AlterField(
            model_name='companyevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AlterField(
            model_name='companyevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contacts.company'),
        ),
        migrations.AlterField(
            model_name='contactevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AlterField(
            model_name='contactevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contacts.contact'),
        ),
        migrations.AddIndex(
            model_name='companyevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='companyevent_record'),
        ),
        migrations.AddIndex(
            model_name='companyevent',
            index=models.Index(fields=['pgh_context', 'pgh_id'], name='companyevent_operation'),
        ),
        migrations.AddIndex(
            model_name='contactevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='contactevent_record'),
        ),
        migrations.AddIndex(
            model_name='contactevent',
            index=models.Index(fields=['pgh_context', 'pgh_id'], name='contactevent_operation'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='company',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "contacts_companyevent" ("budget", "budget_inherit", "coc_number", "created_at", "debtor_id", "deletion_id", "department", "email", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "phone", "source", "source_id", "tax_number", "tenant_id", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."budget", new_values."budget_inherit", new_values."coc_number", new_values."created_at", new_values."debtor_id", new_values."deletion_id", new_values."department", new_values."email", new_values."erased_at", new_values."id", new_values."inherit_order_list", new_values."inherit_product_list", new_values."language", new_values."modified_at", new_values."name", new_values."notes", new_values."office", new_values."order_list_allow_all", new_values."phone", new_values."source", new_values."source_id", new_values."tax_number", new_values."tenant_id", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; RETURN NULL;', hash='05c549700dbdad3eb34afd0005a723eb52594cd2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_2026b', referencing='REFERENCING NEW TABLE AS new_values ', table='contacts_company', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='company',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF coalesce(current_setting(\'pghistory.context_id\', true), \'\') <> \'\' THEN WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "contacts_companyevent" ("budget", "budget_inherit", "coc_number", "created_at", "debtor_id", "deletion_id", "department", "email", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "phone", "source", "source_id", "tax_number", "tenant_id", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."budget", new_values."budget_inherit", new_values."coc_number", new_values."created_at", new_values."debtor_id", new_values."deletion_id", new_values."department", new_values."email", new_values."erased_at", new_values."id", new_values."inherit_order_list", new_values."inherit_product_list", new_values."language", new_values."modified_at", new_values."name", new_values."notes", new_values."office", new_values."order_list_allow_all", new_values."phone", new_values."source", new_values."source_id", new_values."tax_number", new_values."tenant_id", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; ELSE WITH changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values), once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM changed)) INSERT INTO "contacts_companyevent" ("budget", "budget_inherit", "coc_number", "created_at", "debtor_id", "deletion_id", "department", "email", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "phone", "source", "source_id", "tax_number", "tenant_id", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."budget", new_values."budget_inherit", new_values."coc_number", new_values."created_at", new_values."debtor_id", new_values."deletion_id", new_values."department", new_values."email", new_values."erased_at", new_values."id", new_values."inherit_order_list", new_values."inherit_product_list", new_values."language", new_values."modified_at", new_values."name", new_values."notes", new_values."office", new_values."order_list_allow_all", new_values."phone", new_values."source", new_values."source_id", new_values."tax_number", new_values."tenant_id", new_values."uid", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM changed AS new_values, once; END IF; RETURN NULL;', hash='5c98ef2acaf1642c0389ba572393733ecedf018c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_bed97', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='contacts_company', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='company',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM old_values)) INSERT INTO "contacts_companyevent" ("budget", "budget_inherit", "coc_number", "created_at", "debtor_id", "deletion_id", "department", "email", "erased_at", "id", "inherit_order_list", "inherit_product_list", "language", "modified_at", "name", "notes", "office", "order_list_allow_all", "phone", "source", "source_id", "tax_number", "tenant_id", "uid", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT old_values."budget", old_values."budget_inherit", old_values."coc_number", old_values."created_at", old_values."debtor_id", old_values."deletion_id", old_values."department", old_values."email", old_values."erased_at", old_values."id", old_values."inherit_order_list", old_values."inherit_product_list", old_values."language", old_values."modified_at", old_values."name", old_values."notes", old_values."office", old_values."order_list_allow_all", old_values."phone", old_values."source", old_values."source_id", old_values."tax_number", old_values."tenant_id", old_values."uid", old_values."usergroup_id", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position, once.xid FROM old_values AS old_values, once; RETURN NULL;', hash='1d5ce17771b9db97159e5e06dd828b0cb53fc149', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_59965', referencing='REFERENCING OLD TABLE AS old_values ', table='contacts_company', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='companyevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN\n            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ", hash='62bfa7d083e1393aa317b3c78c7927b0e92090bb', level='STATEMENT', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5825d', table='contacts_companyevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "contacts_contactevent" ("abbreviation", "company_id", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."company_id", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."full_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; RETURN NULL;', hash='66dfb00647d40258f275d9a55054172b3bde301c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_60225', referencing='REFERENCING NEW TABLE AS new_values ', table='contacts_contact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF coalesce(current_setting(\'pghistory.context_id\', true), \'\') <> \'\' THEN WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM new_values)) INSERT INTO "contacts_contactevent" ("abbreviation", "company_id", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."company_id", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."full_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM new_values AS new_values, once; ELSE WITH changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values), once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM changed)) INSERT INTO "contacts_contactevent" ("abbreviation", "company_id", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT new_values."abbreviation", new_values."company_id", new_values."created_at", new_values."date_of_birth", new_values."debtor_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."full_name", new_values."gender", new_values."id", new_values."last_name", new_values."login", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."phone", new_values."pricelist_amount", new_values."pricelist_percentage", new_values."primary_language", new_values."source", new_values."source_id", new_values."ssn", new_values."tenant_id", new_values."title", new_values."uid", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position, once.xid FROM changed AS new_values, once; END IF; RETURN NULL;', hash='38c3ab73c4f9421e1d0f438fe1132e18e08eb610', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_7498c', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='contacts_contact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS MATERIALIZED (SELECT records_history_context_v1() AS context, records_change_position_v1() AS position, pg_current_xact_id() AS xid WHERE EXISTS (SELECT FROM old_values)) INSERT INTO "contacts_contactevent" ("abbreviation", "company_id", "created_at", "date_of_birth", "debtor_id", "deletion_id", "email", "erased_at", "fax", "first_name", "full_name", "gender", "id", "last_name", "login", "middle_name", "mobile", "modified_at", "phone", "pricelist_amount", "pricelist_percentage", "primary_language", "source", "source_id", "ssn", "tenant_id", "title", "uid", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position", "pgh_xid") SELECT old_values."abbreviation", old_values."company_id", old_values."created_at", old_values."date_of_birth", old_values."debtor_id", old_values."deletion_id", old_values."email", old_values."erased_at", old_values."fax", old_values."first_name", old_values."full_name", old_values."gender", old_values."id", old_values."last_name", old_values."login", old_values."middle_name", old_values."mobile", old_values."modified_at", old_values."phone", old_values."pricelist_amount", old_values."pricelist_percentage", old_values."primary_language", old_values."source", old_values."source_id", old_values."ssn", old_values."tenant_id", old_values."title", old_values."uid", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position, once.xid FROM old_values AS old_values, once; RETURN NULL;', hash='78b679812103321737db5b85455df5c0479c3451', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_e2e36', referencing='REFERENCING OLD TABLE AS old_values ', table='contacts_contact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contactevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN\n            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ", hash='1c0387a80ad105587e035fc3ab67493ffb2effd8', level='STATEMENT', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_89e84', table='contacts_contactevent', when='BEFORE')),
        ),
    ]
