"""What a deletion would take, and what one holds: counted up to a cap, with a few names, never loaded whole.

The number of statements depends on the number of tables alone, so a confirmation page opens as fast for a million rows
as for one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from recyclebin.models import Deletion, State
from recyclebin.policies import RecordModel, everything, graph, type_name
from recyclebin.recording import label_of
from recyclebin.selection import label_fields, live_rows
from tenants.actors import Actor
from tenants.models import Tenant

CAP = 1000
NAMES = 5


@dataclass(frozen=True)
class Line:
    """One record type of a preview. ``count`` is exact unless ``more``: then there are more than ``count``."""

    type: str
    title: str
    count: int
    more: bool
    names: tuple[str, ...]

    @property
    def amount(self) -> str:
        """The count for people: ``12``, or ``more than 1,000``."""
        number = number_format(self.count, use_l10n=True, force_grouping=True)
        return _("more than %(count)s") % {"count": number} if self.more else number

    @property
    def unnamed(self) -> bool:
        """Whether there are more rows than names."""
        return self.more or self.count > len(self.names)


def preview(
    roots: QuerySet[Any] | Iterable[QuerySet[Any]], actor: Actor, *, cap: int = CAP, names: int = NAMES
) -> tuple[Line, ...]:
    """What ``recyclebin.verbs.delete`` would take for these roots now, one line per record type that has any.

    Owners come before the owned. Nothing is locked, so the deletion itself may find a row more or less.
    Cost: two statements per table that can be reached.
    """
    lines = []
    for model, branches in _reach(roots, actor).items():
        found = _count(branches, cap)
        if found:
            lines.append(_line(model, found, cap, _labels(model, branches, names)))
    return tuple(lines)


def blockers(roots: QuerySet[Any] | Iterable[QuerySet[Any]], actor: Actor, *, names: int = NAMES) -> tuple[str, ...]:
    """What forbids ``recyclebin.verbs.delete`` to take these roots now: a few live records, by type and label.

    The verb asks again under locks, and raises ``Blocked`` with the same names.
    Cost: a statement per link that blocks one of the tables that can be reached; none as long as no link does.
    """
    going = _reach(roots, actor)
    found: list[str] = []
    for model, branches in going.items():
        for link in graph().blockers_of(model):
            holding = everything(link.model)
            if link.model in graph().models:
                holding = live_rows(link.model, actor.tenant)
            taken = Q()
            for branch in branches:
                taken |= Q(**{f"{link.column}__in": branch.order_by().values("pk")})
            holding = holding.filter(taken)
            for branch in going.get(link.model, ()):
                holding = holding.exclude(pk__in=branch.order_by().values("pk"))
            found += [f"{link.model._meta.verbose_name} {label_of(row)}" for row in holding.order_by("pk")[:names]]
    return tuple(found[:names])


def contents(deletion: Deletion, *, cap: int = CAP) -> tuple[Line, ...]:
    """What a deletion took, one line per record type. Names only while it is in the bin: at most ``cap`` of a type.

    Cost: one statement per table of the deletion, none for one that was restored or purged.
    """
    in_bin = deletion.state == State.BINNED
    lines = []
    for model in graph().models:
        count = deletion.counts.get(type_name(model), 0)
        if count:
            held = everything(model).filter(deletion=deletion)
            names = _labels(model, [held], cap) if in_bin else ()
            lines.append(Line(type_name(model), _title(model, count), count, False, names))
    return tuple(lines)


def _reach(roots: QuerySet[Any] | Iterable[QuerySet[Any]], actor: Actor) -> dict[RecordModel, list[QuerySet[Any]]]:
    """The rows of each table that would go, owners before the owned."""
    querysets = [roots] if isinstance(roots, QuerySet) else list(roots)
    chosen: dict[RecordModel, list[QuerySet[Any]]] = {}
    for queryset in querysets:
        chosen.setdefault(queryset.model, []).append(queryset)
    going: dict[RecordModel, list[QuerySet[Any]]] = {}
    for model in graph().taken_by(chosen):
        going[model] = _going(model, actor.tenant, chosen.get(model, []), going)
    return going


def _going(
    model: RecordModel, tenant: Tenant, chosen: list[QuerySet[Any]], going: dict[RecordModel, list[QuerySet[Any]]]
) -> list[QuerySet[Any]]:
    """The rows of one table that would go, as branches: one OR over several owners would keep indexes unused."""
    branches = [live_rows(model, tenant).filter(pk__in=queryset.values("pk")) for queryset in chosen]
    for link in graph().owners_of(model):
        for owners in going.get(link.owner, ()):
            branches += [live_rows(model, tenant).filter(**{f"{link.column}__in": owners.values("pk")})]
    return branches


def _count(branches: list[QuerySet[Any]], cap: int) -> int:
    """How many rows, one more than ``cap`` at most."""
    first, *others = (branch.order_by().values("pk") for branch in branches)
    # UNION counts a row once that two branches find: one that was chosen and goes along as well.
    return (first.union(*others) if others else first)[: cap + 1].count()


def _labels(model: RecordModel, branches: list[QuerySet[Any]], names: int) -> tuple[str, ...]:
    """The labels of a few rows, in the order of their ids.

    Any few: asked for the first ones by id, PostgreSQL may walk the whole table along its primary key to find them.
    """
    columns = ("pk", *label_fields(model))
    first, *others = (branch.only(*columns).order_by()[:names] for branch in branches)
    rows = list((first.union(*others) if others else first)[:names])
    return tuple(str(row.label) for row in sorted(rows, key=lambda row: int(row.pk)))


def _line(model: RecordModel, found: int, cap: int, names: tuple[str, ...]) -> Line:
    count = min(found, cap)
    return Line(type_name(model), _title(model, count), count, found > cap, names)


def _title(model: RecordModel, count: int) -> str:
    return str(capfirst(str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)))
