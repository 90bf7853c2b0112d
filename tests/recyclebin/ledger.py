"""The recycle bin as a book on paper: what must be live, and what each deletion must hold, after any story.

Written from the contract alone. It imports nothing of the product, so that it cannot share a mistake with it.
"""

from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, int]
Columns = dict[str, Any]

OWNERS_OF = {
    "address": ("usergroup", "company", "customer", "user"),
    "contact": ("company",),
    "price": ("usergroup", "company", "customer", "user", "contact"),
}
"""With whom a record goes along. All other links are kept."""


@dataclass
class Entry:
    """One deletion on paper, in the order of time."""

    root: Key
    rows: dict[Key, Columns]
    restored: bool = False


@dataclass
class Ledger:
    """Live rows by type and id, and all deletions. ``touched`` are the rows that the last act really changed."""

    live: dict[Key, Columns] = field(default_factory=dict)
    entries: dict[Any, Entry] = field(default_factory=dict)
    touched: set[Key] = field(default_factory=set)

    def owner(self, key: Key, columns: Columns) -> Key | None:
        for name in OWNERS_OF.get(key[0], ()):
            if columns.get(f"{name}_id") is not None:
                return name, columns[f"{name}_id"]
        return None

    def roots(self, chosen: set[Key]) -> list[Key]:
        """The chosen live rows that do not go along with another chosen one."""
        return sorted(key for key in chosen & self.live.keys() if chosen.isdisjoint(self.above(key)))

    def above(self, key: Key) -> list[Key]:
        """The owner of a live row, the owner of that, and so on."""
        owner = self.owner(key, self.live[key])
        return [owner, *self.above(owner)] if owner else []

    def delete(self, roots: dict[Key, Any]) -> None:
        """Put each root with what hangs below it into the deletion of the given name."""
        gone = {}
        for root, name in roots.items():
            below = [key for key in self.live if root in self.above(key)]
            gone[name] = Entry(root, {key: self.live[key] for key in [root, *below]})
        for entry in gone.values():
            for key in entry.rows:
                del self.live[key]
        self.entries |= gone
        self.touched = set()
        for entry in gone.values():
            self._hand_on(entry)
        self._touch_owners(gone.values())

    def restorable(self, wanted: list[Any], *, with_owners: bool) -> tuple[set[Any], set[Any]]:
        """Which deletions come back, and which fail because an owner stays in the bin."""
        held = {key: name for name, entry in self.entries.items() if not entry.restored for key in entry.rows}
        chosen = {name for name in wanted if not self.entries[name].restored}
        needs = {}
        for name in [*chosen, *held.values()]:
            entry = self.entries[name]
            needs[name] = held.get(self.owner(entry.root, entry.rows[entry.root]))
        if with_owners:
            chosen |= {needs[name] for name in chosen if needs[name] is not None}
        able = {name for name in chosen if needs[name] is None or needs[name] in chosen}
        return able, chosen - able

    def restore(self, able: set[Any]) -> None:
        """Bring these deletions back. Of several defaults of one place a live one stays, else the last one deleted.

        Where none of them is one, and none is live, the oldest takes the place.
        """
        self.touched = set()
        entries = [entry for name, entry in self.entries.items() if name in able]
        for entry in reversed(entries):  # the latest first: who comes later finds a rival
            for key, columns in entry.rows.items():
                if columns.get("is_default") and self._default(key, columns) is not None:
                    columns |= {"is_default": False, "version": columns["version"] + 1}
                    self.touched.add(key)
                self.live[key] = columns
            entry.restored = True
        for entry in entries:
            if entry.root[0] == "address" and self._default(entry.root, entry.rows[entry.root]) is None:
                self._give_default(entry)
        self._touch_owners(entries)

    def _default(self, key: Key, columns: Columns) -> Key | None:
        place = self.owner(key, columns), columns["type"]
        for other, held in self.live.items():
            if held.get("is_default") and (self.owner(other, held), held["type"]) == place:
                return other
        return None

    def _hand_on(self, entry: Entry) -> None:
        if entry.rows[entry.root].get("is_default"):
            self._give_default(entry)

    def _give_default(self, entry: Entry) -> None:
        """The oldest live address in the place of this entry's root becomes the default."""
        place = self.owner(entry.root, entry.rows[entry.root]), entry.rows[entry.root]["type"]
        left = [
            (columns["created_at"], key)
            for key, columns in self.live.items()
            if key[0] == "address" and (self.owner(key, columns), columns["type"]) == place
        ]
        if left:
            _, heir = min(left)
            self.live[heir] |= {"is_default": True, "version": self.live[heir]["version"] + 1}
            self.touched.add(heir)

    def _touch_owners(self, entries: Any) -> None:
        """An address that goes or comes on its own changes its owner, once an act."""
        roots = [(entry.root, entry.rows[entry.root]) for entry in entries if entry.root[0] == "address"]
        for owner in {self.owner(root, columns) for root, columns in roots}:
            self.live[owner] |= {"version": self.live[owner]["version"] + 1}
            self.touched.add(owner)
