"""The app of price agreements."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PricingConfig(AppConfig):
    """Nothing to register: a price has no hooks, and the recycle bin finds it by its keys."""

    name = "pricing"
    verbose_name = _("Price agreements")
