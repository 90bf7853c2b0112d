"""No page of the admin but the bin's own, and the histories, holds a word of a record in the bin."""

import json
import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from records.models import Record
from recyclebin.policies import RecordModel
from tests.integrity.leaks.world import FOREIGN, GONE, LIVE, World
from tests.records.admin_pages import errors_of, fields_of, page, shown
from tests.recyclebin.declared import LINKS, MODELS

pytestmark = pytest.mark.django_db

ADMINS = {model: model_admin for model, model_admin in admin.site._registry.items() if model in MODELS}
PICKERS = [(model, name) for model, model_admin in ADMINS.items() for name in model_admin.get_autocomplete_fields(None)]

every_admin = pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.model_name)
every_picker = pytest.mark.parametrize(("model", "name"), PICKERS, ids=lambda one: getattr(one, "__name__", one))

_history = re.compile(rb'<section[^>]*id="history".*?</section>', re.DOTALL)


def test_every_type_is_on_a_page():
    """Types without a list of their own stand on the page of their owner: one that has neither is nowhere tested."""
    below = {inline.model for model_admin in ADMINS.values() for inline in model_admin.inlines}
    assert set(ADMINS) | below == set(MODELS)


def ids(rows: list[Record]) -> list[int]:
    return sorted(row.pk for row in rows)


@every_admin
def test_the_list(world: World, staff: Client, model: RecordModel):
    response = staff.get(page(model, "changelist"))

    assert ids(shown(response)) == world.live(model)
    assert response.context_data["cl"].paginator.count == len(world.live(model))
    assert world.leaked(response.content) == set()


@every_admin
def test_the_search(world: World, staff: Client, model: RecordModel):
    for part, found in ((GONE, []), (FOREIGN, []), (LIVE, world.live(model))):
        response = staff.get(page(model, "changelist"), {"q": part})
        assert ids(shown(response)) == found
        assert world.leaked(response.content) == set()
    for pk in world.gone(model):
        for text in (world.words[model, pk], f"key{world.words[model, pk]}"):
            assert shown(staff.get(page(model, "changelist"), {"q": text})) == []


@every_admin
def test_the_page_of_a_record(world: World, staff: Client, model: RecordModel):
    for pk in world.live(model):
        response = staff.get(page(model, "change", pk))
        assert response.status_code == 200
        assert world.leaked(_history.sub(b"", response.content)) == set()
        assert pk in world.seen(response.content, model)


@every_admin
def test_what_hangs_below_stands_on_the_page_of_its_owner(world: World, staff: Client, model: RecordModel):
    inlines = {inline.model: inline for inline in ADMINS[model].inlines}
    response = staff.get(page(model, "change", world.owners[model].pk)) if model in world.owners else None
    for link in LINKS:
        if link.owner is model and link.model in inlines:
            assert response
            formset = next(
                f.formset for f in response.context_data["inline_admin_formsets"] if f.opts.model is link.model
            )
            assert [form.instance.pk for form in formset.initial_forms] == [world.hung[link].live.pk]


@every_admin
def test_the_page_of_a_record_in_the_bin_leads_away(world: World, staff: Client, model: RecordModel):
    for pk in world.gone(model):
        for name in ("change", "delete"):
            response = staff.get(page(model, name, pk))
            assert (response.status_code, world.leaked(response.content)) == (302, set())


@every_admin
def test_the_preview_of_a_deletion(world: World, staff: Client, model: RecordModel):
    """It counts and names what goes along, and nothing of what went before."""
    for pk in world.live(model):
        response = staff.get(page(model, "delete", pk))
        assert world.leaked(response.content) == set()
        along = {line.type: line.count for line in response.context_data["along"]}
        expected = {
            link.model._meta.label_lower: 1
            for link, hung in world.hung.items()
            if link.policy == "along" and type(hung.owner) is model and hung.owner.pk == pk
        }
        deeper = {
            other.model._meta.label_lower
            for link, hung in world.hung.items()
            for other in LINKS
            if link.owner is model and hung.owner.pk == pk and other.owner is link.model and other.policy == "along"
        }
        assert {name: number for name, number in along.items() if name not in deeper} == {
            name: number for name, number in expected.items() if name not in deeper
        }


@every_admin
def test_deleting_all_that_match_a_search(world: World, staff: Client, model: RecordModel):
    """The page before it counts live rows."""
    posted = {"action": "delete_selected", "select_across": "1", "_selected_action": world.live(model)[:1]}
    response = staff.post(page(model, "changelist") + f"?q={LIVE}", posted)
    assert response.context_data["own"].count == len(world.live(model))
    assert world.leaked(response.content) == set()


@every_picker
def test_pickers_offer_live_rows_of_the_tenant(world: World, staff: Client, model: RecordModel, name: str):
    target = model._meta.get_field(name).related_model
    for term, found in (("", world.live(target)), (LIVE, world.live(target)), (GONE, []), (FOREIGN, [])):
        asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
        offered: list[dict[str, Any]] = []
        more, number = True, 1
        while more:
            response = staff.get(reverse("admin:autocomplete"), asked | {"term": term, "page": number})
            assert world.leaked(response.content) == set()
            answer = json.loads(response.content)
            offered += answer["results"]
            more, number = answer["pagination"]["more"], number + 1
        assert sorted(int(one["id"]) for one in offered) == found


@every_picker
def test_an_id_that_was_posted_by_hand(world: World, staff: Client, model: RecordModel, name: str):
    target = model._meta.get_field(name).related_model
    foreign = next(record for record in world.foreign if type(record) is target)
    change = page(model, "change", world.live(model)[0])
    for pk in (world.gone(target)[0], foreign.pk):
        response = staff.post(change, fields_of(staff.get(change), **{name: str(pk)}))
        assert list(errors_of(response)) == [name]
        assert world.leaked(_history.sub(b"", response.content)) == set()


def test_the_first_page_counts_live_rows(world: World, staff: Client):
    counted = {card["link"]: card["count"] for card in staff.get(reverse("admin:index")).context_data["cards"]}
    assert counted == {page(model, "changelist"): str(len(world.live(model))) for model in ADMINS}
