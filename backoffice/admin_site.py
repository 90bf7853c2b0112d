"""The admin site: theme and entry points. Record admins live in their own rooms."""

from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class BackofficeSite(UnfoldAdminSite):
    site_title = _("Back office")
    site_header = _("Back office")
    index_title = _("Overview")
