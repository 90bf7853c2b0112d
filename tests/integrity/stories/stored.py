"""What is stored and what is on paper, in one form."""

from collections import defaultdict
from typing import Any

from addresses.models import Address
from contacts.models import Company, Contact
from customers.models import Customer
from pricing.models import Price
from recyclebin.models import Deletion
from tenants.models import Tenant
from tests.integrity.paper import bin
from tests.integrity.paper.house import House
from tests.integrity.paper.things import KINDS, Thing
from tests.integrity.paper.things import Deletion as PaperDeletion
from tests.integrity.paper.things import Record as PaperRecord
from users.models import User, Usergroup

MODELS: dict[str, Any] = {
    "usergroups": Usergroup,
    "companies": Company,
    "contacts": Contact,
    "customers": Customer,
    "users": User,
}
OWNERS = {"usergroup": "usergroups", "company": "companies", "customer": "customers", "user": "users"}
"""Who has addresses, by the name of the key."""

LINKS = {"usergroups": "parent_id", "contacts": "company_id"}
ADDRESS_COLUMNS = ("type", "city", "country", "code", "street", "is_default")

Place = tuple[Any, ...]
State = dict[Place, tuple[Any, ...]]
Ids = dict[PaperDeletion, Any]


def stored(tenant: Tenant) -> tuple[State, dict[Place, tuple[int, Any]]]:
    """Everything of a tenant as it is stored, and the version and time of the last change of each."""
    state: State = {}
    times: dict[Place, tuple[int, Any]] = {}
    for kind, model in MODELS.items():
        columns = [column for column, _ in KINDS[kind].members.values()]
        for row in model.everything.filter(tenant=tenant).values():
            values = tuple(row[column] for column in columns)
            state[kind, row["id"]] = (*_common(row), values, row[LINKS.get(kind, "usergroup_id")])
            times[kind, row["id"]] = row["version"], row["modified_at"]
    for row in Address.everything.filter(tenant=tenant).values():
        values = tuple(row[name] for name in ADDRESS_COLUMNS)
        state["address", row["id"]] = (*_common(row), values, _owner(row))
        times["address", row["id"]] = row["version"], row["modified_at"]
    for row in Price.everything.filter(tenant=tenant).values():
        place = "price", *_owner(row), row["shop_id"], row["target_id"]
        state[place] = (row["version"], row["deletion_id"], float(row["price"]))
    for deletion in Deletion.objects.filter(tenant=tenant):
        counts = {_KIND_OF[name]: count for name, count in deletion.counts.items()}
        state["deletion", deletion.pk] = (deletion.state, counts)
    return state, times


def on_paper(house: House, ids: Ids) -> State:
    """The same, as it is on paper."""
    state: State = {}
    for record in house.records:
        values = tuple(record.values[column] for column, _ in KINDS[record.kind].members.values())
        parent = record.parent.id if record.parent else None
        owner = record.kind, record.id
        state[owner] = (record.version, _bin(record, ids), record.pair, values, parent)
        for address in record.addresses:
            values = tuple(getattr(address, name) for name in ADDRESS_COLUMNS)
            state["address", address.id] = (address.version, _bin(address, ids), address.pair, values, owner)
        for price in record.prices:
            state["price", *owner, price.shop, price.product] = (price.version, _bin(price, ids), price.price)
    for deletion in house.deletions:
        told = "restored" if deletion.restored else "binned"
        state["deletion", ids[deletion]] = (told, bin.counts(deletion))
    return state


def adopt_addresses(house: House, state: State) -> None:
    """Learn the ids of new addresses on paper: those of an owner are in the order of their creation."""
    found: dict[Any, list[int]] = defaultdict(list)
    for (kind, *rest), values in state.items():
        if kind == "address":
            found[values[-1]].append(rest[0])
    for record in house.records:
        for address, pk in zip(record.addresses, sorted(found[record.kind, record.id]), strict=True):
            assert address.id in (0, pk)
            address.id = pk


def type_of(thing: Thing) -> str:
    """What a deletion calls the type of its root."""
    model = MODELS[thing.kind] if isinstance(thing, PaperRecord) else Address
    return str(model._meta.label_lower)


def _common(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["version"], row["deletion_id"], (row["source"], row["source_id"])


def _owner(row: dict[str, Any]) -> tuple[str, int]:
    keys = {**OWNERS, "contact": "contacts"}
    return next((kind, row[f"{name}_id"]) for name, kind in keys.items() if row.get(f"{name}_id"))


def _bin(thing: Thing, ids: Ids) -> Any:
    return ids[thing.deletion] if thing.deletion else None


_KIND_OF = {
    **{model._meta.label_lower: kind for kind, model in MODELS.items()},
    "addresses.address": "address",
    "pricing.price": "price",
}
"""What the paper calls the types of a deletion's counts."""
