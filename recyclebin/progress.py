"""How far a run is, in numbers and in words."""

import datetime
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recyclebin.models import Run, RunState

LONG_ENOUGH = 1.0  # seconds of work before a rate means something


@dataclass(frozen=True)
class Progress:
    """``percent`` is None while the total is unknown; ``rate`` (a second) and ``seconds_left`` until both are known."""

    percent: int | None
    rate: float | None
    seconds_left: float | None

    @classmethod
    def of(cls, run: Run) -> "Progress":
        """What the row says. The rate is that of the whole run so far, so that it does not jump."""
        percent = _percent(run)
        rate = _rate(run)
        left = None
        if rate and run.total is not None and run.goes_on:
            left = max(run.total - run.done, 0) / rate
        return cls(percent, rate, left)


def sentence(run: Run) -> str:
    """``1,200 of 10,000 · 400 a second · about 22 seconds left``, or what stands in place of that."""
    if run.state == RunState.QUEUED:
        return _("Waiting for a free worker")
    amount = number_format(run.done, force_grouping=True)
    if run.total is not None:
        amount = _("%(done)s of %(total)s") % {"done": amount, "total": number_format(run.total, force_grouping=True)}
    elif run.goes_on:
        return _("Counting")
    parts = [amount]
    progress = Progress.of(run)
    if progress.rate and run.goes_on:
        parts.append(_("%(rate)s a second") % {"rate": number_format(_rounded(progress.rate), force_grouping=True)})
    if run.state == RunState.CANCELLING:
        parts.append(_("stops after the current step"))
    elif progress.seconds_left is not None:
        parts.append(_("about %(time)s left") % {"time": duration(progress.seconds_left)})
    if run.finished_at and run.started_at:
        took = (run.finished_at - run.started_at).total_seconds()
        parts.append(_("took %(time)s") % {"time": duration(took)})
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """``5 seconds``, ``3 minutes``, ``2 hours``: one unit, rounded up."""
    whole = max(int(seconds + 0.999), 1)
    if whole < 100:
        return ngettext("%(n)d second", "%(n)d seconds", whole) % {"n": whole}
    minutes = -(-whole // 60)
    if minutes < 100:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def _percent(run: Run) -> int | None:
    if run.state == RunState.DONE:
        return 100
    if run.total is None:
        return None
    # It is 100 only when all is done, however the count went up meanwhile.
    return min(int(100 * run.done / run.total), 99) if run.total else 0


def _rate(run: Run) -> float | None:
    if run.started_at is None or not run.done:
        return None
    until: datetime.datetime = run.finished_at or run.heartbeat_at
    spent = (until - run.started_at).total_seconds()
    return run.done / spent if spent >= LONG_ENOUGH else None


def _rounded(rate: float) -> float:
    return round(rate) if rate >= 10 else round(rate, 1)
