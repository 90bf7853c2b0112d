"""One default address per owner and type, through deleting and restoring (lookup API contract, section 3).

Deleting a default hands it to the oldest live address left of its type. A restored default steps back when another one
has become default meanwhile; where there is none, because the default is still in the bin, the oldest restored address
takes its place. All of it, and any address that goes or comes on its own, counts as a change of the owner.

Locks: the verbs of the bin hold the owners, and who changes an address locks its owner first. So nobody else writes to
       these addresses meanwhile, whatever their ids.
Cost:  nothing unless addresses go or come on their own; then a number of statements that depends on the owner types.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from addresses.models import OWNERS, Address
from recyclebin import hooks
from recyclebin.many import Many

OWNER_COLUMNS = tuple(f"{owner}_id" for owner in OWNERS)


class Slot(NamedTuple):
    """The place of one default: an owner, as the four keys of an address, and a type."""

    owner: tuple[int | None, ...]
    type: str


def hand_on(change: hooks.Change) -> None:
    """After a delete: the oldest live address left of its type takes the place of a deleted default."""
    gone = _read(Address.everything.filter(pk__any_of=Many(change.roots.get(Address, ()))))
    _fill({slot for slot, is_default in gone if is_default})
    _change_owners(slot for slot, _ in gone)


def step_back(change: hooks.Change) -> None:
    """Before a restore: of several defaults for one place only one stays, or the unique index would refuse them.

    A live one wins. Of those that come back together the one deleted last does: it was default after the others.
    """
    restored = Address.everything.filter(pk__any_of=Many(change.roots.get(Address, ())), is_default=True)
    contested = {slot for slot, _ in _read(restored)}
    if not contested:
        return
    rivals = Address.everything.filter(is_default=True).filter(
        Q(deletion=None) | Q(deletion__any_of=Many(deletion.pk for deletion in change.deletions))
    )
    winners: dict[Slot, int] = {}
    losers = []
    ranked = _of_slots(rivals, contested).order_by(F("deletion__deleted_at").desc(nulls_first=True), "-pk")
    for pk, *owner, kind in ranked.values_list("pk", *OWNER_COLUMNS, "type"):
        if winners.setdefault(Slot(tuple(owner), kind), pk) != pk:
            losers.append(pk)
    _change(Address.everything.filter(pk__any_of=Many(losers)), is_default=False)


def take_place(change: hooks.Change) -> None:
    """After a restore: where no default came back and none was there, the oldest live address becomes it."""
    back = {slot for slot, _ in _read(Address.everything.filter(pk__any_of=Many(change.roots.get(Address, ()))))}
    _fill(back)
    _change_owners(back)


def register() -> None:
    """Tell the recycle bin. Called once, when the app is ready."""
    hooks.register(after_delete=hand_on, before_restore=step_back, after_restore=take_place)


def _fill(slots: Collection[Slot]) -> None:
    """Give each of these places that has live addresses a default, if it has none: the oldest address."""
    if not slots:
        return
    first = _of_slots(Address.objects.all(), slots).order_by(
        *OWNER_COLUMNS, "type", F("is_default").desc(), "created_at", "pk"
    )
    found = first.distinct(*OWNER_COLUMNS, "type").values_list("pk", "is_default", "type", *OWNER_COLUMNS)
    heirs = [pk for pk, is_default, kind, *owner in found if not is_default and Slot(tuple(owner), kind) in slots]
    _change(Address.objects.filter(pk__any_of=Many(heirs)), is_default=True)


def _read(addresses: QuerySet[Any]) -> list[tuple[Slot, bool]]:
    """The places of these addresses, and whether each is the default. An empty selection costs no statement."""
    rows = addresses.values_list("is_default", "type", *OWNER_COLUMNS)
    return [(Slot(tuple(owner), kind), is_default) for is_default, kind, *owner in rows]


def _of_slots(addresses: QuerySet[Any], slots: Collection[Slot]) -> QuerySet[Any]:
    """Addresses of these owners and types. It may find a type of one owner that only another one asked for."""
    owned = Q()
    for column, ids in _owner_ids(slots):
        owned |= Q(**{f"{column}__any_of": Many(ids)})
    return addresses.filter(owned, type__in={slot.type for slot in slots})


def _owner_ids(slots: Iterable[Slot]) -> list[tuple[str, set[int]]]:
    owners = {slot.owner for slot in slots}
    by_column = ((name, {owner[place] for owner in owners}) for place, name in enumerate(OWNER_COLUMNS))
    return [(name, present) for name, ids in by_column if (present := {pk for pk in ids if pk is not None})]


def _change_owners(slots: Iterable[Slot]) -> None:
    for column, ids in _owner_ids(slots):
        owner = Address._meta.get_field(column.removesuffix("_id")).related_model
        _change(owner.objects.filter(pk__any_of=Many(ids)))  # type: ignore[union-attr]


def _change(records: QuerySet[Any], **values: Any) -> None:
    """A real change: version and time of modification move with it."""
    records.update(version=F("version") + 1, modified_at=timezone.now(), **values)
