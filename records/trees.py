"""Parents of the same kind as their children: groups of groups (lookup API contract, sections 3, 4 and 7).

A chain of parents never loops, and a row may name as its parent a record that another row of the request creates.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


class Sibling(NamedTuple):
    """A parent that a row of the same request creates, by the key of that row."""

    key: object


Node = int | Sibling


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

    def refusals(
        self,
        groups: Groups,
        found: Mapping[int, Found],
        keys: Sequence[object],
        parents: Sequence[Any],
        *,
        without: Iterable[int],
        directives: Directives,
    ) -> dict[int, Refusal]:
        """Which rows ask for a parent that nobody creates, or that would close a loop, by index.

        The rows are taken one after the other, ``without`` some that are refused for another reason.
        """
        kept = "parent" in directives.skip_if_not_empty
        refused: dict[int, Refusal] = {}
        creates = {keys[first] for first in groups if first not in found}
        rows = {index: (first, found.get(first)) for first, indices in groups.items() for index in indices}
        if self._stored is None:
            asked = {parent for parent in parents if isinstance(parent, int)}
            self._stored = self._stored_parents(asked | {record.id for record in found.values()} if kept else asked)
        above = dict(self._stored)
        below = set(above.values())
        for index in sorted(rows.keys() - set(without)):
            first, record = rows[index]
            parent = parents[index]
            node: Node = record.id if record else Sibling(keys[first])
            is_update = record is not None or index != first
            if parent is UNSET or (is_update and directives.skip_move_on_update):
                continue
            if is_update and kept and above.get(node) is not None:
                continue
            if isinstance(parent, Sibling) and parent.key not in creates:
                refused[index] = self._missing(self._asked[index])
            elif above.get(node) != parent:
                if parent == node or (node in below and _leads_to(node, parent, above)):
                    message = f"this parent would close a loop: a {self.resource.noun.lower()} cannot be below itself"
                    refused[index] = Refusal(Kind.INVALID, self.resource.name, message, "/parent")
                else:
                    above[node] = parent
                    below.add(parent)
        return refused

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


def _name_of(asked: ParentKey) -> object:
    """How a row names its parent, as ``Tree`` files the rows of the request."""
    if isinstance(asked.id, int):
        return asked.id
    source_id = str(asked.source_id)
    return (asked.source, source_id) if asked.source not in (UNSET, None, "") else source_id


def _leads_to(node: Node, start: Node | None, above: Mapping[Node, Node | None]) -> bool:
    """Whether ``node`` is above ``start``. A loop that is stored already is walked once."""
    seen: set[Node] = set()
    while start is not None and start not in seen:
        if start == node:
            return True
        seen.add(start)
        start = above.get(start)
    return False
