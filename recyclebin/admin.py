"""The recycle bin in the admin: what was deleted, by whom and why, what is inside, and the way back."""

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recyclebin import admin_runs, bin_filters  # noqa: F401  (the first registers itself)
from recyclebin.admin_columns import DeletionColumns, door_of
from recyclebin.admin_filters import FILTERS
from recyclebin.admin_purging import PurgingMixin
from recyclebin.inside import inside
from recyclebin.models import Deletion, State
from recyclebin.policies import everything, graph
from recyclebin.record_facts import facts_of
from recyclebin.record_pages import page_of
from recyclebin.restore_preview import preview_restore
from tenants.scoped_admin import ScopedAdmin

SHOWN = 100
"""So many records of a type are named on the page of a deletion."""
SHOWN_IN_LIST = 10
OTHERS_COUNTED = 10_000


@admin.register(Deletion)
class DeletionAdmin(PurgingMixin, DeletionColumns, ScopedAdmin):
    """Everybody of the tenant may look; whoever may delete may restore. Nothing here is edited."""

    list_display = ("what", "type", "key", "who", "when", "why", "door", "days_left", "inside", "way_back")
    list_display_links = ("what",)
    list_filter = FILTERS
    list_filter_submit = True
    list_filter_sheet = True
    search_fields = ("label",)  # switches the box on; the words go to matching()
    search_help_text = gettext_lazy("Name, e-mail, key, id or reason")
    sortable_by = ("what", "who", "when", "days_left")
    ordering = ("-deleted_at", "-id")
    rows_noun = gettext_lazy("deletions")  # the plural of the model names the list itself
    empty_title = gettext_lazy("Nothing here")
    empty_text = gettext_lazy("What is deleted waits here until its time is up, and can be restored until then.")

    class Media:
        js = ("recyclebin/bin.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Each of these is as long as all that the list shows, or leads to a statement per line.
        return super().get_queryset(request).defer("sought")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return bin_filters.narrow(queryset, bin_filters.SEARCH, search_term), False  # type: ignore[type-var]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> Any:
        """Where other states than the bin are listed, the state stands where the days left are."""
        columns = list(self.list_display)
        if request.GET.get(bin_filters.STATE):
            columns[columns.index("days_left")] = "condition"
        return columns if self.has_restore_permission(request) else columns[:-1]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:deletion>/contents/", wrap(self.contents_view), name="recyclebin_deletion_contents"),
            path("<uuid:deletion>/<str:type>/<int:pk>/", wrap(self.record_view), name="recyclebin_deletion_record"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One deletion, to read: what it holds, what stands in its way, and the button that brings it back."""
        deletion = self._find(request, object_id)
        others = Deletion.objects.of_operation(deletion.operation).exclude(pk=deletion.pk)
        binned = deletion.state == State.BINNED
        itself = Deletion.objects.filter(pk=deletion.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": deletion.label or _("Deletion"),
            "opts": self.model._meta,
            "object": deletion,
            "type": self.type(deletion),
            "door": door_of(deletion),
            "sections": inside(deletion, shown=SHOWN),
            "obstacles": preview_restore(itself).obstacles if binned else (),
            "binned": binned,
            "may_restore": self.has_restore_permission(request),
            "may_purge": self.has_purge_permission(request),
            "days_left": self.days_left(deletion),
            "page": page_of(deletion),
            "others": others[: OTHERS_COUNTED + 1].count(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/deletion.html", context)

    def contents_view(self, request: HttpRequest, deletion: uuid.UUID) -> HttpResponse:
        """What is inside, as a piece of HTML that the list opens below the line."""
        found = self._find(request, str(deletion))
        context = {"object": found, "sections": inside(found, shown=SHOWN_IN_LIST)}
        return TemplateResponse(request, "recyclebin/contents.html", context)

    def record_view(self, request: HttpRequest, deletion: uuid.UUID, type: str, pk: int) -> HttpResponse:
        """A record of a type without pages of its own, as it is in the bin."""
        found = self._find(request, str(deletion))
        model = graph().by_type.get(type)
        record = everything(model).filter(pk=pk, deletion=found).first() if model and pk < 2**63 else None
        if record is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": str(record.label),
            "opts": self.model._meta,
            "deletion": found,
            "facts": facts_of(record),
            "may_restore": self.has_restore_permission(request),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/record.html", context)

    def _find(self, request: HttpRequest, object_id: str) -> Deletion:
        try:
            found = self.get_queryset(request).filter(pk=object_id).first()
        except (ValidationError, ValueError):
            found = None
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        deletion: Deletion = found
        return deletion
