"""The form of the page that puts values back: which of them, and what was shown."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from records.admin_forms import field_named, sentence
from records.outcomes import Kind, Refusal
from records.putting_back import Difference, State
from records.resources import resource_of
from tenants.models import Tenant


class PutBackForm(forms.Form):
    """A box for each difference. All are ticked unless one was asked for.

    What the verb refuses comes back to the difference that it is about; the others can be put back without it.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    tenant = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, state: State, tenant: Tenant, asked: Iterable[str] = (), data: Any = None) -> None:
        initial = {"version": state.owner.version, "tenant": tenant.pk}
        super().__init__(data, initial=initial)
        self.state, self.current_tenant = state, tenant
        self.asked = frozenset(asked) or state.names
        self.general: list[str] = []
        self.faults: dict[str, list[str]] = {}
        self.sent = data

    @property
    def chosen(self) -> frozenset[str]:
        """The columns to put back: those that were ticked, or at first those that were asked for."""
        return frozenset(self.sent.getlist("field")) & self.state.names if self.sent is not None else self.asked

    @property
    def lines(self) -> list[tuple[Difference, bool, list[str]]]:
        """Each difference, whether it is ticked, and what is wrong with it."""
        return [(line, line.name in self.chosen, self.faults.get(line.name, [])) for line in self.state.differences]

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("tenant") != self.current_tenant.pk:
            self.general.append(_("You work in another tenant by now. Nothing was put back."))
        elif not self.chosen:
            self.general.append(_("Tick at least one value."))
        if self.general:
            raise forms.ValidationError(self.general)
        return super().clean()

    def refuse(self, refusal: Refusal, *, newer: str) -> None:
        """Show why the verb refused. ``newer`` is the sentence for a record that somebody changed meanwhile."""
        for fault in refusal.every:
            if fault.kind is Kind.STALE:
                self.general.append(newer)
                continue
            name = self._column(fault)
            faults = self.faults.setdefault(name, []) if name in self.state.names else self.general
            faults.append(self._sentence(fault, name))

    def _column(self, fault: Refusal) -> str:
        resource = resource_of(type(self.state.row))
        steps = fault.pointer.lstrip("/").split("/")
        if self.state.row is not self.state.owner:
            steps = steps[2:]
        if steps and steps[0]:
            return field_named(resource, steps[0])
        parent = resource_of(type(self.state.owner)).parent
        if parent and parent.field in self.chosen and fault.resource == parent.resource:
            return parent.field
        return next((name for name in ("source_id", "source") if name in self.chosen), "")

    def _sentence(self, fault: Refusal, name: str) -> str:
        parent = resource_of(type(self.state.owner)).parent
        then = next((line.then for line in self.state.differences if line.name == name), "")
        if parent and name == parent.field and fault.kind is Kind.NOT_ALLOWED:
            return _("%(name)s is in the recycle bin: restore it first, or leave this out.") % {"name": then}
        if parent and name == parent.field and fault.kind in {Kind.PARENT_NOT_FOUND, Kind.NOT_FOUND}:
            return _("%(name)s is not there any more: leave this out.") % {"name": then}
        return sentence(fault)
