"""No answer of the lookup API holds a word of a record in the bin, whichever way it is asked for."""

from typing import Any

import pytest

from backoffice.urls import RESOURCES
from records.api import RecordViewSet
from records.filter_requests import filter_members
from records.models import Record
from records.resources import Resource
from tests.api.caller import Caller
from tests.integrity.leaks.world import FOREIGN, GONE, LIVE, World, phone_of
from tests.recyclebin.declared import LINKS

pytestmark = pytest.mark.django_db

EXPANDED = "expands=sources,parent,addresses,contacts"
READ = {"collection", "search", "export", "item", "changes", "addresses", "addresses/member"}
"""The endpoints that answer with what is stored; each is asked below, exports and feeds in ``test_exports``."""
WRITTEN = {"bulk", "addresses/bulk", "pricing"}
"""Those that answer with what was sent."""


@pytest.fixture(params=RESOURCES, ids=lambda viewset: viewset.resource.name)
def resource(request: pytest.FixtureRequest) -> Resource:
    return request.param.resource


@pytest.fixture(params=RESOURCES, ids=lambda viewset: viewset.resource.name)
def viewset(request: pytest.FixtureRequest) -> type[RecordViewSet]:
    return request.param


def test_every_endpoint_is_looked_at(viewset: type[RecordViewSet]):
    _, endpoints = viewset.endpoints()
    assert set(endpoints.views) - READ - WRITTEN == set()


def ids(data: list[dict[str, Any]]) -> list[int]:
    return sorted(row["id"] for row in data)


def test_the_list(world: World, caller: Caller, resource: Resource):
    reply = caller.get(f"/{resource.name}?offset=1000&{EXPANDED}")

    assert world.leaked(reply.content) == set()
    assert ids(reply.data) == world.live(resource.model)
    assert (reply.body["itemsFound"], reply.body["total"]) == (len(reply.data), len(reply.data))


def test_the_list_by_cursor(world: World, caller: Caller, resource: Resource):
    for sort in ("id", "-dateModified"):
        found, query = [], f"offset=2&sort={sort}"
        while query:
            reply = caller.get(f"/{resource.name}?{query}&{EXPANDED}")
            assert world.leaked(reply.content) == set()
            found += ids(reply.data)
            query = reply.body["next"] and f"sort={sort}&cursor={reply.body['next']}"
        assert sorted(found) == world.live(resource.model)


def filters(world: World, record: Record, resource: Resource) -> dict[str, Any]:
    """Each filter of the resource with a value that this record has."""
    text = world.word(record)
    return {
        "ids": [record.pk],
        "sourceIds": [f"key{text}"],
        "source": "ERP",
        "debtorIds": [text],
        "email": f"{text}@people.example",
        "phone": phone_of(text),
        "name": text,
        "query": text,
        "primaryLanguage": "NL",
        "parent": {"id": getattr(record, resource.parent.column)} if resource.parent else None,
        "dateCreated": {"from": "2000-01-01"},
        "dateModified": {"from": "2000-01-01"},
    }


WIDE = {"source", "parent", "primaryLanguage", "dateCreated", "dateModified"}
"""Filters that several records pass."""


def test_every_filter(world: World, caller: Caller, resource: Resource):
    live, gone = world.live(resource.model), world.gone(resource.model)
    for pk in [*live, *gone]:
        record = world.record(resource.model, pk)
        sent = filters(world, record, resource)
        for name in filter_members(resource):  # a filter that joins later is asked for a value here
            if name == "parent" and sent[name]["id"] is None:
                continue
            reply = caller.post(f"/{resource.name}/search", {name: sent[name], "offset": 1000, "expands": "parent"})
            assert world.leaked(reply.content) == set(), name
            if name == "parent" and reply.status != 200:
                # A parent in the bin is told to be there, and nothing of it.
                assert reply.code[1] % 10 == 8
                assert sent[name]["id"] in world.gone(
                    resource.model._meta.get_field(resource.parent.field).related_model
                )
            elif name not in WIDE:
                assert ids(reply.data) == ([pk] if pk in live else []), name
            else:
                assert set(ids(reply.data)) <= set(live), name
                assert pk in ids(reply.data) or pk in gone or name == "primaryLanguage", name


