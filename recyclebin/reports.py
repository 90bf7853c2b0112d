"""What staff are told after a restore: numbers of rows that were written."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recyclebin.results import RestoreResult


def told(result: RestoreResult) -> str:
    """One sentence for a restore in which nothing failed."""
    roots, along = len(result.restored), result.total - len(result.restored)
    if roots == 1:
        text = _("%(label)s is back") % {"label": result.restored[0].label}
    else:
        text = ngettext("%(number)d record is back", "%(number)d records are back", roots) % {"number": roots}
    if along > 0:
        more = ngettext(", with %(number)d related record", ", with %(number)d related records", along)
        text += more % {"number": along}
    if result.skipped:
        skipped = ngettext("; %(number)d was restored before", "; %(number)d were restored before", len(result.skipped))
        text += skipped % {"number": len(result.skipped)}
    return f"{text}."
