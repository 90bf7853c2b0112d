"""The look of the admin: name, colours, sidebar. All assets are served by this product itself."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def stylesheet(request: HttpRequest) -> str:
    """Our few rules on top of Unfold's."""
    return static("backoffice/admin.css")


def autofocus(request: HttpRequest) -> str:
    """Gives the focus to what asks for it, once Unfold shows the page."""
    return static("backoffice/autofocus.js")


def favicon(request: HttpRequest) -> str:
    """The mark of the product."""
    return static("backoffice/favicon.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Back office"),
    "SITE_HEADER": _("Back office"),
    "SITE_SUBHEADER": "backoffice.navigation.current_tenant_name",
    "SITE_SYMBOL": "contact_page",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": favicon}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "GLOBAL_CALLBACK": "backoffice.navigation.tenant_menu",
    "BORDER_RADIUS": "8px",
    "STYLES": [stylesheet],
    "SCRIPTS": [autofocus],
    # A calm blue-green: readable on white and on black, and far from the red that means "for good".
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% 0.014 195)",
            "100": "oklch(94.5% 0.03 195)",
            "200": "oklch(89% 0.055 195)",
            "300": "oklch(82% 0.085 195)",
            "400": "oklch(73% 0.105 195)",
            "500": "oklch(67% 0.108 196)",
            "600": "oklch(49% 0.085 200)",
            "700": "oklch(42% 0.072 203)",
            "800": "oklch(36% 0.06 206)",
            "900": "oklch(31% 0.05 208)",
            "950": "oklch(23% 0.04 210)",
        },
    },
    "ACCOUNT": {"navigation": [{"title": _("Profile"), "link": reverse_lazy("admin:profile")}]},
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": "backoffice.navigation.sidebar",
    },
}
