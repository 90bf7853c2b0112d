"""The upsert engine: many rows of one resource, each created, changed, left alone or refused (design section 6).

Bulk endpoints, single writes, imports and the admin all come through ``upsert``. The number of statements depends on
the kinds of keys and changes in a request, never on the number of rows.
"""

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from msgspec.structs import replace

from records import statements
from records.chunk import Chunk
from records.cleaned import types_of
from records.holding import hold
from records.outcomes import Outcome
from records.resolving import fetch
from records.resources import Resource
from records.rows import Batch, By, Directives, Mode, ParentKey, Row
from records.writing import Moved
from tenants.actors import Actor, begin_operation
from tenants.permissions import EDIT

CHUNK = 10_000
"""Rows that are classified and written together: larger ones were slower per row when measured."""

ATTEMPTS = 20
"""Each one after the first means that somebody else has just created or restored a record of this very request."""


def upsert(
    *,
    resource: Resource,
    rows: Sequence[Row] | Batch,
    actor: Actor,
    by: By = "sourceId",
    mode: Mode = "upsert",
    directives: Directives = Directives(),  # noqa: B008  (frozen)
    dry_run: bool = False,
    chunk: int = CHUNK,
) -> list[Outcome]:
    """Create or change records, addressed by their owner's key or by id, in one transaction.

    Shape:  one outcome per row, in the order sent. Rows that share a key are applied in order, each with its own
            outcome, and the record is written once.
    Units:  ``chunk`` counts rows.
    Errors: a refused row is an outcome with a refusal and never stops the others; PermissionDenied when the actor may
            not edit; Moved when other writers came in between every time, which trying again later mends. A dry run
            takes the same path up to the first write; one of several chunks writes and takes it all back.
    Source: contracts/lookup-api.md, sections 4, 5 and 7.
    """
    actor.require(EDIT)
    batch = rows if isinstance(rows, Batch) else Batch.of(rows, len(resource.columns))
    several = len(batch) > chunk
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statements.PREPARE)
            if len(batch) > 1 or _moves_in_tree(resource, batch, mode):
                cursor.execute(statements.QUEUE, [f"upsert:{resource.name}:{actor.tenant.pk}"])
        begin_operation(actor)
        chunks = [
            Chunk(resource, part, actor, by, mode, directives, dry_run and not several)
            for start in range(0, len(batch), chunk)
            for part in (batch.part(start, start + chunk),)
        ]
        return _rehearse(chunks) if several and dry_run else _apply(chunks)


def _moves_in_tree(resource: Resource, batch: Batch, mode: Mode) -> bool:
    """Whether a stored record may get another parent of its own kind: two such writers could close a loop together."""
    return resource.is_tree and mode != "create" and ParentKey in types_of(batch.parents)


def _rehearse(chunks: Sequence[Chunk]) -> list[Outcome]:
    """A dry run of several chunks: a later one has to see what an earlier one would have written."""
    before = transaction.savepoint()
    outcomes = _apply(chunks)
    transaction.savepoint_rollback(before)
    created = {outcome.id for outcome in outcomes if outcome.action == "create"}
    return [replace(outcome, id=None) if outcome.id in created else outcome for outcome in outcomes]


def _broken_by(error: Exception) -> str | None:
    """The name of the constraint that an error is about, if it is about one."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)


def _apply(chunks: Sequence[Chunk]) -> list[Outcome]:
    """Apply the chunks; again when a writer that does not queue behind the bulk lock came in between.

    From the second attempt on, everything that is there is locked first: however busy others are, they have to wait.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                held = hold(chunks) if attempt > 1 or len(chunks) > 1 else None
                return [outcome for chunk in chunks for outcome in chunk.apply(held)]
        except (Moved, IntegrityError) as error:
            if attempt == ATTEMPTS:
                raise Moved from error
            table = chunks[0].resource.table
            if _broken_by(error) == f"{table}_pkey":
                fetch(statements.catch_up(table), [])
    raise AssertionError("unreachable")
