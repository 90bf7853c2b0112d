"""Which tables hold records, how they hang together, and what a deletion does along each link (design section 5).

This room imports no record. It knows a record table by its foreign key ``deletion``, and reads ``bin_policies`` of the
model that holds a foreign key to a record: ``along`` (goes to the bin with its owner), ``keep`` (stays, and keeps the
link) or ``block`` (forbids deleting the owner). A new record type joins by declaring both. Event tables copy the
columns of a record, these keys among them; they are history, which outlives the row, so all of their keys keep.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import models

from recyclebin.models import Deletion

POLICIES = ("along", "keep", "block")

RecordModel = type[models.Model]


@dataclass(frozen=True)
class Link:
    """A foreign key to a record. ``policy`` is what its table declares for it, ``None`` when it declares nothing."""

    model: RecordModel
    field: str
    owner: RecordModel
    policy: str | None

    @property
    def column(self) -> str:
        return f"{self.field}_id"

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.field}"


@dataclass(frozen=True)
class Graph:
    """All record tables in the order of their locks, and all links to them.

    ``loops`` are ``along`` links that close a circle, ``strays`` declared policies that belong to no link.
    """

    models: tuple[RecordModel, ...]
    links: tuple[Link, ...]
    loops: tuple[Link, ...] = ()
    strays: tuple[tuple[RecordModel, str], ...] = ()

    def owners_of(self, model: RecordModel) -> tuple[Link, ...]:
        """The links by which rows of this table go along with an owner."""
        return tuple(link for link in self.links if link.model is model and link.policy == "along")

    def blockers_of(self, model: RecordModel) -> tuple[Link, ...]:
        """The links that forbid deleting a row of this table while something live holds them."""
        return tuple(link for link in self.links if link.owner is model and link.policy == "block")

    def taken_by(self, roots: Iterable[RecordModel]) -> tuple[RecordModel, ...]:
        """The tables that a deletion of such roots can reach, theirs included, owners before the owned."""
        reached = set(roots)
        for model in self.models:
            if any(link.owner in reached for link in self.owners_of(model)):
                reached.add(model)
        return tuple(model for model in self.models if model in reached)

    @cached_property
    def by_type(self) -> dict[str, RecordModel]:
        """Record tables by the name that a deletion keeps of them."""
        return {type_name(model): model for model in self.models}


@cache
def graph() -> Graph:
    """The graph of the installed apps; it does not change while a process runs."""
    return graph_of(apps.get_models(include_auto_created=True))


def graph_of(every: Iterable[RecordModel]) -> Graph:
    """The graph of some models: which of them hold records, and how these hang together."""
    every = [model for model in every if not issubclass(model, pghistory.models.Event)]
    records = sorted((model for model in every if _is_record(model)), key=type_name)
    links = sorted(_links(every, frozenset(records)), key=str)
    above, loops = _owners_above(records, links)

    def place(model: RecordModel) -> tuple[int, int, str]:
        # Among tables of one depth, one that more tables own comes later; the name settles the rest.
        return _depth(model, above), len(above[model]), type_name(model)

    known = {(link.model, link.field) for link in links}
    strays = [(model, name) for model in every for name in _policies(model) if (model, name) not in known]
    return Graph(tuple(sorted(records, key=place)), tuple(links), tuple(loops), tuple(strays))


def type_name(model: RecordModel) -> str:
    """``app_label.model``: what ``Deletion.root_type`` and the keys of ``Deletion.counts`` hold."""
    return model._meta.label_lower


def everything(model: RecordModel) -> models.QuerySet[Any]:
    """All rows of a table, those in the bin too; of a table that holds no records, simply all."""
    return getattr(model, "everything", model._base_manager).all()


def _is_record(model: RecordModel) -> bool:
    return any(field.name == "deletion" and field.related_model is Deletion for field in model._meta.local_fields)


def _policies(model: RecordModel) -> dict[str, str]:
    return getattr(model, "bin_policies", {})


def _links(every: Iterable[RecordModel], records: frozenset[RecordModel]) -> Iterable[Link]:
    for model in every:
        for field in model._meta.local_fields:
            if field.related_model in records:
                yield Link(model, field.name, field.related_model, _policies(model).get(field.name))


def _owners_above(
    records: list[RecordModel], links: list[Link]
) -> tuple[dict[RecordModel, set[RecordModel]], list[Link]]:
    """For each table the tables to lock before it, and the ``along`` links that make this impossible.

    Links that keep are followed too, as far as they close no circle with the others: a company may name its main
    contact although contacts belong to companies.
    """
    above: dict[RecordModel, set[RecordModel]] = {model: set() for model in records}
    loops = []
    for link in sorted(links, key=lambda link: link.policy != "along"):
        if link.model not in above:
            continue
        if link.model in _reach(link.owner, above):
            if link.policy == "along":
                loops.append(link)
        else:
            above[link.model].add(link.owner)
    return above, loops


def _reach(model: RecordModel, above: dict[RecordModel, set[RecordModel]]) -> set[RecordModel]:
    return {model}.union(*(_reach(owner, above) for owner in above[model]))


def _depth(model: RecordModel, above: dict[RecordModel, set[RecordModel]]) -> int:
    return max((1 + _depth(owner, above) for owner in above[model]), default=0)
