"""The SQL of the upsert engine, generated from a resource's columns. One family, one module (style: section 4).

Locks: the caller holds the advisory lock of a bulk, if it is one. ``lock`` takes FOR NO KEY UPDATE in id order.
       ``QUEUE`` is an advisory lock with a name, held until the end of the transaction.
Cost:  every statement probes the table's own indexes once per row. The temporary table has no statistics, so the
       engine switches hash and merge joins off for its transaction: the planner would hash the whole table instead.
       It also switches off materialising: on a table that was never analysed the planner would keep all rows of a
       type in memory and run through them for each staged row.
"""

import hashlib
from functools import cache

from records.resources import Column, Resource

PAIR = (Column("source", "source", max_length=64), Column("source_id", "sourceId", search="source_id"))
"""The key pair, which ``bulk/id`` and single writes may change like any other column."""

PREPARE = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_material', 'off', true)
"""

QUEUE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

NEXT_IDS = "SELECT nextval(%s) FROM generate_series(1, %s)"

# Never back: setval() waits for nobody, and others take numbers from the same sequence meanwhile.
MOVE_SEQUENCE = """
WITH named AS (SELECT %s::regclass AS sequence, %s::bigint AS used)
SELECT setval(sequence, used) FROM named WHERE used > COALESCE(pg_sequence_last_value(sequence), 0)
"""


def catch_up(table: str) -> str:
    """Move the sequence of a table past the ids that are taken. Parameters: none.

    Who chooses ids moves it too, but neither numbers that are given out meanwhile nor another one who moves it wait for
    that, so it may end up behind.
    """
    return f"""
SELECT setval('{sequence(table)}', last) FROM (SELECT max(id) AS last FROM {table}) ids
 WHERE last > COALESCE(pg_sequence_last_value('{sequence(table)}'), 0)
"""


LOCK_TENANT = "SELECT id FROM tenants_tenant WHERE id = %s FOR NO KEY UPDATE"

NUMBER_DEBTORS = """
UPDATE tenants_tenant SET next_debtor_number = next_debtor_number + %(count)s
 WHERE id = %(tenant)s AND debtor_numbering RETURNING next_debtor_number - %(count)s
"""


def by_pair(table: str) -> str:
    """Find records by (source, source_id). Parameters: separator, sources, separator, source ids, tenant."""
    return f"""
SELECT (k.ord - 1)::int, c.id, c.version, c.state
  FROM unnest(string_to_array(%s, %s), string_to_array(%s, %s)) WITH ORDINALITY AS k(source, source_id, ord)
 CROSS JOIN LATERAL (
    SELECT id, version, {STATE} AS state FROM {table}
     WHERE tenant_id = %s AND source_id = k.source_id AND source = k.source AND NOT (source_id = '') OFFSET 0) c
"""


def by_source_id(table: str) -> str:
    """Find records by source_id alone, over all sources of the tenant. Parameters: source ids, separator, tenant."""
    return f"""
SELECT (k.ord - 1)::int, c.id, c.version, c.state
  FROM unnest(string_to_array(%s, %s)) WITH ORDINALITY AS k(source_id, ord)
 CROSS JOIN LATERAL (
    SELECT id, version, {STATE} AS state FROM {table}
     WHERE tenant_id = %s AND source_id = k.source_id AND NOT (source_id = '') OFFSET 0) c
"""


def by_uid(table: str) -> str:
    """Find records by uid. Parameters: uids, separator, tenant."""
    return f"""
SELECT (k.ord - 1)::int, c.id, c.version, c.state
  FROM unnest(string_to_array(%s, %s)) WITH ORDINALITY AS k(uid, ord)
 CROSS JOIN LATERAL (SELECT id, version, {STATE} AS state FROM {table} WHERE tenant_id = %s AND uid = k.uid OFFSET 0) c
"""


def by_id(table: str) -> str:
    """Find records by id, those of other tenants too: an id is never free twice. Parameters: tenant, ids, separator."""
    return f"""
SELECT (k.ord - 1)::int, c.id, c.version, CASE WHEN c.tenant_id = %s THEN c.state ELSE 'foreign' END
  FROM unnest(string_to_array(%s, %s)::bigint[]) WITH ORDINALITY AS k(id, ord)
 CROSS JOIN LATERAL (
    SELECT id, tenant_id, version, {STATE} AS state FROM {table} WHERE id = k.id OFFSET 0) c
"""


STATE = "CASE WHEN deletion_id IS NOT NULL THEN 'binned' WHEN erased_at IS NOT NULL THEN 'erased' ELSE 'live' END"


def lock(table: str) -> str:
    """Lock live records in id order. Parameters: ids, separator. Returns rows of (id, version)."""
    return f"""
SELECT id, version FROM {table}
 WHERE id = ANY(string_to_array(%s, %s)::bigint[]) AND deletion_id IS NULL AND erased_at IS NULL
 ORDER BY id FOR NO KEY UPDATE
"""


def share(table: str) -> str:
    """Keep parents that take their children along from going to the bin meanwhile. Parameters: ids."""
    return f"""
SELECT count(*) FROM (
    SELECT id FROM {table} WHERE id = ANY(%s) AND deletion_id IS NULL AND erased_at IS NULL ORDER BY id FOR SHARE) p
