"""The filters beside the bin list. Each is a field of one form; what they mean stands in ``bin_filters``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recyclebin import bin_filters
from recyclebin.models import State
from recyclebin.policies import graph, type_name
from tenants.choices import Origin
from tenants.current import access_of
from tenants.models import ApiClient, StaffAccount

if TYPE_CHECKING:
    from django.forms import Select as SelectWidget
    from django.forms import TextInput as TextWidget
else:
    from unfold.widgets import UnfoldAdminSelectWidget as SelectWidget
    from unfold.widgets import UnfoldAdminTextInputWidget as TextWidget

ACTORS_SHOWN = 200
"""So many accounts, and so many API clients, can be chosen. A tenant with more finds them by sorting by who it was."""


class BinFilter(SimpleListFilter):
    """One field of the form."""

    template = "unfold/filters/filters_field.html"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        narrowed: QuerySet[Any] = bin_filters.narrow(queryset, self.name, self.value() or "")  # type: ignore[type-var]
        return narrowed

    def has_output(self) -> bool:
        return True

    @property
    def name(self) -> str:
        """The parameter of the address."""
        return str(self.parameter_name)

    def choices(self, changelist: Any) -> Iterator[Any]:
        form = forms.Form(data={self.name: self.value() or ""}, auto_id="filter-%s")
        form.fields[self.name] = self.field()
        yield {"form": form}

    def field(self) -> forms.Field:
        """A list to choose from, with all of them first."""
        choices = [("", self.all_of_them()), *self.lookup_choices]
        return forms.ChoiceField(
            label=str(capfirst(str(self.title))), required=False, choices=choices, widget=SelectWidget
        )

    def all_of_them(self) -> str:
        """What nothing chosen means."""
        return _("All")


class StateFilter(BinFilter):
    """The bin itself unless something else is asked for."""

    title = gettext_lazy("state")
    parameter_name = bin_filters.STATE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (State.RESTORED, State.RESTORED.label),
            (State.PURGED, State.PURGED.label),
            (bin_filters.ANY_STATE, _("All")),
        ]

    def all_of_them(self) -> str:
        return str(State.BINNED.label)


class TypeFilter(BinFilter):
    """The types come from the declarations, not from a scan of the table."""

    title = gettext_lazy("type")
    parameter_name = bin_filters.TYPE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(type_name(model), capfirst(model._meta.verbose_name_plural)) for model in graph().models]


class ActorFilter(BinFilter):
    """Accounts and API clients of the tenant; who left the tenant is found as long as the account is there."""

    title = gettext_lazy("deleted by")
    parameter_name = bin_filters.ACTOR

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        access = access_of(request)
        if access is None:
            return []
        staff = StaffAccount.objects.filter(memberships__tenant=access.tenant).order_by("display_name", "email")
        clients = ApiClient.objects.filter(tenant=access.tenant).order_by("name", "id")
        choices = [(f"staff-{account.pk}", str(account)) for account in staff[:ACTORS_SHOWN]]
        choices += [
            (f"client-{pk}", _("API client %(name)s") % {"name": name})
            for pk, name in clients.values_list("pk", "name")[:ACTORS_SHOWN]
        ]
        return [*choices, ("product", _("Command line"))]


class OriginFilter(BinFilter):
    """Through which door."""

    title = gettext_lazy("from")
    parameter_name = bin_filters.ORIGIN

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Origin.choices)


class DayFilter(BinFilter):
    """A day. The browser's own date field needs no script and works by keyboard everywhere."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", "")]

    def field(self) -> forms.Field:
        return forms.CharField(
            label=str(capfirst(str(self.title))), required=False, widget=TextWidget(attrs={"type": "date"})
        )


class SinceFilter(DayFilter):
    """From this day on."""

    title = gettext_lazy("deleted on or after")
    parameter_name = bin_filters.SINCE


class UntilFilter(DayFilter):
    """Up to this day, the day included."""

    title = gettext_lazy("deleted on or before")
    parameter_name = bin_filters.UNTIL


FILTERS = (StateFilter, TypeFilter, ActorFilter, OriginFilter, SinceFilter, UntilFilter)
