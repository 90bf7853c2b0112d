"""The change history: one event per change, written by statement-level triggers (design section 6)."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
import pghistory.models
import pghistory.trigger
import pgtrigger
from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)

_below: list[tuple[type[models.Model], tuple[str, ...]]] = []


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


# An event is never changed or deleted but where `recyclebin.purge_guard` announced it: by purge and erase, which blank
# personal values, and by the retention of events. Once a statement, and so cheap for those who may.
append_only = pgtrigger.Trigger(
    name="append_only",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN
            RAISE EXCEPTION 'Cannot update or delete rows from % table: history is append-only', TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    """,
)


class _Trigger(pghistory.trigger.Event):
    """pghistory's statement-level trigger, which also stores where its events stand, worked out once a statement.

    A column default would be worked out for each row: three times the cost in a bulk. An UPDATE that no verb announced
    came by psql or something like it: there, and only there, rows that it left as they were are told apart.
    """

    event_model: Any

    def get_func(self, model: type[models.Model]) -> pgtrigger.Func:
        rows = {"NEW": "new_values", "OLD": "old_values"}[self.row]
        record = f"WITH {self._statement(rows, rows)}"
        if self.operation is not pgtrigger.Update:
            return pgtrigger.Func(f"{record}; RETURN NULL;")
        differing = "changed AS MATERIALIZED (SELECT * FROM new_values EXCEPT SELECT * FROM old_values)"
        compare = f"WITH {differing}, {self._statement(rows, 'changed')}"
        announced = "coalesce(current_setting('pghistory.context_id', true), '') <> ''"
        return pgtrigger.Func(f"IF {announced} THEN {record}; ELSE {compare}; END IF; RETURN NULL;")

    def _statement(self, rows: str, source: str) -> str:
        """Records what ``source`` holds, and names the operation only if that is anything."""
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
        return (
            "once AS MATERIALIZED (SELECT records_history_context_v1() AS context,"  # noqa: S608
            " records_change_position_v1() AS position, pg_current_xact_id() AS xid"
            f" WHERE EXISTS (SELECT FROM {source}))"
            f' INSERT INTO "{self.event_model._meta.db_table}" ({columns}) SELECT {", ".join(values.values())}'
            f" FROM {source} AS {rows}, once"
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

    Updates by verbs are recorded without asking whether anything differs: verbs write changed rows only, and comparing
    the old rows with the new ones would cost more than the history itself.
    """
    name = model._meta.model_name
    return _track(
        model,
        models.Index(fields=["tenant", "pgh_position", "pgh_id"], name=f"{name}event_feed"),
        # By this the feed tells deleting and restoring from changing. Only events of the recycle bin are in it.
        models.Index(fields=["pgh_obj", "pgh_id"], condition=Q(deletion__isnull=False), name=f"{name}event_bin"),
    )


def tracked_below_owner(*owners: str) -> Callable[[type[M]], type[M]]:
    """The same for records without a feed of their own, which hang below one of these owners.

    A change of an address is one of its owner in the feed; prices cannot be read over the API, so nobody is told. An
    owner's history shows them, also those that are gone: so each owner has an index of the events below it.
    """

    def track(model: type[M]) -> type[M]:
        _below.append((model, owners))
        name = model._meta.model_name
        indexes = [
            models.Index(
                fields=[owner, "pgh_id"], condition=Q(**{f"{owner}__isnull": False}), name=f"{name}event_{owner}"
            )
            for owner in owners
        ]
        return _track(model, *indexes)

    return track


def owned_by(owner: type[models.Model]) -> list[tuple[type[Any], str]]:
    """The models whose rows hang below such records, each with the key by which they name them."""
    return [
        (model, field)
        for model, fields in _below
        for field in fields
        if model._meta.get_field(field).related_model is owner
    ]


def owners_below(model: type[models.Model]) -> tuple[str, ...]:
    """The keys by which rows of this kind name the owner below which they hang; none when they stand alone."""
    return next((fields for below, fields in _below if below is model), ())


def _track(model: type[M], *indexes: models.Index) -> type[M]:
    name = model._meta.model_name
    every = [
        # The pages of a record's history, and those of an operation: newest first, oldest first.
        models.Index(fields=["pgh_obj", "pgh_id"], name=f"{name}event_record"),
        models.Index(fields=["pgh_context", "pgh_id"], name=f"{name}event_operation"),
        *indexes,
    ]
    meta = {"indexes": every, "triggers": [append_only]}
    track = pghistory.track(_Insert(), _Update(condition=None), _Delete(), meta=meta, append_only=False)
    tracked_model: type[M] = track(model)
    return tracked_model
