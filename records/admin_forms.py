"""The forms of records in the admin: they tell what a person changed from what was there before.

A form sends the verb only what was touched. What nobody touched, a trailing blank or a usergroup in the recycle bin, is
neither altered nor validated again.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec import UNSET

from records.cleaned import clean_rows
from records.models import Record
from records.outcomes import Kind, Refusal
from records.resources import Resource, resource_named, resource_of
from records.rows import AddressRow
from records.timeline import timeline
from records.writes import address_row
from recyclebin.reasons import REASON_LIMIT
from tenants.current import access_of

if TYPE_CHECKING:
    from django.forms import TextInput as UnfoldAdminTextInputWidget
else:
    from unfold.widgets import UnfoldAdminTextInputWidget

KEY = ("source", "source_id")


class ExactText(forms.CharField):
    """Text that counts as changed only when it differs, blanks included, from what the page showed."""

    def to_python(self, value: Any) -> Any:
        return _line_feeds(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or "") != _line_feeds(data or ""))


def _line_feeds(text: Any) -> Any:
    """Browsers send every line break of a text area as two characters."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


class ParentField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A link to a live record of the tenant, or to the one that is linked already, wherever that is now."""

    def keep(self, model: type[Record], tenant_id: int, current: int) -> None:
        """Accept the current parent too, although it may be in the recycle bin."""
        live_or_current = Q(deletion=None, erased_at=None) | Q(pk=current)
        self.queryset = model.everything.for_tenant(tenant_id).filter(live_or_current)

    def label_from_instance(self, obj: Any) -> str:
        if obj.deletion_id is not None:
            return _("In the recycle bin")
        return _("Erased") if obj.erased_at is not None else str(obj.label)


class VerbForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose rules are the verb's. Its fields check what was typed; the model's own checks are left out.

    They would ask the database without holding the verb's locks, and answer for fields that nobody touched.
    """

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in self._meta.model._meta.fields}

    def written(self, resource: Resource, *, all_of_it: bool) -> dict[str, Any]:
        """The values to send by column: the changed ones, or all that hold something. A key goes as a pair."""
        wanted = set(self.cleaned_data) if all_of_it else set(self.changed_data)
        if wanted & set(KEY):
            wanted |= set(KEY) & set(self.cleaned_data)
        columns = dict.fromkeys((*KEY, *resource.by_name))
        return {name: self.cleaned_data[name] for name in columns if name in wanted and name in self.cleaned_data}

    def check_values(self, resource: Resource) -> None:
        """Ask the verb's own rules for values now, so that all faults of a page are told at once."""
        values = self.written(resource, all_of_it=self.instance.pk is None)
        row = tuple(values.get(column.name, UNSET) for column in resource.columns)
        _values, faults = clean_rows(resource, [row])
        for fault in faults.get(0, ()):
            name = field_named(resource, fault.pointer.lstrip("/"))
            self.add_error(name if name in self.fields else None, sentence(fault))


