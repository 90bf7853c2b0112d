"""What staff are told around a deletion, in numbers that are those of the rows written."""

from django.db.models import Model
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recyclebin.models import Deletion
from recyclebin.moments import ago
from recyclebin.results import DeletionResult


def told(result: DeletionResult, model: type[Model], *, confirmed: int) -> str:
    """One sentence for a deletion of records of this type, of which ``confirmed`` had been shown."""
    roots, along = len(result.deletions), result.total - len(result.deletions)
    if roots == 1:
        text = _("%(label)s is in the recycle bin") % {"label": result.deletions[0].label}
    else:
        name = model._meta.verbose_name_plural
        text = _("%(number)s %(name)s are in the recycle bin") % {"number": _number(roots), "name": name}
    if along:
        more = ngettext(", with %(number)s related record", ", with %(number)s related records", along)
        text += more % {"number": _number(along)}
    if roots < confirmed:
        gone = confirmed - roots
        before = ngettext("; %(number)s had gone before", "; %(number)s had gone before", gone)
        text += before % {"number": _number(gone)}
    return f"{text}."


def moved(shown: int, now: int) -> str:
    """The choice is not what the page showed: how it differs, and that it has to be looked at again."""
    by = abs(now - shown)
    if now > shown:
        text = ngettext(
            "%(number)s more record matches by now than you were shown.",
            "%(number)s more records match by now than you were shown.",
            by,
        )
    elif now < shown:
        text = ngettext(
            "%(number)s record fewer matches by now than you were shown.",
            "%(number)s records fewer match by now than you were shown.",
            by,
        )
    else:
        text = _("As many records match as you were shown, but not the same ones.")
    return f"{text % {'number': _number(by)}} {_('Nothing was deleted: look again, then decide.')}"


def gone(deletion: Deletion, noun: str) -> str:
    """The record that somebody asks for is in the bin: since when, and by whom."""
    text = _("This %(name)s is in the recycle bin: %(who)s deleted it %(when)s.")
    return text % {"name": noun, "who": deletion.actor, "when": ago(deletion.deleted_at)}


def _number(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
