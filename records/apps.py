from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"

    def ready(self) -> None:
        from records import purged
        from records.search_text import fold
        from recyclebin.sought import fold_with

        purged.register()
        fold_with(fold)
