"""Where in the database a text is found: in any column of any row of any table, and in what is kept compressed."""

import zlib
from collections.abc import Iterable

from django.db import connection

from api.models import KeptAnswer


def places(*texts: str) -> dict[str, set[str]]:
    """For each text the tables that hold it, without regard to case. Texts that no table holds are left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
        tables = [name for (name,) in cursor.fetchall()]
        found: dict[str, set[str]] = {}
        for table in tables:
            # A row as one text: every column of it, whatever its type.
            cursor.execute(f"SELECT lower(stored::text) FROM {table} stored")
            _look(found, table, (row for (row,) in cursor.fetchall()), texts)
    bodies = KeptAnswer.objects.values_list("body", flat=True)
    _look(found, "api_keptanswer", (zlib.decompress(body).decode().lower() for body in bodies), texts)
    return found


def _look(found: dict[str, set[str]], table: str, rows: Iterable[str], texts: Iterable[str]) -> None:
    for row in rows:
        for text in texts:
            if text.lower() in row:
                found.setdefault(text, set()).add(table)
