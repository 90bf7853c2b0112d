"""A record's values for people, for types that have no page of their own."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.db import models
from django.utils.text import capfirst

from recyclebin.policies import graph

_NOT_TOLD = frozenset({"id", "tenant", "deletion", "version", "uid", "erased_at"})


@dataclass(frozen=True)
class Fact:
    """The name of a column and its value as the admin shows it."""

    name: str
    value: str


def facts_of(record: models.Model) -> tuple[Fact, ...]:
    """The columns that hold something, in the order of the model. Its owner is named by its label."""
    facts = []
    for field in record._meta.concrete_fields:
        value = getattr(record, field.attname)
        if field.name in _NOT_TOLD or value in (None, "", False):
            continue
        facts.append(Fact(str(capfirst(str(field.verbose_name))), _shown(record, field, value)))
    return tuple(facts)


def _shown(record: models.Model, field: Any, value: Any) -> str:
    if field.related_model in graph().models:
        # The owner may be in the bin as well, which the key follows and no list does.
        return str(getattr(getattr(record, field.name), "label", value))
    return str(display_for_field(value, field, "-"))
