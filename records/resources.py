"""A resource is a declaration: its model, its columns, its parent, its addresses. The machinery reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps

from records.cleaning import text
from records.models import Record

Cleaner = Callable[[Any], Any]
AllCleaner = Callable[[Sequence[str]], Sequence[Any] | None]


@dataclass(frozen=True)
class Column:
    """One writable column of a record.

    ``name`` is the column, the model attribute and the attribute of the payload struct; ``member`` the contracts'
    JSON name. ``clean`` turns a sent value into a stored one or raises ``cleaning.Invalid``. ``neutral`` is stored for
    null and "", unless the value is ``required``: then clearing is refused. ``sql`` is the type in the staging table.
    ``search`` names the field of the search text that the column feeds. ``max_length`` counts characters.
    ``clean_all`` does what ``clean`` does for a whole column of text at once, or gives None where it cannot.
    ``default_from`` names the column whose value a new record takes where this one is empty.
    """

    name: str
    member: str
    clean: Cleaner = text
    neutral: Any = ""
    sql: str = "text"
    search: str = ""
    required: bool = False
    max_length: int | None = 255
    clean_all: AllCleaner | None = None
    default_from: str = ""

    @property
    def nullable(self) -> bool:
        return self.neutral is None


@dataclass(frozen=True)
class Parent:
    """The link to a parent record: the foreign key's name and the parent's resource name."""

    field: str
    resource: str

    @property
    def column(self) -> str:
        return f"{self.field}_id"


@dataclass(frozen=True, eq=False)
class Resource:
    """What the upsert engine, the API and the admin need to know of one kind of record.

    ``name`` is the path segment (``customers``), ``noun`` the word in messages (``Customer``), ``address_field`` the
    foreign key by which addresses name this owner (``None``: it has no addresses). ``children`` names the resource of
    the records below these that ``expands`` reads along. ``numbered`` records get a debtor
    number where the tenant wants it. ``owned`` records belong to another record and are found through it.
    """

    name: str
    noun: str
    model_label: str
    columns: tuple[Column, ...]
    parent: Parent | None = None
    address_field: str | None = None
    children: str | None = None
    numbered: bool = False
    owned: bool = False

    @cached_property
    def model(self) -> type[Record]:
        return apps.get_model(self.model_label)

    @property
    def is_tree(self) -> bool:
        """Whether the parents of these records are records of the same kind."""
        return self.parent is not None and self.parent.resource == self.name

    @cached_property
    def table(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def type(self) -> str:
        """The value of ``SearchText.type``."""
        return str(self.model._meta.model_name)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


_registry: dict[str, Resource] = {}


def register(resource: Resource) -> Resource:
    """Make a resource known by its name. Each domain app does this once, in its ``contracts.py``."""
    _registry[resource.name] = resource
    return resource


def resource_named(name: str) -> Resource:
    """Errors: KeyError for a name that no app registered."""
    return _registry[name]


def resource_of(model: type[Record]) -> Resource:
    """The resource whose rows are of this model. Errors: KeyError when there is none."""
    for resource in _registry.values():
        if resource.model is model:
            return resource
    raise KeyError(model)


def searchable() -> list[Resource]:
    """The resources whose records have a search text: all but addresses, which feed their owner's."""
    return [resource for resource in _registry.values() if not resource.owned]
