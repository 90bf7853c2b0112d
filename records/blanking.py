"""Blanking personal values in the change history, when their record is deleted for good (design section 5).

An event keeps its skeleton: which record, which operation, when, in which order, its place in the change feed, and what
it hung below. Every other column gets the value of an empty record, so a column that is added later is blanked without
being named here. The key goes too: it is what others know the person by.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pgtrigger
from django.db import connection
from django.db.models import Field, Model
from psycopg import sql

from records.timeline import event_model
from recyclebin.hooks import Purged
from recyclebin.many import Many

SKELETON = frozenset({"id", "tenant", "source", "created_at", "modified_at", "version", "erased_at", "deletion"})
"""Columns of a record that say nothing about a person. Keys to other records stay, too."""

# One probe of the index on the record for each of them.
_BLANK = "UPDATE {events} SET {columns} WHERE pgh_obj_id = ANY(%s::bigint[])"


def blank_history(purged: Purged) -> None:
    """Blank all events of these records, the one that tells of their end included.

    Cost: three statements for each record type, two of which say that events may be changed, and until when.
    """
    for model, ids in purged.rows.items():
        events = event_model(model)
        values = neutral_values(model)
        statement = sql.SQL(_BLANK).format(
            events=sql.Identifier(events._meta.db_table),
            columns=sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in values),
        )
        with changing_events([events]), connection.cursor() as cursor:
            cursor.execute(statement, [*values.values(), Many(ids).literal])


@cache
def neutral_values(model: type[Model]) -> dict[str, Any]:
    """What each column that is not part of the skeleton is set to: its value where nobody ever said anything."""
    fields = [field for field in model._meta.concrete_fields if field.name not in SKELETON and not field.is_relation]
    return {field.attname: _neutral(field) for field in fields}


def _neutral(field: "Field[Any, Any]") -> Any:
    if field.has_default():
        return field.get_default()
    return None if field.null else ""


@contextmanager
def changing_events(tables: Iterable[type[Model]]) -> Iterator[None]:
    """Let the statements inside change events, which are append-only otherwise. Within a transaction, and no longer.

    Errors: RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("changing_events() needs a transaction: what it permits ends with it at the latest.")
    with pgtrigger.ignore(*(f"{table._meta.label}:append_only" for table in tables)):
        yield
