"""The recycle bin in the admin: what was deleted, by whom and why, and the way back."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recyclebin import admin_runs  # noqa: F401  (registers itself)
from recyclebin.admin_columns import DeletionColumns, StateFilter, TypeFilter
from recyclebin.models import Deletion, State
from recyclebin.preview import contents
from recyclebin.record_pages import page_of
from recyclebin.reports import Report, told
from recyclebin.results import RestoreResult
from recyclebin.undo import refusal
from recyclebin.verbs import restore
from tenants.current import access_of, actor_of
from tenants.permissions import BACKOFFICE
from tenants.scoped_admin import ScopedAdmin, may

NAMES_SHOWN = 100
BULK_LIMIT = 10_000


@admin.register(Deletion)
class DeletionAdmin(DeletionColumns, ScopedAdmin):
    """Everybody of the tenant may look; whoever may delete may restore. Nothing here is edited."""

    list_display = ("what", "type", "key", "who", "when", "why", "door", "days_left", "way_back")
    list_display_links = ("what",)
    list_filter = (StateFilter, TypeFilter)
    search_fields = ("label",)  # switches the box on; the words go to matching()
    search_help_text = gettext_lazy("Name, key or reason")
    sortable_by = ("when",)
    ordering = ("-deleted_at", "-id")
    actions = ("restore_selected",)
    rows_noun = gettext_lazy("deletions")  # the plural of the model names the list itself
    empty_title = gettext_lazy("Nothing here")
    empty_text = gettext_lazy("What is deleted waits here until its time is up, and can be restored until then.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("client", "staff")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found: QuerySet[Any] = queryset.matching(search_term)  # type: ignore[attr-defined]
        return found, False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_restore_permission(self, request: HttpRequest) -> bool:
        """Who may delete may take it back."""
        return may(request, BACKOFFICE)

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if self.has_restore_permission(request) else self.list_display[:-1]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("undo/<uuid:operation>/", wrap(self.undo_view), name="recyclebin_deletion_undo"),
            path("<uuid:deletion>/restore/", wrap(self.restore_view), name="recyclebin_deletion_restore"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One deletion, to read: what it holds, and the button that brings it back."""
        deletion = self._find(request, object_id)
        others = Deletion.objects.of_operation(deletion.operation).exclude(pk=deletion.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": deletion.label or _("Deletion"),
            "opts": self.model._meta,
            "object": deletion,
            "type": self.type(deletion),
            "lines": contents(deletion, cap=NAMES_SHOWN),
            "binned": deletion.state == State.BINNED,
            "may_restore": self.has_restore_permission(request),
            "days_left": self.days_left(deletion),
            "page": page_of(deletion),
            "others": others[: BULK_LIMIT + 1].count(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/deletion.html", context)

    def restore_view(self, request: HttpRequest, deletion: uuid.UUID) -> HttpResponse:
        """Restore one deletion; with ``owners`` also those that hold its owners."""
        if request.method != "POST":
            return HttpResponseRedirect(self._address("change", deletion))
        found = self._find(request, str(deletion))
        return self._restore(request, [found.pk], with_owners="owners" in request.POST)

    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The action of the list. It needs no confirmation: what comes back can be deleted again."""
        chosen = list(queryset.order_by().values_list("pk", flat=True)[: BULK_LIMIT + 1])
        if len(chosen) > BULK_LIMIT:
            text = _("That is more than %(limit)d at once. Narrow the list by a search or a filter.")
            messages.warning(request, text % {"limit": BULK_LIMIT})
            return HttpResponseRedirect(request.get_full_path())
        return self._restore(request, chosen, with_owners=False)

    restore_selected.short_description = gettext_lazy("Restore selected")  # type: ignore[attr-defined]
    restore_selected.allowed_permissions = ("restore",)  # type: ignore[attr-defined]

    def undo_view(self, request: HttpRequest, operation: uuid.UUID) -> HttpResponse:
        """Restore all that one action deleted. Pushing the button twice does no harm: the second time says so."""
        if request.method != "POST":
            return HttpResponseRedirect(self._address("changelist"))
        access = access_of(request)
        deletions = Deletion.objects.of_operation(operation).for_tenant(access.tenant) if access else None
        if deletions is None or not deletions.exists():
            raise Http404
        if not self.has_restore_permission(request):
            raise PermissionDenied
        if refused := refusal(operation, deletions):
            messages.warning(request, refused.text)
            return HttpResponseRedirect(refused.url or self._address("changelist"))
        return self._restore(request, list(deletions.values_list("pk", flat=True)), with_owners=False)

    def _restore(self, request: HttpRequest, ids: list[uuid.UUID], *, with_owners: bool) -> HttpResponse:
        if not self.has_restore_permission(request):
            raise PermissionDenied
        result = restore(deletions=ids, actor=actor_of(request), with_owners=with_owners)
        if result.failed:
            return self._report(request, result)
        if result.restored:
            messages.success(request, told(result))
        else:
            messages.info(request, _("It was restored before: there was nothing left to do."))
        return HttpResponseRedirect(self._way_on(result))

    def _way_on(self, result: RestoreResult) -> str:
        """To the record that came back; to its list when several did."""
        first = (result.restored or (None,))[0]
        page = page_of(first) if first else None
        if page is None:
            return self._address("changelist")
        return page.record if len(result.restored) == 1 else page.list

    def _report(self, request: HttpRequest, result: RestoreResult) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Not everything was restored") if result.restored else _("Nothing was restored"),
            "opts": self.model._meta,
            "report": Report.of(result, shown=NAMES_SHOWN),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/restore_report.html", context)

    def _find(self, request: HttpRequest, object_id: str) -> Deletion:
        try:
            found = self.get_queryset(request).filter(pk=object_id).first()
        except (ValidationError, ValueError):
            found = None
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        deletion: Deletion = found
        return deletion

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:recyclebin_deletion_{name}", args=args)
