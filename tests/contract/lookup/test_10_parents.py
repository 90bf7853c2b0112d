"""Checklist 10: parents by id, by pair, missing, binned; and how they read. Usergroups, and companies of contacts."""

from typing import Any

import pytest

from records.models import Record
from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.served import BY_NAME, SERVED, Served
from tests.factories import make_record, put_in_bin, rows

PAIR = {"source": "ERP", "sourceId": "B2C"}
BY_ID: Any = object()
ROW = {"source": "E", "sourceId": "1"}
EVERY_KEY = [PAIR, {"sourceId": "B2C"}, {"id": BY_ID}, {"id": BY_ID, "source": "X", "sourceId": "Y"}]


def make_parent(served: Served, tenant: Tenant, **fields: Any) -> Any:
    return make_record(BY_NAME[served.parent].model, tenant, **fields)


@pytest.fixture
def parent(served: Served, tenant_a: Tenant, tenant_b: Tenant) -> Any:
    make_parent(served, tenant_b, source="ERP", source_id="B2C", name="Theirs")
    return make_parent(served, tenant_a, source="ERP", source_id="B2C", name="Consumenten")


def key_of(parent: Record, key: dict) -> dict:
    return key | {"id": parent.pk} if "id" in key else key


def children_of(served: Served, parent: Record) -> list[str]:
    """The keys of what is stored below a parent."""
    return sorted(served.model.everything.filter(**{served.link: parent}).values_list("source_id", flat=True))


@pytest.mark.parametrize("key", EVERY_KEY)
def test_a_parent_by_id_or_pair(served: Served, caller: Caller, parent, key: dict):
    named = {"parent": key_of(parent, key)}
    for number in "34":
        make_record(served.model, parent.tenant, source="E", source_id=number)

    made = caller.post(f"/{served.name}", named | {"source": "E", "sourceId": "1"})
    patched = caller.patch(f"/{served.name}/sourceId/3", named)
    bulk = caller.bulk(served.name, [{"source": "E", "sourceId": number, **named} for number in "245"])

    assert (made.status, patched.status) == (201, 200)
    assert [(row["action"], row["success"]) for row in bulk.data] == [
        ("create", True),
        ("update", True),
        ("create", True),
    ]
    assert children_of(served, parent) == ["1", "2", "3", "4", "5"]


def test_an_integer_source_id_of_a_parent_is_its_text(served: Served, caller: Caller, tenant_a: Tenant):
    parent = make_parent(served, tenant_a, source="ERP", source_id="42")

    for index, key in enumerate(({"source": "ERP", "sourceId": 42}, {"sourceId": 42})):
        caller.bulk(served.name, [{"source": "E", "sourceId": index, "parent": key}])

    assert children_of(served, parent) == ["0", "1"]


@pytest.mark.parametrize("key", [{"id": BY_ID}, {"source": "ERP", "sourceId": "B2B"}, {"sourceId": "B2B"}])
def test_a_parent_that_is_not_there(served: Served, caller: Caller, parent, key: dict):
    above, record = BY_NAME[served.parent], make_record(served.model, parent.tenant, source="E", source_id="0")
    key = {"id": parent.pk + 1000} if "id" in key else key
    ((name, value),) = ((name, value) for name, value in key.items() if name != "source")
    error = (404, above.base + 6, f"{above.noun}NotFound", [f"{above.noun} with {name} [{value}] not found"])
    before = rows(served.model)

    assert caller.post(f"/{served.name}", {"parent": key}).error == error
    assert caller.patch(f"/{served.name}/id/{record.pk}", {"parent": key, served.text: "X"}).error == error
    assert rows(served.model) == before
    failed, other, update = caller.bulk(
        served.name, [ROW | {"parent": key}, ROW | {"sourceId": "2"}, ROW | {"sourceId": "0", "parent": key}]
    ).data
    assert failed == {
        "action": "create",
        "code": above.base + 6,
        "error": error[3][0],
        "key": "1",
        "lookupKey": "sourceId",
        "success": False,
        "type": f"{above.noun}NotFound",
    }
    assert (other["success"], update) == (True, failed | {"action": "update", "key": "0"})


