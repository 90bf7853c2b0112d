"""The rules of the recycle bin in plain words, as docs/reference/recycle-bin.md prints them.

What the models declare is what is printed: nothing about a relation is written down twice.
"""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.text import get_text_list
from django.utils.translation import override

from recyclebin.policies import Graph, Link, RecordModel, graph, type_name

TEMPLATE = "recyclebin/reference.md"

_MEANINGS = {
    "along": "When the {owner} is deleted, its {rows} go along and come back with it.",
    "keep": (
        "When the {owner} is deleted, the {rows} whose {field} it is stay and keep the link. They show no {field} until"
        " it is restored."
    ),
    "block": "The {owner} cannot be deleted as long as one of its {rows} is live.",
}


@dataclass(frozen=True)
class Rule:
    """One relation: the key that holds it, what it refers to, its policy, and what that means for people."""

    link: Link
    meaning: str

    @property
    def owner(self) -> str:
        return self.link.owner._meta.label


@dataclass(frozen=True)
class Effect:
    """What deleting a record of one type does: each part is a list in words, empty when there is nothing."""

    title: str
    type: str
    along: str
    stay: str
    block: str


def page() -> str:
    """The whole reference page, as Markdown in English."""
    with override("en"):
        found = graph()
        context = {"rules": rules(found), "effects": effects(found)}
        return render_to_string(TEMPLATE, context).strip() + "\n"


def rules(found: Graph) -> list[Rule]:
    """All relations in the order of their names."""
    return [Rule(link, _meaning(link)) for link in found.links]


def effects(found: Graph) -> list[Effect]:
    """All record types, owners before the owned."""
    return [
        Effect(
            title=str(model._meta.verbose_name),
            type=type_name(model),
            along=get_text_list(_along(found, model), "and"),
            stay=get_text_list(_holding(found, model, "keep"), "and"),
            block=get_text_list(_holding(found, model, "block"), "and"),
        )
        for model in found.models
    ]


def _meaning(link: Link) -> str:
    field: Any = link.model._meta.get_field(link.field)
    words = {"owner": link.owner._meta.verbose_name, "rows": _plural(link.model), "field": field.verbose_name}
    return _MEANINGS[link.policy].format(**words) if link.policy else ""


def _along(found: Graph, model: RecordModel) -> list[str]:
    """``addresses``, ``contacts (with prices)``: what goes along, and in brackets what goes along with that."""
    parts = []
    for link in found.links:
        if link.owner is model and link.policy == "along":
            deeper = _along(found, link.model)
            parts.append(
                f"{_plural(link.model)} (with {get_text_list(deeper, 'and')})" if deeper else _plural(link.model)
            )
    return parts


def _holding(found: Graph, model: RecordModel, policy: str) -> list[str]:
    return [_plural(link.model) for link in found.links if link.owner is model and link.policy == policy]


def _plural(model: RecordModel) -> str:
    return str(model._meta.verbose_name_plural)