"""


def ancestors(table: str, parent: str) -> str:
    """Records of a tree and all that are above them, as rows of (id, parent). Parameters: ids, separator.

    UNION, not UNION ALL: a loop that was written around the verbs ends where it began.
    """
    return f"""
WITH RECURSIVE above(id, parent) AS (
    SELECT t.id, t.{parent} FROM unnest(string_to_array(%s, %s)::bigint[]) AS k(id)
     CROSS JOIN LATERAL (SELECT id, {parent} FROM {table} WHERE id = k.id OFFSET 0) t
    UNION
    SELECT t.id, t.{parent} FROM above a
     CROSS JOIN LATERAL (SELECT id, {parent} FROM {table} WHERE id = a.parent OFFSET 0) t
) SELECT id, parent FROM above
"""


def staged_columns(resource: Resource) -> tuple[Column, ...]:
    """The columns of the staging table behind ``ord`` and ``id``: all that a row can send but the parent."""
    return (*resource.columns, *(column for column in PAIR if column.name not in resource.by_name))


def staged_name(resource: Resource, name: str) -> str:
    """The table's column for a name that rows use: a parent is its foreign key's column."""
    parent = resource.parent
    return parent.column if parent and name == parent.field else name


@cache
def staging(resource: Resource) -> tuple[str, str]:
    """The name and the DDL of the temporary table that holds the rows of updates.

    It is made once per connection. Absent is NULL; a column that is nullable itself has a ``…_sent`` beside it. The
    name carries a digest of the shape, so that a connection that outlives a migration makes a new table.
    """
    parts = ["ord int", "id bigint"]
    for column in staged_columns(resource):
        parts.append(f"{column.name} {column.sql}")
        if column.nullable:
            parts.append(f"{column.name}_sent boolean")
    if resource.parent:
        parts += [f"{resource.parent.column} bigint", f"{resource.parent.column}_sent boolean"]
    shape = ", ".join(parts)
    name = f"staged_{resource.name}_{hashlib.sha256(shape.encode()).hexdigest()[:8]}"
    return name, f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({shape}) ON COMMIT DELETE ROWS"


def _new_value(column: Column) -> str:
    """The value that a staged row gives a column: what was sent, else what is stored."""
    if column.nullable:
        return f"CASE WHEN s.{column.name}_sent THEN s.{column.name} ELSE t.{column.name} END"
    return f"COALESCE(s.{column.name}, t.{column.name})"


def _differs(column: Column) -> str:
    if column.nullable:
        return f"(s.{column.name}_sent AND s.{column.name} IS DISTINCT FROM t.{column.name})"
    # NULL, and so not true, where the column was not sent.
    return f"s.{column.name} <> t.{column.name}"


def searched_columns(resource: Resource) -> tuple[Column, ...]:
    """The columns that feed the search text, in the order of the bits of ``compare``."""
    return tuple(column for column in staged_columns(resource) if column.search)


@cache
def compare(resource: Resource, sent: frozenset[str]) -> str:
    """Which staged rows differ from what is stored, and in which of the columns that are searched.

    ``sent`` names the columns that any row sent. Returns rows of (ord, bits): one bit for each of ``searched_columns``.
    """
    columns = [column for column in staged_columns(resource) if column.name in sent]
    parent = resource.parent
    differences = [_differs(column) for column in columns]
    if parent and parent.field in sent:
        differences.append(f"(s.{parent.column}_sent AND s.{parent.column} IS DISTINCT FROM t.{parent.column})")
    bits = [
        f"CASE WHEN {_differs(column)} THEN {1 << position} ELSE 0 END"
        for position, column in enumerate(searched_columns(resource))
        if column.name in sent
    ]
    return f"""
SELECT s.ord, {" + ".join(bits) or "0"}
  FROM {staging(resource)[0]} s
 CROSS JOIN LATERAL (SELECT * FROM {resource.table} WHERE id = s.id OFFSET 0) t
 WHERE {" OR ".join(differences) or "false"}
"""


@cache
def update(resource: Resource, sent: frozenset[str]) -> str:
    """Write the staged rows. Parameters: ids, separator (only these are written)."""
    parts = [f"{column.name} = {_new_value(column)}" for column in staged_columns(resource) if column.name in sent]
    if resource.parent and resource.parent.field in sent:
        link = resource.parent.column
        parts.append(f"{link} = CASE WHEN s.{link}_sent THEN s.{link} ELSE t.{link} END")
    # Not now(): a transaction that waited for the lock began before the change that it waited for.
    parts += ["version = t.version + 1", "modified_at = statement_timestamp()"]
    return f"""
UPDATE {resource.table} t SET {", ".join(parts)}
  FROM {staging(resource)[0]} s
 WHERE t.id = s.id AND s.id = ANY(string_to_array(%s, %s)::bigint[])
"""


def stored(resource: Resource) -> str:
    """The stored values of records, for rows that share a key. Parameter: ids."""
    names = [column.name for column in staged_columns(resource)]
    if resource.parent:
        names.append(resource.parent.column)
    return f"SELECT id, {', '.join(names)} FROM {resource.table} WHERE id = ANY(%s)"


def sequence(table: str) -> str:
    """The name of the identity sequence of a table, as ``nextval`` takes it."""
    return f"{table}_id_seq"
