"""The change history: one event per change, written by statement-level triggers (design section 6)."""

from typing import TypeVar

import pghistory
import pghistory.models
from django.db import models

M = TypeVar("M", bound=models.Model)


class Event(pghistory.models.Event):
    """The base of every event table. Its key is 64 bits wide: four million records a night would wear out 32."""

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True


def tracked(model: type[M]) -> type[M]:
    """Keep a history of a record's rows, whichever way they are written.

    Updates are recorded without asking whether anything differs: verbs write changed rows only, and joining the old
    rows to the new ones to find out would cost more than the history itself. An UPDATE by psql that changes nothing
    leaves an event that shows no difference.
    """
    track = pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(condition=None), pghistory.DeleteEvent())
    tracked_model: type[M] = track(model)
    return tracked_model
