"""Records in the bin, to be read: the page of the live record, with a banner above and nothing to change."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from recyclebin.models import State
from tenants.current import access_of
from tenants.permissions import BACKOFFICE
from tenants.scoped_admin import may

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
else:
    Base = object

_DELETION = "records.binned"


def shows_bin(request: HttpRequest) -> bool:
    """Whether the page that is being made is one of the bin: nothing on it may be changed."""
    return _DELETION in request.META


def rows_shown(request: HttpRequest, model: Any) -> QuerySet[Any]:
    """The rows of a table that a page may show: the live ones or, on a page of the bin, those of the same deletion."""
    if not shows_bin(request):
        live: QuerySet[Any] = model.objects.all()
        return live
    binned: QuerySet[Any] = model.everything.filter(deletion=request.META[_DELETION])
    return binned


class BinnedMixin(Base):
    """Adds the page to an admin of records."""

    def get_urls(self) -> list[Any]:
        opts = self.model._meta
        view = self.admin_site.admin_view(self.binned_view)
        return [
            path("<int:pk>/in-bin/", view, name=f"{opts.app_label}_{opts.model_name}_binned"),
            *super().get_urls(),
        ]

    def binned_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The record as it is in the bin. One that is live again leads to its own page."""
        access = access_of(request)
        if access is None or not 0 < pk < 2**63:
            raise Http404
        found: Any = self.model.everything.for_tenant(access.tenant).filter(pk=pk)
        record = found.select_related("deletion").first()
        if record is None or not self.has_view_permission(request, record):
            raise Http404
        if record.deletion is None or record.deletion.state != State.BINNED:
            opts = self.model._meta
            return HttpResponseRedirect(
                reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_change", args=[pk])
            )
        request.META[_DELETION] = record.deletion.pk
        context = {"deletion": record.deletion, "may_restore": may(request, BACKOFFICE)}
        # Whatever was sent: there is nothing to be saved here.
        request.method = "GET"
        return self.changeform_view(request, str(pk), "", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if not shows_bin(request):
            return rows
        access = access_of(request)
        return rows_shown(request, self.model).filter(tenant=access.tenant if access else None)

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return not shows_bin(request) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not shows_bin(request) and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return not shows_bin(request) and super().has_delete_permission(request, obj)
