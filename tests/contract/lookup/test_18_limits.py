"""Checklists 18 and 19: rows, bytes, compression and a bomb."""

import gzip
import json

from tests.api.caller import Caller
from tests.contract.lookup.served import Served

MIB = 1024 * 1024


def rows_of(count: int) -> list[dict]:
    return [{"source": "ERP", "sourceId": str(number)} for number in range(count)]


def test_18_ten_thousand_rows_are_accepted_and_one_more_is_not(served: Served, caller: Caller):
    accepted = caller.bulk(served.name, rows_of(10_000))
    refused = caller.bulk(served.name, rows_of(10_001))
    malformed = caller.bulk(served.name, [{"nonsense": 1}] * 10_001)

    assert (accepted.status, accepted.body["total"], served.model.objects.count()) == (200, 10_000, 10_000)
    assert all(row["success"] for row in accepted.data)
    message = (
        "10001 rows are over the limit of 10000 rows for one request."
        " Send smaller requests, or hand the file to an import job in the back office"
    )
    assert refused.error == malformed.error == (413, 10025, "PayloadTooLarge", [message])


def test_18_no_rows(served: Served, caller: Caller):
    reply = caller.bulk(served.name, [])

    message = f"#/{served.name}: expected minimum item count: 1, found: 0"
    assert reply.error == (400, 10007, "SchemaValidationException", [message])


def test_18_bytes(served: Served, caller: Caller):
    body = json.dumps({served.name: rows_of(1)}).encode()
    padding = 32 * MIB - len(body)

    assert caller.post(f"/{served.name}/bulk/sourceId", body + b" " * padding).status == 200
    refused = caller.post(f"/{served.name}/bulk/sourceId", body + b" " * (padding + 1))
    assert refused.code == (413, 10025, "PayloadTooLarge")
    assert "32 MiB" in refused.error[3][0]
    assert "import job" in refused.error[3][0]


def test_18_rows_that_would_take_gigabytes_of_memory(served: Served, caller: Caller):
    body = b'{"%s":[%s{}]}' % (served.name.encode(), b"{}," * (10 * MIB))

    assert caller.post(f"/{served.name}/bulk/sourceId", body).code == (413, 10025, "PayloadTooLarge")


def test_19_gzip(served: Served, caller: Caller):
    body = gzip.compress(json.dumps({served.name: rows_of(3)}).encode())

    reply = caller.post(f"/{served.name}/bulk/sourceId", body, content_encoding="gzip")

    assert (reply.status, [row["success"] for row in reply.data]) == (200, [True] * 3)


def test_19_a_bomb_is_stopped(served: Served, caller: Caller):
    bomb = gzip.compress(bytes(16 * MIB)) * 32  # half a gigabyte, in 500 KiB

    reply = caller.post(f"/{served.name}/bulk/sourceId", bomb, content_encoding="gzip")

    assert reply.code == (413, 10025, "PayloadTooLarge")


def test_19_broken_gzip(served: Served, caller: Caller):
    whole = gzip.compress(json.dumps({served.name: rows_of(3)}).encode())

    for broken in (b"", b"{}", whole[:-9], whole + b"rest", whole[:10] + b"\xff" * 20):
        reply = caller.post(f"/{served.name}/bulk/sourceId", broken, content_encoding="gzip")
        assert reply.code == (400, 10005, "InvalidJSONPayload")
