"""The one base class of the record admins. It wires lists, forms and deleting to the verbs and keeps no state."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.admin_binned import BinnedMixin, rows_shown, shows_bin
from records.admin_deleting import DeletingMixin
from records.admin_forms import AddressForm, ExactText, ParentField, RecordForm, add_address_faults
from records.admin_history import HistoryMixin
from records.deletion_words import gone, told
from records.outcomes import Kind, Outcome, Refusal
from records.resources import Resource, resource_named, resource_of
from records.search import matching
from records.writes import write
from recyclebin.errors import ReasonRequired, ReasonTooLong, RecycleBinError
from recyclebin.models import Deletion
from recyclebin.results import DeletionResult
from recyclebin.undo import undo_tag
from recyclebin.verbs import delete
from tenants import errors
from tenants.actors import Actor
from tenants.current import access_of, actor_of
from tenants.permissions import BACKOFFICE, EDIT
from tenants.scoped_admin import ScopedAdmin, may

if TYPE_CHECKING:
    from django.contrib.admin import StackedInline

    Inline = StackedInline[Any, Any]
    from django.forms.models import BaseInlineFormSet

    FormSet = BaseInlineFormSet[Any, Any, Any]
else:
    from unfold.admin import StackedInline as Inline
    from unfold.forms import PaginationInlineFormSet as FormSet

_REFUSED = "records.refusal"
_OUTCOME = "records.outcome"
_REMOVED = "records.removed"


class Refused(Exception):
    """The verb refused what a form sent. It rolls the request back; the form is shown again with the reasons."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.text)


class VerbFieldsMixin:
    """Form fields for an admin whose rows are written by verbs."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.CharField | models.TextField) and not db_field.choices:
            kwargs["form_class"] = ExactText
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        widget: Any = getattr(field, "widget", None)
        if hasattr(widget, "can_add_related"):
            # A related record has a page of its own; windows that open over a form lose what was typed below them.
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        access = access_of(request)
        related = db_field.related_model
        rows = related.objects.for_tenant(access.tenant) if access else related.objects.none()
        kwargs |= {"queryset": rows, "form_class": ParentField}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class AddressFormSet(FormSet):
    """The addresses of one owner."""

    refusal: Refusal | None = None

    def sent(self) -> list[AddressForm]:
        """The forms that bring something, in the order in which the verb gets them."""
        gone = set(map(id, self.deleted_forms))
        return [form for form in self.forms if form.has_changed() and id(form) not in gone]

    def clean(self) -> None:
        super().clean()
        if self.refusal:
            add_address_faults(self.sent(), self.refusal, resource_named("addresses"))


class RecordAdmin(BinnedMixin, DeletingMixin, HistoryMixin, VerbFieldsMixin, ScopedAdmin):
    """What customers, users, contacts, usergroups and companies share in the admin.

    A record and its inline addresses are written by one call of the verb. A refusal comes back to the field that it is
    about, and nothing is saved then.
    """

    form = RecordForm
    change_form_template = "records/change_form.html"
    add_right = EDIT
    change_right = EDIT
    delete_right = BACKOFFICE
    search_fields = ("source_id",)  # switches the box on; the words go to matching()
    list_select_related = ()
    search_help_text = gettext_lazy("Name, e-mail, phone, key or place")
    ordering = ("-modified_at", "-id")
    sortable_by = ("modified_at",)

    @property
    def resource(self) -> Resource:
        """What is declared of these records; it is the same for every request."""
        return resource_of(self.model)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        access = access_of(request)
        if access is None:
            return queryset.none(), False
        return matching(queryset, type=self.resource.type, tenant=access.tenant.pk, text=search_term), False

    def get_form(self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any) -> Any:
        # Django makes this class anew for each request, so what is put on it is not shared.
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.request = request
        form.refusal = request.META.get(_REFUSED)
        return form

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            # Rolled back. The second pass shows the form with the reasons and cannot get as far as saving.
            request.META[_REFUSED] = refused.refusal
            return super().changeform_view(request, object_id, form_url, extra_context)
        except errors.PermissionDenied as denied:
            raise PermissionDenied from denied

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: the record and its addresses are one unit, and ``save_related`` has both."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        actor = actor_of(request)
        addresses = resource_named("addresses")
        outcome = write(
            self.resource,
            form.written(self.resource, all_of_it=not change),
            actor=actor,
            id=form.instance.pk,
            parent=form.parent_id(),
            addresses=tuple(sent.row() for formset in formsets for sent in formset.sent()),
            version=form.cleaned_data["shown_version"],
        )
        if outcome.refusal:
            raise Refused(outcome.refusal)
        form.instance.pk = outcome.id
        if removed := [gone.instance.pk for formset in formsets for gone in formset.deleted_forms]:
            request.META[_REMOVED] = self._remove(addresses, removed, actor, form.cleaned_data["removal_reason"])
            outcome.changed = True
        request.META[_OUTCOME] = outcome

    def _remove(self, owned: Resource, ids: list[int], actor: Actor, reason: str) -> DeletionResult:
        try:
            return delete(roots=owned.model.objects.filter(pk__in=ids), actor=actor, reason=reason)
        except RecycleBinError as error:
            pointer = "/reason" if isinstance(error, ReasonRequired | ReasonTooLong) else ""
            raise Refused(Refusal(Kind.FORBIDDEN, self.resource.name, str(error), pointer)) from error

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return []

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        outcome: Outcome | None = request.META.get(_OUTCOME)
        if outcome and not outcome.changed and "_continue" not in request.POST:
            messages.info(request, _("Nothing was changed."))
            return self.response_post_save_change(request, obj)
        response = super().response_change(request, obj)
        removed: DeletionResult | None = request.META.get(_REMOVED)
        if removed:
            text = told(removed, resource_named("addresses").model, confirmed=0)
            messages.success(request, text, extra_tags=undo_tag(removed.operation))
        return response

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """A record that is in the bin leads to its deletion, for those who may look there."""
        access = access_of(request)
        if access and object_id.isdecimal() and len(object_id) < 19:
            rows = self.model.everything.for_tenant(access.tenant).filter(pk=int(object_id))
            deletion = Deletion.objects.binned().filter(pk__in=rows.values("deletion")).first()
            if deletion:
                messages.warning(request, gone(deletion, str(opts.verbose_name)))
                return HttpResponseRedirect(deletion_url(self.admin_site.name, deletion.pk))
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[misc,no-any-return]


def deletion_url(site: str, deletion: Any) -> str:
    """The page of a deletion in the bin."""
    opts = Deletion._meta
    return reverse(f"{site}:{opts.app_label}_{opts.model_name}_change", args=[deletion])


class OwnedInline(VerbFieldsMixin, Inline):
    """Rows below a record, edited with it and written by its verb."""

    form = AddressForm
    formset = AddressFormSet
    extra = 0
    per_page = 25
    collapsible = True
    show_change_link = False

    def get_formset(self, request: HttpRequest, obj: Any | None = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.refusal = request.META.get(_REFUSED)
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return rows_shown(request, self.model).order_by(*self.get_ordering(request))

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        access = access_of(request)
        return access is not None

    def has_add_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return not shows_bin(request) and may(request, EDIT, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return not shows_bin(request) and may(request, EDIT, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return not shows_bin(request) and may(request, BACKOFFICE, obj)
