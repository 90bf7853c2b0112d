"""Deleting in the admin: one page that says what goes to the recycle bin, asks why, and calls the verb.

The same page serves one record, the rows that were ticked, and "all that match". The last carries no ids: the filter in
the address is asked again, and what the page showed tells whether it still means the same.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records import deletion_words
from records.chosen_rows import Chosen, choose, these
from records.deletion_form import SUGGESTIONS_ID, DeletionForm
from records.models import Record
from recyclebin.deletion_runs import start_deletion
from recyclebin.errors import NothingLive, RecycleBinError, VersionMoved
from recyclebin.many import Many
from recyclebin.preview import blockers, preview
from recyclebin.runs import run_url
from recyclebin.undo import undo_tag
from recyclebin.verbs import delete
from tenants.current import access_of, actor_of

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
else:
    Base = object


class DeletingMixin(Base):
    """Replaces Django's delete views. Nothing here collects objects, and nothing is deleted for good."""

    actions = ("delete_selected",)

    def get_urls(self) -> list[Any]:
        opts = self.model._meta
        view = self.admin_site.admin_view(self.delete_selected_view)
        name = f"{opts.app_label}_{opts.model_name}_delete_selected"
        return [path("delete-selected/", view, name=name), *super().get_urls()]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """One record: the page on GET, the verb on POST."""
        record = self.get_object(request, unquote(object_id))
        if not self.has_delete_permission(request, record):
            raise PermissionDenied
        if record is None:
            return self._gone(request, object_id)
        return self._confirm_or_delete(request, these([record.pk]), one=record)

    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The action of the list. ``queryset`` is already narrowed to what was ticked, or to all that match."""
        across = request.POST.get("select_across") == "1"
        ticked = [] if across else request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        chosen = choose(queryset)
        return self._page(request, chosen, self._form(request, chosen, ",".join(ticked)), across=across)

    delete_selected.short_description = gettext_lazy("Delete selected %(verbose_name_plural)s")  # type: ignore[attr-defined]
    delete_selected.allowed_permissions = ("delete",)  # type: ignore[attr-defined]

    def delete_selected_view(self, request: HttpRequest) -> HttpResponse:
        """Where the page of the action posts to. Its address repeats the filter of the list."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(self._list_url(request))
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(self._list_url(request))
        ticked = request.POST.get("chosen", "")
        if ticked:
            rows = rows.filter(pk__in=[int(pk) for pk in ticked.split(",") if pk.isdecimal() and len(pk) < 19])
        return self._confirm_or_delete(request, choose(rows), rows=rows, across=not ticked)

    def _confirm_or_delete(
        self,
        request: HttpRequest,
        chosen: Chosen,
        *,
        rows: QuerySet[Any] | None = None,
        one: Record | None = None,
        across: bool = False,
    ) -> HttpResponse:
        if request.method != "POST":
            return self._page(request, chosen, self._form(request, chosen, one=one), one=one)
        form = self._form(request, chosen, data=request.POST, one=one)
        if chosen.keys and form.is_valid():
            if self._moved(request, form, chosen, across=across):
                form = self._form(request, chosen, request.POST.get("chosen", ""), again=True)
            elif rows is not None and chosen.large:
                if started := self._start(request, form, chosen, rows):
                    return started
            elif deleted := self._delete(request, form, chosen, one=one):
                return deleted
        return self._page(request, chosen, form, one=one, across=across)

    def _moved(self, request: HttpRequest, form: DeletionForm, chosen: Chosen, *, across: bool) -> bool:
        """Whether other records would go than the page showed; then the reader is told, and asked again.

        Of those that were ticked fewer may be left. That is no other choice: the message afterwards tells of it.
        """
        shown = form.cleaned_data["expected"]
        if form.shows(chosen.number, chosen.mark) or (not across and chosen.number < shown):
            return False
        messages.warning(request, deletion_words.moved(shown, chosen.number))
        return True

    def _delete(
        self, request: HttpRequest, form: DeletionForm, chosen: Chosen, *, one: Record | None
    ) -> HttpResponse | None:
        """Call the verb. Gives the answer, or None when the page is to be shown again with what stands in the way."""
        values = form.cleaned_data
        try:
            result = delete(
                roots=self._rows(chosen),
                actor=actor_of(request),
                reason=values.get("reason", ""),
                expected_version=values["version"] if one else None,
            )
        except NothingLive as error:
            if one is not None:
                return self._gone(request, str(one.pk))
            form.add_error(None, str(error))
        except VersionMoved:
            return self._changed_meanwhile(request, chosen, one)
        except RecycleBinError as error:
            form.add_error(None, str(error))
        else:
            text = deletion_words.told(result, self.model, confirmed=values["expected"])
            messages.success(request, text, extra_tags=undo_tag(result.operation))
            return HttpResponseRedirect(self._list_url(request))
        return None

    def _start(
        self, request: HttpRequest, form: DeletionForm, chosen: Chosen, rows: QuerySet[Any]
    ) -> HttpResponse | None:
        """Too many for a request: a run does it, and its page is the answer. None as in ``_delete``."""
        expected = None if chosen.more else chosen.number
        reason = form.cleaned_data.get("reason", "")
        try:
            run = start_deletion(rows, actor=actor_of(request), reason=reason, expected=expected)
        except RecycleBinError as error:
            form.add_error(None, str(error))
            return None
        return HttpResponseRedirect(run_url(run))

    def _changed_meanwhile(self, request: HttpRequest, chosen: Chosen, one: Record | None) -> HttpResponse:
        """The page again, with the record as it is now; what was typed stays."""
        text = _("This %(name)s was changed after you opened the page. Nothing was deleted: look again, then decide.")
        messages.warning(request, text % {"name": self.model._meta.verbose_name})
        if one is not None:
            one.refresh_from_db()
        return self._page(request, chosen, self._form(request, chosen, one=one, again=True), one=one)

    def _gone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        redirect: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
            request, self.model._meta, object_id
        )
        return redirect

    def _rows(self, chosen: Chosen) -> QuerySet[Any]:
        # One array: as parameters, 10,000 keys would be sent anew in each statement of a preview.
        rows: QuerySet[Any] = self.model._default_manager.filter(pk__any_of=Many(chosen.keys))
        return rows

    def _form(
        self,
        request: HttpRequest,
        chosen: Chosen,
        ticked: str = "",
        *,
        one: Record | None = None,
        data: Any = None,
        again: bool = False,
    ) -> DeletionForm:
        access = access_of(request)
        if access is None:
            raise PermissionDenied
        initial = {
            "tenant": access.tenant.pk,
            "expected": chosen.number,
            "mark": chosen.mark,
            "version": one.version if one else None,
            "chosen": ticked,
            "reason": request.POST.get("reason", "") if again else "",
        }
        return DeletionForm(access, data, initial=initial)

    def _page(
        self,
        request: HttpRequest,
        chosen: Chosen,
        form: DeletionForm,
        *,
        one: Record | None = None,
        across: bool = False,
    ) -> HttpResponse:
        opts = self.model._meta
        lines = preview(self._rows(chosen), actor_of(request)) if chosen.keys else ()
        own = next((line for line in lines if line.type == opts.label_lower), None)
        site = self.admin_site.name
        address = request.path if one else reverse(f"{site}:{opts.app_label}_{opts.model_name}_delete_selected")
        query = request.GET.urlencode()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete"),
            "opts": opts,
            "object": one,
            "chosen": chosen,
            "noun": opts.verbose_name if chosen.number == 1 else opts.verbose_name_plural,
            "own": own,
            "blockers": blockers(self._rows(chosen), actor_of(request)) if chosen.keys else (),
            "along": [line for line in lines if line is not own],
            "across": across,
            "form": form,
            "suggestions": form.suggestions,
            "suggestions_id": SUGGESTIONS_ID,
            "form_address": f"{address}?{query}" if query else address,
            "back": self._back_url(request, one),
            "days": form.access.tenant.retention_days,
            "media": self.media,
        }
        request.current_app = site
        return TemplateResponse(request, "records/delete_confirmation.html", context)

    def _back_url(self, request: HttpRequest, one: Record | None) -> str:
        opts = self.model._meta
        if one is None:
            return self._list_url(request)
        return reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_change", args=[one.pk])

    def _list_url(self, request: HttpRequest) -> str:
        """The list, with the filters that it had."""
        opts = self.model._meta
        address = reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_changelist")
        query = request.GET.urlencode()
        kept = request.GET.get("_changelist_filters", "" if "_changelist_filters" in query else query)
        return f"{address}?{kept}" if kept else address
