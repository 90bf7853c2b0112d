"""Checklist 16: directives, in both forms, for every resource."""

from collections.abc import Callable

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.members import members_of, writable
from tests.contract.lookup.served import BY_NAME, Served
from tests.factories import make_record, rows

Form = Callable[..., object]
ROW = {"source": "E", "sourceId": "1"}


def as_object(operation: str, *fields: str) -> object:
    return {operation: list(fields)}


def as_list(operation: str, *fields: str) -> object:
    return [{"operation": operation, "fields": list(fields)}]


both_forms = pytest.mark.parametrize("form", [as_object, as_list])


def two_parents(served: Served, tenant: Tenant) -> tuple:
    return tuple(make_record(BY_NAME[served.parent].model, tenant) for _ in range(2))


def parents_of(served: Served) -> dict[str, int | None]:
    """The parent of each record that has a key, by its sourceId."""
    return dict(served.model.objects.exclude(source_id="").values_list("source_id", served.link))


@both_forms
def test_skip_if_not_empty(served: Served, caller: Caller, form: Form):
    """Every member of which something is stored stays, those of which nothing is stored are filled in."""
    every = [member.name for member in writable(served.name)]
    full = {member.name: member.sent for member in writable(served.name)}
    caller.bulk(served.name, [ROW | full, ROW | {"sourceId": "2"}])
    before = caller.get(f"/{served.name}/sourceId/1").data
    others = full | {member.name: "Other" for member in writable(served.name) if member.free}

    answers = caller.bulk(
        served.name, [ROW | others, ROW | others | {"sourceId": "2"}], directives=form("skipIfNotEmpty", *every)
    ).data

    assert [row["changed"] for row in answers] == [False, True]
    assert caller.get(f"/{served.name}/sourceId/1").data == before
    filled = caller.get(f"/{served.name}/sourceId/2").data
    expected = {member.name: "Other" if member.free else member.read for member in writable(served.name)}
    assert {name: filled[name] for name in expected} == expected


@both_forms
def test_only_the_named_members_are_kept(served: Served, caller: Caller, form: Form):
    caller.bulk(served.name, [ROW | {served.text: "Old", served.second: "Old"}])

    caller.bulk(
        served.name,
        [ROW | {served.text: "New", served.second: "New"}],
        directives=form("skipIfNotEmpty", served.second),
    )

    read = caller.get(f"/{served.name}/sourceId/1").data
    assert (read[served.text], read[served.second]) == ("New", "Old")


@both_forms
def test_skip_if_not_empty_for_the_parent(served: Served, tenant_a: Tenant, caller: Caller, form: Form):
    old, new = two_parents(served, tenant_a)
    make_record(served.model, tenant_a, source="E", source_id="1", **{served.link: old})
    make_record(served.model, tenant_a, source="E", source_id="2")
    sent = [ROW | {"sourceId": key, "parent": {"id": new.pk}} for key in "12"]

    reply = caller.bulk(served.name, sent, directives=form("skipIfNotEmpty", "parent"))

    assert [row["changed"] for row in reply.data] == [False, True]
    assert parents_of(served) == {"1": old.pk, "2": new.pk}


@both_forms
def test_skip_move_on_update(served: Served, tenant_a: Tenant, caller: Caller, form: Form):
    old, new = two_parents(served, tenant_a)
    for key, parent in (("1", old), ("2", None)):
        make_record(served.model, tenant_a, source="E", source_id=key, **{served.link: parent})
    sent = [ROW | {"sourceId": key, "parent": {"id": new.pk}} for key in "123"]

    reply = caller.bulk(served.name, [*sent, ROW | {"parent": None}], directives=form("skipMoveOnUpdate"))

    assert [(row["action"], row.get("changed")) for row in reply.data] == [
        ("update", False),
        ("update", False),
        ("create", None),
        ("update", False),
    ]
    assert parents_of(served) == {"1": old.pk, "2": None, "3": new.pk}


