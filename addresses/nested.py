"""Addresses inside a row: worked out in memory for all owners at once, written in sets (lookup API contract, 3 and 7).

Owners are locked by whoever changes their addresses, so what is read here stays true until it is written: the engine
compares the owner's version after locking, and every change of an address moves it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET, UnsetType

from addresses import statements
from addresses.book import SOURCE, SOURCE_ID, Book, Entry, Fault, Holders, whole_pair
from addresses.contracts import ADDRESSES
from records import nested
from records.cleaned import Faults, Values, clean_rows, types_of
from records.copying import SEPARATOR, copy_columns, joined
from records.nested import OwnerRows
from records.outcomes import Outcome, Refusal
from records.resolving import Found, fetch, find_by_pair, run
from records.resources import Resource
from records.rows import AddressRow
from records.search_text import fold_field
from records.statements import NEXT_IDS, QUEUE, sequence
from tenants.actors import Actor

SEARCHED = {column.search: position for position, column in enumerate(ADDRESSES.columns) if column.search}
"""The fields of the owner's search text that its addresses feed, and where their values stand."""


@dataclass
class AddressPlan:
    """What the rows of a request make of their owners' addresses. See ``records.nested.NestedPlan``."""

    owner_field: str
    tenant: int
    refusals: dict[int, Refusal] = field(default_factory=dict)
    changed_rows: set[int] = field(default_factory=set)
    changed_owners: set[int] = field(default_factory=set)
    outcomes: dict[int, list[Outcome]] = field(default_factory=dict)
    books: dict[int, Book] = field(default_factory=dict)
    new: list[tuple[Entry, Outcome]] = field(default_factory=list)

    def apply(
        self, book: Book, values: Values, sent: AddressRow, holder: Found | None, faults: list[Refusal] | None
    ) -> Outcome:
        """Work one address into the book of its owner. ``faults`` is what is wrong with its values, if anything is."""
        try:
            if faults:
                raise Fault(Refusal.of(faults))
            entry, outcome = book.apply(values, sent, holder)
        except Fault as fault:
            return Outcome("update" if book.knows(values, sent) else "create", None, False, fault.refusal)
        if entry.id is None:
            self.new.append((entry, outcome))
        return outcome

    def queue(self) -> None:
        """Keys of addresses are unique over all owners of the tenant: only one writer at a time gives them out."""
        entries = (entry for key in self.changed_owners for entry in self.books[key].entries)
        if any(entry.takes_key for entry in entries):
            _queue(self.tenant)

    @property
    def search_fields(self) -> Collection[str]:
        """City and postal code."""
        return SEARCHED.keys()

    def search_text(self, key: int) -> dict[str, str]:
        """City and postal code of all live addresses of an owner, folded; only where they changed."""
        book = self.books.get(key)
        if book is None:
            return {}
        now = {name: _folded(name, (e.values[position] for e in book.live())) for name, position in SEARCHED.items()}
        before = {
            name: _folded(name, (e.before[position] for e in book.live() if e.before))
            for name, position in SEARCHED.items()
        }
        return {name: text for name, text in now.items() if text != before[name]}

    def write(self, owner_ids: Mapping[int, int]) -> None:
        """Write everything: at most two updates and one COPY, with their staging."""
        books = [self.books[key] for key in sorted(self.changed_owners)]
        if in_the_way := [pk for book in books for pk in book.in_the_way()]:
            run(statements.STEP_ASIDE, [in_the_way])
        changed = [entry for book in books for entry in book.entries if entry.is_changed]
        # Who stops being a default goes first: the unique index allows one at any moment, not only at commit.
        for becomes_default in (False, True):
            self._update([e for e in changed if e.id is not None and e.is_default is becomes_default])
        created = [
            (owner_ids[key], entry)
            for key in sorted(self.changed_owners)
            for entry in self.books[key].entries
            if entry.id is None
        ]
        self._insert(created)

    def _update(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        name, ddl = statements.staging()
        run(f"{ddl}; TRUNCATE {name}")
        columns = [list(values) for values in zip(*(entry.values for entry in entries), strict=True)]
        names = ["id", "is_default", *statements.COLUMNS]
        copy_columns(name, names, [[e.id for e in entries], [e.is_default for e in entries], *columns])
        run(statements.update())

    def _insert(self, created: Sequence[tuple[int, Entry]]) -> None:
        if not created:
            return
        count = len(created)
        ids = [pk for (pk,) in fetch(NEXT_IDS, [sequence(ADDRESSES.table), count])]
        columns = [list(values) for values in zip(*(entry.values for _, entry in created), strict=True)]
        names = ["id", "tenant_id", "version", "created_at", "modified_at", self.owner_field + "_id", "is_default"]
        constant: list[Sequence[Any]] = [[self.tenant] * count, [1] * count, ["now"] * count, ["now"] * count]
        owners = [owner for owner, _ in created]
        defaults = [entry.is_default for _, entry in created]
        data: list[Sequence[Any]] = [ids, *constant, owners, defaults, *columns]
        copy_columns(ADDRESSES.table, [*names, *statements.COLUMNS], data)
        ids_of = dict(zip((entry for _, entry in created), ids, strict=True))
        for entry, outcome in self.new:
            outcome.id = ids_of.get(entry)


def plan_addresses(*, resource: Resource, actor: Actor, owners: Sequence[OwnerRows]) -> AddressPlan:
    """Work out the addresses of many owners in at most two statements. See ``records.nested.Planner``."""
    if resource.address_field is None:
        raise ValueError(f"{resource.name} have no addresses.")
    plan = AddressPlan(owner_field=resource.address_field, tenant=actor.tenant.pk)
    sent = [address for owner in owners for _, addresses in owner.rows for address in addresses]
    values, faults = _cleaned(sent)
    holders = _holders(actor.tenant.pk, values)
    stored = _stored(plan.owner_field, [owner.id for owner in owners if owner.id is not None])
    pairs: Holders = {}
    position = 0
    for owner in owners:
        book = Book(stored.get(owner.id, []) if owner.id is not None else [], resource, owner.id, pairs)
        plan.books[owner.key] = book
        for index, addresses in owner.rows:
            book.begin_row()
            told = plan.outcomes[index] = []
            for address in addresses:
                told.append(plan.apply(book, values[position], address, holders.get(position), faults.get(position)))
                position += 1
            if refusal := _first(told):
                plan.refusals[index] = refusal
                book.undo_row()
            elif book.row_changed:
                plan.changed_rows.add(index)
        if book.is_changed:
            plan.changed_owners.add(owner.key)
    return plan


def queue_for_keys(*, tenant: int, rows: Iterable[AddressRow]) -> None:
    """Wait for whoever gives out keys of addresses, if any of these rows sends one. See ``records.nested.Queue``."""
    if any(row.values[SOURCE_ID] not in {UNSET, None, ""} for row in rows):
        _queue(tenant)


def _queue(tenant: int) -> None:
    run(QUEUE, [f"keys of addresses:{tenant}"])


def _first(told: Sequence[Outcome]) -> Refusal | None:
    """The refusal of a row with these addresses: that of the first one that is refused."""
    for place, outcome in enumerate(told):
        if outcome.refusal:
            return outcome.refusal.within(f"/addresses/{place}")
    return None


def _cleaned(sent: Sequence[AddressRow]) -> tuple[list[Values], Faults]:
    """The clean values of addresses, in their order, and the faults by position. A key pair is whole or absent."""
    columns, faults = clean_rows(ADDRESSES, [address.values for address in sent])
    values: list[Values] = list(zip(*columns, strict=True))
    if types_of(columns[SOURCE]) | types_of(columns[SOURCE_ID]) != {UnsetType}:
        for position, row in enumerate(values):
            if position in faults:
                continue
            try:
                values[position] = whole_pair(row)
            except Fault as fault:
                faults[position] = [fault.refusal]
    return values, faults


def _holders(tenant: int, values: Sequence[Values]) -> dict[int, Found]:
    """Who holds the key pairs that addresses were sent with, by position. No statement when none was."""
    asked = [(position, (row[SOURCE], row[SOURCE_ID])) for position, row in enumerate(values) if row[SOURCE_ID]]
    found = find_by_pair(ADDRESSES, tenant, [pair for _, pair in asked])
    return {asked[position][0]: record for position, record in found.items()}


def _stored(owner_field: str, owner_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """The addresses of these owners, the binned ones too: their codes stay taken."""
    if not owner_ids:
        return {}
    entries: dict[int, list[Entry]] = defaultdict(list)
    rows = fetch(statements.stored(owner_field), [joined(owner_ids), SEPARATOR])
    for owner, pk, version, is_default, binned, *values in rows:
        entry = Entry(pk, values, is_default, binned, before=tuple(values), was_default=is_default, version=version)
        entries[owner].append(entry)
    return entries


def _folded(name: str, values: Any) -> str:
    return " ".join(sorted({fold_field(name, value) for value in values if value} - {""}))


def register() -> None:
    """Tell the upsert engine. Called once, when the app is ready."""
    nested.register(plan_addresses, queue_for_keys)
