"""Locking what rows are about before they are worked out (design section 6, lock order)."""

from collections.abc import Sequence
from itertools import chain

from records import statements
from records.chunk import Chunk
from records.copying import SEPARATOR, joined
from records.nested import queue
from records.resolving import fetch, find_by_id, find_by_pair, resolve_parents
from records.writing import Held, Moved, goes_along, share_parents


def hold(chunks: Sequence[Chunk]) -> Held:
    """Lock the records of all rows of these chunks, and what takes them along, until the end of the transaction.

    What is held stays as it is. What is created or restored afterwards is not held, and must not be locked any more:
    chunks that lock what they write one after the other wait in a circle with a deletion of several records, which
    locks them all in the order of their ids.

    Errors: Moved when one of them went to the bin while others were waited for.
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
    if first.resource.address_field:
        queue()(
            tenant=first.actor.tenant.pk,
            rows=chain.from_iterable(chain.from_iterable(chunk.batch.addresses for chunk in chunks)),
        )
    if share_parents(first.resource, parents) != len(parents):
        raise Moved
    if live and len(fetch(statements.lock(first.resource.table), [joined(sorted(live)), SEPARATOR])) != len(live):
        raise Moved
    return Held(parents, live)
