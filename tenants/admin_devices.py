"""Devices in the admin: linked by name, shown their token once, and unlinked for good."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.admin import OwnersAdmin
from tenants.admin_forms import ScopedForm
from tenants.credentials import Device
from tenants.current import actor_of
from tenants.token_pages import token_page
from tenants.token_verbs import link_device, unlink_device

_ISSUED = "tenants.issued_device"


@admin.register(Device)
class DeviceAdmin(OwnersAdmin):
    """The tills of the current tenant, at which users log in with their codes."""

    form = ScopedForm
    change_form_template = "tenants/device_form.html"
    list_display = ("name", "condition", "linked_at", "linked_by")
    search_fields = ("name",)
    sortable_by = ("name",)
    ordering = ("name", "id")
    empty_text = gettext_lazy("Link a device for each till at which users log in with a code.")

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        return ("name", "condition", ("linked_at", "linked_by")) if obj else ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        return ("name", "condition", "linked_at", "linked_by") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        # Who worked where is worth knowing later: a device is unlinked instead.
        return False

    def get_urls(self) -> list[Any]:
        unlink = self.admin_site.admin_view(self.unlink_view)
        return [path("<int:pk>/unlink/", unlink, name="tenants_device_unlink"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            issued = link_device(actor=actor_of(request), name=form.cleaned_data["name"])
            obj.pk = issued.token.device_id
            request.META[_ISSUED] = issued

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        title = _("Token of %(device)s") % {"device": obj.name}
        page = reverse("admin:tenants_device_changelist")
        return token_page(request, self.admin_site, title=title, text=request.META[_ISSUED].text, page=page)

    def unlink_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shut the device out for good, and who is logged in there."""
        device = self.get_queryset(request).filter(pk=pk).first()
        if device is None:
            raise Http404
        if not self.has_change_permission(request, device):
            raise PermissionDenied
        if request.method == "POST" and unlink_device(actor=actor_of(request), device=device):
            messages.success(request, _("%(device)s is unlinked.") % {"device": device.name})
        return HttpResponseRedirect(reverse("admin:tenants_device_change", args=[pk]))

    @admin.display(description=gettext_lazy("state"))
    def condition(self, device: Device) -> str:
        """Whether users can log in there."""
        return _("Unlinked") if device.unlinked_at else _("Linked")
