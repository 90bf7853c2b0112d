"""Locking what rows are about before they are worked out (design section 6, lock order)."""

from collections.abc import Sequence

from records import statements
from records.chunk import Chunk
from records.copying import SEPARATOR, joined
from records.resolving import fetch, find_by_id, find_by_pair, resolve_parents
from records.writing import goes_along, share_parents


def hold(chunks: Sequence[Chunk]) -> None:
    """Lock the records of all rows of these chunks, and what takes them along, until the end of the transaction.

    What is found from then on stays as it is, but for records that are still to be created. Chunks that lock what they
    write one after the other could wait in a circle with a deletion of several records, which locks them all in order.
    """
    parents: set[int] = set()
    live: set[int] = set()
    for chunk in chunks:
        tenant = chunk.actor.tenant.pk
        if goes_along(chunk.resource):
            answers = resolve_parents(chunk.resource, tenant, chunk.batch.parents)
            parents.update(answer for answer in answers if isinstance(answer, int))
        if chunk.by == "id":
            found = find_by_id(chunk.resource, tenant, [pk or 0 for pk in chunk.batch.ids])
        else:
            found = find_by_pair(chunk.resource, tenant, [pair for pair in chunk.pairs if pair and pair[1]])
        live.update(record.id for record in found.values() if record.state == "live")
    first = chunks[0]
    if first.resource.numbered and first.actor.tenant.debtor_numbering:
        fetch(statements.LOCK_TENANT, [first.actor.tenant.pk])
    share_parents(first.resource, parents)
    fetch(statements.lock(first.resource.table), [joined(sorted(live)), SEPARATOR])
