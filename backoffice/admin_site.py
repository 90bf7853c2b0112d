"""The admin site: who may enter, the overview, and the switch between tenants. Record admins live in their rooms."""

import uuid
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _

from backoffice.overview import overview
from backoffice.profile import end_token, make_token, profile
from backoffice.tenancy import switch_tenant
from records.admin_operations import operation_page

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
else:
    from unfold.sites import UnfoldAdminSite as AdminSite


class BackofficeSite(AdminSite):
    """Unfold's site with our own overview. Its search over all models is left out: it scans every table."""

    site_title = _("Back office")
    site_header = _("Back office")
    index_title = _("Overview")
    index_template = "backoffice/overview.html"
    enable_nav_sidebar = True

    def get_urls(self) -> list[Any]:
        return [
            path("profile/", self.admin_view(self.profile_view), name="profile"),
            path("profile/tokens/", self.admin_view(self.make_token_view), name="make_own_token"),
            path("profile/tokens/<int:pk>/revoke/", self.admin_view(end_token), name="end_own_token"),
            path("tenant/", self.admin_view(self.tenant_view), name="switch_tenant"),
            path("operations/<uuid:operation>/", self.admin_view(self.operation_view), name="operation"),
            *super().get_urls(),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Only for the page of one app. The sidebar is ours, so no page asks Django's permission tables for a list."""
        return super().get_app_list(request, app_label) if app_label else []

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().index(request, {**overview(self, request), **(extra_context or {})})

    def operation_view(self, request: HttpRequest, operation: uuid.UUID) -> Any:
        """What else changed in this run."""
        return operation_page(self, request, operation)

    def profile_view(self, request: HttpRequest) -> Any:
        """What users change about themselves."""
        return profile(self, request)

    def make_token_view(self, request: HttpRequest) -> Any:
        """An auth token for oneself."""
        return make_token(self, request)

    def tenant_view(self, request: HttpRequest) -> Any:
        """Choose the tenant to work in."""
        return switch_tenant(self, request)
