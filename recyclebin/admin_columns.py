"""The columns of the bin list."""

import datetime

from django.contrib.admin import display
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recyclebin.models import Deletion, State
from recyclebin.policies import graph
from recyclebin.record_pages import type_title

JUST_NOW = datetime.timedelta(minutes=1)


class DeletionColumns:
    """What a line of the bin says. Each reads the deletion alone, so a list costs no statement per line."""

    @display(description=gettext_lazy("what"), ordering="label")
    def what(self, deletion: Deletion) -> str:
        """The label, and what went along: "Anna Berg" above "+ 2 addresses"."""
        along = along_of(deletion)
        label = deletion.label or _("(no name any more)")
        if not along:
            return label
        return format_html('{}<span class="bin-along">+ {}</span>', label, along)

    @display(description=gettext_lazy("inside"))
    def inside(self, deletion: Deletion) -> str:
        """Leads to what is inside; the script of the list opens it below the line instead."""
        if deletion.state != State.BINNED:
            return "-"
        return format_html(
            '<a class="bin-opener quiet-link" href="{}#inside" data-contents-url="{}" aria-label="{}">{}</a>',
            reverse("admin:recyclebin_deletion_change", args=[deletion.pk]),
            reverse("admin:recyclebin_deletion_contents", args=[deletion.pk]),
            _("What is inside %(label)s") % {"label": deletion.label},
            number_format(deletion.total, force_grouping=True),
        )

    @display(description=gettext_lazy("type"))
    def type(self, deletion: Deletion) -> str:
        return str(capfirst(type_title(deletion)))

    @display(description=gettext_lazy("key"))
    def key(self, deletion: Deletion) -> str:
        if not deletion.root_source_id:
            return format_html('<span class="subtle">#{}</span>', deletion.root_id)
        return format_html('{}<span class="bin-along">{}</span>', deletion.root_source_id, deletion.root_source)

    @display(description=gettext_lazy("deleted by"), ordering="actor")
    def who(self, deletion: Deletion) -> str:
        return deletion.actor

    @display(description=gettext_lazy("when"), ordering="deleted_at")
    def when(self, deletion: Deletion) -> str:
        """How long ago, and below it the exact time."""
        exact = date_format(timezone.localtime(deletion.deleted_at), "SHORT_DATETIME_FORMAT")
        return format_html('{}<span class="bin-along">{}</span>', ago(deletion.deleted_at), exact)

    @display(description=gettext_lazy("why"))
    def why(self, deletion: Deletion) -> str:
        return deletion.reason or "-"

    @display(description=gettext_lazy("from"))
    def door(self, deletion: Deletion) -> str:
        """The door and, where an integration came through it, which one."""
        return door_of(deletion)

    @display(description=gettext_lazy("state"))
    def condition(self, deletion: Deletion) -> str:
        return deletion.get_state_display()

    @display(description=gettext_lazy("days left"), ordering="expires_at")
    def days_left(self, deletion: Deletion) -> str:
        if deletion.state != State.BINNED:
            return "-"
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


def door_of(deletion: Deletion) -> str:
    """``Admin``, or ``Lookup API: ERP sync``."""
    door = deletion.get_origin_display()
    return f"{door}: {deletion.actor}" if deletion.client_id else door


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
