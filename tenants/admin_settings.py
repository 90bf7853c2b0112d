"""What the owners of a tenant decide themselves, on one page of the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import verbs
from tenants.admin import VerbAdmin
from tenants.admin_forms import SettingsForm
from tenants.current import access_of, actor_of
from tenants.models import TenantSettings
from tenants.permissions import ADMIN, PURGE
from tenants.retention import change_retention
from tenants.scoped_admin import may


@admin.register(TenantSettings)
class TenantSettingsAdmin(VerbAdmin):
    """One page and no list: a session works in one tenant, and nobody sees the settings of another."""

    form = SettingsForm
    fieldsets = (
        (gettext_lazy("Recycle bin"), {"fields": ("reason_rule", "retention_days")}),
        (gettext_lazy("History"), {"fields": ("history_days",)}),
    )
    readonly_fields = ("history_days",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        access = access_of(request)
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(pk=access.tenant.pk) if access else rows.none()

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        access = access_of(request)
        return may(request, ADMIN) and (obj is None or (access is not None and obj.pk == access.tenant.pk))

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list would have one line: the page of that line opens at once, for those who may see it."""
        access = access_of(request)
        if access is None or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(self._page(access.tenant.pk))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        verbs.change_settings(actor=actor, reason_rule=form.cleaned_data["reason_rule"])
        if "retention_days" in form.changed_data:
            actor.require(PURGE)  # a shorter time deletes for good
            change_retention(tenant=obj, days=form.cleaned_data["retention_days"])

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, _("The settings are saved."))
        return HttpResponseRedirect(self._page(obj.pk))

    @staticmethod
    def _page(pk: int) -> str:
        return reverse("admin:tenants_tenantsettings_change", args=[pk])
