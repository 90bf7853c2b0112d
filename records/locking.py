"""Locking live records before something is hung below them (design section 6, lock order)."""

from collections.abc import Iterable

from records.models import Record


def lock_live(model: type[Record], ids: Iterable[int]) -> set[int]:
    """Lock those of the records that are live, in id order, until the transaction ends.

    Whoever adds or moves a child locks its owners with this first and refuses the rows whose owner is not among the
    answer. A foreign key alone does not help: it only asks that the owner exists, and a binned one does. A deletion
    of the owner at the same time either waits, and takes the child along, or came first, and the owner is not live.

    Gives:  the ids that are live.
    Errors: TransactionManagementError outside a transaction.
    """
    live = model.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update(no_key=True)
    return set(live.values_list("pk", flat=True))