def test_another_tenants_parent_is_not_there(served: Served, tenant_b: Tenant, caller: Caller):
    theirs = make_parent(served, tenant_b, source="ERP", source_id="G")

    for key in ({"id": theirs.pk}, {"source": "ERP", "sourceId": "G"}, {"sourceId": "G"}):
        assert caller.post(f"/{served.name}", {"parent": key}).code == BY_NAME[served.parent].absent
        assert caller.bulk(served.name, [ROW | {"parent": key}]).data[0]["code"] == BY_NAME[served.parent].base + 6


@pytest.mark.parametrize("key", EVERY_KEY[:3])
def test_a_parent_in_the_bin(served: Served, caller: Caller, parent, key: dict):
    put_in_bin(parent)
    above, key = BY_NAME[served.parent], key_of(parent, key)
    record = make_record(served.model, parent.tenant)
    name, value = ("id", parent.pk) if "id" in key else ("sourceId", "B2C")
    message = f"{above.noun} with {name} [{value}] is not allowed: it is in the recycle bin"

    assert caller.post(f"/{served.name}", {"parent": key}).error == (*above.binned, [message])
    assert caller.patch(f"/{served.name}/id/{record.pk}", {"parent": key}).error == (*above.binned, [message])
    failed, other = caller.bulk(served.name, [ROW | {"parent": key}, ROW | {"sourceId": "2"}]).data
    assert (failed["code"], failed["error"], failed["type"]) == (above.base + 8, message, f"{above.noun}NotAllowed")
    assert other["success"] is True
    assert children_of(served, parent) == []


def test_a_live_parent_wins_over_a_binned_one_of_the_same_source_id(served: Served, caller: Caller, parent):
    put_in_bin(make_parent(served, parent.tenant, source="OLD", source_id="B2C"))

    assert caller.post(f"/{served.name}", ROW | {"parent": {"sourceId": "B2C"}}).status == 201
    assert children_of(served, parent) == ["1"]


def test_several_parents(served: Served, caller: Caller, parent):
    make_parent(served, parent.tenant, source="POS", source_id="B2C")
    above = BY_NAME[served.parent]
    message = f"Multiple {above.name} found. Please provide additional filters"

    assert caller.post(f"/{served.name}", {"parent": {"sourceId": "B2C"}}).error == (*above.several, [message])
    failed, good = caller.bulk(
        served.name, [ROW | {"parent": {"sourceId": "B2C"}}, ROW | {"sourceId": "2", "parent": PAIR}]
    ).data
    assert (failed["code"], failed["error"], good["success"]) == (above.base + 5, message, True)
    assert children_of(served, parent) == ["2"]


def test_parents_of_every_kind_in_one_request(served: Served, tenant_a: Tenant, tenant_b: Tenant, caller: Caller):
    parents = [make_parent(served, tenant_a, source="ERP", source_id=f"G{number}") for number in range(20)]
    make_parent(served, tenant_b, source="ERP", source_id="G20")
    sent = []
    for number in range(60):
        target = number % 21
        keys: list[dict] = [
            {"source": "ERP", "sourceId": f"G{target}"},
            {"sourceId": f"G{target}"},
            {"id": parents[target].pk if target < 20 else 2**53 - 1},
        ]
        sent.append({"source": "E", "sourceId": str(number), "parent": keys[number % 3]})

    answers = caller.bulk(served.name, sent).data

    assert [row["success"] for row in answers] == [number % 21 < 20 for number in range(60)]
    stored = served.model.objects.filter(source="E").values_list("source_id", f"{served.link}__source_id")
    assert dict(stored) == {str(number): f"G{number % 21}" for number in range(60) if number % 21 < 20}


@pytest.mark.parametrize(
    "key", [{}, {"id": None}, {"sourceId": ""}, {"source": "ERP"}, {"source": "E", "sourceId": None}]
)
def test_a_parent_without_a_key(served: Served, caller: Caller, key: dict):
    message = "#/parent: a parent needs id or sourceId, or null to clear it"

    assert caller.post(f"/{served.name}", {"parent": key}).error == (400, 10017, "PayloadValidationError", [message])
    failed = caller.bulk(served.name, [ROW | {"parent": key}]).data[0]
    assert (failed["code"], failed["error"]) == (10017, message)


