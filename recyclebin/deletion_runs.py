"""Deletions too large for a request: the confirmed records are written down, and a run deletes them in chunks.

All chunks are one operation, so one Undo takes everything back. A chunk takes its records off the list in the
transaction that deletes them: what is left on it is what is left to do, after a crash as well.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recyclebin import runs
from recyclebin.errors import ChoiceMoved, NothingLive
from recyclebin.many import Many
from recyclebin.models import Run, RunRecord
from recyclebin.policies import everything, graph, type_name
from recyclebin.reasons import checked_reason
from recyclebin.runs import Chunk, Kind, Work
from recyclebin.verbs import delete
from tenants.actors import Actor
from tenants.permissions import BACKOFFICE

KIND = "delete"
RECORDS_PER_CHUNK = 2_000

# Cost: the filter once, and an index entry per row. Nothing passes through this process.
_WRITE_DOWN = "INSERT INTO recyclebin_runrecord (run_id, record) SELECT %s, chosen.id FROM ({rows}) AS chosen(id)"


def start_deletion(rows: QuerySet[Any], *, actor: Actor, reason: str = "", expected: int | None = None) -> Run:
    """Ask for a run that puts these records, and what goes along with them, in the recycle bin.

    Takes:  records of one type. ``expected``, when given, is the number that was confirmed.
    Gives:  the run. Its id is the operation of all deletions that it makes.
    Errors: PermissionDenied, ReasonTooLong, ReasonNotText, ReasonRequired; ChoiceMoved when there are not as many as
            expected. Nothing is left of the run then.
    """
    reason = checked_reason(reason, actor)
    with transaction.atomic():
        parameters = {"type": type_name(rows.model), "reason": reason}
        run = runs.start(KIND, actor=actor, label=_("Delete"), parameters=parameters, total=0)
        run.total = _write_down(run, rows)
        if expected not in (None, run.total):
            raise ChoiceMoved
        number = number_format(run.total, use_l10n=True, force_grouping=True)
        run.label = _("Delete %(number)s %(name)s") % {"number": number, "name": rows.model._meta.verbose_name_plural}
        run.save(update_fields=["total", "label"])
    return run


def _write_down(run: Run, rows: QuerySet[Any]) -> int:
    statement, parameters = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_DOWN.format(rows=statement), [run.pk, *parameters])
        return int(cursor.rowcount)


def _total(work: Work) -> int:
    return RunRecord.objects.filter(run=work.operation).count()


def _chunk(work: Work, after: Any) -> Chunk:
    listed = RunRecord.objects.filter(run=work.operation)
    ids = list(listed.order_by("record").values_list("record", flat=True)[:RECORDS_PER_CHUNK])
    roots = everything(graph().by_type[work.parameters["type"]]).filter(pk__any_of=Many(ids))
    deleted = along = 0
    if ids:
        try:
            result = delete(roots=roots, actor=work.actor, reason=work.parameters["reason"], operation=work.operation)
            deleted, along = len(result.deletions), result.total - len(result.deletions)
        except NothingLive:
            pass  # somebody else was faster with all of these
        listed.filter(record__lte=ids[-1]).delete()
    outcomes = {"deleted": deleted, "along": along, "gone": len(ids) - deleted}
    return Chunk(after=ids[-1] if len(ids) == RECORDS_PER_CHUNK else None, done=len(ids), outcomes=outcomes)


def _home(run: Run) -> tuple[str, str]:
    return reverse("admin:recyclebin_deletion_changelist"), _("Open the recycle bin")


DELETE = Kind(
    name=KIND,
    right=BACKOFFICE,
    total=_total,
    chunk=_chunk,
    outcomes={
        "deleted": gettext_lazy("in the recycle bin"),
        "along": gettext_lazy("related records with them"),
        "gone": gettext_lazy("had gone before"),
    },
    home=_home,
    undoable=True,
)
