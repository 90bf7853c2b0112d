"""Whether staff say why they delete: asked or not, optional or mandatory, where there was only a yes or no."""

from typing import Any

from django.db import migrations, models


def keep_what_was_required(apps: Any, schema_editor: Any) -> None:
    apps.get_model("tenants", "Tenant").objects.filter(reason_required=True).update(reason_rule="mandatory")


def keep_what_is_mandatory(apps: Any, schema_editor: Any) -> None:
    apps.get_model("tenants", "Tenant").objects.filter(reason_rule="mandatory").update(reason_required=True)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="TenantSettings",
            fields=[],
            options={
                "verbose_name": "settings",
                "verbose_name_plural": "settings",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("tenants.tenant",),
        ),
        migrations.AddField(
            model_name="tenant",
            name="reason_rule",
            field=models.CharField(
                choices=[
                    ("off", "Not asked for"),
                    ("optional", "Asked for, may be left empty"),
                    ("mandatory", "Mandatory"),
                ],
                default="optional",
                help_text="Whether staff are asked why they delete. Reasons are shown in the recycle bin.",
                max_length=10,
                verbose_name="reason for deleting",
            ),
        ),
        migrations.RunPython(keep_what_was_required, keep_what_is_mandatory),
        migrations.RemoveField(model_name="tenant", name="reason_required"),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason_rule__in", ["off", "optional", "mandatory"])), name="tenant_reason_rule"
            ),
        ),
    ]
