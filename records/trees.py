"""Parents of the same kind as their children: groups of groups (lookup API contract, sections 3, 4 and 7).

A chain of parents never loops, and a row may name as its parent a record that another row of the request creates.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import UNSET

from records import statements
from records.cleaned import Pair
from records.copying import SEPARATOR, joined
from records.outcomes import Kind, Refusal
from records.resolving import Found, fetch, not_found, several
from records.resources import Resource
from records.rows import Batch, By, Directives, ParentKey

Groups = Mapping[int, Sequence[int]]
"""The rows of each record in order, by the index of the first."""

PASSES = 30
"""How often rows are taken again because of what others were refused. Honest requests need two or three."""


class Sibling(NamedTuple):
    """A parent that a row of the same request creates, by the key of that row."""

    key: object


Node = int | Sibling


@dataclass(frozen=True, slots=True)
class Place:
    """A row in its place in the request: the record that it is about, if it is stored, and the parent it asks for."""

    index: int
    key: object
    record: Found | None
    parent: Any
    is_first: bool


class Tree:
    """The parents that the rows of a chunk ask for, checked against each other and against what is stored.

    Locks: the caller holds the lock of a bulk, as everyone does who gives a stored record of a tree another parent. So
           two writers cannot close a loop together.
    Cost:  one statement, whatever the number of rows and the depth of the tree.
    """

    def __init__(self, resource: Resource, batch: Batch, pairs: Sequence[Pair | None], by: By) -> None:
        self.resource = resource
        self._asked = batch.parents
        self._stored: dict[Node, Node | None] | None = None
        self._passes = 0
        self._created: dict[object, set[object]] = defaultdict(set)
        keys: Iterable[object] = batch.ids if by == "id" else pairs
        for key, pair in zip(keys, pairs, strict=True):
            if by == "id" and key is not None:
                self._created[key].add(key)
            if pair and pair[1]:
                self._created[pair].add(key)
                self._created[pair[1]].add(key)

    def with_siblings(self, answers: Sequence[Any]) -> list[Any]:
        """The answers of ``resolve_parents``; where nothing is stored, the row that may create it instead."""
        return [
            self._sibling(asked, answer) if isinstance(asked, ParentKey) and isinstance(answer, Refusal) else answer
            for asked, answer in zip(self._asked, answers, strict=True)
        ]

    def _sibling(self, asked: ParentKey, answer: Refusal) -> Sibling | Refusal:
        if answer.kind is not Kind.NOT_FOUND:
            return answer
        keys = self._created.get(_name_of(asked), set())
        if len(keys) > 1:
            return several(self.resource)
        return Sibling(next(iter(keys))) if keys else answer

    def orphans(self, rows: Sequence[Place]) -> dict[int, Refusal]:
        """Which rows ask for a parent that no row creates, by index."""
        return {index: self._missing(self._asked[index]) for index in _orphans(rows)}

    def looping(self, rows: Sequence[Place], directives: Directives) -> dict[int, Refusal]:
        """Which rows would close a loop when those before them are written, by index.

        A row that is refused leaves a record where it was, which may close another loop: the caller asks again.
        """
        self._passes += 1
        if self._passes > PASSES:
            return {row.index: self._entangled() for row in rows if row.parent not in (UNSET, None)}
        kept = "parent" in directives.skip_if_not_empty
        if self._stored is None:
            nodes = [row.parent for row in rows] + ([row.record.id for row in rows if row.record] if kept else [])
            self._stored = self._stored_parents(node for node in nodes if isinstance(node, int))
        above = dict(self._stored)
        below = set(above.values())
        refused: dict[int, Refusal] = {}
        for row in rows:
            is_update = row.record is not None or not row.is_first
            if row.parent is UNSET or (is_update and directives.skip_move_on_update):
                continue
            node: Node = row.record.id if row.record else Sibling(row.key)
            parent = above.get(node)
            if parent == row.parent or (is_update and kept and parent is not None):
                continue
            if row.parent == node or (node in below and _leads_to(node, row.parent, above)):
                refused[row.index] = self._loop()
            else:
                above[node] = row.parent
                below.add(row.parent)
        return refused

    def _entangled(self) -> Refusal:
        message = "too many parents of this request depend on each other: send parents before their children"
        return Refusal(Kind.INVALID, self.resource.name, message, "/parent")

    def _loop(self) -> Refusal:
        message = f"this parent would close a loop: a {self.resource.noun.lower()} cannot be below itself"
        return Refusal(Kind.INVALID, self.resource.name, message, "/parent")

    def _missing(self, asked: Any) -> Refusal:
        by_id = isinstance(asked.id, int)
        return not_found(self.resource, "id" if by_id else "sourceId", asked.id if by_id else asked.source_id)

    def _stored_parents(self, ids: Iterable[int]) -> dict[Node, Node | None]:
        """The parents of these records, of their parents, and so on, the binned ones too: they keep their place."""
        asked = joined(sorted(set(ids)))
        parent = self.resource.parent
        if not asked or parent is None:
            return {}
        return dict(fetch(statements.ancestors(self.resource.table, parent.column), [asked, SEPARATOR]))


def places(
    groups: Groups,
    found: Mapping[int, Found],
    keys: Sequence[object],
    parents: Sequence[Any],
    without: Container[int] = (),
) -> list[Place]:
    """The rows of these groups in the order sent, ``without`` some."""
    rows = [
        Place(index, keys[first], found.get(first), parents[index], is_first=index == first)
        for first, indices in groups.items()
        for index in indices
        if index not in without
    ]
    return sorted(rows, key=attrgetter("index"))


def _name_of(asked: ParentKey) -> object:
    """How a row names its parent, as ``Tree`` files the rows of the request."""
    if isinstance(asked.id, int):
        return asked.id
    source_id = str(asked.source_id)
    return (asked.source, source_id) if asked.source not in (UNSET, None, "") else source_id


def _orphans(rows: Sequence[Place]) -> set[int]:
    """The rows whose parent no row creates, because it is not there, or because that row is such an orphan itself."""
    makers = Counter(row.key for row in rows if row.record is None)
    children: dict[object, list[Place]] = defaultdict(list)
    for row in rows:
        if isinstance(row.parent, Sibling):
            children[row.parent.key].append(row)
    orphans: set[int] = set()
    missing = [key for key in children if not makers[key]]
    while missing:
        for row in children.pop(missing.pop(), ()):
            orphans.add(row.index)
            makers[row.key] -= row.record is None
            if row.record is None and not makers[row.key]:
                missing.append(row.key)
    return orphans


def _leads_to(node: Node, start: Node | None, above: Mapping[Node, Node | None]) -> bool:
    """Whether ``node`` is above ``start``. A loop that is stored already is walked once."""
    seen: set[Node] = set()
    while start is not None and start not in seen:
        if start == node:
            return True
        seen.add(start)
        start = above.get(start)
    return False
