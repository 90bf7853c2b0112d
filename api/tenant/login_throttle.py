"""Slowing down whoever guesses passwords at a till (tenant API contract, section 2.2), over all processes.

Failures are counted by device and user code, and by device. What is kept are the moments of the failures, so the limits
hold for any 15 minutes. An attempt is written down before the password is looked at and struck out when it was right:
twenty attempts at once are twenty. Rows are locked in one order, the device's first, for as long as it takes to count.
"""

import hashlib
import math
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from api.tenant import catalogue
from api.tenant.problems import Problem

OF_PAIR = 5
OF_DEVICE = 30
WINDOW = timedelta(minutes=15)

_READ = """
INSERT INTO api_loginattempts AS kept (key, failures, until) VALUES (%s, '{}', statement_timestamp())
ON CONFLICT (key) DO UPDATE SET until = kept.until RETURNING failures, statement_timestamp()
"""
_NOTE = "UPDATE api_loginattempts SET failures = %s::timestamptz[], until = %s WHERE key = %s"
_FORGET = """
WITH cleared AS (DELETE FROM api_loginattempts WHERE key = %(pair)s)
UPDATE api_loginattempts SET failures = array_remove(failures, %(at)s::timestamptz) WHERE key = %(device)s
"""
_SWEEP = """
DELETE FROM api_loginattempts WHERE key IN (
    SELECT key FROM api_loginattempts WHERE until < statement_timestamp() - interval '1 hour'
     ORDER BY until LIMIT 100 FOR UPDATE SKIP LOCKED)
"""


class Attempt(NamedTuple):
    """A login that was let through to the password."""

    device: bytes
    pair: bytes
    at: datetime


def begin(device: int, user_code: str) -> Attempt:
    """Count an attempt, as a failure until it has succeeded.

    Cost:   five SQL statements, in a transaction of their own.
    Errors: Problem LOGIN_THROTTLED with ``Retry-After``; then nothing is counted.
    """
    keys = _key(f"{device}"), _key(f"{device} {user_code}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SWEEP)
        recent: list[list[datetime]] = []
        for key in keys:
            cursor.execute(_READ, [key])
            failures, now = cursor.fetchone()
            recent.append([moment for moment in failures if moment > now - WINDOW])
        wait = max(_wait(moments, limit, now) for moments, limit in zip(recent, (OF_DEVICE, OF_PAIR), strict=True))
        if wait <= 0:
            for key, moments in zip(keys, recent, strict=True):
                cursor.execute(_NOTE, [[*moments, now], now + WINDOW, key])
    if wait > 0:
        raise Problem(
            catalogue.LOGIN_THROTTLED,
            f"Too many logins failed on this device. Try again in {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )
    return Attempt(*keys, now)


def succeed(attempt: Attempt) -> None:
    """Clear the pair, and strike the attempt out of those of the device. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, attempt._asdict())


def _wait(moments: list[datetime], limit: int, now: datetime) -> int:
    """Seconds until fewer than ``limit`` failures count, 0 when it is so now."""
    if len(moments) < limit:
        return 0
    return max(1, math.ceil((moments[-limit] + WINDOW - now).total_seconds()))


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
