"""Where in the admin a restored record is found, for a room that imports no record."""

from dataclasses import dataclass

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from recyclebin.models import Deletion
from recyclebin.policies import everything, graph


@dataclass(frozen=True)
class Page:
    """The addresses of a record's page and of the list that it stands in."""

    record: str
    list: str


def page_of(deletion: Deletion) -> Page | None:
    """The page of the deletion's root or, when its type has none, of the owner below which it stands.

    Cost: no statement for a type with a page of its own, one for another.
    """
    app_label, _, model_name = deletion.root_type.partition(".")
    if page := _page(app_label, model_name, deletion.root_id):
        return page
    model = graph().by_type.get(deletion.root_type)
    links = graph().owners_of(model) if model else ()
    if model is None or not links:
        return None
    row = everything(model).filter(pk=deletion.root_id).values_list(*(link.column for link in links)).first()
    for link, owner in zip(links, row or (), strict=False):
        if owner is not None:
            return _page(link.owner._meta.app_label, str(link.owner._meta.model_name), owner)
    return None


def type_title(deletion: Deletion) -> str:
    """What the root is called: ``customer``. The stored name when the type is unknown to this version."""
    try:
        return str(apps.get_model(deletion.root_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return deletion.root_type


def _page(app_label: str, model_name: str, pk: int) -> Page | None:
    name = f"admin:{app_label}_{model_name}"
    try:
        return Page(record=reverse(f"{name}_change", args=[pk]), list=reverse(f"{name}_changelist"))
    except NoReverseMatch:
        return None