@pytest.mark.parametrize("value", [-1, 0, 2**53, 2**63, 10**300])
def test_ids_that_no_parent_has(served: Served, caller: Caller, value: int):
    assert caller.post(f"/{served.name}", {"parent": {"id": value}}).code == BY_NAME[served.parent].absent
    row = caller.bulk(served.name, [ROW | {"parent": {"id": value}}]).data[0]
    assert (row["success"], row["code"]) == (False, BY_NAME[served.parent].base + 6)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("B2C", "/parent: expected type: JSONObject, found: String"),
        ([], "/parent: expected type: JSONObject, found: JSONArray"),
        ({"id": "31"}, "/parent/id: expected type: Integer, found: String"),
        ({"id": 1.5}, "/parent/id: expected type: Integer, found: BigDecimal"),
        ({"sourceId": []}, "/parent/sourceId: expected type: String, found: JSONArray"),
        ({"source": 1, "sourceId": "1"}, "/parent/source: expected type: String, found: Integer"),
        ({"id": 1, "name": "x"}, "/parent: extraneous key [name] is not permitted"),
    ],
)
def test_the_shape_of_a_parent(served: Served, caller: Caller, key: object, message: str):
    error = (400, 10007, "SchemaValidationException")

    assert caller.post(f"/{served.name}", {"parent": key}).error == (*error, [f"#{message}"])
    assert caller.bulk(served.name, [ROW | {"parent": key}]).error == (*error, [f"#/{served.name}/0{message}"])


@pytest.mark.parametrize("text", ["a\x00b", "a\x1fb", "a\ud800b", "x" * 300])
def test_text_that_no_key_of_a_parent_holds(served: Served, caller: Caller, text: str):
    for key in ({"sourceId": text}, {"source": "ERP", "sourceId": text}, {"source": text, "sourceId": "1"}):
        reply = caller.post(f"/{served.name}", {"parent": key})
        assert reply.error[1] in {10005, 10007, 10017, BY_NAME[served.parent].base + 6}
    assert rows(served.model) == {}


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_clears_the_parent_and_absence_keeps_it(served: Served, caller: Caller, parent, nothing: str | None):
    for number in "12":
        make_record(served.model, parent.tenant, source="E", source_id=number, **{served.link: parent})
    path = f"/{served.name}/sourceId/1"

    assert caller.patch(path, {served.text: "X"}).status == 200
    assert caller.bulk(served.name, [ROW | {"sourceId": "2", served.text: "X"}]).data[0]["changed"] is True
    assert children_of(served, parent) == ["1", "2"]
    assert caller.patch(path, {"parent": nothing}).status == 200
    assert caller.bulk(served.name, [ROW | {"sourceId": "2", "parent": nothing}]).data[0]["changed"] is True
    assert children_of(served, parent) == []


def test_a_parent_reads_whole_and_only_when_asked(served: Served, caller: Caller, parent):
    record = make_record(served.model, parent.tenant, **{served.link: parent})
    path = f"/{served.name}/id/{record.pk}"

    plain = caller.get(path).data
    expanded = caller.get(f"{path}?expands=parent").data

    assert "parent" not in plain
    assert expanded == plain | {"parent": caller.get(f"/{served.parent}/id/{parent.pk}").data}
    assert expanded["parent"]["name"] == "Consumenten"


MEMBERS = [served for served in SERVED if served.parent == "usergroups"]


@pytest.mark.parametrize("served", MEMBERS, ids=lambda served: served.name)
def test_a_usergroup_in_the_bin_reads_as_null_and_does_no_harm(served: Served, caller: Caller, parent):
    record = make_record(served.model, parent.tenant, source="E", source_id="1", **{served.link: parent})
    put_in_bin(parent)
    path = f"/{served.name}/id/{record.pk}"

    assert caller.get(f"{path}?expands=parent").data["parent"] is None
    # Only what changes is validated: the link to the bin stays.
    assert caller.patch(path, {served.text: "X"}).status == 200
    assert caller.bulk(served.name, [ROW | {served.text: "Y"}]).data[0]["changed"] is True
    assert children_of(served, parent) == ["1"]
