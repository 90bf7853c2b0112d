"""The filters of the bin list, as parameters of an address: the list applies them, and so does a job long after.

One implementation for both, so that "all that match" means in the job what it meant on the page.
"""

import datetime
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.dateparse import parse_date

from recyclebin.models import State
from recyclebin.querysets import DeletionQuerySet

SEARCH = "q"
STATE = "state"
TYPE = "type"
ACTOR = "actor"
ORIGIN = "origin"
SINCE = "deleted_at_from"
UNTIL = "deleted_at_to"
ANY_STATE = "any"

D = TypeVar("D", bound=DeletionQuerySet)


def narrow(deletions: D, name: str, value: str) -> D:
    """The deletions that one filter lets through; no value lets all through, but for the state: it means the bin.

    A value that cannot be read lets nothing through. Guessing would make "all that match" mean more than was shown.
    """
    if name == STATE:
        return _of_state(deletions, value)
    narrowed: D = _NARROW[name](deletions, value) if value else deletions
    return narrowed


def found(deletions: D, wanted: Mapping[str, str]) -> D:
    """The deletions that all filters of an address let through. Other parameters, such as pages and orders, are not
    asked."""
    found = narrow(deletions, STATE, wanted.get(STATE, ""))
    for name in _NARROW:
        found = narrow(found, name, wanted.get(name, ""))
    return found


def parameters_of(query: Mapping[str, str]) -> dict[str, str]:
    """What of an address narrows the list: to be stored, and given to ``found`` again."""
    return {name: query[name] for name in (STATE, *_NARROW) if query.get(name)}


def _of_state(deletions: D, value: str) -> D:
    if value == ANY_STATE:
        return deletions
    if value == State.PURGED:
        return deletions.filter(state__in=[State.PURGING, State.PURGED])
    return deletions.filter(state=value or State.BINNED)


def _of_actor(deletions: D, value: str) -> D:
    kind, _, pk = value.partition("-")
    if kind == "product":
        return deletions.filter(staff=None, client=None)
    if kind in {"staff", "client"} and pk.isascii() and pk.isdecimal() and len(pk) <= 18:
        return deletions.filter(**{kind: int(pk)})
    return deletions.none()


def _since(deletions: D, value: str) -> D:
    day = _midnight(value)
    return deletions.filter(deleted_at__gte=day) if day else deletions.none()


def _until(deletions: D, value: str) -> D:
    day = _midnight(value)
    return deletions.filter(deleted_at__lt=day + datetime.timedelta(days=1)) if day else deletions.none()


def _midnight(value: str) -> datetime.datetime | None:
    try:
        day = parse_date(value)
    except ValueError:  # 2026-02-30
        return None
    # The last days of the calendar have no day after them.
    if day is None or not 1900 <= day.year <= 9000:
        return None
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


_NARROW: dict[str, Callable[..., Any]] = {
    SEARCH: lambda deletions, value: deletions.matching(value),
    TYPE: lambda deletions, value: deletions.filter(root_type=value),
    ACTOR: _of_actor,
    ORIGIN: lambda deletions, value: deletions.filter(origin=value),
    SINCE: _since,
    UNTIL: _until,
}
