"""Slowing down whoever guesses client secrets: a count per client id and address that all processes share.

It lives in a table of its own: a cache in each process would multiply the limit by the processes, and PostgreSQL is the
only server there is. Only failures write.
"""

import hashlib
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from api.models import FailedTokenRequests

LIMIT = 10
WINDOW = timedelta(minutes=5)

_COUNT = """
INSERT INTO api_failedtokenrequests AS failed (key, since, count) VALUES (%(key)s, now(), 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN failed.since < now() - make_interval(secs => %(window)s) THEN 1 ELSE failed.count + 1 END,
    since = CASE WHEN failed.since < now() - make_interval(secs => %(window)s) THEN now() ELSE failed.since END
"""
_SWEEP = """
DELETE FROM api_failedtokenrequests WHERE key IN (
    SELECT key FROM api_failedtokenrequests WHERE since < now() - make_interval(secs => %(window)s)
     ORDER BY since LIMIT 100 FOR UPDATE SKIP LOCKED)
"""


def key_of(client_id: str, address: str) -> str:
    """What stands for a client id and the address that it is tried from."""
    return hashlib.sha256(f"{address} {client_id}".encode(errors="replace")).hexdigest()


def seconds_to_wait(key: str) -> int:
    """For how many seconds no token is given out, ``0`` when one may be asked for."""
    failed = FailedTokenRequests.objects.filter(key=key, count__gte=LIMIT).first()
    left = (failed.since + WINDOW - timezone.now()).total_seconds() if failed else 0
    return max(0, int(left) + 1) if left > 0 else 0


def note_failure(key: str) -> None:
    """Count a failure, and clear some old ones away, so that the table stays small."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, {"window": WINDOW.total_seconds()})
        cursor.execute(_COUNT, {"key": key, "window": WINDOW.total_seconds()})
