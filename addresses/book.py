"""The addresses of one owner in memory, and the rules that hold among them (lookup API contract, section 3)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from addresses.contracts import ADDRESSES
from addresses.models import AddressType
from records.outcomes import Kind, Outcome, Refusal
from records.resolving import Found, exists, in_bin
from records.resources import Resource
from records.rows import AddressRow

_POSITION = {column.name: position for position, column in enumerate(ADDRESSES.columns)}
TYPE, CODE, SOURCE, SOURCE_ID = (_POSITION[name] for name in ("type", "code", "source", "source_id"))
REQUIRED = tuple(_POSITION[name] for name in ("type", "city", "country"))
_NEUTRAL = [column.neutral for column in ADDRESSES.columns]
_TYPES = tuple(AddressType.values)


class Fault(Exception):
    """An address that cannot be written; ``refusal`` points into the address."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


def invalid(pointer: str, message: str) -> Fault:
    return Fault(Refusal(Kind.INVALID, ADDRESSES.name, message, pointer))


def not_below(owner: Resource, key: str, value: object, address: object) -> Refusal:
    """Why there is no such address: the owner, named by one of its keys, has none with this id."""
    message = f"Address with id [{address}] not found for [{owner.name.capitalize()}] with {key} [{value}]"
    return Refusal(Kind.NOT_FOUND, ADDRESSES.name, message)


@dataclass(slots=True, eq=False)
class Entry:
    """One address. ``values`` align with the columns of the resource; ``before`` is what is stored, if anything is."""

    id: int | None
    values: list[Any]
    is_default: bool = False
    binned: bool = False
    before: tuple[Any, ...] | None = None
    was_default: bool = False
    version: int = 1

    @property
    def is_changed(self) -> bool:
        return self.before is None or self.is_default != self.was_default or tuple(self.values) != self.before

    @property
    def takes_key(self) -> bool:
        """Whether it is to hold a key pair that it does not hold yet."""
        key = SOURCE, SOURCE_ID
        return bool(self.values[SOURCE_ID]) and (
            self.before is None or any(self.values[position] != self.before[position] for position in key)
        )


Holders = dict[tuple[str, str], Entry]
"""Who holds which key pair (source, source_id), over all the books of a request."""


