"""Writing rows on paper, one after the other (lookup API contract, sections 2 to 7)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tests.integrity.paper import addresses
from tests.integrity.paper.addresses import Holders
from tests.integrity.paper.things import ABSENT, KINDS, Record, Refused, Thing, cleaned, cleaned_pair

if TYPE_CHECKING:
    from tests.integrity.paper.house import House

ORPHAN: Any = object()
"""A parent that a row of the request was to create, and did not."""

By = Literal["id", "sourceId"]
Mode = Literal["upsert", "create", "update"]


@dataclass(frozen=True)
class Directives:
    """How a bulk departs from a plain upsert."""

    kept: frozenset[str] = frozenset()
    skip_move: bool = False
    skip_create: bool = False


@dataclass
class Told:
    """What becomes of a row. ``also`` is another code that is as right: of two things wrong with it either is told."""

    action: str
    changed: bool
    record: Record | None = None
    refused: Refused | None = None
    also: int = 0

    @property
    def code(self) -> int:
        return self.refused.code if self.refused else 0


class Request:
    """Rows of one request. What their keys and parents mean is settled by how things are when it begins."""

    def __init__(self, house: "House", kind: str, by: By, mode: Mode, directives: Directives) -> None:
        self.house, self.kind, self.by, self.mode, self.directives = house, kind, by, mode, directives
        self.shape = KINDS[kind]
        self.holders = Holders(house.records)
        self.stored = [record for record in house.records if record.kind == kind]
        self.held = {record.pair: record for record in self.stored if record.pair[1]}
        self.by_id = {record.id: record for record in self.stored}
        self.parents = [(record, _names_of(record)) for record in house.of(self.shape.parent)]
        self.new: dict[Any, Record] = {}
        self.taken: dict[tuple[str, str], Any] = {}
        self.named: dict[Any, set[Any]] = defaultdict(set)
        self.before: list[tuple[Thing, Any]] = [(thing, thing.state()) for thing in house.things()]

    def apply(self, body: dict[str, Any], version: int | None = None) -> Told:
        """Apply one row. A row that is refused leaves everything as it was."""
        key = body["id"] if self.by == "id" else _pair(body)
        if self.by == "sourceId" and not _pair(body)[1]:
            key = object()
        for name in _names(self.by, body):
            self.named[name].add(key)
        record = (self.by_id if self.by == "id" else self.held).get(key) or self.new.get(key)
        take_back = _memory(record)
        try:
            return self._apply(body, key, record, version)
        except Refused as refused:
            take_back()
            also = self._of_addresses(body, record) if self.kind == "usergroups" and body.get("parent") else 0
            return Told("update" if record else "create", False, None, refused, also)

    def finish(self) -> None:
        """What has really changed gets a version, once."""
        for thing, before in self.before:
            thing.version += thing.state() != before

    def _of_addresses(self, body: dict[str, Any], record: Record | None) -> int:
        """The code of the first bad address of a group that is refused, for its parent perhaps."""
        draft = record or Record(kind=self.kind, values={})
        take_back = _memory(draft)
        try:
            self._write_addresses(draft, body)
        except Refused as refused:
            return refused.code
        finally:
            take_back()
        return 0

    def _apply(self, body: dict[str, Any], key: Any, record: Record | None, version: int | None) -> Told:
        values = cleaned(body, self.shape.members)
        pair = cleaned_pair(body)
        parent = self._parent(body)
        self._check(key, record, pair, version)
        if parent is ORPHAN:
            raise Refused("not found", self.shape.parent)
        if record is None:
            return self._create(body, key, values, pair, parent)
        before = record.state()
        self._write_addresses(record, body)
        kept = self.directives.kept
        moves = not self.directives.skip_move and not ("parent" in kept and record.parent is not None)
        if parent is not ABSENT and parent is not record.parent and moves:
            if self.kind == "usergroups" and _is_below(parent, record):
                raise Refused("invalid")
            record.parent = parent
        for name, value in values.items():
            column, empty = self.shape.members[name]
            if name not in kept or record.values[column] == empty:
                record.values[column] = value
        if self.by == "id" and pair is not ABSENT:
            record.pair = pair
        return Told("update", record.state() != before, record)

    def _create(self, body: dict[str, Any], key: Any, values: dict[str, str], pair: Any, parent: Any) -> Told:
        record = Record(kind=self.kind, values=dict(self.shape.members.values()))
        self._write_addresses(record, body)
        for name, value in values.items():
            record.values[self.shape.members[name][0]] = value
        if "login" in record.values:
            record.values["login"] = record.values["login"] or record.values["email"]
        record.pair = ("", "") if pair is ABSENT else pair
        record.parent = None if parent is ABSENT else parent
        record.id = key if self.by == "id" else 0
        self.new[key] = record
        self.house.records.append(record)
        return Told("create", True, record)

    def _check(self, key: Any, record: Record | None, pair: Any, version: int | None) -> None:
        if record is None or key in self.new:
            if self.mode == "update" or self.directives.skip_create:
                raise Refused("not found", self.kind)
            if self.by == "id" and key in self.house.foreign[self.kind]:
                raise Refused("exists", self.kind)
        elif not record.live:
            raise Refused("binned", self.kind)
        elif self.mode == "create":
            raise Refused("exists", self.kind)
        if self.by == "id" and pair is not ABSENT and pair[1]:
            holder = self.held.get(pair)
            if holder is not None and holder.id != key:
                raise Refused("exists" if holder.live else "binned", self.kind)
            if self.taken.setdefault(pair, key) != key:
                raise Refused("exists", self.kind)
        if record is not None and version is not None and version != record.version:
            raise Refused("stale")

    def _parent(self, body: dict[str, Any]) -> Any:
        sent = body.get("parent", ABSENT)
        if sent is ABSENT or sent in (None, ""):
            return ABSENT if sent is ABSENT else None
        if "id" not in sent and not sent.get("sourceId"):
            raise Refused("invalid")
        kind = self.shape.parent
        found = [record for record, names in self.parents if _name_of(sent) in names]
        live = [record for record in found if record.live]
        if not found and kind == self.kind:
            keys = self.named.get(_name_of(sent), set())
            if len(keys) > 1:
                raise Refused("several", kind)
            if keys:
                return next((self.new[key] for key in keys if key in self.new), ORPHAN)
        if len(live) > 1:
            raise Refused("several", kind)
        if not live:
            raise Refused("binned" if found else "not found", kind)
        return live[0]

    def _write_addresses(self, record: Record, body: dict[str, Any]) -> None:
        for sent in body.get("addresses") or ():
            addresses.write(record, sent, self.holders)


def _name_of(parent: dict[str, Any]) -> Any:
    """What a parent is called: by id, by source and sourceId, or by sourceId alone."""
    if "id" in parent:
        return parent["id"]
    return (parent["source"], parent["sourceId"]) if parent.get("source") else parent.get("sourceId")


def _names_of(record: Record) -> tuple[Any, ...]:
    """Everything that a stored record can be called as a parent."""
    return (record.id, record.pair, record.pair[1]) if record.pair[1] else (record.id,)


def _names(by: By, body: dict[str, Any]) -> Iterable[Any]:
    """Everything that a record of this row can be called by other rows of the request."""
    if by == "id":
        yield body["id"]
    if body.get("source") and body.get("sourceId"):
        yield from (_pair(body), body["sourceId"])


def waits(by: By, rows: list[dict[str, Any]], index: int) -> bool:
    """Whether a row might be below a record that it names itself or that a later row brings."""
    parent = rows[index].get("parent")
    return isinstance(parent, dict) and any(_name_of(parent) in _names(by, row) for row in rows[index:])


def _pair(body: dict[str, Any]) -> tuple[Any, Any]:
    return body.get("source"), body.get("sourceId")


def _memory(record: Record | None) -> Callable[[], None]:
    """A function that brings the record and its addresses back to what they are now."""
    if record is None:
        return lambda: None
    kept = [(thing, dict(thing.__dict__)) for thing in (record, *record.addresses)]
    values, listed = dict(record.values), list(record.addresses)

    def take_back() -> None:
        for thing, attributes in kept:
            thing.__dict__.update(attributes)
        record.values.update(values)
        record.addresses[:] = listed

    return take_back


def _is_below(record: Record | None, other: Record) -> bool:
    while record is not None:
        if record is other:
            return True
        record = record.parent
    return False
