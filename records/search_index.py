"""Taking changes of search text into the table that the trigram index is on (design section 6).

A verb appends what changed to a table without a search index, because adding seventy trigrams for each record to the
index costs as much as everything else that a bulk does. ``take_in`` merges the changes afterwards.
"""

from django.db import connection, transaction

from records.models import SearchText, SearchTextChange
from records.search_text import FIELDS

BATCH = 20_000
"""Changes that are taken in together: a transaction of a second or so."""

_TEXTS, _CHANGES = SearchText._meta.db_table, SearchTextChange._meta.db_table


def changed_texts(changes: str) -> str:
    """The SQL of the search texts with changes applied. ``changes`` is where those come from, a condition included.

    A later change of a field wins. LATERAL … OFFSET 0 makes the planner probe for the old texts: it knows nothing about
    how many changes there are at the moment, and would read the whole table.
    """
    fields = ", ".join(f"COALESCE(c.texts ->> '{field}', t.{field}, '') AS {field}" for field in FIELDS)
    return f"""
SELECT c.tenant_id, c.type, c.record, {fields}
  FROM (SELECT tenant_id, type, record, jsonb_merge(texts ORDER BY id) AS texts
          FROM {changes} GROUP BY tenant_id, type, record) c
  LEFT JOIN LATERAL (SELECT * FROM {_TEXTS} WHERE type = c.type AND record = c.record OFFSET 0) t ON true"""  # noqa: S608


def take_in(batch: int = BATCH) -> int:
    """Merge the oldest changes into the search text, and bring its index up to date when none are left.

    Takes:   ``batch``, the number of changes to merge at most. Each call is a transaction of its own.
    Returns: the number of changes that were merged; 0 also when somebody else is merging.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('take in search text', 0))")
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute(f"SELECT max(id), count(*) FROM (SELECT id FROM {_CHANGES} ORDER BY id LIMIT %s) c", [batch])  # noqa: S608
        last, count = cursor.fetchone() or (None, 0)
        if count:
            cursor.execute(_MERGE, [last])
        if count < batch:
            # The merge has put its entries into the waiting list of the index, which slows searches down as it grows.
            cursor.execute("SELECT gin_clean_pending_list('searchtext_trigrams')")
    return int(count)


# One statement, so that exactly the changes that are deleted are merged: others may commit smaller ids meanwhile. Those
# are about other records, because whoever changes a record holds it until the commit.
_MERGE = f"""
WITH taken AS (DELETE FROM {_CHANGES} WHERE id <= %s RETURNING *)
INSERT INTO {_TEXTS} (tenant_id, type, record, {", ".join(FIELDS)}) {changed_texts("taken")}
    ON CONFLICT (type, record) DO UPDATE SET {", ".join(f"{field} = EXCLUDED.{field}" for field in FIELDS)}
"""  # noqa: S608
