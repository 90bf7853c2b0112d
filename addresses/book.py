"""The addresses of one owner in memory, and the rules that hold among them (lookup API contract, section 3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from addresses.contracts import ADDRESSES
from addresses.models import AddressType
from records.outcomes import Kind, Refusal
from records.resolving import Found, exists, in_bin
from records.resources import Resource
from records.rows import AddressRow

_POSITION = {column.name: position for position, column in enumerate(ADDRESSES.columns)}
TYPE, CODE, SOURCE, SOURCE_ID = (_POSITION[name] for name in ("type", "code", "source", "source_id"))
REQUIRED = tuple(_POSITION[name] for name in ("type", "city", "country"))
_NEUTRAL = [column.neutral for column in ADDRESSES.columns]


class Fault(Exception):
    """An address that cannot be written; ``refusal`` points into the address."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


def invalid(pointer: str, message: str) -> Fault:
    return Fault(Refusal(Kind.INVALID, ADDRESSES.name, message, pointer))


@dataclass(slots=True)
class Entry:
    """One address. ``values`` align with the columns of the resource; ``before`` is what is stored, if anything is."""

    id: int | None
    values: list[Any]
    is_default: bool = False
    binned: bool = False
    before: tuple[Any, ...] | None = None
    was_default: bool = False

    @property
    def is_changed(self) -> bool:
        return self.before is None or self.is_default != self.was_default or tuple(self.values) != self.before


Snapshot = list[tuple[Entry, list[Any], bool]]


class Book:
    """All addresses of an owner, oldest first, the binned ones too."""

    def __init__(self, entries: list[Entry], owner: Resource, owner_id: int | None) -> None:
        self.entries = entries
        self.owner = owner
        self.owner_id = owner_id

    @property
    def is_changed(self) -> bool:
        return any(entry.is_changed for entry in self.entries)

    def live(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if not entry.binned)

    def snapshot(self) -> Snapshot:
        """What to go back to when a row turns out to be refused."""
        return [(entry, list(entry.values), entry.is_default) for entry in self.entries]

    def go_back_to(self, snapshot: Snapshot) -> None:
        for entry, values, is_default in snapshot:
            entry.values, entry.is_default = values, is_default
        self.entries = [entry for entry, _, _ in snapshot]

    def apply(self, values: Sequence[Any], sent: AddressRow, holder: Found | None) -> bool:
        """Create or change one address. Returns whether anything changed. Errors: Fault."""
        if values[TYPE] is not UNSET and values[TYPE] not in AddressType.values:
            raise invalid("/type", f"{values[TYPE]} is not a valid enum value")
        entry = self._match(values, sent)
        if holder is not None and (entry is None or holder.id != entry.id):
            binned = holder.state == "binned"
            raise Fault(in_bin(ADDRESSES, "sourceId", values[SOURCE_ID]) if binned else exists(ADDRESSES))
        if entry is None:
            self._create(values, sent)
            return True
        return self._change(entry, values, sent)

    def _match(self, values: Sequence[Any], sent: AddressRow) -> Entry | None:
        if sent.id is not None:
            for entry in self.live():
                if entry.id == sent.id:
                    return entry
            owners = self.owner.name.capitalize()
            message = f"Address with id [{sent.id}] not found for [{owners}] with id [{self.owner_id}]"
            raise Fault(Refusal(Kind.NOT_FOUND, ADDRESSES.name, message))
        code, type_ = values[CODE], values[TYPE]
        if code is UNSET or code == "":
            return None
        same = [e for e in self.entries if e.values[CODE] == code and (type_ is UNSET or e.values[TYPE] == type_)]
        live = [entry for entry in same if not entry.binned]
        if len(live) > 1:
            # The contract has no code for several addresses (section 1.3): what is missing is the type.
            raise invalid("/type", f"several addresses have the code [{code}], send the type too")
        if same and not live:
            raise Fault(in_bin(ADDRESSES, "code", code))
        return live[0] if live else None

    def _create(self, values: Sequence[Any], sent: AddressRow) -> None:
        full = [neutral if value is UNSET else value for value, neutral in zip(values, _NEUTRAL, strict=True)]
        for position in REQUIRED:
            if not full[position]:
                raise invalid(f"/{ADDRESSES.columns[position].member}", "a value is required")
        _check_pair(full)
        entry = Entry(None, full)
        self.entries.append(entry)
        if sent.default or self._default_of(full[TYPE]) is None:
            self._make_default(entry)

    def _change(self, entry: Entry, values: Sequence[Any], sent: AddressRow) -> bool:
        new = [old if value is UNSET else value for value, old in zip(values, entry.values, strict=True)]
        _check_pair(new)
        if sent.default is False and entry.is_default:
            raise invalid("/isDefault", "the default cannot be switched off, make another address the default instead")
        moved = new[TYPE] != entry.values[TYPE]
        if new[CODE] and (moved or new[CODE] != entry.values[CODE]):
            self._check_code(entry, new)
        changed = new != entry.values
        entry.values = new
        if moved:
            self._leave_type(entry)
        if not entry.is_default and (sent.default or (moved and self._default_of(new[TYPE]) is None)):
            self._make_default(entry)
            changed = True
        return changed

    def _check_code(self, entry: Entry, new: Sequence[Any]) -> None:
        for other in self.entries:
            if other is not entry and other.values[TYPE] == new[TYPE] and other.values[CODE] == new[CODE]:
                raise Fault(in_bin(ADDRESSES, "code", new[CODE]) if other.binned else exists(ADDRESSES))

    def _default_of(self, type_: str) -> Entry | None:
        for entry in self.live():
            if entry.is_default and entry.values[TYPE] == type_:
                return entry
        return None

    def _make_default(self, entry: Entry) -> None:
        current = self._default_of(entry.values[TYPE])
        if current is not None:
            current.is_default = False
        entry.is_default = True

    def _leave_type(self, entry: Entry) -> None:
        """An address that changed its type: its old type's default goes to the oldest left."""
        if not entry.is_default:
            return
        entry.is_default = False
        types = {other.values[TYPE] for other in self.live() if other is not entry}
        for type_ in types:
            if self._default_of(type_) is None:
                oldest = next(other for other in self.live() if other is not entry and other.values[TYPE] == type_)
                oldest.is_default = True


def _check_pair(values: Sequence[Any]) -> None:
    if bool(values[SOURCE]) != bool(values[SOURCE_ID]):
        missing = "sourceId" if values[SOURCE] else "source"
        raise invalid(f"/{missing}", "source and sourceId go together: send both or neither")
