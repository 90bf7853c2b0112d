"""What somebody is told before they delete permanently, and has to type."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recyclebin.models import Deletion
from recyclebin.policies import graph
from recyclebin.restore_preview import counted

CAP = 10_000
"""So many deletions are counted; of more it is said that they are more."""

_SEPARATORS = str.maketrans("", "", ",.' \N{RIGHT SINGLE QUOTATION MARK}\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")


@dataclass(frozen=True)
class Confirmation:
    """Counts to a cap, a few names, and the phrase that confirms.

    ``phrase`` is the name of one record, the number of several deletions, and ``delete all`` for more than are counted.
    """

    deletions: int
    more: bool
    records: int
    lines: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    phrase: str

    @classmethod
    def of(cls, deletions: "QuerySet[Deletion]", *, names: int) -> "Confirmation":
        """Two statements, however many deletions there are."""
        number, counts = counted(deletions.order_by()[: CAP + 1])
        labels = tuple(deletions.order_by("-deleted_at", "-id").values_list("label", flat=True)[:names])
        more = number > CAP
        phrase = number_format(number, force_grouping=True)
        if number == 1 and labels and labels[0].strip():
            phrase = " ".join(labels[0].split())
        elif more:
            phrase = _("delete all")
        return cls(
            deletions=min(number, CAP),
            more=more,
            records=sum(counts.values()),
            lines=tuple(_lines(counts, more)),
            names=labels,
            phrase=phrase,
        )

    @property
    def name(self) -> str:
        """The name of the one record that would go; empty when it has none, or when there are several."""
        return self.names[0].strip() if self.deletions == 1 and self.names else ""

    @property
    def amount(self) -> str:
        """The number of deletions for people: ``12``, or ``more than 10,000``."""
        number = number_format(self.deletions, force_grouping=True)
        return _("more than %(count)s") % {"count": number} if self.more else number

    def is_typed(self, text: str) -> bool:
        """Whether this is the phrase: case, blanks and what parts thousands do not matter. Nothing confirms nothing."""
        if not self.deletions:
            return False
        typed, wanted = (" ".join(each.split()).casefold() for each in (text, self.phrase))
        if wanted.translate(_SEPARATORS).isdecimal():
            return typed.translate(_SEPARATORS) == wanted.translate(_SEPARATORS)
        return typed == wanted


def _lines(counts: dict[str, int], more: bool) -> list[tuple[str, str]]:
    lines = []
    for name, model in graph().by_type.items():
        if count := counts.get(name):
            title = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
            number = number_format(count, force_grouping=True)
            lines.append((_("more than %(count)s") % {"count": number} if more else number, str(title)))
    return lines
