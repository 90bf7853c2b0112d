"""What new records take where their first row leaves it open (lookup API contract, section 3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from records import statements
from records.resolving import fetch
from records.resources import Resource
from tenants.models import Tenant

Values = Sequence[Any]


def complete(
    resource: Resource, tenant: Tenant, names: Sequence[str], columns: list[Values], creates: list[int], dry_run: bool
) -> None:
    """Fill columns of new records that were sent empty or not at all: the e-mail as login, the next debtor number.

    Shape: ``names`` and ``columns`` run in parallel, ``creates`` holds the index of the first row of each new record.
    Locks: the tenant, where it numbers its debtors. A dry run looks at the numbers and takes none.
    """
    if not creates:
        return
    for column in resource.columns:
        if column.default_from:
            _fill(columns, names.index(column.name), creates, columns[names.index(column.default_from)])
    if resource.numbered and tenant.debtor_numbering:
        position = names.index("debtor_id")
        bare = [index for index in creates if not columns[position][index]]
        numbers = _debtor_numbers(tenant, len(bare), dry_run)
        _fill(columns, position, bare, dict(zip(bare, numbers, strict=True)) if numbers else columns[position])


def _fill(columns: list[Values], position: int, indices: list[int], defaults: Values | Mapping[int, str]) -> None:
    filled = list(columns[position])
    for index in indices:
        # Absent is false, as the empty text is. A default that is absent itself stays so.
        filled[index] = filled[index] or defaults[index]
    columns[position] = filled


def _debtor_numbers(tenant: Tenant, count: int, dry_run: bool) -> list[str]:
    """None when the tenant has stopped numbering meanwhile."""
    if not count:
        return []
    first = tenant.next_debtor_number
    if not dry_run:
        rows = fetch(statements.NUMBER_DEBTORS, {"count": count, "tenant": tenant.pk})
        if not rows:
            return []
        first = rows[0][0]
    return [str(first + step) for step in range(count)]
