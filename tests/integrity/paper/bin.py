"""The recycle bin on paper (design section 5; lookup API contract, section 6)."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.integrity.paper.addresses import default_of, give_default
from tests.integrity.paper.things import Address, Deletion, Record, Thing

if TYPE_CHECKING:
    from tests.integrity.paper.house import House


def delete(house: "House", chosen: Iterable[Thing]) -> list[Deletion]:
    """Put live things in the bin, each with what goes along. One that goes along with another chosen one is no root."""
    live = {thing for thing in chosen if thing.live}
    roots = [thing for thing in live if not any(owner in live for owner in _owners(thing))]
    deletions = []
    for root in roots:
        things = [root, *_below(house, root)]
        deletions.append(Deletion(len(house.deletions) + 1, root, things))
        for thing in things:
            thing.deletion = deletions[-1]
    house.deletions += deletions
    alone = [root for root in roots if isinstance(root, Address)]
    for root in alone:
        heir = give_default(root.of, root.type) if root.is_default else None
        if heir:
            heir.version += 1
    _touch(alone)
    return deletions


def restore(house: "House", wanted: list[Deletion], *, with_owners: bool) -> tuple[list[Deletion], list[Deletion]]:
    """Bring deletions back. Returns which came back, and which of the wanted stay because an owner is in the bin."""
    binned = {deletion for deletion in wanted if not deletion.restored}
    if with_owners:
        while more := {held for deletion in binned for held in _held(deletion)} - binned:
            binned |= more
    able = set(binned)
    while stuck := {deletion for deletion in able if not able.issuperset(_held(deletion))}:
        able -= stuck
    back = sorted(able, key=lambda deletion: deletion.number, reverse=True)
    alone = [deletion.root for deletion in back if isinstance(deletion.root, Address)]
    for deletion in back:  # the latest first: who comes later finds a rival
        for thing in deletion.things:
            if isinstance(thing, Address) and thing.is_default and default_of(thing.of, thing.type):
                thing.is_default = False
                thing.version += 1
            thing.deletion = None
        deletion.restored = True
    for address in alone:
        heir = give_default(address.of, address.type)
        if heir:
            heir.version += 1
    _touch(alone)
    return back, [deletion for deletion in binned if deletion not in able]


def counts(deletion: Deletion) -> dict[str, int]:
    """How many rows went, by kind."""
    return Counter(
        thing.kind if isinstance(thing, Record) else type(thing).__name__.lower() for thing in deletion.things
    )


def _owners(thing: Thing) -> Iterable[Thing]:
    owner = thing.owner
    while owner is not None:
        yield owner
        owner = owner.owner


def _below(house: "House", root: Thing) -> list[Thing]:
    return [thing for thing in house.things() if thing.live and root in _owners(thing)]


def _held(deletion: Deletion) -> set[Deletion]:
    """The other deletions that hold owners of these things."""
    held = {thing.owner.deletion for thing in deletion.things if thing.owner is not None}
    return {other for other in held if other is not None and other is not deletion}


def _touch(alone: Iterable[Address]) -> None:
    """An address that goes or comes alone is a change of its owner, one for all of them."""
    for owner in {address.of for address in alone}:
        owner.version += 1
