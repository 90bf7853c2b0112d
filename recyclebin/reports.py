"""What staff are told after a restore: numbers of rows that were written, and a reason for each that was not."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recyclebin.models import Deletion
from recyclebin.record_pages import page_of
from recyclebin.results import NotRestored, RestoreResult


@dataclass(frozen=True)
class Row:
    """One line of a report. ``link`` leads to the record or, while that is in the bin, to its deletion."""

    label: str
    link: str = ""
    reason: str = ""
    deletion: uuid.UUID | None = None
    owners: tuple[Deletion, ...] = ()


@dataclass(frozen=True)
class Report:
    """A restore of which a part failed. ``unnamed`` counts the lines that the page leaves out."""

    restored: tuple[Row, ...]
    skipped: tuple[Row, ...]
    failed: tuple[Row, ...]
    unnamed: int

    @classmethod
    def of(cls, result: RestoreResult, *, shown: int) -> "Report":
        """The first ``shown`` lines of each kind."""
        groups = (result.restored, result.skipped, result.failed)
        return cls(
            restored=tuple(_restored(deletion) for deletion in result.restored[:shown]),
            skipped=tuple(_not_restored(result.skipped[:shown])),
            failed=tuple(_not_restored(result.failed[:shown])),
            unnamed=sum(max(len(group) - shown, 0) for group in groups),
        )


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


def _restored(deletion: Deletion) -> Row:
    page = page_of(deletion)
    return Row(label=deletion.label, link=page.record if page else "")


def _not_restored(rows: Sequence[NotRestored]) -> list[Row]:
    return [Row(label=row.label, reason=row.reason, deletion=row.deletion, owners=row.owners) for row in rows]
