"""``Idempotency-Key``: the same request, sent again, gets the first answer (lookup API contract, section 11).

The answer is kept in the transaction that writes the data, so that one never exists without the other, whatever happens
to this process. While a request runs, its transaction holds an advisory lock on the key: the lock ends with the
transaction, also when the process was killed, and nobody ever waits for it.

Locks: ``once`` takes the advisory lock of the key before anything else, and only if nobody has it.
Cost:  two statements and two savepoints around those of the request. Requests without the header never come here.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from api import catalogue
from api.authentication import Caller
from api.bodies import check_json, has_body, read_body
from api.errors import ApiError, error_of, error_response
from api.responses import JSON, Answer

HEADER = "HTTP_IDEMPOTENCY_KEY"
KEPT_FOR = "24 hours"

NOT_KEPT = frozenset({401, 403, 413, 415, 429})
"""Statuses about the caller or the form of the request, as the contract lists them; like them, everything from 500 up
is not kept, nor is a body that is no JSON (10005), which the order of checks puts before the key."""

_USABLE = re.compile(r"\A[\x21-\x7e]{1,255}\Z")
_REPLAYED = {"Cache-Control": "no-store", "Idempotency-Replayed": "true"}
_OF_EVERY_ANSWER = frozenset({"Content-Type", "Cache-Control"})

# Two statements in one round trip. They must be two: the second has to see what the first waited out to be committed.
_CLAIM = """
SELECT pg_try_advisory_xact_lock(%(lock)s);
SELECT fingerprint, status, headers, scopes, body FROM api_keptanswer
 WHERE digest = %(digest)s AND created_at > now() - %(kept_for)s::interval
"""
# What is in the way is an answer that has expired: nobody else writes to a key whose lock is held.
_KEEP = """
INSERT INTO api_keptanswer (digest, client_id, fingerprint, status, headers, scopes, body, created_at)
VALUES (%(digest)s, %(client)s, %(fingerprint)s, %(status)s, %(headers)s, %(scopes)s::text[], %(body)s, now())
ON CONFLICT (digest) DO UPDATE SET
    client_id = EXCLUDED.client_id, fingerprint = EXCLUDED.fingerprint, status = EXCLUDED.status,
    headers = EXCLUDED.headers, scopes = EXCLUDED.scopes, body = EXCLUDED.body, created_at = EXCLUDED.created_at
"""


class _Kept(NamedTuple):
    """A first answer as it is stored."""

    fingerprint: bytes
    status: int
    headers: str
    scopes: list[str]
    body: bytes


def once(request: HttpRequest, caller: Caller, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of ``act``, or the one that was kept when the caller first sent this request.

    Everything that ``act`` writes is committed together with its answer; transactions of its own become savepoints. A
    refusal is an answer, too, and is kept unless its status is one of those that never are.

    Errors: ApiError 10017 for a key that is none; 10027 when the key was used for another request; 10028 while the
            first request runs; 10022 when the first answer shows what this caller may not see; and what ``act`` raises,
            if that is not kept.
    """
    key = request.META[HEADER]
    body = read_body(request, keep=True) if has_body(request) or request.method != "DELETE" else b""
    if not _USABLE.match(key):
        _check_body(request, body)
        raise ApiError(catalogue.PAYLOAD_VALIDATION, "Idempotency-Key must be 1 to 255 visible ASCII characters")
    digest = _digest(str(caller.client.pk), key)
    fingerprint = _digest(str(request.method), request.path, request.META.get("QUERY_STRING", ""), body)
    with transaction.atomic():
        claimed, kept = _claim(digest)
        if kept is not None:
            return _replay(request, body, caller, kept, fingerprint)
        if not claimed:
            _check_body(request, body)
            raise ApiError(
                catalogue.IDEMPOTENCY_KEY_IN_PROGRESS,
                "The first request with this Idempotency-Key is still running",
                headers={"Retry-After": "1"},
            )
        response = _attempt(request, act)
        _keep(digest, caller.client.pk, fingerprint, response)
    return response


def is_kept(status: int) -> bool:
    """Whether answers with this status are kept."""
    return status not in NOT_KEPT and status < 500


def _attempt(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer to be kept; what must not be kept is raised, so that nothing is."""
    try:
        with transaction.atomic():
            return act()
    except Exception as exception:
        error = error_of(exception)
        if not is_kept(error.entry.status) or error.entry is catalogue.INVALID_JSON:
            raise error from exception
        return error_response(request, error)


def _replay(request: HttpRequest, body: bytes, caller: Caller, kept: _Kept, fingerprint: bytes) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        _check_body(request, body)
        raise ApiError(
            catalogue.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used with another request in the last 24 hours"
        )
    caller.require(*kept.scopes)
    response = Answer(zlib.decompress(kept.body), status=kept.status, content_type=JSON)
    headers: Mapping[str, str] = msgspec.json.decode(kept.headers)
    for name, value in {**headers, **_REPLAYED}.items():
        response.headers[name] = value
    return response


def _check_body(request: HttpRequest, body: bytes) -> None:
    """What is wrong with the body is told before what is wrong with the key (contract, section 1, order of checks)."""
    if request.method != "DELETE":
        check_json(body)


def _claim(digest: bytes) -> tuple[bool, _Kept | None]:
    """Whether this transaction has the key for itself now, and the answer that was kept for it."""
    parameters: dict[str, Any] = {
        "lock": int.from_bytes(digest[:8], "big", signed=True),
        "digest": digest,
        "kept_for": KEPT_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, parameters)
        (claimed,) = cursor.fetchone() or (False,)
        cursor.nextset()
        row = cursor.fetchone()
    return bool(claimed), _Kept(*row) if row else None


def _keep(digest: bytes, client: int, fingerprint: bytes, response: HttpResponse) -> None:
    headers = {name: value for name, value in response.headers.items() if name not in _OF_EVERY_ANSWER}
    parameters: dict[str, Any] = {
        "digest": digest,
        "client": client,
        "fingerprint": fingerprint,
        "status": response.status_code,
        "headers": msgspec.json.encode(headers).decode(),
        "scopes": list(response.shows) if isinstance(response, Answer) else [],
        "body": zlib.compress(response.content, 1),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, parameters)


def _digest(*parts: str | bytes) -> bytes:
    """SHA-256 over the parts, each with its length, so that no two lists of parts look alike."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part if isinstance(part, bytes) else part.encode(errors="surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.digest()
