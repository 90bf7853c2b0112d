from django.db import migrations, models
from django.db.models.functions import Left


class Migration(migrations.Migration):
    dependencies = [("records", "0005_history_context")]

    operations = [
        migrations.AddIndex(
            model_name="searchtext",
            index=models.Index(
                models.F("tenant"),
                models.F("type"),
                Left(field, 254),
                condition=~models.Q(**{field: ""}),
                name=f"searchtext_{field}",
            ),
        )
        for field in ("email", "phone")
    ]
