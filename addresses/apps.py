from django.apps import AppConfig


class AddressesConfig(AppConfig):
    name = "addresses"

    def ready(self) -> None:
        from addresses import contracts, defaults, nested, search_text  # noqa: F401  (contracts registers itself)

        defaults.register()
        nested.register()
        search_text.register()
