"""Undo: the button that a message carries, and what stands in its way when somebody pushes it.

A message is text, so its tags carry the operation and the page adds the form.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from recyclebin.models import RUN_GOES_ON, Deletion, Run, State
from recyclebin.moments import ago
from recyclebin.querysets import DeletionQuerySet
from recyclebin.runs import run_url

_TAG = "undo-"


def undo_tag(operation: uuid.UUID) -> str:
    """The extra tag of a message that offers to undo this operation."""
    return f"{_TAG}{operation}"


def operation_of(message: Any) -> uuid.UUID | None:
    """The operation that the message offers to undo, if any."""
    for tag in str(message.extra_tags or "").split():
        if tag.startswith(_TAG):
            return uuid.UUID(tag.removeprefix(_TAG))
    return None


@dataclass(frozen=True)
class Refusal:
    """Why there is nothing to take back, as a sentence; ``url`` leads to where it can be seen, if anywhere."""

    text: str
    url: str = ""


def refusal(operation: uuid.UUID, deletions: DeletionQuerySet) -> Refusal | None:
    """Why these deletions, all of one operation, cannot be taken back at all; None when some of them can.

    Cost: three statements at most.
    """
    run = Run.objects.filter(pk=operation, state__in=RUN_GOES_ON).only("pk").first()
    if run is not None:
        return Refusal(
            _("The job still deletes. Wait until it has ended, or cancel it, and undo it then."), run_url(run)
        )
    states = set(deletions.order_by().values_list("state", flat=True).distinct())
    if State.BINNED in states:
        return None
    if State.PURGING in states:
        return Refusal(_("It is being deleted permanently and cannot be restored any more."))
    if State.RESTORED not in states:
        return Refusal(_("It was deleted permanently and cannot be restored any more."))
    last: Deletion = deletions.filter(state=State.RESTORED).latest("restored_at")
    if last.restored_at is None:
        return Refusal(_("It was restored before: there was nothing left to undo."))
    who = {"who": last.restored_by, "when": ago(last.restored_at)}
    return Refusal(_("%(who)s restored it %(when)s: there was nothing left to undo.") % who)
