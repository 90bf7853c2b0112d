from django.apps import AppConfig


class AddressesConfig(AppConfig):
    name = "addresses"

    def ready(self) -> None:
        from addresses import contracts, defaults  # noqa: F401  (registers the resources)

        defaults.register()
