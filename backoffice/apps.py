"""The project's own app, and the admin site that replaces Django's."""

from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig


class BackofficeConfig(AppConfig):
    name = "backoffice"


class BackofficeAdminConfig(SimpleAdminConfig):
    """Makes ``django.contrib.admin.site`` our site, so that third-party admins register there too."""

    default_site = "backoffice.admin_site.BackofficeSite"

    def ready(self) -> None:
        super().ready()
        autodiscover()
