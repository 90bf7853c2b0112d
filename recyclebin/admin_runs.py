"""Jobs in the admin: what runs for the tenant, how far each is, what came out, and the button that stops it."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recyclebin import runs
from recyclebin.admin_columns import ago
from recyclebin.models import Deletion, Run, RunState
from recyclebin.progress import Progress, sentence
from tenants.current import actor_of
from tenants.permissions import BACKOFFICE
from tenants.scoped_admin import ScopedAdmin, may


@admin.register(Run)
class RunAdmin(ScopedAdmin):
    """Everybody of the tenant may look; who may start such a job may cancel it. Nothing here is edited."""

    list_display = ("label", "status", "how_far", "actor", "when")
    list_display_links = ("label",)
    list_filter = ("state",)
    sortable_by = ("when",)
    ordering = ("-created_at", "-id")
    actions = ()
    empty_title = gettext_lazy("Nothing here")
    empty_text = gettext_lazy("What takes longer than a page, such as restoring thousands of records, shows up here.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("state"))
    def status(self, run: Run) -> str:
        return run.get_state_display()

    @admin.display(description=gettext_lazy("how far"))
    def how_far(self, run: Run) -> str:
        return sentence(run)

    @admin.display(description=gettext_lazy("when"), ordering="created_at")
    def when(self, run: Run) -> str:
        return ago(run.created_at)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:run>/progress/", wrap(self.progress_view), name="recyclebin_run_progress"),
            path("<uuid:run>/cancel/", wrap(self.cancel_view), name="recyclebin_run_cancel"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """How far a run is; when it has ended, what came out."""
        run = self._find(request, object_id)
        kind = runs.kind_of(run)
        home = kind.home(run) if kind and kind.home else (self._address("changelist"), _("All jobs"))
        context = {
            **self.admin_site.each_context(request),
            "title": run.label,
            "opts": self.model._meta,
            "run": run,
            "state": RunState,
            "progress": Progress.of(run),
            "sentence": sentence(run),
            "outcomes": _outcomes(run, kind),
            "lines": kind.report(run) if kind else (),
            "lines_template": kind.template if kind else "",
            "may_act": may(request, kind.right if kind else BACKOFFICE),
            "may_cancel": may(request, kind.right if kind else BACKOFFICE) and run.state != RunState.CANCELLING,
            "undo": self._undo(request, run, kind),
            "home_url": home[0],
            "home_text": home[1],
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/run.html", context)

    def progress_view(self, request: HttpRequest, run: Any) -> HttpResponse:
        """What the page's script asks for every second: the state, the per cent, and the words that go with them."""
        found = self._find(request, run)
        progress = Progress.of(found)
        answer = {
            "state": found.state,
            "goesOn": found.goes_on,
            "stateText": found.get_state_display(),
            "percent": progress.percent,
            "text": sentence(found),
            "outcomes": [f"{number} {words}" for words, number in _outcomes(found, runs.kind_of(found))],
        }
        return JsonResponse(answer, headers={"Cache-Control": "no-store"})

    def cancel_view(self, request: HttpRequest, run: Any) -> HttpResponse:
        """Ask it to stop."""
        found = self._find(request, run)
        page = HttpResponseRedirect(self._address("change", found.pk))
        if request.method != "POST":
            return page
        kind = runs.kind_of(found)
        if not may(request, kind.right if kind else BACKOFFICE, found):
            raise PermissionDenied
        if not found.goes_on:
            messages.info(request, _("It had ended before."))
        runs.cancel(found, actor=actor_of(request))
        return page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("staff", "parameters", "position")

    def _undo(self, request: HttpRequest, run: Run, kind: runs.Kind | None) -> uuid.UUID | None:
        """The operation to take back, once the run has ended and while something of it is in the bin."""
        if kind is None or not kind.undoable or run.goes_on or not may(request, BACKOFFICE, run):
            return None
        left = Deletion.objects.for_tenant(run.tenant_id).binned().of_operation(run.pk)
        return run.pk if left.exists() else None

    def _find(self, request: HttpRequest, pk: Any) -> Run:
        try:
            found = self.get_queryset(request).filter(pk=pk).first()
        except (ValidationError, ValueError):
            found = None
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        run: Run = found
        return run

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:recyclebin_run_{name}", args=args)


def _outcomes(run: Run, kind: runs.Kind | None) -> list[tuple[str, str]]:
    """The words and the number of each outcome that came up, in the order of the kind."""
    words = dict(kind.outcomes) if kind else {}
    order = [*(name for name in words if name in run.outcomes), *(name for name in run.outcomes if name not in words)]
    return [(str(words.get(name, name)), number_format(run.outcomes[name], force_grouping=True)) for name in order]