@both_forms
def test_skip_create(served: Served, tenant_a: Tenant, caller: Caller, form: Form):
    make_record(served.model, tenant_a, source="E", source_id="1")

    reply = caller.bulk(
        served.name,
        [ROW | {"sourceId": key, served.text: "X"} for key in "21"],
        directives=form("skipCreate"),
    )

    assert reply.data[0] == {
        "action": "create",
        "code": served.base + 6,
        "error": f"{served.noun} with sourceId [2] not found",
        "key": "2",
        "lookupKey": "sourceId",
        "success": False,
        "type": f"{served.noun}NotFound",
    }
    assert reply.data[1]["success"] is True
    assert list(served.model.objects.values_list("source_id", flat=True)) == ["1"]


def test_skip_create_by_id(served: Served, tenant_a: Tenant, caller: Caller):
    known = make_record(served.model, tenant_a)

    failed, done = caller.bulk(
        served.name, [{"id": known.pk + 9}, {"id": known.pk}], "id", directives={"skipCreate": []}
    ).data

    assert (failed["code"], failed["error"]) == (served.base + 6, f"{served.noun} with id [{known.pk + 9}] not found")
    assert (done["action"], done["success"]) == ("update", True)
    assert list(rows(served.model)) == [known.pk]


def test_several_directives_at_once(served: Served, tenant_a: Tenant, caller: Caller):
    old, new = two_parents(served, tenant_a)
    fields = {served.link: old, served.second: "Old"}
    make_record(served.model, tenant_a, source="E", source_id="1", **fields)
    sent = ROW | {"parent": {"id": new.pk}, served.second: "New", served.text: "New"}
    directives = [
        {"operation": "skipIfNotEmpty", "fields": [served.second]},
        {"operation": "skipMoveOnUpdate"},
        {"operation": "skipCreate", "fields": []},
    ]

    answers = caller.bulk(served.name, [sent, sent | {"sourceId": "2"}], directives=directives).data

    assert [(row["success"], row.get("changed"), row.get("code")) for row in answers] == [
        (True, True, None),
        (False, None, served.base + 6),
    ]
    read = caller.get(f"/{served.name}/sourceId/1?expands=parent").data
    assert (read["parent"]["id"], read[served.second], read[served.text]) == (old.pk, "Old", "New")


@pytest.mark.parametrize(
    "directives",
    [
        None,
        {},
        [],
        as_object("mergeTranslationsOnUpdate"),
        as_list("mergeTranslationsOnUpdate", "name"),
        [{"operation": "mergeTranslationsOnUpdate"}],
    ],
)
def test_directives_without_effect(served: Served, caller: Caller, directives: object):
    assert caller.bulk(served.name, [ROW], directives=directives).data[0]["success"] is True


@both_forms
def test_unknown_directives_and_fields(served: Served, caller: Caller, form: Form):
    own = {member.name for member in members_of(served.name)}
    strange = sorted({"surname", "ssn", "fullName", "taxNumber", "department", "id"} - own)

    for directives in (form("skipAll"), form(""), *(form("skipIfNotEmpty", served.second, name) for name in strange)):
        reply = caller.bulk(served.name, [ROW], directives=directives)
        assert reply.code == (400, 10017, "PayloadValidationError"), directives
    assert rows(served.model) == {}


@pytest.mark.parametrize(
    ("directives", "message"),
    [
        ("skipCreate", "#/directives: expected type: JSONObject, found: String"),
        ({"skipCreate": True}, "#/directives/skipCreate: expected type: JSONArray, found: Boolean"),
        ([{"fields": []}], "#/directives/0: required key [operation] not found"),
        ([{"operation": "skipCreate", "when": 1}], "#/directives/0: extraneous key [when] is not permitted"),
        ({"skipIfNotEmpty": [1]}, "#/directives/skipIfNotEmpty/0: expected type: String, found: Integer"),
    ],
)
def test_malformed_directives(served: Served, caller: Caller, directives: object, message: str):
    reply = caller.bulk(served.name, [ROW], directives=directives)

    assert reply.error == (400, 10007, "SchemaValidationException", [message])
