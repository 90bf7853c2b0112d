"""Checklists 18 and 19 for bulks of addresses: rows, compression, and a bomb."""

import gzip
import json

from addresses.models import Address
from tests.contract.lookup.below import HOME, Below


def rows_of(count: int) -> list[dict]:
    return [HOME | {"code": str(number)} for number in range(count)]


def test_18_ten_thousand_rows_are_accepted_and_one_more_is_not(book: Below):
    others = Address.objects.count()

    accepted = book.bulk(*rows_of(10_000))
    refused, malformed = book.bulk(*rows_of(10_001)), book.bulk(*[{"nonsense": 1}] * 10_001)

    assert (accepted.status, accepted.body["total"], Address.objects.count() - others) == (200, 10_000, 10_000)
    assert all(row["action"] == "create" and row["success"] for row in accepted.data)
    message = (
        "10001 rows are over the limit of 10000 rows for one request."
        " Send smaller requests, or hand the file to an import job in the back office"
    )
    assert refused.error == malformed.error == (413, 10025, "PayloadTooLarge", [message])


def test_18_no_rows(book: Below):
    message = "#/addresses: expected minimum item count: 1, found: 0"
    assert book.bulk().error == (400, 10007, "SchemaValidationException", [message])


def test_18_bytes(book: Below):
    body = json.dumps({"addresses": rows_of(1)}).encode()
    body += b" " * (32 * 1024 * 1024 - len(body) + 1)

    assert book.caller.post(f"{book.path}/bulk", body).code == (413, 10025, "PayloadTooLarge")
    assert book.stored == {}


def test_19_gzip(book: Below):
    body = gzip.compress(json.dumps({"addresses": rows_of(3)}).encode())

    reply = book.caller.post(f"{book.path}/bulk", body, content_encoding="gzip")

    assert (reply.status, [row["success"] for row in reply.data]) == (200, [True] * 3)
    single = book.caller.post(book.path, gzip.compress(json.dumps(HOME).encode()), content_encoding="gzip")
    assert single.status == 201


def test_19_a_bomb_is_stopped(book: Below):
    bomb = gzip.compress(bytes(16 * 1024 * 1024)) * 32  # half a gigabyte, in 500 KiB

    for path in (book.path, f"{book.path}/bulk"):
        assert book.caller.post(path, bomb, content_encoding="gzip").code == (413, 10025, "PayloadTooLarge")
