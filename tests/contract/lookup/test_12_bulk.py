"""Checklists 12 to 15: mixed bulks, rows that share a key, dry runs, unknown ids."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import Served
from tests.factories import make_record, put_in_bin, rows


def succeeded(action: str, pk: int | None, key: object, lookup_key: str = "sourceId", **more: bool) -> dict:
    return {"action": action, "id": pk, "key": key, "lookupKey": lookup_key, "success": True} | more


def test_12_create_update_unchanged_and_failed_in_one_request(served: Served, tenant_a: Tenant, caller: Caller):
    changed = make_record(served.model, tenant_a, source="ERP", source_id="1")
    same = make_record(served.model, tenant_a, source="ERP", source_id="2", **{served.second: "D"})
    put_in_bin(make_record(served.model, tenant_a, source="ERP", source_id="3"))
    before = rows(served.model)

    reply = caller.bulk(
        served.name,
        [
            {"source": "ERP", "sourceId": "3", served.second: "A"},
            {"source": "ERP", "sourceId": 4, served.second: "B"},
            {"source": "ERP", "sourceId": "1", served.second: "C"},
            {"source": "ERP", "sourceId": "2", served.second: "D"},
            {"source": "ERP", "sourceId": "5", **served.faulty},
            {"source": "ERP"},
            {"sourceId": "6"},
            {"source": "ERP", "sourceId": ""},
            {"source": "ERP", "sourceId": 10**300},
        ],
    )

    created = served.model.objects.get(source_id="4")
    assert (reply.status, list(reply.body), reply.body["messages"]) == (
        200,
        ["data", "messages", "total"],
        ["Completed"],
    )
    assert reply.body["total"] == 9
    assert reply.data[1:4] == [
        succeeded("create", created.pk, 4),
        succeeded("update", changed.pk, "1", changed=True),
        succeeded("update", same.pk, "2", changed=False),
    ]
    failed = [(row["action"], row["code"], row["type"], row["key"]) for row in reply.data if not row["success"]]
    assert failed == [
        ("update", served.base + 8, f"{served.noun}NotAllowed", "3"),
        ("create", 10017, "PayloadValidationError", "5"),
        ("create", 10016, "LookupKeyNotFound", None),
        ("create", 10016, "LookupKeyNotFound", "6"),
        ("create", 10016, "LookupKeyNotFound", ""),
        ("create", 10017, "PayloadValidationError", 10**300),
    ]
    assert [list(row) for row in reply.data if not row["success"]] == [
        ["action", "code", "error", "key", "lookupKey", "success", "type"]
    ] * 6
    after = rows(served.model)
    assert {pk for pk in after if after[pk] != before.get(pk)} == {changed.pk, created.pk}


def test_13_rows_that_share_a_key_are_applied_in_order(served: Served, caller: Caller):
    rows_sent = [
        {"source": "ERP", "sourceId": "1", served.text: "Eerst", served.second: "A"},
        {"source": "ERP", "sourceId": "1", **served.faulty},
        {"source": "ERP", "sourceId": 1, served.text: "Daarna"},
        {"source": "ERP", "sourceId": "1", served.text: "Daarna"},
    ]

    reply = caller.bulk(served.name, rows_sent)

    record = served.model.objects.get()
    assert [(row["action"], row["success"], row.get("changed"), row["key"]) for row in reply.data] == [
        ("create", True, None, "1"),
        ("update", False, None, "1"),
        ("update", True, True, 1),
        ("update", True, False, "1"),
    ]
    assert caller.get(f"/{served.name}/id/{record.pk}").data[served.text] == "Daarna"
    assert (getattr(record, served.second), record.version) == ("A", 1)


def test_14_a_dry_run_says_the_same_and_writes_nothing(served: Served, tenant_a: Tenant, caller: Caller):
    make_record(served.model, tenant_a, source="ERP", source_id="1")
    before = rows(served.model)
    sent = [
        {"source": "ERP", "sourceId": "1", served.second: "C"},
        {"source": "ERP", "sourceId": "2"},
        {"source": "ERP", "sourceId": "3", **served.faulty},
    ]

    dry = caller.bulk(served.name, sent, query="?dryRun=true")

    assert rows(served.model) == before
    wet = caller.bulk(served.name, sent, query="?dryRun=false")
    assert dry.data == [wet.data[0], wet.data[1] | {"id": None}, wet.data[2]]
    assert dry.body["messages"] == ["Completed"]


def test_14_a_dry_run_that_is_misspelt_is_refused(served: Served, caller: Caller):
    reply = caller.bulk(served.name, [{"source": "ERP", "sourceId": "1"}], query="?dryRun=yes")

    assert reply.error == (400, 10017, "PayloadValidationError", ["dryRun [yes] must be true or false"])
    assert rows(served.model) == {}


def test_15_an_unknown_id_is_created_with_that_id(served: Served, caller: Caller):
    reply = caller.bulk(served.name, [{"id": 5000, served.second: "A"}, {served.second: "B"}], "id")

    assert reply.data[0] == succeeded("create", 5000, 5000, "id")
    assert (reply.data[1]["code"], reply.data[1]["key"], reply.data[1]["lookupKey"]) == (10016, None, "id")
    assert list(rows(served.model)) == [5000]
    # The sequence has moved past it.
    assert caller.post(f"/{served.name}", {}).data["id"] > 5000


@pytest.mark.parametrize("pk", [0, -1, 2**53, 2**63, 10**30, 10**10])
def test_15_ids_have_a_range(served: Served, caller: Caller, pk: int):
    row = caller.bulk(served.name, [{"id": pk}], "id").data[0]

    assert (row["success"], row["code"], row["key"]) == (False, 10017, pk)
    assert rows(served.model) == {}


def test_15_choosing_ids_needs_a_scope(served: Served, tenant_a: Tenant, caller: Caller):
    known = make_record(served.model, tenant_a)
    scopes = [scope for scope in caller.client.scopes if scope != "ids:choose"]

    reply = make_caller(tenant_a, *scopes).bulk(served.name, [{"id": known.pk}, {"id": known.pk + 1000}], "id")

    assert [(row["success"], row.get("code"), row.get("type")) for row in reply.data] == [
        (True, None, None),
        (False, 10022, "Forbidden"),
    ]
