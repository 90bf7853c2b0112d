"""Checklist 4: create, get, patch, delete, in their envelopes."""

from recyclebin.models import Deletion
from tests.api.caller import Caller
from tests.contract.lookup.served import Served
from tests.factories import rows


def test_create(served: Served, caller: Caller):
    reply = caller.post(f"/{served.name}/", {served.text: "Meander", "source": "ERP", "sourceId": "KL-42"})

    record = served.model.objects.get()
    assert (reply.status, reply.headers["Location"]) == (201, f"/v2/{served.name}/id/{record.pk}")
    assert reply.headers["ETag"] == f'"{record.pk}-1"'
    assert list(reply.body) == ["data", "messages", "total"]
    assert (reply.body["messages"], reply.body["total"]) == ([f"{served.noun} created"], 1)
    assert reply.data == caller.get(f"/{served.name}/id/{record.pk}").data
    assert (reply.data["id"], reply.data[served.text]) == (record.pk, "Meander")
    assert (reply.data["source"], reply.data["sourceId"]) == ("ERP", "KL-42")


def test_create_with_nothing_in_it(served: Served, caller: Caller):
    reply = caller.post(f"/{served.name}", {})

    assert reply.status == 201
    assert (reply.data["source"], reply.data["sourceId"], reply.data[served.text]) == ("", "", "")


def test_get(served: Served, caller: Caller):
    pk = caller.post(f"/{served.name}", {served.text: "Meander", "source": "ERP", "sourceId": "KL-42"}).data["id"]

    for path in (f"/{served.name}/id/{pk}", f"/{served.name}/id/{pk}/", f"/{served.name}/sourceId/KL-42?source=ERP"):
        reply = caller.get(path)
        assert (reply.status, reply.headers["ETag"]) == (200, f'"{pk}-1"')
        assert (reply.data["id"], reply.body["messages"], reply.body["total"]) == (pk, [], 1)


def test_v1_is_the_same_api(served: Served, caller: Caller):
    older = Caller(caller.client, base="/v1")

    reply = older.post(f"/{served.name}", {served.text: "Meander"})

    assert reply.headers["Location"] == f"/v1/{served.name}/id/{reply.data['id']}"
    assert (
        older.get(f"/{served.name}/id/{reply.data['id']}").body
        == caller.get(f"/{served.name}/id/{reply.data['id']}").body
    )


def test_patch_keeps_what_is_absent_and_clears_what_is_null_or_empty(served: Served, caller: Caller):
    made = caller.post(
        f"/{served.name}", {served.text: "Meander", served.second: "D-1", "source": "E", "sourceId": "1"}
    )
    path = f"/{served.name}/id/{made.data['id']}"

    kept = caller.patch(path, {served.second: "D-2"})
    cleared = caller.patch(path, {served.text: None, served.second: ""})

    assert (kept.status, kept.body["messages"], kept.body["total"]) == (200, [f"{served.noun} updated"], 1)
    assert (kept.data[served.second], kept.data[served.text], kept.data["sourceId"]) == ("D-2", "Meander", "1")
    assert kept.headers["ETag"] == f'"{made.data["id"]}-2"'
    assert (cleared.data[served.second], cleared.data[served.text], cleared.data["sourceId"]) == ("", "", "1")
    assert cleared.data == caller.get(path).data


def test_a_patch_that_changes_nothing_leaves_no_trace(served: Served, caller: Caller):
    made = caller.post(f"/{served.name}", {served.text: "Meander"})
    before = rows(served.model)

    reply = caller.patch(f"/{served.name}/id/{made.data['id']}", {served.text: "Meander"})

    assert (reply.status, reply.data, reply.headers["ETag"]) == (200, made.data, made.headers["ETag"])
    assert rows(served.model) == before


def test_delete_goes_to_the_bin_with_its_reason(served: Served, caller: Caller):
    made = caller.post(f"/{served.name}", {served.text: "Meander", "source": "ERP", "sourceId": "KL-42"})
    before = rows(served.model)

    reply = caller.delete(f"/{served.name}/sourceId/KL-42?reason=Dubbel%20ingevoerd")

    deletion = Deletion.objects.get()
    assert (reply.status, reply.body) == (200, {"data": {}, "messages": [f"{served.noun} deleted"]})
    assert (deletion.reason, deletion.client, deletion.origin) == ("Dubbel ingevoerd", caller.client, "lookup_api")
    assert deletion.actor == str(caller.client.name)
    pk = made.data["id"]
    assert rows(served.model) == {pk: before[pk] | {"deletion_id": deletion.pk}}


def test_a_reason_has_its_limits(served: Served, caller: Caller):
    pk = caller.post(f"/{served.name}", {}).data["id"]

    for reason in ("x" * 501, "a%00b", "a%1Fb"):
        assert caller.delete(f"/{served.name}/id/{pk}?reason={reason}").code == (400, 10017, "PayloadValidationError")
    assert caller.delete(f"/{served.name}/id/{pk}?reason={'x' * 500}").status == 200
