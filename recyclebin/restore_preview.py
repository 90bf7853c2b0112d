"""What a restore of several deletions would bring back, and what stands in the way. Nothing is locked or written."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from recyclebin.inside import Section, inside_many
from recyclebin.models import Deletion, State
from recyclebin.policies import graph, type_name
from recyclebin.restoring import owners_outside

LOOKED_THROUGH = 10_000
"""Obstacles are looked for in so many deletions; whatever lies behind them is told by the report."""
NAMES = 5
OBSTACLES_SHOWN = 20
INSIDE_SHOWN = 5


@dataclass(frozen=True)
class Obstacle:
    """A deletion that holds owners of what is to come back. ``able`` tells whether it can be restored too."""

    deletion: Deletion
    blocks: int
    sections: tuple[Section, ...]
    able: bool


@dataclass(frozen=True)
class RestorePreview:
    """``deletions`` is how many there are, ``counts`` the records per type, owners before the owned.

    ``obstacles`` are a few of the ``obstacle_count`` deletions in the way; ``blocked`` deletions cannot come back
    without them. ``complete`` is false when there were too many deletions to look through all.
    """

    deletions: int
    counts: Mapping[str, int]
    names: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    obstacle_count: int
    blocked: int
    complete: bool

    @property
    def records(self) -> int:
        return sum(self.counts.values())

    @property
    def lines(self) -> list[tuple[int, str]]:
        """Number and title of each type."""
        models = [(model, self.counts.get(type_name(model), 0)) for model in graph().models]
        return [
            (count, str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural))
            for model, count in models
            if count
        ]


def preview_restore(deletions: QuerySet[Deletion]) -> RestorePreview:
    """What ``recyclebin.verbs.restore`` would do with these deletions now.

    Takes:  a queryset that is already narrowed to one tenant; what is not in the bin does not count.
    Cost:   a number of statements that depends on the types, and on how deep owners are in the bin below each other.
    """
    binned = deletions.filter(state=State.BINNED).order_by()
    number, counts = counted(binned)
    first = list(binned.values_list("pk", flat=True)[:LOOKED_THROUGH])
    blocking = _blocking(first)
    held = list(Deletion.objects.filter(pk__in=list(blocking)[:OBSTACLES_SHOWN]).order_by("-deleted_at", "-id"))
    sections = inside_many(held, shown=INSIDE_SHOWN)
    return RestorePreview(
        deletions=number,
        counts=counts,
        names=tuple(binned.order_by("-deleted_at", "-id").values_list("label", flat=True)[:NAMES]) if number else (),
        obstacles=tuple(
            Obstacle(
                deletion=deletion,
                blocks=len(blocking[deletion.pk]),
                sections=sections[deletion.pk],
                able=deletion.state == State.BINNED,
            )
            for deletion in held
        ),
        obstacle_count=len(blocking),
        blocked=len(set[uuid.UUID]().union(*blocking.values())),
        complete=number <= LOOKED_THROUGH,
    )


def counted(deletions: QuerySet[Deletion]) -> tuple[int, dict[str, int]]:
    """How many deletions there are, in whatever state, and the records of each type that they hold. One statement."""
    try:
        wanted, parameters = deletions.values("counts").query.sql_with_params()
    except EmptyResultSet:
        return 0, {}
    statement = f"""
        WITH wanted (counts) AS MATERIALIZED ({wanted})
        SELECT '', count(*) FROM wanted
         UNION ALL SELECT key, sum(value::bigint) FROM wanted, jsonb_each_text(wanted.counts) GROUP BY key
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: dict[str, Any] = {key: int(number) for key, number in cursor.fetchall()}
    return found.pop(""), found


def _blocking(deletions: list[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """For each deletion that holds owners and is not among these: which of these it blocks, owners of owners too."""
    blocking: dict[uuid.UUID, set[uuid.UUID]] = {}
    chosen = set(deletions)
    known, fresh = set(chosen), chosen
    blames: dict[uuid.UUID, set[uuid.UUID]] = {pk: {pk} for pk in deletions}
    while fresh:
        owners = owners_outside(fresh)
        fresh = set()
        for owner in owners:
            if owner.held_by is None or owner.held_by in chosen:
                continue
            blocking.setdefault(owner.held_by, set()).update(blames.get(owner.of, set()))
            if owner.held_by not in known:
                known.add(owner.held_by)
                fresh.add(owner.held_by)
        blames |= {pk: set(blocking[pk]) for pk in fresh}
    return blocking
