"""What an upsert must do, told once more in plain Python: one row after the other, on objects in memory.

It is written from the contract (lookup API, sections 2 to 7) and imports nothing of the engine. Rows are applied as
they stand; there are no chunks, no statements and no folding, which is the point: the engine must come to the same.
"""

import copy
import datetime
from dataclasses import dataclass, field
from typing import Any

NEUTRAL: dict[str, Any] = {
    "debtor_id": "", "first_name": "", "date_of_birth": None, "gender": "u", "login": "", "email": "",
}  # fmt: skip
MEMBERS = {
    "debtor_id": "debtorId", "first_name": "firstName", "date_of_birth": "dateOfBirth", "gender": "gender",
    "login": "login", "email": "email", "city": "city", "country": "country", "type": "type", "code": "code",
}  # fmt: skip
BAD = {"\x00", "1999-02-30", "?", "no address", "XX"}
ADDRESS_DEFAULTS = {"type": None, "code": "", "city": None, "country": None}


@dataclass
class SentAddress:
    """``values`` holds what is sent by column; ``id`` says "the owner's address with this number"."""

    values: dict[str, Any]
    pair: tuple[str, str] | None = None
    default: bool | None = None
    id: int | None = None


@dataclass
class SentRow:
    """``name`` is the key, or stands for the id. ``pair`` is what a row addressed by id sends as its key."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    parent: str = "absent"
    addresses: list[SentAddress] = field(default_factory=list)
    pair: str | None = None


@dataclass
class Request:
    rows: list[SentRow]
    by: str = "sourceId"
    mode: str = "upsert"
    kept: frozenset[str] = frozenset()
    skip_move: bool = False
    skip_create: bool = False
    may_choose: bool = True
    dry_run: bool = False


@dataclass
class Address:
    type: str
    code: str
    city: str
    country: str
    pair: tuple[str, str] | None = None
    is_default: bool = False
    binned: bool = False
    version: int = 1


@dataclass
class Record:
    """``name`` is how rows refer to it; ``key`` its source id, "" when it has none.

    The first ``numbered`` of its addresses were there when the request began, so rows can name them by id.
    """

    name: str
    key: str
    values: dict[str, Any]
    parent: str | None = None
    addresses: list[Address] = field(default_factory=list)
    binned: bool = False
    version: int = 1
    numbered: int = field(default=0, compare=False)


class Refused(Exception):
    def __init__(self, kind: str, pointer: str = "") -> None:
        self.kind, self.pointer = kind, pointer


Told = tuple[str, bool, str | None, str]
"""What becomes of a row: action, changed, the kind of refusal and where it points."""


class World:
    """All records of a tenant."""

    def __init__(self, *, numbering: bool) -> None:
        self.records: list[Record] = []
        self.next_number = 100 if numbering else None

    def push(self, request: Request) -> list[Told]:
        before = copy.deepcopy(self.__dict__)
        told = [self._row(row, request) for row in request.rows]
        if request.dry_run:
            self.__dict__.update(before)
            return told
        for record, old in zip(self.records, before["records"], strict=False):
            record.version += record != old
            for address, was in zip(record.addresses, old.addresses, strict=False):
                address.version += address != was
        for record in self.records:
            record.numbered = len(record.addresses)
        return told

    def delete(self, names: list[str]) -> None:
        """Put records in the bin, with their addresses."""
        for record in self.records:
            if record.name in names and not record.binned:
                record.binned = True

    def restore(self) -> None:
        for record in self.records:
            record.binned = False

    def delete_address(self, name: str, number: int) -> None:
        """Put one address in the bin; the oldest left of its type becomes the default in its place."""
        for record in self.records:
            if record.name == name and not record.binned and number < len(record.addresses):
                gone = record.addresses[number]
                if gone.binned:
                    return
                gone.binned = True
                record.version += 1
                for heir in record.addresses if gone.is_default else ():
                    if heir.type == gone.type and not heir.binned:
                        heir.is_default, heir.version = True, heir.version + 1
                        return

    def _row(self, row: SentRow, request: Request) -> Told:
        record = next((found for found in self.records if self._is_meant(found, row, request)), None)
        try:
            return self._apply(row, record, request)
        except Refused as refused:
            return "update" if record else "create", False, refused.kind, refused.pointer

    @staticmethod
    def _is_meant(record: Record, row: SentRow, request: Request) -> bool:
        return record.name == row.name if request.by == "id" else record.key == row.name

    def _apply(self, row: SentRow, record: Record | None, request: Request) -> Told:
        for name in NEUTRAL:
            if row.values.get(name) in BAD:
                raise Refused("invalid", f"/{MEMBERS[name]}")
        parent = self._parent(row)
        self._check_state(row, record, request)
        if record is None:
            created = Record(row.name, row.name if request.by == "sourceId" else row.pair or "", dict(NEUTRAL))
            self._write_addresses(created, row)
            created.values.update(_clean(row.values))
            created.values["login"] = created.values["login"] or created.values["email"]
            if self.next_number is not None and not created.values["debtor_id"]:
                created.values["debtor_id"] = str(self.next_number)
                self.next_number += 1
            created.parent = parent
            self.records.append(created)
            return "create", True, None, ""
        before = copy.deepcopy(record)
        addresses = copy.deepcopy(record.addresses)
        try:
            self._write_addresses(record, row)
        except Refused:
            record.addresses = addresses
            raise
        for name, value in _clean(row.values).items():
            if MEMBERS[name] not in request.kept or record.values[name] == NEUTRAL[name]:
                record.values[name] = value
        keeps_parent = request.skip_move or ("parent" in request.kept and record.parent is not None)
        if row.parent != "absent" and not keeps_parent:
            record.parent = parent
        if request.by == "id" and row.pair is not None:
            record.key = row.pair
        return "update", record != before, None, ""

    def _parent(self, row: SentRow) -> str | None:
        match row.parent.split(":"):
            case ["absent"] | ["none"]:
                return None
            case [_, "binned"]:
                raise Refused("not allowed")
            case [_, "missing"]:
                raise Refused("not found")
            case [_, "twice"]:
                raise Refused("multiple found")
            case ["empty"]:
                raise Refused("invalid", "/parent")
            case [_, name]:
                return name
        raise AssertionError(row.parent)

    def _check_state(self, row: SentRow, record: Record | None, request: Request) -> None:
        if record is None:
            if request.mode == "update" or request.skip_create:
                raise Refused("not found")
            if request.by == "id" and not request.may_choose:
                raise Refused("forbidden", "/id")
            if request.by == "id" and row.name == "foreign":
                raise Refused("exists")
        elif record.binned:
            raise Refused("not allowed")
        if request.by == "id" and row.pair:
            holder = next((found for found in self.records if found.key == row.pair), None)
            if holder is not None and holder is not record:
                raise Refused("not allowed" if holder.binned else "exists")

    def _write_addresses(self, record: Record, row: SentRow) -> None:
        for place, sent in enumerate(row.addresses):
            try:
                self._write_address(record, sent)
            except Refused as refused:
                raise Refused(refused.kind, f"/addresses/{place}{refused.pointer}") from None

    def _write_address(self, record: Record, sent: SentAddress) -> None:
        for name in ("type", "city", "country"):
            if name in sent.values and sent.values[name] in (None, "", *BAD):
                raise Refused("invalid", f"/{name}")
        address = self._meant(record, sent)
        self._check_pair(record, address, sent)
        if address is None:
            for name in ("type", "city", "country"):
                if name not in sent.values:
                    raise Refused("invalid", f"/{name}")
            address = Address(**ADDRESS_DEFAULTS | _clean(sent.values), pair=sent.pair)
            if sent.default or _default(record, address.type) is None:
                _make_default(record, address)
            record.addresses.append(address)
        else:
            self._change_address(record, address, sent)

    def _meant(self, record: Record, sent: SentAddress) -> Address | None:
        if sent.id is not None:
            if sent.id >= record.numbered:
                raise Refused("not found")
            if record.addresses[sent.id].binned:
                raise Refused("not allowed")
            return record.addresses[sent.id]
        code = sent.values.get("code")
        if not code:
            return None
        same = [a for a in record.addresses if a.code == code and sent.values.get("type", a.type) == a.type]
        live = [address for address in same if not address.binned]
        if len(live) > 1:
            raise Refused("invalid", "/type")
        if same and not live:
            raise Refused("not allowed")
        return live[0] if live else None

    def _check_pair(self, record: Record, address: Address | None, sent: SentAddress) -> None:
        owners = self.records if any(found is record for found in self.records) else [*self.records, record]
        for owner in owners if sent.pair else ():
            for other in owner.addresses:
                if other.pair == sent.pair and other is not address:
                    raise Refused("not allowed" if other.binned or owner.binned else "exists")

    def _change_address(self, record: Record, address: Address, sent: SentAddress) -> None:
        new = {"type": address.type, "code": address.code} | _clean(sent.values)
        if sent.default is False and address.is_default:
            raise Refused("invalid", "/isDefault")
        for other in record.addresses:
            if other is not address and new["code"] and (other.type, other.code) == (new["type"], new["code"]):
                raise Refused("not allowed" if other.binned else "exists")
        old_type, moved = address.type, new["type"] != address.type
        was_default = address.is_default
        for name, value in _clean(sent.values).items():
            setattr(address, name, value)
        address.pair = sent.pair or address.pair
        if moved and was_default:
            address.is_default = False
            heir = next((a for a in record.addresses if a.type == old_type and not a.binned), None)
            if heir:
                heir.is_default = True
        if not address.is_default and (sent.default or (moved and _default(record, address.type) is None)):
            _make_default(record, address)


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    """What is stored for what is sent: null and "" clear, dates and letters come in one form."""
    cleaned = {}
    for name, value in values.items():
        if value in (None, ""):
            cleaned[name] = NEUTRAL.get(name, "")
        elif name == "date_of_birth":
            day = value.split("/") if "/" in value else value.split("-")[::-1]
            cleaned[name] = datetime.date(*map(int, day[::-1]))
        else:
            cleaned[name] = value.lower() if name == "gender" else value.upper() if name == "country" else value
    return cleaned


def _default(record: Record, type: str) -> Address | None:
    return next((a for a in record.addresses if a.type == type and a.is_default and not a.binned), None)


def _make_default(record: Record, address: Address) -> None:
    current = _default(record, address.type)
    if current is not None:
        current.is_default = False
    address.is_default = True
