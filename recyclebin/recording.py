"""Writing down deletions: one row for each root, by one statement for all of them.

Django's ``bulk_create`` prepares each of nineteen columns of each row by itself: for 10,000 deletions that took longer
than putting their records into the bin. Here they go as one JSON document, and PostgreSQL makes rows of it.
"""

import datetime
import uuid
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from psycopg import sql

from recyclebin.models import Deletion
from recyclebin.policies import type_name
from recyclebin.selection import Selection
from recyclebin.sought import text_of
from tenants.actors import Actor

MANY = 1000
"""So many new deletions make the table another one than the planner knew."""

# Cost: parsing the document, and the inserts. Locks: none that anybody waits for.
_INSERT = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)
"""

# At commit PostgreSQL looks for the deletion of each row that went to the bin, by a plan that every session keeps. One
# that was made when the table had a page reads the whole table each time: 30,000 rows took 26 seconds. Statistics make
# all sessions plan anew. Autovacuum does the same within a minute, which is too late for the first large deletion.
# Locks: others that analyze or vacuum this table wait for the end of the transaction. Once in the life of a database.
_LEARN = """
DO $$ BEGIN
    IF (SELECT reltuples FROM pg_class WHERE oid = {name}::regclass) < {many} THEN ANALYZE {table}; END IF;
END $$
"""


def record_deletions(selection: Selection, actor: Actor, reason: str, operation: uuid.UUID) -> tuple[Deletion, ...]:
    """Write a deletion for each root of the selection, whose rows the caller holds.

    Cost: one statement; one more when there are ``MANY``.
    """
    # Asked after the locks are held, so that the later of two deletions of one owner's rows has the later time.
    now = timezone.now()
    days = actor.tenant.retention_days
    counts = selection.counts()
    deletions = tuple(
        Deletion(
            id=deletion,
            operation=operation,
            tenant=actor.tenant,
            label=label_of(root)[:_LABEL_LIMIT],
            root_type=type_name(type(root)),
            root_id=root.pk,
            root_source=root.source,
            root_source_id=root.source_id,
            staff=actor.staff,
            client=actor.client,
            actor=actor.label[:255],
            origin=actor.origin,
            reason=reason,
            sought=text_of(root, reason),
            counts=dict(counts[deletion]),
            deleted_at=now,
            expires_at=None if days is None else now + datetime.timedelta(days=days),
        )
        for deletion, root in selection.roots.items()
    )
    _insert(deletions)
    return deletions


def label_of(record: Model) -> str:
    """One line that tells staff which record this is."""
    return str(getattr(record, "label", record))


_TABLE = sql.Identifier(Deletion._meta.db_table)
_LABEL_LIMIT: Any = Deletion._meta.get_field("label").max_length


def _insert(deletions: tuple[Deletion, ...]) -> None:
    names = [field.attname for field in Deletion._meta.concrete_fields]  # as their columns
    document = msgspec.json.encode([{name: getattr(deletion, name) for name in names} for deletion in deletions])
    columns = sql.SQL(", ").join([sql.Identifier(name) for name in names])
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_INSERT).format(table=_TABLE, columns=columns), [document.decode()])
        if len(deletions) >= MANY:
            name = sql.Literal(Deletion._meta.db_table)
            cursor.execute(sql.SQL(_LEARN).format(table=_TABLE, name=name, many=sql.Literal(MANY)))
    for deletion in deletions:
        deletion._state.adding, deletion._state.db = False, connection.alias
