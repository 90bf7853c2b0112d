import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('addresses', '0001_initial'),
        ('records', '0004_change_feed'),
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
        migrations.AddField(
            model_name='addressevent',
            name='pgh_position',
            # Older events come first, in the order of their keys.
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='address',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS (SELECT _pgh_attach_context() AS context, records_change_position_v1() AS position) INSERT INTO "addresses_addressevent" ("city", "code", "company_id", "company_name", "country", "created_at", "customer_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "icp", "id", "is_default", "last_name", "middle_name", "mobile", "modified_at", "notes", "number", "number_extension", "phone", "postal_code", "region", "source", "source_id", "street", "tenant_id", "type", "uid", "url", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position") SELECT new_values."city", new_values."code", new_values."company_id", new_values."company_name", new_values."country", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."icp", new_values."id", new_values."is_default", new_values."last_name", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."notes", new_values."number", new_values."number_extension", new_values."phone", new_values."postal_code", new_values."region", new_values."source", new_values."source_id", new_values."street", new_values."tenant_id", new_values."type", new_values."uid", new_values."url", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'insert\', new_values."id", once.position FROM (SELECT new_values.* FROM new_values ) AS new_values, once; RETURN NULL;', hash='baade1cf7c784e832b4b7485fc0b9eacdbd2b107', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_1230d', referencing='REFERENCING NEW TABLE AS new_values ', table='addresses_address', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='address',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS (SELECT _pgh_attach_context() AS context, records_change_position_v1() AS position) INSERT INTO "addresses_addressevent" ("city", "code", "company_id", "company_name", "country", "created_at", "customer_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "icp", "id", "is_default", "last_name", "middle_name", "mobile", "modified_at", "notes", "number", "number_extension", "phone", "postal_code", "region", "source", "source_id", "street", "tenant_id", "type", "uid", "url", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position") SELECT new_values."city", new_values."code", new_values."company_id", new_values."company_name", new_values."country", new_values."created_at", new_values."customer_id", new_values."deletion_id", new_values."email", new_values."erased_at", new_values."fax", new_values."first_name", new_values."gender", new_values."icp", new_values."id", new_values."is_default", new_values."last_name", new_values."middle_name", new_values."mobile", new_values."modified_at", new_values."notes", new_values."number", new_values."number_extension", new_values."phone", new_values."postal_code", new_values."region", new_values."source", new_values."source_id", new_values."street", new_values."tenant_id", new_values."type", new_values."uid", new_values."url", new_values."user_id", new_values."usergroup_id", new_values."version", once.context, NOW(), \'update\', new_values."id", once.position FROM (SELECT new_values.* FROM new_values ) AS new_values, once; RETURN NULL;', hash='2ec302c430a84351d24b9d5f297e467ee5951348', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_db928', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='addresses_address', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='address',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH once AS (SELECT _pgh_attach_context() AS context, records_change_position_v1() AS position) INSERT INTO "addresses_addressevent" ("city", "code", "company_id", "company_name", "country", "created_at", "customer_id", "deletion_id", "email", "erased_at", "fax", "first_name", "gender", "icp", "id", "is_default", "last_name", "middle_name", "mobile", "modified_at", "notes", "number", "number_extension", "phone", "postal_code", "region", "source", "source_id", "street", "tenant_id", "type", "uid", "url", "user_id", "usergroup_id", "version", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_position") SELECT old_values."city", old_values."code", old_values."company_id", old_values."company_name", old_values."country", old_values."created_at", old_values."customer_id", old_values."deletion_id", old_values."email", old_values."erased_at", old_values."fax", old_values."first_name", old_values."gender", old_values."icp", old_values."id", old_values."is_default", old_values."last_name", old_values."middle_name", old_values."mobile", old_values."modified_at", old_values."notes", old_values."number", old_values."number_extension", old_values."phone", old_values."postal_code", old_values."region", old_values."source", old_values."source_id", old_values."street", old_values."tenant_id", old_values."type", old_values."uid", old_values."url", old_values."user_id", old_values."usergroup_id", old_values."version", once.context, NOW(), \'delete\', old_values."id", once.position FROM (SELECT old_values.* FROM old_values ) AS old_values, once; RETURN NULL;', hash='211fa11938a1b3344a088207b0c90e411006b1e6', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_d17dc', referencing='REFERENCING OLD TABLE AS old_values ', table='addresses_address', when='AFTER')),
        ),
    ]
