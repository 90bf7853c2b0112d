"""The floor: what PostgreSQL itself takes for the rows of a bulk, without HTTP, checks, history or search text."""

import datetime
import time
from typing import Any

from records.resources import Resource

FIXED = ("tenant_id", "source", "source_id", "created_at", "modified_at", "version")


def floor(resource: Resource, twin: str, tenant: int, rows: list[dict[str, Any]]) -> float:
    """Seconds of COPY into a temporary table and one INSERT … ON CONFLICT DO UPDATE, from ready tuples.

    Takes: ``twin``, a table like the resource's own (``benchmarks.peer.models.create_twin``); ``rows``, payloads.
    """
    from django.db import connection, transaction

    now = datetime.datetime.now(datetime.UTC)
    columns = [*FIXED, *(column.name for column in resource.columns)]
    ready = [
        (
            *(tenant, row["source"], row["sourceId"], now, now, 1),
            *(row.get(column.member, column.neutral) for column in resource.columns),
        )
        for row in rows
    ]
    names = ", ".join(columns)
    kept = {"tenant_id", "source", "source_id", "created_at", "version"}
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name not in kept)
    sent = f"sent_{twin}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {sent} (LIKE {twin}) ON COMMIT DELETE ROWS;"
            f" ALTER TABLE {sent} ALTER id DROP NOT NULL"
        )
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(f"COPY {sent} ({names}) FROM STDIN") as copy:
            for row in ready:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO {twin} ({names}) SELECT {names} FROM {sent}"
            f" ON CONFLICT (tenant_id, source_id, source) DO UPDATE SET {changes}, version = {twin}.version + 1"
            " RETURNING id"
        )
        cursor.fetchall()
    return time.perf_counter() - started
