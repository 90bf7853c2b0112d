"""Letting a DELETE pass the triggers that guard the tables of records (design section 4)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_ANNOUNCE = "SELECT set_config('backoffice.purge', %s, true)"


@contextmanager
def deleting_for_good() -> Iterator[None]:
    """Announce that the statements inside delete for good. For the few verbs that may: who calls it answers for it.

    The history stays: the same statement writes an event for each row that it deletes, with who did it and when.
    An error inside takes the announcement back with all that the transaction wrote.

    Errors: RuntimeError outside a transaction, where the announcement would be over before the first statement.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("deleting_for_good() needs a transaction: the announcement lasts until it ends.")
    with transaction.atomic(savepoint=False):
        _announce("on")
        yield
        _announce("")


def _announce(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE, [value])
