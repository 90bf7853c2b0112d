"""The change history: one event per change, written by statement-level triggers (design section 6)."""

from typing import Any, TypeVar

import pghistory
import pghistory.models
import pghistory.trigger
import pgtrigger
from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """The id of a transaction, as PostgreSQL compares it with snapshots. To Python it is text."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class Event(pghistory.models.Event):
    """The base of every event table.

    Its key is 64 bits wide: four million records a night would wear out 32. ``pgh_position`` is where the event stands
    in the change feed; nobody may write an event without one, so it has no default (docs/explanation/change-feed.md).
    ``pgh_xid`` is the transaction that wrote it, not a savepoint's: by it a walk through a list tells what a page has
    seen from what came later (docs/explanation/cursors.md). Events from before there were walks have 0.
    """

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_position = models.BigIntegerField()
    pgh_xid = TransactionIdField()

    class Meta:
        abstract = True


class _Trigger(pghistory.trigger.Event):
    """pghistory's statement-level trigger, which also stores where its events stand, worked out once a statement.

    A column default would be worked out for each row: three times the cost in a bulk.
    """

    event_model: Any

    def get_func(self, model: type[models.Model]) -> pgtrigger.Func:
        rows = {"NEW": "new_values", "OLD": "old_values"}[self.row]
        tracked_columns = sorted(field.column for field in self.event_model.pgh_tracked_model._meta.concrete_fields)
        values = {column: f'{rows}."{column}"' for column in tracked_columns} | {
            "pgh_context_id": "once.context",
            "pgh_created_at": "NOW()",
            "pgh_label": f"'{self.label}'",
            "pgh_obj_id": f'{rows}."id"',
            "pgh_position": "once.position",
            "pgh_xid": "once.xid",
        }
        columns = ", ".join(f'"{column}"' for column in values)
        return pgtrigger.Func(
            "WITH once AS (SELECT _pgh_attach_context() AS context, records_change_position_v1() AS position,"  # noqa: S608
            " pg_current_xact_id() AS xid)"
            f' INSERT INTO "{self.event_model._meta.db_table}" ({columns}) SELECT {", ".join(values.values())}'
            f" FROM (SELECT {rows}.* FROM {{cond_{rows}}}) AS {rows}, once; RETURN NULL;"
        )


class _Positioned:
    """A tracker whose events know their position."""

    def add_event_trigger(self, event_model: Any) -> None:
        event: Any = self
        pgtrigger.register(
            _Trigger(  # type: ignore[no-untyped-call]
                event_model=event_model,
                label=event.label,
                name=event.trigger_name,
                row=event.row,
                operation=event.operation,
                condition=event.condition,
                level=pgtrigger.Statement,
            )
        )(event_model.pgh_tracked_model)


class _Insert(_Positioned, pghistory.InsertEvent):
    pass


class _Update(_Positioned, pghistory.UpdateEvent):
    pass


class _Delete(_Positioned, pghistory.DeleteEvent):
    pass


def tracked(model: type[M]) -> type[M]:
    """Keep a history of a record's rows, whichever way they are written, and a change feed that reads it.

    Updates are recorded without asking whether anything differs: verbs write changed rows only, and joining the old
    rows to the new ones to find out would cost more than the history itself. An UPDATE by psql that changes nothing
    leaves an event that shows no difference.
    """
    name = model._meta.model_name
    return _track(
        model,
        models.Index(fields=["tenant", "pgh_position", "pgh_id"], name=f"{name}event_feed"),
        # By this the feed tells deleting and restoring from changing. Only events of the recycle bin are in it.
        models.Index(fields=["pgh_obj", "pgh_id"], condition=Q(deletion__isnull=False), name=f"{name}event_bin"),
    )


def tracked_below_owner(model: type[M]) -> type[M]:
    """The same for records without a feed of their own, which hang below an owner.

    A change of an address is one of its owner in the feed; prices cannot be read over the API, so nobody is told.
    """
    return _track(model)


def _track(model: type[M], *indexes: models.Index) -> type[M]:
    track = pghistory.track(_Insert(), _Update(condition=None), _Delete(), meta={"indexes": list(indexes)})
    tracked_model: type[M] = track(model)
    return tracked_model
