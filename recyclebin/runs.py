"""Long work with progress: started by a page, done in chunks by the job worker, resumed after a crash, cancelled.

How to add a kind of work, in a room of any height:

1.  Write two functions and register them once, in ``AppConfig.ready``::

        def total(work: Work) -> int: ...
        def chunk(work: Work, after: Any) -> Chunk: ...

        register(Kind(name="restore", right=BACKOFFICE, total=total, chunk=chunk, outcomes={"restored": _("restored")}))

    ``total`` counts what is to be done, in the unit of ``Chunk.done``; it is asked once, and only when ``start`` was
    not told. ``chunk`` does the next piece, a second or two of work: ``after`` is None for the first piece, then
    whatever JSON the piece before returned as ``Chunk.after``; the last piece returns None there.
2.  Start it where a page asks for it, and show its page::

        run = start("restore", actor=actor, label=_("Restore 1,200 deletions"), parameters={...}, total=1200)
        return HttpResponseRedirect(run_url(run))

What a kind can rely on: each chunk runs in a transaction of its own, together with the note of how far the run is. So
after ``kill -9`` it goes on behind the last chunk that was committed, and no chunk takes effect twice. No two workers
work on one run at once. ``work.actor`` has the rights that its account holds at this moment, not those of the start.
``work.operation`` is one id for the whole run: passed to the verbs, it groups all chunks in the history and for Undo.

What a kind has to see to: ``parameters`` say what to work on (a filter, a time), never a list of a million ids. A chunk
must not count on rows that it has seen to be still there. An error that speaks to people (``RecycleBinError``,
``PermissionDenied``, ``RunFailed``) ends the run with that sentence; any other ends it with a general one. What a
database can recover from (a deadlock, a lost connection) is tried again. No personal value in ``label`` or in
``Chunk.lines``: lines name deletions or records by id, and ``Kind.report`` looks their labels up when they are shown.
"""

import datetime
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from recyclebin.models import RUN_GOES_ON, Run, RunState
from tenants.actors import Actor
from tenants.errors import PermissionDenied
from tenants.permissions import BACKOFFICE

TASK = "recyclebin.jobs.work_on_run"
KEPT = datetime.timedelta(days=30)
"""So long a run that ended can be looked at."""


class RunFailed(Exception):
    """Raised by a kind: the run cannot go on. The text is a sentence for people, without personal values."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a kind is given: who wants it, what is to be done, and the operation that all chunks belong to."""

    actor: Actor
    parameters: Mapping[str, Any]
    operation: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """What one chunk did.

    ``after`` is handed to the next chunk, None when there is none. ``done`` counts in the unit of the total,
    ``outcomes`` by name (``{"restored": 480, "failed": 20}``). ``lines`` are what is worth telling one by one, as JSON
    objects that ``Kind.report`` understands, each with its ``outcome``; the first 100 of each outcome are kept.
    """

    after: Any
    done: int
    outcomes: Mapping[str, int] = field(default_factory=dict)
    lines: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """One line of the result: ``label`` leads to ``url`` when there is one, ``text`` says what became of it."""

    outcome: str
    label: str
    url: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of work. ``right`` is what starting and cancelling ask for.

    ``outcomes`` names each outcome for people, in the order of the report. ``report`` turns the stored lines of a run
    into lines to show (``ReportLine``, unless the kind has a ``template`` of its own that shows its ``lines``), in a
    bounded number of statements. ``home`` says where the page's way back leads: an address, and the words on it.
    ``undoable``: what it deleted can be taken back, its page has the button.
    """

    name: str
    total: Callable[[Work], int]
    chunk: Callable[[Work, Any], Chunk]
    right: str = BACKOFFICE
    outcomes: Mapping[str, Any] = field(default_factory=dict)
    report: Callable[[Run], Sequence[Any]] = lambda run: ()
    template: str = "recyclebin/run_lines.html"
    home: Callable[[Run], tuple[str, str]] | None = None
    undoable: bool = False


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known to this process. Registering the same one twice changes nothing."""
    _kinds[kind.name] = kind


def kind_of(run: Run) -> Kind | None:
    """The kind of a run; None when it was started by another version that knows more kinds."""
    return _kinds.get(run.kind)


def start(
    kind: str, *, actor: Actor, label: str, parameters: Mapping[str, Any] | None = None, total: int | None = None
) -> Run:
    """Put work in the queue; it begins when the surrounding transaction has committed.

    Takes:  ``parameters`` as JSON; ``total`` when it is known already.
    Errors: PermissionDenied; LookupError for a kind that nobody registered; ValueError for an API client, which has no
            page to watch a run on.
    """
    known = _kinds[kind]
    actor.require(known.right)
    if actor.client is not None:
        raise ValueError("Runs are started by staff or by the product itself.")
    with transaction.atomic():
        run = Run.objects.create(
            tenant=actor.tenant,
            kind=kind,
            label=label[: Run._meta.get_field("label").max_length],
            parameters=dict(parameters or {}),
            staff=actor.staff,
            by_system=actor.staff is None,
            actor=actor.label[:255],
            origin=actor.origin,
            request_id=actor.request_id,
            total=total,
        )
        enqueue(run.pk)
    return run


def cancel(run: Run, *, actor: Actor) -> None:
    """Ask a run to stop. It does so before its next chunk; what was done stays done. One that ended stays as it is.

    Errors: PermissionDenied, also for a run of another tenant.
    """
    kind = kind_of(run)
    actor.require(kind.right if kind else BACKOFFICE)
    if run.tenant_id != actor.tenant.pk:
        raise PermissionDenied(kind.right if kind else BACKOFFICE)
    this = Run.objects.filter(pk=run.pk)
    by = actor.label[:255]
    if not this.filter(state=RunState.QUEUED).update(
        state=RunState.CANCELLED, cancelled_by=by, finished_at=Now(), parameters={}
    ):
        this.filter(state=RunState.RUNNING).update(state=RunState.CANCELLING, cancelled_by=by)


def run_url(run: Run) -> str:
    """The page that shows how far a run is."""
    return reverse("admin:recyclebin_run_change", args=[run.pk])


def enqueue(run: uuid.UUID) -> None:
    """Give a run to the worker, unless it waits there already."""
    job = app.configure_task(TASK, queueing_lock=f"run-{run}")
    try:
        with transaction.atomic():
            job.defer(run=str(run))
    except AlreadyEnqueued:
        pass


def clear() -> int:
    """Remove the runs that ended long ago, with all that they told. Returns how many."""
    ended = Run.objects.exclude(state__in=RUN_GOES_ON).filter(finished_at__lt=Now() - KEPT)
    return ended.delete()[0]