class Book:
    """All addresses of an owner, oldest first, the binned ones too.

    Each is found by its id, its type and code, or as a default, without going through the others: nothing limits how
    many addresses one row brings. ``pairs`` is shared by the books of a request.
    """

    def __init__(self, entries: list[Entry], owner: Resource, owner_id: int | None, pairs: Holders) -> None:
        self.entries = entries
        self.owner = owner
        self.owner_id = owner_id
        self._pairs = pairs
        self._by_id = {entry.id: entry for entry in entries}
        self._by_code: dict[tuple[str, str], Entry] = {}
        self._defaults: dict[str, Entry] = {}
        self._touched: dict[Entry, tuple[list[Any], bool]] = {}
        self._kept = len(entries)
        for entry in entries:
            self._enter(entry)

    @property
    def is_changed(self) -> bool:
        return any(entry.is_changed for entry in self.entries)

    def live(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if not entry.binned)

    def begin_row(self) -> None:
        """From here on ``row_changed`` and ``undo_row`` tell and take back what happens."""
        self._touched = {}
        self._kept = len(self.entries)

    @property
    def row_changed(self) -> bool:
        """Whether anything is different from what it was at the beginning of the row."""
        return len(self.entries) > self._kept or any(
            (entry.values, entry.is_default) != before for entry, before in self._touched.items()
        )

    def undo_row(self) -> None:
        """Take back the row: it turned out to be refused."""
        created = set(self.entries[self._kept :])
        for entry in (*created, *self._touched):
            self._leave(entry)
        del self.entries[self._kept :]
        for entry, (values, is_default) in self._touched.items():
            if entry not in created:
                entry.values, entry.is_default = values, is_default
                self._enter(entry)

    def apply(self, values: Sequence[Any], sent: AddressRow, holder: Found | None) -> tuple[Entry, Outcome]:
        """Create or change one address. ``holder`` is the stored one with the key pair of ``values``. Errors: Fault."""
        entry = self._match(values, sent)
        self._check_holder(entry, values, holder)
        if entry is None:
            return self._create(values, sent), Outcome("create")
        before = entry.values, entry.is_default
        self._change(entry, values, sent)
        return entry, Outcome("update", entry.id, before != (entry.values, entry.is_default))

    def knows(self, values: Sequence[Any], sent: AddressRow) -> bool:
        """Whether what is sent is about an address that is there, in the bin or not, so that it would be an update."""
        return sent.id is not None or bool(not sent.new and self._with_code(values))

    def in_the_way(self) -> Iterable[int]:
        """The ids of stored addresses that have to leave their place before another stored one can be written to it.

        A place is the default of a type, or a code of a type: the database allows one in each at any moment.
        """
        for entry in self.live():
            if entry.id is None or entry.before is None or _place(entry.values) == _place(entry.before):
                continue
            takers = [self._by_code.get(_place(entry.before))]
            if entry.was_default and entry.is_default:
                takers.append(self._defaults.get(entry.before[TYPE]))
            if any(taker is not None and taker is not entry and taker.id is not None for taker in takers):
                yield entry.id

    def _match(self, values: Sequence[Any], sent: AddressRow) -> Entry | None:
        if sent.id is not None:
            return self._with_id(sent.id, sent.version)
        if sent.new and values[TYPE] is UNSET:
            return None  # without a type it cannot be created, and that is what is told
        code = values[CODE]
        same = self._with_code(values)
        live = [entry for entry in same if not entry.binned]
        if live and sent.new:
            raise Fault(exists(ADDRESSES))
        if len(live) > 1:
            # The contract has no code for several addresses (section 1.3): what is missing is the type.
            raise invalid("/type", f"several addresses have the code [{code}], send the type too")
        if same and not live:
            raise Fault(in_bin(ADDRESSES, "code", code))
        return live[0] if live else None

    def _with_code(self, values: Sequence[Any]) -> list[Entry]:
        """The addresses with the code of these values and with their type, if they have one; binned ones too."""
        code, type_ = values[CODE], values[TYPE]
        if code is UNSET or code == "":
            return []
        places = ((place, code) for place in (_TYPES if type_ is UNSET else (type_,)))
        return [entry for place in places if (entry := self._by_code.get(place)) is not None]

    def _with_id(self, pk: int, version: int | None) -> Entry:
        entry = self._by_id.get(pk)
        if entry is None:
            raise Fault(not_below(self.owner, "id", self.owner_id, pk))
        if entry.binned:
            raise Fault(in_bin(ADDRESSES, "id", pk))
        if version not in {None, entry.version}:
            raise Fault(Refusal(Kind.STALE, ADDRESSES.name, f"{ADDRESSES.noun} was changed meanwhile"))
        return entry

    def _check_holder(self, entry: Entry | None, values: Sequence[Any], holder: Found | None) -> None:
        """A key pair must be free, or the address's own. One that is given up in the same request is not free yet."""
        if holder is not None and (entry is None or holder.id != entry.id):
            binned = holder.state == "binned"
            raise Fault(in_bin(ADDRESSES, "sourceId", values[SOURCE_ID]) if binned else exists(ADDRESSES))
        other = self._pairs.get((values[SOURCE], values[SOURCE_ID]))
        if other is not None and other is not entry:
            raise Fault(exists(ADDRESSES))

    def _create(self, values: Sequence[Any], sent: AddressRow) -> Entry:
        full = [neutral if value is UNSET else value for value, neutral in zip(values, _NEUTRAL, strict=True)]
        for position in REQUIRED:
            if not full[position]:
                raise invalid(f"/{ADDRESSES.columns[position].member}", "a value is required")
        entry = Entry(None, full)
        current = self._defaults.get(full[TYPE])
        if sent.default or current is None:
            self._step_back(current)
            entry.is_default = True
        self.entries.append(entry)
        self._enter(entry)
        return entry

    def _change(self, entry: Entry, values: Sequence[Any], sent: AddressRow) -> None:
        new = [old if value is UNSET else value for value, old in zip(values, entry.values, strict=True)]
        if sent.default is False and entry.is_default:
            raise invalid("/isDefault", "the default cannot be switched off, make another address the default instead")
        place, moved = _place(new), new[TYPE] != entry.values[TYPE]
        holder = self._by_code.get(place)
        if new[CODE] and holder is not None and holder is not entry:
            raise Fault(in_bin(ADDRESSES, "code", new[CODE]) if holder.binned else exists(ADDRESSES))
        old_type, was_default = entry.values[TYPE], entry.is_default
        if new != entry.values:
            self._put(entry, new, is_default=was_default and not moved)
        if moved and was_default:
            self._hand_on(old_type)
        if not entry.is_default and (sent.default or (moved and new[TYPE] not in self._defaults)):
            self._make_default(entry)

    def _make_default(self, entry: Entry) -> None:
        self._step_back(self._defaults.get(entry.values[TYPE]))
        self._put(entry, entry.values, is_default=True)

    def _step_back(self, current: Entry | None) -> None:
        if current is not None:
            self._put(current, current.values, is_default=False)

    def _hand_on(self, type_: str) -> None:
        """The default of a type went to another type: the oldest one left takes its place."""
        oldest = next((entry for entry in self.live() if entry.values[TYPE] == type_), None)
        if oldest is not None:
            self._make_default(oldest)

    def _put(self, entry: Entry, values: list[Any], *, is_default: bool) -> None:
        self._touched.setdefault(entry, (entry.values, entry.is_default))
        self._leave(entry)
        entry.values, entry.is_default = values, is_default
        self._enter(entry)

    def _enter(self, entry: Entry) -> None:
        values = entry.values
        if values[CODE]:
            self._by_code[_place(values)] = entry
        if entry.is_default and not entry.binned:
            self._defaults[values[TYPE]] = entry
        if values[SOURCE_ID]:
            self._pairs[values[SOURCE], values[SOURCE_ID]] = entry

    def _leave(self, entry: Entry) -> None:
        values = entry.values
        place, pair = _place(values), (values[SOURCE], values[SOURCE_ID])
        if self._by_code.get(place) is entry:
            del self._by_code[place]
        if self._defaults.get(values[TYPE]) is entry:
            del self._defaults[values[TYPE]]
        if self._pairs.get(pair) is entry:
            del self._pairs[pair]


def _place(values: Sequence[Any]) -> tuple[str, str]:
    return values[TYPE], values[CODE]


def whole_pair(values: Sequence[Any]) -> Sequence[Any]:
    """The values with a key pair that was sent whole or not at all. Errors: Fault.

    Source: lookup API contract, section 2: both or neither, and an empty sourceId means "no key".
    """
    source, source_id = values[SOURCE], values[SOURCE_ID]
    if source is UNSET and source_id == "":
        return [*values[:SOURCE], "", *values[SOURCE + 1 :]]
    if bool(source) == bool(source_id) and (source is UNSET) == (source_id is UNSET):
        return values
    missing = "source" if source_id and source_id is not UNSET else "sourceId"
    raise invalid(f"/{missing}", "source and sourceId go together: send both or neither")
