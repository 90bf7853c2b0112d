"""Deleting permanently in the admin: one deletion, a selection, all that match; and asking what is gone."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from recyclebin import tombstones
from recyclebin.admin_restoring import TICKED_LIMIT, RestoreForm, RestoringMixin
from recyclebin.models import Deletion, Run, RunState, State
from recyclebin.preview import NAMES
from recyclebin.purge_confirmation import Confirmation
from recyclebin.purge_runs import start_purge
from recyclebin.reasons import REASON_LIMIT
from recyclebin.restore_runs import Chosen, now
from recyclebin.runs import run_url
from tenants.current import access_of, actor_of
from tenants.permissions import PURGE
from tenants.scoped_admin import LIST_TIMEOUT, may, time_limit

SHOWN = 50
"""So many records of one key are listed."""


class PurgeForm(RestoreForm):
    """What was chosen, the reason that stays, and what the person typed to confirm."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=REASON_LIMIT,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Kept for ever beside your name. Name nobody here: “request 2041”, for example."),
    )
    typed = forms.CharField(
        required=False, max_length=700, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    )


class AskForm(forms.Form):
    """A key that somebody wants to know about."""

    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=255,
        strip=True,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("The source id or uid, exactly as the record had it; or # and its id: #4711."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Empty: any."),
    )


class PurgingMixin(RestoringMixin):
    """The way out. Nothing goes without a page that says what, and somebody who types it."""

    actions: tuple[str, ...] = ("restore_selected", "purge_selected")
    actions_list = ("ask_purged",)

    def has_purge_permission(self, request: HttpRequest) -> bool:
        """A right of its own, which owners have."""
        return may(request, PURGE)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("purge-selected/", wrap(self.purge_selected_view), name="recyclebin_deletion_purge_selected"),
            path("purged/", wrap(self.purged_view), name="recyclebin_deletion_purged"),
            path("<uuid:deletion>/purge/", wrap(self.purge_view), name="recyclebin_deletion_purge"),
            *super().get_urls(),
        ]

    def purge_view(self, request: HttpRequest, deletion: uuid.UUID) -> HttpResponse:
        """The page that asks about one deletion; it posts to where that about several posts to."""
        self._require_purging(request)
        found = self._find(request, str(deletion))  # type: ignore[attr-defined]
        return self._confirm(request, PurgeForm(self._data(request, (str(found.pk),))), asked=False)

    def purge_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The action of the list: the page that says what would go."""
        across = request.POST.get("select_across") == "1"
        ticked = () if across else tuple(request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)[:TICKED_LIMIT])
        return self._confirm(request, PurgeForm(self._data(request, ticked)), asked=False)

    purge_selected.short_description = gettext_lazy("Delete selected permanently")  # type: ignore[attr-defined]
    purge_selected.allowed_permissions = ("purge",)  # type: ignore[attr-defined]

    def purge_selected_view(self, request: HttpRequest) -> HttpResponse:
        """What was confirmed happens here. The address repeats the filter of the list."""
        self._require_purging(request)
        if request.method != "POST":
            return HttpResponseRedirect(self._list_url(request))
        return self._confirm(request, PurgeForm(request.POST), asked=True)

    @action(description=gettext_lazy("Was it deleted permanently?"), url_path="ask-purged")  # type: ignore[untyped-decorator]
    def ask_purged(self, request: HttpRequest) -> HttpResponse:
        """The button above the list."""
        return HttpResponseRedirect(self._address("purged"))

    def purged_view(self, request: HttpRequest) -> HttpResponse:
        """Was a record with this key ever here, and deleted permanently?"""
        access = access_of(request)
        if access is None or not self.has_view_permission(request):
            raise PermissionDenied
        form = AskForm(request.GET if "key" in request.GET else None)
        found, unaskable, asked = [], False, form.is_bound and form.is_valid()
        if asked:
            key, source = form.cleaned_data["key"], form.cleaned_data["source"]
            rows = tombstones.with_key(access.tenant, key, source=source)
            number = key.removeprefix("#")
            if key.startswith("#") and number.isascii() and number.isdecimal() and len(number) <= 18:
                rows = tombstones.with_id(access.tenant, int(number))
            found = list(rows[: SHOWN + 1])
            unaskable = not found and tombstones.unaskable(access.tenant)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Was it deleted permanently?"),
            "opts": self.model._meta,
            "form": form,
            "asked": asked,
            "found": found[:SHOWN],
            "more": len(found) > SHOWN,
            "unaskable": unaskable,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/purged.html", context)

    def _data(self, request: HttpRequest, ids: tuple[str, ...]) -> dict[str, Any]:
        return {"tenant": actor_of(request).tenant.pk, "until": now(), "chosen": ",".join(ids)}

    def _confirm(self, request: HttpRequest, form: PurgeForm, *, asked: bool) -> HttpResponse:
        """The page that asks or, when it was answered as it asked, what that starts."""
        if not form.is_valid() and not {"reason", "typed"}.issuperset(form.errors):
            return HttpResponseRedirect(self._list_url(request))
        actor = actor_of(request)
        if form.cleaned_data["tenant"] != actor.tenant.pk:
            messages.error(request, _("You work in another tenant by now. Nothing was deleted."))
            return HttpResponseRedirect(self._list_url(request))
        chosen = self._chosen(request, form)
        with time_limit(LIST_TIMEOUT):
            confirmation = Confirmation.of(chosen.of(actor.tenant), names=NAMES)
        if asked and not form.errors:
            if confirmation.is_typed(form.cleaned_data["typed"]):
                run = start_purge(chosen, actor=actor, reason=form.cleaned_data["reason"])
                return self._told(request, run)
            form.add_error("typed", _("That is not it. Type: %(phrase)s") % {"phrase": confirmation.phrase})
        query = request.GET.urlencode()
        address = self._address("purge_selected")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete permanently"),
            "opts": self.model._meta,
            "confirmation": confirmation,
            "across": chosen.filter is not None,
            "form": form if asked else PurgeForm(initial=dict(form.data)),
            "hidden": {name: form.data[name] for name in RestoreForm.base_fields},
            "form_address": f"{address}?{query}" if query else address,
            "back": self._back(request, chosen),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "recyclebin/purge_confirmation.html", context)

    def _told(self, request: HttpRequest, run: Run) -> HttpResponse:
        """Where the work is over already, one sentence; else the page that shows how far it is."""
        if run.state != RunState.DONE:
            return HttpResponseRedirect(run_url(run))
        records = run.outcomes.get("records", 0)
        text = ngettext(
            "%(number)s record was deleted permanently.", "%(number)s records were deleted permanently.", records
        )
        messages.success(request, text % {"number": number_format(records, force_grouping=True)})
        return HttpResponseRedirect(self._list_url(request))

    def _back(self, request: HttpRequest, chosen: Chosen) -> str:
        if len(chosen.ids) == 1 and Deletion.objects.filter(pk=chosen.ids[0], state=State.BINNED).exists():
            return self._address("change", chosen.ids[0])
        return self._list_url(request)

    def _require_purging(self, request: HttpRequest) -> None:
        if not self.has_purge_permission(request):
            raise PermissionDenied