def test_words_of_many_records(world: World, caller: Caller, resource: Resource):
    """The city of an address in the bin finds no owner, a part of a word no record in the bin."""
    for part, found in ((GONE, []), (FOREIGN, []), (LIVE, world.live(resource.model))):
        reply = caller.post(f"/{resource.name}/search", {"query": part, "offset": 1000})
        assert (ids(reply.data), reply.body["itemsFound"]) == (found, len(found))


def test_single_records(world: World, caller: Caller, resource: Resource):
    for pk in world.live(resource.model):
        for path in (f"id/{pk}", f"sourceId/key{world.words[resource.model, pk]}"):
            reply = caller.get(f"/{resource.name}/{path}?{EXPANDED}")
            assert (reply.data["id"], world.leaked(reply.content)) == (pk, set())
            assert world.seen(reply.content, resource.model) >= {pk}
    for pk in world.gone(resource.model):
        text = world.words[resource.model, pk]
        reply = caller.get(f"/{resource.name}/id/{pk}?{EXPANDED}")
        assert (reply.code[1] % 10, world.leaked(reply.content)) == (8, set())
        reply = caller.get(f"/{resource.name}/sourceId/key{text}?{EXPANDED}")
        assert (reply.code[1] % 10, world.leaked(reply.content)) == (8, {text})  # the key, which the caller sent


def test_the_parent(world: World, caller: Caller, resource: Resource):
    """A live parent is expanded, one in the bin reads null."""
    assert resource.parent
    field = resource.model._meta.get_field(resource.parent.field)
    for hung in (
        hung for link, hung in world.hung.items() if link.model is resource.model and link.field == field.name
    ):
        assert caller.get(f"/{resource.name}/id/{hung.live.pk}?expands=parent").data["parent"]["id"] == hung.owner.pk
        if hung.link.policy == "keep":
            assert caller.get(f"/{resource.name}/id/{hung.orphan.pk}?expands=parent").data["parent"] is None


EXPANSIONS = {"addresses.Address": "addresses", "contacts.Contact": "contacts"}
"""What is read along with its owner, by type. Prices are read by nobody over this API."""


@pytest.mark.parametrize("link", [link for link in LINKS if link.policy == "along"], ids=str)
def test_what_hangs_below(world: World, caller: Caller, link: Any):
    hung = world.hung[link]
    owner = next(viewset.resource for viewset in RESOURCES if viewset.resource.model is link.owner)
    reply = caller.get(f"/{owner.name}/id/{hung.owner.pk}?{EXPANDED}")

    name = EXPANSIONS.get(link.model._meta.label)
    below = sorted(row["id"] for row in reply.data.get(name, []))
    assert below == ([] if name is None else [hung.live.pk])
    assert world.leaked(reply.content) == set()


def test_addresses_on_their_own(world: World, caller: Caller):
    for hung in (hung for link, hung in world.hung.items() if link.model._meta.label == "addresses.Address"):
        owner = next(viewset.resource for viewset in RESOURCES if viewset.resource.model is hung.link.owner)
        below = f"/{owner.name}/id/{hung.owner.pk}/addresses"
        for query in ("", "?type=delivery"):
            reply = caller.get(f"{below}{query}")
            assert (ids(reply.data), reply.body["total"], world.leaked(reply.content)) == ([hung.live.pk], 1, set())
        assert caller.get(f"{below}/{hung.live.pk}").data["id"] == hung.live.pk
        refused = [caller.get(f"{below}/{hung.gone.pk}")]
        refused += [
            caller.get(f"/{owner.name}/id/{hung.gone_owner.pk}/addresses{end}") for end in ("", f"/{hung.orphan.pk}")
        ]
        for reply in refused:
            assert (reply.code[1] % 10, world.leaked(reply.content)) == (8, set())
