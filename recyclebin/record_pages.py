"""Where in the admin a record is found, live or in the bin, for a room that imports no record."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from recyclebin.many import Many
from recyclebin.models import Deletion
from recyclebin.policies import RecordModel, everything, graph, type_name


@dataclass(frozen=True)
class Page:
    """The addresses of a record's page and of the list that it stands in."""

    record: str
    list: str


def page_of(deletion: Deletion) -> Page | None:
    """The page of the deletion's root or, when its type has none, of the owner below which it stands.

    Cost: no statement for a type with a page of its own, one for another.
    """
    return pages_of([deletion]).get(deletion.pk)


def pages_of(deletions: Iterable[Deletion]) -> dict[uuid.UUID, Page]:
    """The pages of many deletions' roots, without those that have none. One statement per type without own pages."""
    pages: dict[uuid.UUID, Page] = {}
    for name, group in groupby(sorted(deletions, key=lambda each: each.root_type), key=lambda each: each.root_type):
        of_type = list(group)
        app_label, _, model_name = name.partition(".")
        model = graph().by_type.get(name)
        if _page(app_label, model_name, 0):
            found = {each.root_id: _page(app_label, model_name, each.root_id) for each in of_type}
        else:
            found = _pages_of_owners(model, [each.root_id for each in of_type]) if model else {}
        pages |= {each.pk: page for each in of_type if (page := found.get(each.root_id))}
    return pages


def binned_page(model: RecordModel, pk: int, deletion: uuid.UUID) -> str:
    """The page that shows a record of this deletion as it is in the bin, to be read only."""
    opts = model._meta
    try:
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_binned", args=[pk])
    except NoReverseMatch:
        return reverse("admin:recyclebin_deletion_record", args=[deletion, type_name(model), pk])


def type_title(deletion: Deletion) -> str:
    """What the root is called: ``customer``. The stored name when the type is unknown to this version."""
    try:
        return str(apps.get_model(deletion.root_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return deletion.root_type


def _pages_of_owners(model: RecordModel, ids: list[int]) -> dict[int, Page | None]:
    links = graph().owners_of(model)
    if not links:
        return {}
    rows = everything(model).filter(pk__any_of=Many(ids)).values_list("pk", *(link.column for link in links))
    return {
        pk: _page(link.owner._meta.app_label, str(link.owner._meta.model_name), owner)
        for pk, *owners in rows
        for link, owner in zip(links, owners, strict=True)
        if owner is not None
    }


def _page(app_label: str, model_name: str, pk: int) -> Page | None:
    name = f"admin:{app_label}_{model_name}"
    try:
        return Page(record=reverse(f"{name}_change", args=[pk]), list=reverse(f"{name}_changelist"))
    except NoReverseMatch:
        return None
