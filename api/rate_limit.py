"""How many requests a client may send in a minute, over all processes (lookup API contract, section 11).

Each client has a token bucket in PostgreSQL: as large as its limit, refilled evenly, one token a request. Asking it at
every request would cost each a statement. So it answers with a *lease*: how many requests the process may let through
on its own before it has to come back and say how many they were. A lease is a small part of what is left, so it shrinks
to nothing as the bucket empties, and from there on every request asks. What the processes have let through and not yet
told may go below zero; the bucket keeps it as a debt, and the refill pays it.

docs/explanation/rate-limits.md tells it at length. Time is in seconds, a rate in tokens a second.
"""

import math
import threading
import time
from typing import NamedTuple

from django.db import connection

from api import catalogue
from api.errors import ApiError

PARTS = 16
"""A lease is this part of what is left in the bucket."""
LEASE_SECONDS = 5.0
"""A lease is over after so long, so that no process lives on an old one, and the others hear of what it let through."""
SHORTEST = 0.05
"""A client whose limit is high gets a lease worth so many seconds even when its bucket is nearly empty: to ask at each
of a thousand requests a second would cost more than to be exact is worth."""

MOST_LEASES = 10_000

# One row per client, written in place (the table is unlogged and none of its indexes holds what changes).
_ASK = """
INSERT INTO api_ratebucket AS bucket (client_id, tokens, granted, at)
VALUES (%(client)s, %(limit)s - %(used)s - 1, true, statement_timestamp())
ON CONFLICT (client_id) DO UPDATE SET
    tokens = {left} - CASE WHEN {left} >= 1 THEN 1 ELSE 0 END, granted = {left} >= 1,
    at = GREATEST(bucket.at, statement_timestamp())
RETURNING tokens, granted
""".replace(
    "{left}",
    "(LEAST(%(limit)s, bucket.tokens + %(rate)s * EXTRACT(EPOCH FROM GREATEST(statement_timestamp() - bucket.at,"
    " interval '0'))) - %(used)s)",
)


class Allowance(NamedTuple):
    """What a client has left: ``remaining`` requests of ``limit``, and ``reset`` seconds until it is all of them."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class _Lease:
    """What this process knows of one client's bucket, and what it has let through since it asked."""

    __slots__ = ("answers", "asked", "at", "limit", "lock", "rate", "refused_until", "share", "tokens", "until", "used")

    def __init__(self, limit: int, used: int = 0) -> None:
        self.lock = threading.Lock()
        self.limit = limit
        self.rate = limit / 60
        self.tokens = float(limit)
        self.at = self.until = self.refused_until = 0.0
        self.share = self.answers = self.asked = 0
        self.used = used

    def ask(self) -> tuple[int, int]:
        """End the lease. Returns what it let through, and how often the bucket has answered. The caller holds the lock.

        Nobody lets anything through until the bucket has answered, so that a lease is never used twice.
        """
        used, self.used, self.share = self.used, 0, 0
        self.asked += used + 1
        return used, self.answers

    def learn(self, tokens: float, granted: bool, used: int, answers: int, now: float) -> None:
        """Take in what the bucket said to an ``ask`` that returned these. The caller holds the lock.

        When another thread was answered since, nobody knows which answer is the older one: the lower one counts. What
        further threads are asking for at the moment may be in it or not: it counts as used.
        """
        self.tokens, self.at = min(tokens, self.tokens) if self.answers > answers else tokens, now
        self.answers += 1
        self.asked -= used + 1
        self.until = now + LEASE_SECONDS
        self.refused_until = 0.0 if granted else now + (1 - tokens) / self.rate
        left = max(0, int(self.tokens) - self.asked)
        self.share = max(left // PARTS, min(left, int(self.rate * SHORTEST)))

    def forget(self, used: int) -> None:
        """Take back an ``ask`` that was not answered. The caller holds the lock."""
        self.used += used
        self.asked -= used + 1

    def allowance(self, now: float) -> Allowance:
        left = min(self.limit, self.tokens + (now - self.at) * self.rate) - self.used - self.asked
        return Allowance(self.limit, max(0, int(left)), max(0, math.ceil((self.limit - left) / self.rate)))


_leases: dict[int, _Lease] = {}


class Buckets(NamedTuple):
    """Whose buckets: the statement that asks one, and the leases of this process."""

    ask: str
    leases: dict[int, _Lease]


CLIENTS = Buckets(_ASK, _leases)
USERS = Buckets(_ASK.replace("api_ratebucket", "api_userratebucket").replace("client_id", "staff_id"), {})
_making = threading.Lock()


def take(client: int, limit: int, buckets: Buckets = CLIENTS) -> Allowance:
    """Let one request of a client through, whose limit a minute this is, and tell what it has left.

    With ``USERS`` it is a back-office user, whose limit is counted in the same way.

    Cost:   one SQL statement when the lease is used up or over, else none. Refusing costs none until the next token.
    Errors: ApiError 10029 with ``Retry-After``; whatever the database raises when it has to be asked and cannot be.
    """
    lease = buckets.leases.get(client)
    if lease is None or lease.limit != limit:
        lease = _make(client, limit, buckets.leases)
    now = time.monotonic()
    with lease.lock:
        if now < lease.refused_until:
            raise _refusal(lease, now)
        if lease.used < lease.share and now < lease.until:
            lease.used += 1
            return lease.allowance(now)
        used, answers = lease.ask()
    # Not under the lock: a slow database would let the threads wait for each other, too.
    try:
        tokens, granted = _ask(buckets.ask, client, lease, used)
    except BaseException:
        with lease.lock:
            lease.forget(used)
        raise
    now = time.monotonic()
    with lease.lock:
        lease.learn(tokens, granted, used, answers, now)
        if not granted:
            raise _refusal(lease, now)
        return lease.allowance(now)


def _make(client: int, limit: int, leases: dict[int, _Lease]) -> _Lease:
    """A lease that has everything still to learn. What an earlier one under another limit let through is not lost."""
    with _making:
        known = leases.get(client)
        if known is not None and known.limit == limit:
            return known
        if len(leases) >= MOST_LEASES:
            leases.clear()
        lease = leases[client] = _Lease(limit, known.used if known else 0)
        return lease


def _ask(statement: str, client: int, lease: _Lease, used: int) -> tuple[float, bool]:
    """Tell the bucket what was let through, and ask for one more. Returns what is left, and whether it was granted."""
    parameters = {"client": client, "limit": lease.limit, "rate": lease.rate, "used": used}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        tokens, granted = cursor.fetchone()
    return float(tokens), bool(granted)


def _refusal(lease: _Lease, now: float) -> ApiError:
    wait = max(1, math.ceil(lease.refused_until - now))
    seconds = "second" if wait == 1 else "seconds"
    message = f"The limit is {lease.limit} requests a minute. Try again in {wait} {seconds}"
    headers = {**lease.allowance(now).headers, "Retry-After": str(wait)}
    return ApiError(catalogue.TOO_MANY_REQUESTS, message, headers=headers)
