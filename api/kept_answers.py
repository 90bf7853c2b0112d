"""Emptying kept answers that show a record which was deleted for good since (``api.idempotency`` keeps them).

Such an answer stays: without it the same request, sent again, would be done a second time. What is left of it says that
it was done, and why it no longer shows what it once did.
"""

import re
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from api.idempotency import KEPT_FOR
from api.responses import encode

AT_ONCE = 500
"""How many answers are read at a time: one of a bulk takes a megabyte."""

MESSAGE = "Done before. What this answer showed was deleted permanently since"

_IDS = re.compile(rb'"id":(\d+)')
_KEYS = re.compile(rb'"(?:sourceId|key)":"((?:[^"\\]|\\.)*)"')

_OF_TENANT = "client_id IN (SELECT id FROM tenants_apiclient WHERE tenant_id = %s)"
_EXPIRED = f"DELETE FROM api_keptanswer WHERE {_OF_TENANT} AND created_at <= now() - %s::interval"  # noqa: S608
_KEPT = f"SELECT digest, body FROM api_keptanswer WHERE {_OF_TENANT} AND created_at <= %s"  # noqa: S608
_EMPTY = """
UPDATE api_keptanswer SET body = emptied.body
  FROM unnest(%s::bytea[], %s::bytea[]) AS emptied(digest, body) WHERE api_keptanswer.digest = emptied.digest
"""


def forget(*, tenant: int, ids: Collection[int], keys: Collection[str], kept_until: datetime) -> int:
    """Empty the tenant's answers that name any of these ids or keys, and remove those that have expired.

    Takes: ``kept_until``, when the records went out of sight: later answers show nothing of them.
    Gives: how many were emptied. An id is compared whatever it is the id of, so one answer too many may be among them.
    Cost:  nothing is stored about which answer shows which record, so those of a day at most are read and searched.
           For records that went to the bin before that there are none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED, [tenant, KEPT_FOR])
        cursor.execute(_KEPT, [tenant, kept_until])
        named = [
            (digest, zlib.compress(_emptied(body), 1)) for digest, body in _unpacked(cursor) if _names(body, ids, keys)
        ]
        if named:
            cursor.execute(_EMPTY, [[digest for digest, _ in named], [body for _, body in named]])
    return len(named)


def _unpacked(cursor: Any) -> Iterator[tuple[bytes, bytes]]:
    while rows := cursor.fetchmany(AT_ONCE):
        yield from ((bytes(digest), zlib.decompress(body)) for digest, body in rows)


def _names(body: bytes, ids: Collection[int], keys: Collection[str]) -> bool:
    if any(int(found) in ids for found in _IDS.findall(body)):
        return True
    return any(msgspec.json.decode(b'"%s"' % found) in keys for found in _KEYS.findall(body))


def _emptied(body: bytes) -> bytes:
    """The envelope without what it held: an object stays an object and a list a list."""
    told = msgspec.json.decode(body)
    data = told.get("data") if isinstance(told, dict) else None
    return encode({"data": [] if isinstance(data, list) else {}, "messages": [MESSAGE], "total": 0})
