"""Restoring in the admin: one deletion, a selection, all that match, and what one action deleted."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recyclebin import bin_filters
from recyclebin.models import Deletion
from recyclebin.record_pages import page_of
from recyclebin.reports import told
from recyclebin.restore_preview import counted, preview_restore
from recyclebin.restore_runs import AT_ONCE, Chosen, now, start_restore
from recyclebin.results import NotRestored, RestoreResult
from recyclebin.runs import run_url
from recyclebin.undo import refusal
from recyclebin.verbs import restore
from tenants.current import access_of, actor_of
from tenants.permissions import BACKOFFICE
from tenants.scoped_admin import LIST_TIMEOUT, may, time_limit

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
else:
    Base = object

TICKED_LIMIT = 1_000
"""So many rows can be ticked one by one; more are meant by a filter."""


class RestoreForm(forms.Form):
    """What exactly was confirmed: rows by id or, without any, all that match the address; and as of when."""

    tenant = forms.IntegerField()
    until = forms.CharField(max_length=40)
    chosen = forms.CharField(required=False, max_length=37 * TICKED_LIMIT)

    def clean_until(self) -> str:
        until: str = self.cleaned_data["until"]
        try:
            moment = parse_datetime(until)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise forms.ValidationError("Not a moment.")
        return until

    def clean_chosen(self) -> tuple[uuid.UUID, ...]:
        try:
            return tuple(uuid.UUID(pk) for pk in self.cleaned_data["chosen"].split(",") if pk)
        except ValueError:
            raise forms.ValidationError("Not ids.") from None


class RestoringMixin(Base):
    """The ways back. One deletion is restored at once; several after a page that says what will come back."""

    actions: tuple[str, ...] = ("restore_selected",)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        """Who may delete may take it back."""
        return may(request, BACKOFFICE)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("undo/<uuid:operation>/", wrap(self.undo_view), name="recyclebin_deletion_undo"),
            path("restore-selected/", wrap(self.restore_selected_view), name="recyclebin_deletion_restore_selected"),
            path("<uuid:deletion>/restore/", wrap(self.restore_view), name="recyclebin_deletion_restore"),
            *super().get_urls(),
        ]

    def restore_view(self, request: HttpRequest, deletion: uuid.UUID) -> HttpResponse:
        """Restore one deletion; with ``owners`` also those that hold its owners."""
        own_page = HttpResponseRedirect(self._address("change", deletion))
        if request.method != "POST":
            return own_page
        found = self._find(request, str(deletion))  # type: ignore[attr-defined]
        self._require_restoring(request)
        result = restore(deletions=[found.pk], actor=actor_of(request), with_owners="owners" in request.POST)
        failed = [row for row in result.failed if row.deletion == found.pk]
        return self._say_why(request, failed[0]) if failed else self._tell(request, result)

    def undo_view(self, request: HttpRequest, operation: uuid.UUID) -> HttpResponse:
        """Restore all that one action deleted. Pushing the button twice does no harm: the second time says so."""
        if request.method != "POST":
            return HttpResponseRedirect(self._address("changelist"))
        access = access_of(request)
        deletions = Deletion.objects.of_operation(operation).for_tenant(access.tenant) if access else None
        if deletions is None or not deletions.exists():
            raise Http404
        self._require_restoring(request)
        if refused := refusal(operation, deletions):
            messages.warning(request, refused.text)
            return HttpResponseRedirect(refused.url or self._address("changelist"))
        if sum(counted(deletions.binned())[1].values()) > AT_ONCE:
            run = start_restore(Chosen(operation=operation, until=now()), actor=actor_of(request))
            return HttpResponseRedirect(run_url(run))
        ids = list(deletions.values_list("pk", flat=True))
        result = restore(deletions=ids, actor=actor_of(request))
        if not result.failed:
            return self._tell(request, result)
        if len(ids) == 1:
            return self._say_why(request, result.failed[0])
        # Some of it met an obstacle: the job's page tells which. It restores nothing that came back just now.
        return HttpResponseRedirect(
            run_url(start_restore(Chosen(operation=operation, until=now()), actor=actor_of(request)))
        )

    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The action of the list: the page that says what will come back and what stands in the way."""
        across = request.POST.get("select_across") == "1"
        ticked = () if across else tuple(request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)[:TICKED_LIMIT])
        data = {"tenant": actor_of(request).tenant.pk, "until": now(), "chosen": ",".join(ticked)}
        form = RestoreForm(data)
        if not form.is_valid():
            return HttpResponseRedirect(request.get_full_path())
        return self._preview(request, form)

    restore_selected.short_description = gettext_lazy("Restore selected")  # type: ignore[attr-defined]
    restore_selected.allowed_permissions = ("restore",)  # type: ignore[attr-defined]

    def restore_selected_view(self, request: HttpRequest) -> HttpResponse:
        """Where that page posts to. Its address repeats the filter of the list."""
        back = HttpResponseRedirect(self._list_url(request))
        self._require_restoring(request)
        if request.method != "POST":
            return back
        form = RestoreForm(request.POST)
        if not form.is_valid():
            return back
        actor = actor_of(request)
        if form.cleaned_data["tenant"] != actor.tenant.pk:
            messages.error(request, _("You work in another tenant by now. Nothing was restored."))
            return back
        chosen = self._chosen(request, form)
        if not chosen.of(actor.tenant).exists():
            messages.info(request, _("Nothing of this is in the recycle bin any more."))
            return back
        run = start_restore(chosen, actor=actor, with_owners="owners" in request.POST)
        return HttpResponseRedirect(run_url(run))

    def _preview(self, request: HttpRequest, form: RestoreForm) -> HttpResponse:
        access = access_of(request)
        if access is None:
            raise PermissionDenied
        chosen = self._chosen(request, form)
        with time_limit(LIST_TIMEOUT):
            preview = preview_restore(chosen.of(access.tenant))
        query = request.GET.urlencode()
        address = self._address("restore_selected")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Restore"),
            "opts": self.model._meta,
            "preview": preview,
            "number": number_format(preview.deletions, force_grouping=True),
            "across": chosen.filter is not None,
            "job": preview.records > AT_ONCE,
            "able": any(obstacle.able for obstacle in preview.obstacles),
            "hidden": form.data,
            "form_address": f"{address}?{query}" if query else address,
            "back": self._list_url(request),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/restore_confirmation.html", context)

    def _chosen(self, request: HttpRequest, form: RestoreForm) -> Chosen:
        """Ticked rows are looked for whatever the list's filter, which cannot hide what somebody ticked."""
        ids, until = form.cleaned_data["chosen"], form.cleaned_data["until"]
        if ids:
            return Chosen(ids=ids, until=until)
        return Chosen(filter=bin_filters.parameters_of(request.GET.dict()), until=until)

    def _say_why(self, request: HttpRequest, failed: NotRestored) -> HttpResponse:
        """On the page of the deletion, which shows what is in the way and offers to restore that too."""
        messages.error(request, _("%(label)s was not restored. %(reason)s") % vars(failed))
        return HttpResponseRedirect(self._address("change", failed.deletion))

    def _tell(self, request: HttpRequest, result: RestoreResult) -> HttpResponse:
        if result.restored:
            messages.success(request, told(result))
        else:
            messages.info(request, _("It was restored before: there was nothing left to do."))
        first = (result.restored or (None,))[0]
        page = page_of(first) if first else None
        if page is None:
            return HttpResponseRedirect(self._address("changelist"))
        return HttpResponseRedirect(page.record if len(result.restored) == 1 else page.list)

    def _require_restoring(self, request: HttpRequest) -> None:
        if not self.has_restore_permission(request):
            raise PermissionDenied

    def _list_url(self, request: HttpRequest) -> str:
        query = request.GET.urlencode()
        address = self._address("changelist")
        return f"{address}?{query}" if query else address

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:recyclebin_deletion_{name}", args=args)
