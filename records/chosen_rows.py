"""Which records an action of the admin is about: asked anew each time, counted up to a cap, and never loaded whole."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from tenants.bounded_lists import COUNT_CAP

AT_ONCE = 10_000
"""As many records as one action may delete while somebody waits for the page; more are a job."""

# A sum that does not depend on the order in which the rows are found.
_MEASURE = "SELECT count(*), bit_xor(hashint8extended(chosen.id, 0)) FROM ({rows}) AS chosen(id)"


@dataclass(frozen=True)
class Chosen:
    """Some records of one type, as they were found now.

    ``keys`` are all of them, or the first ``AT_ONCE`` of more. ``number`` is exact unless ``more``: then there are more
    than that. The same records have the same ``mark``; it is empty for more than ``COUNT_CAP``.
    """

    keys: tuple[int, ...]
    number: int
    mark: str
    more: bool = False

    @property
    def large(self) -> bool:
        """Whether they are too many for one request."""
        return self.number > len(self.keys)

    @property
    def amount(self) -> str:
        """The number for people: ``12,345``, or ``more than 100,000``."""
        number = number_format(self.number, use_l10n=True, force_grouping=True)
        return _("more than %(count)s") % {"count": number} if self.more else number


def choose(rows: QuerySet[Any]) -> Chosen:
    """Find these records.

    The keys are read before anything else is asked: a preview of "the first five that match" would walk the whole
    table by id when the matches are far back.
    Cost: one statement; one more, which counts, for more than ``AT_ONCE`` records.
    """
    keys = list(rows.order_by().values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(keys) <= AT_ONCE:
        return these(keys)
    number, mark = _measure(rows)
    return Chosen(tuple(keys[:AT_ONCE]), min(number, COUNT_CAP), mark, more=number > COUNT_CAP)


def these(keys: Iterable[int]) -> Chosen:
    """Records that were found already."""
    known = tuple(sorted(keys))
    mark = hashlib.blake2b(",".join(map(str, known)).encode(), digest_size=16).hexdigest()
    return Chosen(known, len(known), mark)


def _measure(rows: QuerySet[Any]) -> tuple[int, str]:
    """How many, up to one more than the cap, and what tells them from others."""
    statement, parameters = rows.order_by().values("pk")[: COUNT_CAP + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE.format(rows=statement), parameters)
        number, mark = cursor.fetchone()
    return number, "" if number > COUNT_CAP else f"{mark & (2**64 - 1):016x}"
