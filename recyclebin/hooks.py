"""What a higher room does when records go to the bin or come back: hand a default on, refresh search text.

The room registers its functions once, in ``AppConfig.ready``. They run inside the transaction of the verb, in the order
of registration, once for the whole operation and never per row: a hook has to be as set-based as the verb.
"""

import datetime
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from recyclebin.models import Deletion
from recyclebin.policies import RecordModel, graph
from tenants.actors import Actor


@dataclass(frozen=True, kw_only=True)
class Change:
    """One operation of the bin, as hooks see it.

    ``rows`` holds, per record type, the ids of all rows that go or come; ``roots`` those of them that are the root of
    their deletion, so deleted on their own. Their owners stay (or came back before) and are locked.
    """

    actor: Actor
    operation: uuid.UUID
    deletions: tuple[Deletion, ...]
    rows: Mapping[RecordModel, tuple[int, ...]] = field(default_factory=dict)
    roots: Mapping[RecordModel, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Purged:
    """Rows that were deleted for good in this transaction, as hooks see it.

    ``rows`` holds their ids per record type, ``keys`` the source ids that they had. ``deleted_until`` is when the
    latest of them went to the bin: what was told about them while they were live was told before.
    """

    actor: Actor
    operation: uuid.UUID
    rows: Mapping[RecordModel, tuple[int, ...]]
    keys: frozenset[str]
    deleted_until: datetime.datetime


Hook = Callable[[Change], None]
PurgeHook = Callable[[Purged], None]


def roots_of(deletions: Iterable[Deletion]) -> dict[RecordModel, tuple[int, ...]]:
    """The ids of the roots of these deletions, per record type."""
    roots: dict[RecordModel, tuple[int, ...]] = {}
    for name, of_type in groupby(sorted(deletions, key=_root), key=lambda deletion: deletion.root_type):
        roots[graph().by_type[name]] = tuple(deletion.root_id for deletion in of_type)
    return roots


def _root(deletion: Deletion) -> tuple[str, int]:
    return deletion.root_type, deletion.root_id


_after_delete: list[Hook] = []
_before_restore: list[Hook] = []
_after_restore: list[Hook] = []
_after_purge: list[PurgeHook] = []


def register(
    *, after_delete: Hook | None = None, before_restore: Hook | None = None, after_restore: Hook | None = None
) -> None:
    """Add functions to the moments that they name; registering one twice changes nothing.

    ``after_delete``: the rows are in the bin. ``before_restore``: the rows are still in the bin and locked; what would
    break a unique index of live rows is mended here. ``after_restore``: the rows are live again.
    """
    for hooks, hook in (
        (_after_delete, after_delete),
        (_before_restore, before_restore),
        (_after_restore, after_restore),
    ):
        if hook is not None and hook not in hooks:
            hooks.append(hook)


def run_after_delete(change: Change) -> None:
    for hook in _after_delete:
        hook(change)


def run_before_restore(change: Change) -> None:
    for hook in _before_restore:
        hook(change)


def run_after_restore(change: Change) -> None:
    for hook in _after_restore:
        hook(change)


def register_purge(hook: PurgeHook) -> None:
    """Call ``hook`` after rows were deleted for good, in the same transaction: what is kept about them goes, too.

    It is called while the purge is announced to the triggers (``recyclebin.purge_guard``).
    """
    if hook not in _after_purge:
        _after_purge.append(hook)


def run_after_purge(purged: Purged) -> None:
    for hook in _after_purge:
        hook(purged)
