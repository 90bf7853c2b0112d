"""The change history: one event per real change, written by statement-level triggers (design section 6)."""

import pghistory.models
from django.db import models


class Event(pghistory.models.Event):
    """The base of every event table. Its key is 64 bits wide: four million records a night would wear out 32."""

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True
