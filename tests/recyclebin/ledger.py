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
"""With whom a record goes along."""

KEPT = {"company": "usergroup_id", "customer": "usergroup_id", "user": "usergroup_id", "usergroup": "parent_id"}
"""The link of a record to a usergroup, which it keeps while that is in the bin."""


@dataclass
class Entry:
    """One deletion on paper, in the order of time."""

    root: Key
    rows: dict[Key, Columns]
    operation: Any = None
    state: str = "binned"


@dataclass
class Ledger:
    """Live rows by type and id, and all deletions.

    ``touched`` are the rows that were really changed, until whoever compares empties it. ``tombstones`` are the keys of
    what was deleted permanently, by type and id. ``blocking`` names a type and its link to an owner that cannot go
    while such a row lives: it stands in the way where it went along.
    """

    blocking: tuple[str, str] | None = None
    live: dict[Key, Columns] = field(default_factory=dict)
    entries: dict[Any, Entry] = field(default_factory=dict)
    touched: set[Key] = field(default_factory=set)
    tombstones: dict[Key, tuple[str, str]] = field(default_factory=dict)

    def binned(self) -> dict[Any, Entry]:
        """The deletions that can still be restored."""
        return {name: entry for name, entry in self.entries.items() if entry.state == "binned"}

    def columns(self, key: Key) -> Columns:
        """The columns of a row, wherever it is."""
        in_bin = (entry.rows[key] for entry in self.binned().values() if key in entry.rows)
        return self.live[key] if key in self.live else next(in_bin)

    def holder(self, kind: str, pair: tuple[str, str]) -> str:
        """Where the record of this type is that has this key: ``live``, ``binned`` or nowhere."""
        in_bin = [held for entry in self.binned().values() for held in entry.rows.items()]
        for where, found in (("live", self.live.items()), ("binned", in_bin)):
            if any(key[0] == kind and (held["source"], held["source_id"]) == pair for key, held in found):
                return where
        return ""

    def owner(self, key: Key, columns: Columns) -> Key | None:
        for name in OWNERS_OF.get(key[0], ()):
            if self.blocking == (key[0], name):
                continue
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

    def blocked(self, chosen: set[Key]) -> bool:
        """Whether a live row that stays forbids deleting one that would go."""
        going = {key for key in self.live if key in chosen or not chosen.isdisjoint(self.above(key))}
        kind, link = self.blocking or ("", "")
        return any(
            key[0] == kind and key not in going and (link, columns[f"{link}_id"]) in going
            for key, columns in self.live.items()
        )

    def delete(self, roots: dict[Key, Any], operation: Any) -> None:
        """Put each root with what hangs below it into the deletion of the given name."""
        gone = {}
        for root, name in roots.items():
            below = [key for key in self.live if root in self.above(key)]
            gone[name] = Entry(root, {key: self.live[key] for key in [root, *below]}, operation)
        for entry in gone.values():
            for key in entry.rows:
                del self.live[key]
        self.entries |= gone
        for entry in gone.values():
            self._hand_on(entry)
        self._touch_owners(gone.values())

    def restorable(self, wanted: list[Any], *, with_owners: bool) -> tuple[set[Any], set[Any]]:
        """Which deletions come back, and which fail because an owner stays in the bin."""
        held = {key: name for name, entry in self.binned().items() for key in entry.rows}
        chosen = {name for name in wanted if self.entries[name].state == "binned"}
        lost = {name for name in wanted if self.entries[name].state == "purged"}
        needs = {
            name: held.get(self.owner(entry.root, entry.rows[entry.root])) for name, entry in self.binned().items()
        }
        while with_owners and (owners := {needs[name] for name in chosen} - chosen - {None}):
            chosen |= owners
        able = set(chosen)
        while stuck := {name for name in able if needs[name] is not None and needs[name] not in able}:
            able -= stuck
        return able, (chosen - able) | lost

    def restore(self, able: set[Any]) -> None:
        """Bring these deletions back. Of several defaults of one place a live one stays, else the last one deleted.

        Where none of them is one, and none is live, the oldest takes the place.
        """
        entries = [entry for name, entry in self.entries.items() if name in able]
        for entry in reversed(entries):  # the latest first: who comes later finds a rival
            for key, columns in entry.rows.items():
                if columns.get("is_default") and self._default(key, columns) is not None:
                    columns |= {"is_default": False, "version": columns["version"] + 1}
                    self.touched.add(key)
                self.live[key] = columns
            entry.state = "restored"
        for entry in entries:
            if entry.root[0] == "address" and self._default(entry.root, entry.rows[entry.root]) is None:
                self._give_default(entry)
        self._touch_owners(entries)

    def purge(self, wanted: list[Any]) -> int:
        """Delete for good what these deletions hold, with what hangs below it in the bin. Returns how many rows went.

        A usergroup leaves its members without a link to it: a change of those that live, none of those in the bin.
        """
        going = {name for name in wanted if self.entries[name].state == "binned"}
        while True:
            rows = {key: columns for name in going for key, columns in self.entries[name].rows.items()}
            below = {
                name
                for name, entry in self.binned().items()
                if self.owner(entry.root, entry.rows[entry.root]) in rows and name not in going
            }
            if not below:
                break
            going |= below
        for name in going:
            self.entries[name].state = "purged"
        self.tombstones |= {key: (columns["source"], columns["source_id"]) for key, columns in rows.items()}
        for key, columns in self.live.items():
            if self._unlink(key, columns, rows):
                columns["version"] += 1
                self.touched.add(key)
        for entry in self.binned().values():
            for key, columns in entry.rows.items():
                self._unlink(key, columns, rows)
        return len(rows)

    def _unlink(self, key: Key, columns: Columns, gone: dict[Key, Columns]) -> bool:
        link = KEPT.get(key[0], "")
        found = bool(link) and ("usergroup", columns[link]) in gone
        if found:
            columns[link] = None
        return found

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
