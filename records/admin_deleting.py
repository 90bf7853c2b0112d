"""Deleting in the admin: one page that says what goes to the recycle bin, asks why, and calls the verb.

The same page serves one record, the rows that were ticked, and "all that match". The last carries no ids: the filter in
the address is asked again, and the number that was confirmed tells whether it still means the same.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recyclebin.errors import RecycleBinError
from recyclebin.preview import preview
from recyclebin.results import DeletionResult
from recyclebin.undo import undo_tag
from recyclebin.verbs import REASON_LIMIT, delete
from tenants.current import Access, access_of, actor_of

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
    from django.forms import TextInput as UnfoldAdminTextInputWidget
else:
    Base = object
    from unfold.widgets import UnfoldAdminTextInputWidget

BULK_LIMIT = 10_000
"""As many records as one action may delete while somebody waits for the page."""


class DeletionForm(forms.Form):
    """Why, and what exactly was confirmed."""

    reason = forms.CharField(max_length=REASON_LIMIT, required=False, widget=UnfoldAdminTextInputWidget)
    tenant = forms.IntegerField(widget=forms.HiddenInput)
    expected = forms.IntegerField(widget=forms.HiddenInput)
    # The rows that were ticked, separated by commas; empty for "all that match".
    chosen = forms.RegexField(r"\A\d{1,18}(,\d{1,18})*\Z", required=False, widget=forms.HiddenInput)

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        reason = self.fields["reason"]
        reason.label = _("Reason")
        reason.required = access.tenant.reason_required
        if reason.required:
            reason.error_messages["required"] = _("Say why: deleting needs a reason here.")
        reason.help_text = _("Shown in the recycle bin, so that others understand.")

    def clean_tenant(self) -> int:
        """A page that was opened in another tenant must not delete in this one."""
        tenant: int = self.cleaned_data["tenant"]
        if tenant != self.access.tenant.pk:
            raise forms.ValidationError(_("You work in another tenant by now. Nothing was deleted."))
        return tenant


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
            redirect: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
                request, self.model._meta, object_id
            )
            return redirect
        return self._confirm_or_delete(request, [record.pk], one=record)

    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The action of the list. ``queryset`` is already narrowed to what was ticked, or to all that match."""
        across = request.POST.get("select_across") == "1"
        ticked = [] if across else request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        keys = _keys(queryset)
        return self._page(request, keys, self._form(request, len(keys), ",".join(ticked)), across=across)

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
        chosen = request.POST.get("chosen", "")
        if chosen:
            rows = rows.filter(pk__in=[int(pk) for pk in chosen.split(",") if pk.isdecimal() and len(pk) < 19])
        return self._confirm_or_delete(request, _keys(rows), across=not chosen)

    def _confirm_or_delete(
        self, request: HttpRequest, keys: list[int], *, one: Any = None, across: bool = False
    ) -> HttpResponse:
        if request.method != "POST":
            return self._page(request, keys, self._form(request, len(keys)), one=one)
        form = self._form(request, len(keys), data=request.POST)
        if form.is_valid() and len(keys) > form.cleaned_data["expected"]:
            text = _("More records match by now than you were shown. Look again before you delete them.")
            messages.warning(request, text)
            form = self._form(request, len(keys), request.POST.get("chosen", ""))
        elif form.is_valid() and len(keys) <= BULK_LIMIT:
            try:
                rows = self.model._default_manager.filter(pk__in=keys)
                result = delete(roots=rows, actor=actor_of(request), reason=form.cleaned_data["reason"])
            except RecycleBinError as error:
                form.add_error(None, str(error))
            else:
                confirmed = form.cleaned_data["expected"]
                messages.success(request, self._told(result, confirmed), extra_tags=undo_tag(result.operation))
                return HttpResponseRedirect(self._list_url(request))
        return self._page(request, keys, form, one=one, across=across)

    def _form(self, request: HttpRequest, expected: int, chosen: str = "", data: Any = None) -> DeletionForm:
        access = access_of(request)
        if access is None:
            raise PermissionDenied
        initial = {"tenant": access.tenant.pk, "expected": expected, "chosen": chosen}
        return DeletionForm(access, data, initial=initial)

    def _page(
        self, request: HttpRequest, keys: list[int], form: DeletionForm, *, one: Any = None, across: bool = False
    ) -> HttpResponse:
        opts = self.model._meta
        too_many = len(keys) > BULK_LIMIT
        rows = self.model._default_manager.filter(pk__in=keys)
        lines = () if too_many else preview(rows, actor_of(request), cap=BULK_LIMIT)
        own = next((line for line in lines if line.type == opts.label_lower), None)
        site = self.admin_site.name
        address = request.path if one else reverse(f"{site}:{opts.app_label}_{opts.model_name}_delete_selected")
        query = request.GET.urlencode()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete"),
            "opts": opts,
            "object": one,
            "own": own,
            "along": [line for line in lines if line is not own],
            "across": across,
            "too_many": too_many,
            "limit": number_format(BULK_LIMIT, force_grouping=True),
            "form": form,
            "form_address": f"{address}?{query}" if query else address,
            "back": self._back_url(request, one),
            "days": form.access.tenant.retention_days,
            "media": self.media,
        }
        request.current_app = site
        return TemplateResponse(request, "records/delete_confirmation.html", context)

    def _back_url(self, request: HttpRequest, one: Any) -> str:
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

    def _told(self, result: DeletionResult, confirmed: int) -> str:
        """What was done, in numbers that are those of the rows written."""
        roots, along = len(result.deletions), result.total - len(result.deletions)
        if roots == 1:
            text = _("%(label)s is in the recycle bin") % {"label": result.deletions[0].label}
        else:
            name = self.model._meta.verbose_name_plural
            text = _("%(number)d %(name)s are in the recycle bin") % {"number": roots, "name": name}
        if along:
            text += ngettext(", with %(number)d related record", ", with %(number)d related records", along) % {
                "number": along
            }
        if roots < confirmed:
            gone = confirmed - roots
            text += ngettext("; %(number)d had gone before", "; %(number)d had gone before", gone) % {"number": gone}
        return f"{text}."


def _keys(rows: QuerySet[Any]) -> list[int]:
    """The keys of the chosen records, one more than the limit at most.

    They are read before anything else is asked: a preview of "the first five that match" would walk the whole table
    by id when the matches are far back.
    """
    return list(rows.order_by().values_list("pk", flat=True)[: BULK_LIMIT + 1])