class RecordForm(VerbForm):
    """A record as a person edits it. The hidden fields say which state of which tenant the page showed."""

    request: ClassVar[HttpRequest]
    refusal: ClassVar[Refusal | None] = None

    shown_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    shown_tenant = forms.IntegerField(required=False, widget=forms.HiddenInput)
    removal_reason = forms.CharField(
        label=gettext_lazy("Why addresses are deleted"),
        required=False,
        max_length=REASON_LIMIT,
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        record: Record = self.instance
        self.resource = resource_of(type(record))
        access = access_of(self.request)
        self.fields["shown_version"].initial = record.version if record.pk else None
        self.fields["shown_tenant"].initial = access.tenant.pk if access else None
        parent = self.resource.parent
        field = self.fields.get(parent.field) if parent else None
        if parent and isinstance(field, ParentField) and getattr(record, parent.column):
            owner = resource_named(parent.resource).model
            field.keep(owner, record.tenant_id, getattr(record, parent.column))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        access = access_of(self.request)
        if access and self.cleaned_data.get("shown_tenant") != access.tenant.pk:
            text = _("You work in %(tenant)s by now, but this page was opened in another tenant. Nothing was saved.")
            self.add_error(None, text % {"tenant": access.tenant})
        elif self.instance.pk and self.cleaned_data.get("shown_version") != self.instance.version:
            self.add_error(None, stale(self.instance))
        self._check_pair()
        self.check_values(self.resource)
        for fault in self.refusal.every if self.refusal else ():
            self._add_fault(fault)
        return cleaned

    def _check_pair(self) -> None:
        source, source_id = self.cleaned_data.get("source"), self.cleaned_data.get("source_id")
        if bool(source) != bool(source_id):
            text = _("Fill in both the source and the source id, or neither.")
            self.add_error("source_id" if source else "source", text)

    def parent_id(self) -> Any:
        """The new parent's id, ``None`` to unlink, UNSET when nobody touched the link."""
        parent = self.resource.parent
        if parent is None or parent.field not in self.changed_data:
            return UNSET
        chosen = self.cleaned_data.get(parent.field)
        return chosen.pk if chosen else None

    def _add_fault(self, fault: Refusal) -> None:
        if fault.resource == "addresses" or fault.pointer.startswith("/addresses"):
            # The formset shows the sentence at its field; this keeps the form from passing.
            self.add_error(None, _("An address could not be saved. See below."))
        elif fault.kind is Kind.STALE:
            self.add_error(None, stale(self.instance))
        else:
            name = self._field_of(fault)
            self.add_error(name if name in self.fields else None, sentence(fault))

    def _field_of(self, fault: Refusal) -> str:
        """The field that a refusal is about. One without a pointer is about the key, or about the chosen parent."""
        if fault.pointer:
            return field_named(self.resource, fault.pointer.split("/")[1])
        if fault.kind is Kind.FORBIDDEN:
            return ""
        parent = self.resource.parent
        if parent and parent.field in self.changed_data and fault.resource == parent.resource:
            return parent.field
        return "source_id" if set(KEY) & set(self.changed_data) else ""


def field_named(resource: Resource, member: str) -> str:
    """The form field that the contracts call ``member``; ``""`` when there is none."""
    if resource.parent and member == "parent":
        return resource.parent.field
    names = {"source": "source", "sourceId": "source_id", "isDefault": "is_default", "reason": "removal_reason"}
    return names.get(member) or next((column.name for column in resource.columns if column.member == member), "")


def sentence(fault: Refusal) -> str:
    """What staff read of a refusal. Of keys and parents they need to know where to look, not what was sent."""
    match fault.kind:
        case Kind.EXISTS:
            return _("Another record has this key already.")
        case Kind.NOT_ALLOWED:
            return _("The record with this key is in the recycle bin. Restore it there, or choose another key.")
        case Kind.PARENT_NOT_FOUND | Kind.NOT_FOUND:
            return _("This record is not there any more.")
        case _:
            return fault.message[:1].upper() + fault.message[1:]


def stale(record: Record) -> str:
    """Who was faster, and when. The history is asked only now, when somebody needs it."""
    # The owner's own event comes with those of its addresses, and may say nothing by itself.
    latest = next(iter(timeline(type(record), record.pk, record.tenant_id, size=10).moments), None)
    if latest is None or not latest.who:
        return _("This record was changed while you edited it. Nothing was saved: reload the page and try again.")
    text = _("%(who)s changed this record while you edited it (%(fields)s). Nothing was saved: reload and try again.")
    fields = ", ".join(change.label for change in latest.changes) or latest.what
    return text % {"who": latest.who, "fields": fields}


class AddressForm(VerbForm):
    """One address below its owner."""

    required = ("type", "street", "city", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.required:
            if name in self.fields:
                self.fields[name].required = True

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.check_values(resource_named("addresses"))
        return cleaned

    def row(self) -> AddressRow:
        """The address as the verb takes it: of an existing one, what was changed."""
        new = self.instance.pk is None
        default = self.cleaned_data.get("is_default") if "is_default" in self.changed_data else None
        values = self.written(resource_named("addresses"), all_of_it=new)
        return address_row(values, id=self.instance.pk, default=default)


def add_address_faults(forms_sent: "Iterable[AddressForm]", refusal: Refusal, resource: Resource) -> None:
    """Put the faults of a refused row at the addresses that they are about, by their place among those sent."""
    sent = list(forms_sent)
    for fault in refusal.every:
        steps = fault.pointer.lstrip("/").split("/")
        if steps[0] != "addresses" or len(steps) < 2 or not steps[1].isdecimal() or int(steps[1]) >= len(sent):
            continue
        form = sent[int(steps[1])]
        name = field_named(resource, steps[2]) if len(steps) > 2 else ""
        form.add_error(name if name in form.fields else None, sentence(fault))
