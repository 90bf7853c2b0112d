from django.apps import AppConfig


class AddressesConfig(AppConfig):
    name = "addresses"

    def ready(self) -> None:
        from addresses import contracts, defaults, nested  # noqa: F401  (contracts registers the resource)

        defaults.register()
        nested.register()
