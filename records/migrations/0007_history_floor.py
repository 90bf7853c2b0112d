import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0006_search_text_exact'),
        ('tenants', '0003_history_days'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoryFloor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=20)),
                ('position', models.BigIntegerField(default=0)),
                ('event', models.BigIntegerField(default=0)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'floor of a history',
                'verbose_name_plural': 'floors of histories',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'type'), name='one_floor_per_history')],
            },
        ),
    ]
