from django.apps import AppConfig


class AddressesConfig(AppConfig):
    name = "addresses"

    def ready(self) -> None:
        from addresses import contracts, defaults, nested, openapi_members, search_text  # noqa: F401  (two register themselves)

        defaults.register()
        nested.register()
        search_text.register()
