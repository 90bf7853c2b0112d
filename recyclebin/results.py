"""What the verbs of the recycle bin answer."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from recyclebin.models import Deletion


@dataclass(frozen=True)
class DeletionResult:
    """What went to the bin: one deletion per root, all of one operation. ``counts`` are rows per record type."""

    operation: uuid.UUID
    deletions: tuple[Deletion, ...]

    @property
    def counts(self) -> dict[str, int]:
        return _sum_of_counts(self.deletions)

    @property
    def total(self) -> int:
        """All rows that went to the bin, the roots included."""
        return sum(deletion.total for deletion in self.deletions)


class Why(StrEnum):
    """Why a deletion was not restored. ``reason_of`` says it in words."""

    UNKNOWN = "unknown"
    RESTORED = "restored"
    OWNERS = "owners"
    PURGING = "purging"
    PURGED = "purged"


@dataclass(frozen=True)
class NotRestored:
    """A deletion that was not restored, and why, as a sentence and as a code for programs.

    ``owners`` are the deletions that hold its owners: restoring those with it would help.
    """

    deletion: uuid.UUID
    label: str
    reason: str
    owners: tuple[Deletion, ...] = ()
    why: Why = Why.UNKNOWN


@dataclass(frozen=True)
class RestoreResult:
    """What came back. ``skipped`` needed nothing (restored before); ``failed`` is still in the bin, or gone."""

    operation: uuid.UUID
    restored: tuple[Deletion, ...] = ()
    skipped: tuple[NotRestored, ...] = ()
    failed: tuple[NotRestored, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All rows that came back, counted as they were written."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class NotPurged:
    """A deletion that was not purged, and why, as a sentence. The label is empty when there is none any more."""

    deletion: uuid.UUID
    label: str
    reason: str


@dataclass(frozen=True)
class PurgeResult:
    """What was deleted for good. ``purged`` are those that were asked for; ``counts`` are rows per record type, also of
    what lay below them under deletions of its own.
    """

    operation: uuid.UUID
    purged: tuple[uuid.UUID, ...] = ()
    not_purged: tuple[NotPurged, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All rows that went, counted as they were deleted."""
        return sum(self.counts.values())

    def __add__(self, step: "PurgeResult") -> "PurgeResult":
        return PurgeResult(
            operation=self.operation,
            purged=(*self.purged, *step.purged),
            not_purged=(*self.not_purged, *step.not_purged),
            counts=dict(Counter(self.counts) + Counter(step.counts)),
        )


def reason_of(why: Why, owners: str = "") -> str:
    """The sentence for people. ``owners`` names those that are in the way."""
    if why == Why.OWNERS:
        text = _("It belongs to %(owners)s, which is in the recycle bin. Restore that first, or both together.")
        return text % {"owners": owners}
    return {
        Why.UNKNOWN: _("There is no such deletion."),
        Why.RESTORED: _("It was restored before."),
        Why.PURGING: _("It is being deleted permanently and cannot be restored any more."),
        Why.PURGED: _("It was deleted permanently."),
    }[why]


def _sum_of_counts(deletions: tuple[Deletion, ...]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for deletion in deletions:
        total.update(deletion.counts)
    return dict(total)
