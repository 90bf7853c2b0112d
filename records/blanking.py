"""Blanking personal values in the change history, when their record is deleted for good (design section 5).

An event keeps its skeleton: which record, which operation, when, in which order, its place in the change feed, and what
it hung below. Every other column gets the value of an empty record, so a column that is added later is blanked without
being named here. The key goes too: it is what others know the person by.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from psycopg import sql

from records.events import event_model
from recyclebin.hooks import Purged
from recyclebin.many import Many
from recyclebin.policies import Link, RecordModel, graph

SKELETON = frozenset({"id", "tenant", "source", "created_at", "modified_at", "version", "erased_at", "deletion"})
"""Columns of a record that say nothing about a person. Keys to other records stay, too."""

# One probe of an index of the events for each record. What is blank is left alone: events that are found by their owner
# were often blanked with their own record.
_BLANK = """
UPDATE {events} SET {columns} WHERE {record} = ANY(%s::bigint[]) AND ({names}) IS DISTINCT FROM ({values})
"""


def blank_history(purged: Purged) -> None:
    """Blank all events of these records, the one that tells of their end included.

    What hung below them and went before, such as prices that were deleted over the API, is found by its events' own
    link to the owner, where events are indexed by it.

    Cost:   one statement for each record type, and one for each such link.
    Errors: PostgreSQL's, unless the purge was announced (``recyclebin.purge_guard``): events are append-only.
    """
    for model, ids in purged.rows.items():
        _blank(model, "pgh_obj_id", ids)
        for link in _found_by_owner(model):
            _blank(link.model, link.column, ids)


@cache
def neutral_values(model: RecordModel) -> dict[str, Any]:
    """What each column that is not part of the skeleton is set to: its value where nobody ever said anything."""
    fields = [field for field in model._meta.concrete_fields if field.name not in SKELETON and not field.is_relation]
    return {field.attname: _neutral(field) for field in fields}


def _neutral(field: "Field[Any, Any]") -> Any:
    if field.has_default():
        return field.get_default()
    return None if field.null else ""


def _blank(model: RecordModel, column: str, ids: tuple[int, ...]) -> None:
    values = neutral_values(model)
    statement = sql.SQL(_BLANK).format(
        events=sql.Identifier(event_model(model)._meta.db_table),
        columns=sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values),
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(sql.Placeholder() * len(values)),
        record=sql.Identifier(column),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values.values(), Many(ids).literal, *values.values()])


def _found_by_owner(owner: RecordModel) -> list[Link]:
    links = [link for link in graph().links if link.owner is owner and link.policy == "along"]
    return [link for link in links if link.field in _leading_fields(event_model(link.model))]


def _leading_fields(events: type[Model]) -> set[str]:
    return {index.fields[0] for index in events._meta.indexes if index.fields}
