"""What a load balancer asks: does the process live, and can it do its work."""

from collections.abc import Callable
from functools import cache

from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

OLDEST_SERVER = 150000  # server_version_num of PostgreSQL 15


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process can answer at all. Asks the database nothing."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@transaction.non_atomic_requests  # opening a transaction would fail before we could say what is wrong
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process can serve, else 503 and which check failed.

    Shape: ``{"status": "ok" | "unavailable", "checks": {"database": "ok", …}}``. Checks stop at the first that fails.
    No host name, no error text: whoever may probe need not learn them.
    """
    checks: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            checks[name] = check() or "ok"
        except DatabaseError:
            checks[name] = "not reachable"
        if checks[name] != "ok":
            return JsonResponse({"status": "unavailable", "checks": checks}, status=503)
    return JsonResponse({"status": "ok", "checks": checks})


def database() -> str | None:
    """Return what is wrong with the server, if anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        (number,) = cursor.fetchone()
    return None if number >= OLDEST_SERVER else f"too old: {number} is below {OLDEST_SERVER}"


def migrations() -> str | None:
    """Return how many migrations of this code the database has not seen, if any."""
    missing = shipped_migrations() - MigrationRecorder(connection).applied_migrations().keys()
    return f"{len(missing)} not applied" if missing else None


@cache
def shipped_migrations() -> frozenset[tuple[str, str]]:
    """Return app and name of every migration in the code. Read once: code does not change under a running process."""
    return frozenset((key[0], key[1]) for key in MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


CHECKS: dict[str, Callable[[], str | None]] = {"database": database, "migrations": migrations}
