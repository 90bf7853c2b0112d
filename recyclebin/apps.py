from django.apps import AppConfig
from django.core import checks


class RecyclebinConfig(AppConfig):
    name = "recyclebin"

    def ready(self) -> None:
        from recyclebin import deletion_runs, many, purge_runs, restore_runs, retention, runs
        from recyclebin.checks import every_key_has_a_bin_policy

        many.register()
        retention.register()
        runs.register(deletion_runs.DELETE)
        runs.register(restore_runs.RESTORE)
        runs.register(purge_runs.PURGE_RUN)
        checks.register(every_key_has_a_bin_policy, checks.Tags.models)
