"""The columns and filters of the bin list."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recyclebin.models import Deletion, State
from recyclebin.policies import graph, type_name
from recyclebin.record_pages import type_title

JUST_NOW = datetime.timedelta(minutes=1)


class DeletionColumns:
    """What a line of the bin says. Each reads the deletion alone, so a list costs no statement per line."""

    @display(description=gettext_lazy("what"))
    def what(self, deletion: Deletion) -> str:
        """The label, and what went along: "Anna Berg" above "+ 2 addresses"."""
        along = along_of(deletion)
        label = deletion.label or _("(no name any more)")
        if not along:
            return label
        return format_html('{}<span class="bin-along">+ {}</span>', label, along)

    @display(description=gettext_lazy("type"))
    def type(self, deletion: Deletion) -> str:
        return str(capfirst(type_title(deletion)))

    @display(description=gettext_lazy("key"))
    def key(self, deletion: Deletion) -> str:
        if not deletion.root_source_id:
            return format_html('<span class="subtle">#{}</span>', deletion.root_id)
        return format_html('{}<span class="bin-along">{}</span>', deletion.root_source_id, deletion.root_source)

    @display(description=gettext_lazy("deleted by"))
    def who(self, deletion: Deletion) -> str:
        return deletion.actor

    @display(description=gettext_lazy("when"), ordering="deleted_at")
    def when(self, deletion: Deletion) -> str:
        return ago(deletion.deleted_at)

    @display(description=gettext_lazy("why"))
    def why(self, deletion: Deletion) -> str:
        return deletion.reason or "-"

    @display(description=gettext_lazy("from"))
    def door(self, deletion: Deletion) -> str:
        return deletion.get_origin_display()

    @display(description=gettext_lazy("days left"))
    def days_left(self, deletion: Deletion) -> str:
        if deletion.state != State.BINNED:
            return deletion.get_state_display()
        if deletion.expires_at is None:
            return _("no limit")
        days = max((deletion.expires_at - timezone.now()).days, 0)
        return ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else _("less than a day")

    @display(description=gettext_lazy("restore"))
    def way_back(self, deletion: Deletion) -> str:
        """A button of the form that surrounds the list: it posts, with the form's CSRF token, to its own address."""
        if deletion.state != State.BINNED:
            return "-"
        return format_html(
            '<button type="submit" class="quiet-button" formnovalidate formaction="{}" aria-label="{}">{}</button>',
            reverse("admin:recyclebin_deletion_restore", args=[deletion.pk]),
            _("Restore %(label)s") % {"label": deletion.label},
            _("Restore"),
        )


def along_of(deletion: Deletion) -> str:
    """What went along with the root: ``2 addresses, 1 contact``."""
    counts = dict(deletion.counts)
    counts[deletion.root_type] = counts.get(deletion.root_type, 1) - 1
    names = graph().by_type
    return ", ".join(
        f"{number} {names[name]._meta.verbose_name if number == 1 else names[name]._meta.verbose_name_plural}"
        for name, number in counts.items()
        if number > 0 and name in names
    )


def ago(moment: datetime.datetime) -> str:
    """How long ago, with the exact time for those who point at it."""
    exact = date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    recent = timezone.now() - moment < JUST_NOW
    text = _("just now") if recent else _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)


class StateFilter(SimpleListFilter):
    """The bin itself unless something else is asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(State.RESTORED, State.RESTORED.label), (State.PURGED, State.PURGED.label), ("any", _("All"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": State.BINNED.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted == "any":
            return queryset
        if wanted == State.PURGED:
            return queryset.filter(state__in=[State.PURGING, State.PURGED])
        return queryset.filter(state=wanted or State.BINNED)


class TypeFilter(SimpleListFilter):
    """The types come from the declarations, not from a scan of the table."""

    title = gettext_lazy("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(type_name(model), capfirst(model._meta.verbose_name_plural)) for model in graph().models]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(root_type=self.value()) if self.value() else queryset
