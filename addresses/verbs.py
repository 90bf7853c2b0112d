"""Writing addresses of their own: create, change, upsert (lookup API contract, section 5). The bin has the rest."""

from collections.abc import Sequence

from msgspec import UNSET

from records.outcomes import Outcome
from records.resources import Resource
from records.rows import AddressRow, Batch
from records.upsert import upsert
from tenants.actors import Actor


def write_addresses(
    *, owner: Resource, id: int, rows: Sequence[AddressRow], actor: Actor, dry_run: bool = False
) -> list[Outcome]:
    """Create or change addresses of one owner, as rows of that owner which say nothing else about it.

    Shape:  one outcome per address, in the order sent, with the id of the address and pointers into it. They are
            applied in order; one that is refused stops no other. The owner changes once, if any of them changed.
    Errors: none for what is refused. When the owner itself went to the bin, every outcome says so: a refusal whose
            resource is the owner's. PermissionDenied and Moved as ``records.upsert.upsert``.
    Source: lookup API contract, sections 3, 5 and 7.
    """
    count = len(rows)
    nothing = [UNSET] * count
    none = [None] * count
    batch = Batch(
        values=[nothing] * len(owner.columns),
        sources=nothing,
        source_ids=nothing,
        parents=nothing,
        ids=[id] * count,
        addresses=[(row,) for row in rows],
        versions=none,
        uids=none,
    )
    # One chunk, however long: what is read are all addresses of the owner anyway, and it is to change once.
    outcomes = upsert(
        resource=owner, rows=batch, actor=actor, by="id", mode="update", dry_run=dry_run, chunk=max(count, 1)
    )
    return [outcome.addresses[0] if outcome.addresses else outcome for outcome in outcomes]
