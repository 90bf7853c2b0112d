"""Restoring many deletions as a run: ticked ones, all that match a filter, or all of an operation."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recyclebin import run_worker, runs
from recyclebin.bin_filters import found
from recyclebin.models import Deletion, Run, State
from recyclebin.policies import graph
from recyclebin.record_pages import pages_of
from recyclebin.restore_preview import counted
from recyclebin.results import NotRestored, RestoreResult, Why, reason_of
from recyclebin.runs import Chunk, Kind, Work
from recyclebin.verbs import restore
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.permissions import BACKOFFICE

KIND = "restore"
AT_ONCE = 1_000
"""As many records are restored while somebody waits for the page; more take a job."""
PATIENCE = 8.0  # seconds that somebody waits for these
DELETIONS_PER_CHUNK = 500
RECORDS_PER_CHUNK = 2_000
"""A chunk ends with the deletion that reaches this; one deletion comes back as a whole, however large it is."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which deletions of a tenant are meant: a few by id, those that a filter lets through, or an operation's.

    ``until`` is the moment of the choice: what goes to the bin later does not belong to it.
    """

    ids: tuple[uuid.UUID, ...] = ()
    filter: Mapping[str, str] | None = None
    operation: uuid.UUID | None = None
    until: str = ""

    def of(self, tenant: Tenant) -> QuerySet[Deletion]:
        """Those of them that are in the bin now."""
        binned = Deletion.objects.for_tenant(tenant).binned()
        if until := parse_datetime(self.until) if self.until else None:
            binned = binned.filter(deleted_at__lte=until)
        if self.operation:
            return binned.of_operation(self.operation)
        if self.filter is not None:
            return found(binned, self.filter)
        return binned.filter(pk__in=self.ids)

    def as_json(self) -> dict[str, Any]:
        return {
            "ids": [str(pk) for pk in self.ids],
            "filter": None if self.filter is None else dict(self.filter),
            "operation": str(self.operation) if self.operation else None,
            "until": self.until,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Chosen":
        return cls(
            ids=tuple(uuid.UUID(pk) for pk in stored["ids"]),
            filter=stored["filter"],
            operation=uuid.UUID(stored["operation"]) if stored["operation"] else None,
            until=stored["until"],
        )


def start_restore(chosen: Chosen, *, actor: Actor, with_owners: bool = False) -> Run:
    """Restore these deletions: few records at once, more by the worker. Either way the run's page tells what came out.

    Errors: PermissionDenied.
    """
    actor.require(BACKOFFICE)
    deletions = chosen.of(actor.tenant)
    number, counts = counted(deletions)
    amount = {"number": number_format(number, force_grouping=True)}
    run = runs.start(
        KIND,
        actor=actor,
        label=ngettext("Restore %(number)s deletion", "Restore %(number)s deletions", number) % amount,
        parameters={"chosen": chosen.as_json(), "with_owners": with_owners},
        total=number,
    )
    if sum(counts.values()) <= AT_ONCE:
        run_worker.work(run.pk, seconds=PATIENCE)
        run.refresh_from_db()
    return run


def now() -> str:
    """The moment of a choice, as ``Chosen.until`` has it."""
    return timezone.now().isoformat()


def _total(work: Work) -> int:
    return Chosen.from_json(work.parameters["chosen"]).of(work.actor.tenant).count()


def _chunk(work: Work, after: Any) -> Chunk:
    """The next deletions, type by type, owners before the owned: an owner that is chosen too is back when it is asked.

    Within a type they come in the order of the root's id, which an index has. A record is in the bin once only, so no
    two of them share it.
    """
    place, last = after or (0, 0)
    models = graph().models
    chosen = Chosen.from_json(work.parameters["chosen"]).of(work.actor.tenant)
    of_type = chosen.filter(root_type=models[place]._meta.label_lower, root_id__gt=last).order_by("root_id")
    rows = list(of_type.only("pk", "root_id", "counts")[:DELETIONS_PER_CHUNK])
    taken = _few_enough(rows)
    result = restore(
        deletions=[deletion.pk for deletion in taken],
        actor=work.actor,
        with_owners=work.parameters["with_owners"],
        operation=work.operation,
    )
    if len(taken) < len(rows) or len(rows) == DELETIONS_PER_CHUNK:
        next_place: Any = [place, taken[-1].root_id]
    else:
        next_place = [place + 1, 0] if place + 1 < len(models) else None
    return Chunk(after=next_place, done=len(taken), outcomes=_outcomes(result), lines=_lines(result))


def _few_enough(deletions: Sequence[Deletion]) -> Sequence[Deletion]:
    records = 0
    for number, deletion in enumerate(deletions, start=1):
        records += deletion.total
        if records >= RECORDS_PER_CHUNK:
            return deletions[:number]
    return deletions


def _outcomes(result: RestoreResult) -> dict[str, int]:
    return {
        "restored": len(result.restored),
        "records": result.total,
        "skipped": len(result.skipped),
        "failed": len(result.failed),
    }


def _lines(result: RestoreResult) -> list[dict[str, Any]]:
    kept = run_worker.LINES_KEPT
    return [
        *({"outcome": "restored", "deletion": str(deletion.pk)} for deletion in result.restored[:kept]),
        *(_line("skipped", row) for row in result.skipped[:kept]),
        *(_line("failed", row) for row in result.failed[:kept]),
    ]


def _line(outcome: str, row: NotRestored) -> dict[str, Any]:
    owners = [str(owner.pk) for owner in row.owners]
    return {"outcome": outcome, "deletion": str(row.deletion), "why": row.why, "owners": owners}


@dataclass(frozen=True)
class Line:
    """One deletion of the report. ``url`` leads to the record when it came back, to the deletion when not."""

    deletion: uuid.UUID
    label: str
    url: str
    reason: str = ""
    owners: tuple[Deletion, ...] = ()


@dataclass(frozen=True)
class Part:
    """The lines of one outcome; ``unnamed`` more are not listed."""

    outcome: str
    title: str
    lines: tuple[Line, ...]
    unnamed: int


def _report(run: Run) -> list[Part]:
    """Failed first: that is what somebody has to do something about."""
    named = {pk for line in run.lines for pk in (line["deletion"], *line.get("owners", ()))}
    deletions = {str(each.pk): each for each in Deletion.objects.for_tenant(run.tenant_id).filter(pk__in=named)}
    back = [deletions[line["deletion"]] for line in run.lines if line["outcome"] == "restored"]
    pages = pages_of(back)
    parts = []
    for outcome, title in TITLES.items():
        lines = tuple(
            _told(line, deletions, {str(pk): page.record for pk, page in pages.items()})
            for line in run.lines
            if line["outcome"] == outcome
        )
        if lines:
            parts.append(Part(outcome, str(title), lines, run.outcomes.get(outcome, 0) - len(lines)))
    return parts


def _told(line: Mapping[str, Any], deletions: Mapping[str, Deletion], pages: Mapping[str, str]) -> Line:
    pk = line["deletion"]
    deletion = deletions.get(pk)
    label = (deletion.label if deletion else "") or _("(no name any more)")
    own_page = reverse("admin:recyclebin_deletion_change", args=[pk])
    if line["outcome"] == "restored":
        return Line(uuid.UUID(pk), label, pages.get(pk, own_page))
    owners = tuple(deletions[owner] for owner in line["owners"] if owner in deletions)
    reason = reason_of(Why(line["why"]), ", ".join(owner.label for owner in owners))
    in_the_way = tuple(owner for owner in owners if owner.state == State.BINNED)
    still = deletion is not None and deletion.state == State.BINNED
    return Line(uuid.UUID(pk), label, own_page, reason, in_the_way if still else ())


TITLES = {
    "failed": gettext_lazy("Not restored"),
    "skipped": gettext_lazy("Nothing to do"),
    "restored": gettext_lazy("Restored"),
}


def _home(run: Run) -> tuple[str, str]:
    return reverse("admin:recyclebin_deletion_changelist"), _("Back to the recycle bin")


RESTORE = Kind(
    name=KIND,
    right=BACKOFFICE,
    total=_total,
    chunk=_chunk,
    outcomes={
        "restored": gettext_lazy("restored"),
        "records": gettext_lazy("records back"),
        "skipped": gettext_lazy("restored before"),
        "failed": gettext_lazy("not restored"),
    },
    report=_report,
    template="recyclebin/restore_lines.html",
    home=_home,
)
