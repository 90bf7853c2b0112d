"""A kind of run whose effect can be counted: it raises the tenant's next debtor number, one by one record of work."""

import os
import sys
import time
from typing import Any

from django.db.models import F

from recyclebin.errors import RecycleBinError
from recyclebin.runs import Chunk, Kind, ReportLine, Work, register
from tenants.models import Tenant
from tenants.permissions import BACKOFFICE

START = 10_000


class Refused(RecycleBinError):
    """What a verb says to people."""


def total(work: Work) -> int:
    return int(work.parameters["number"])


def chunk(work: Work, after: Any) -> Chunk:
    """``size`` pieces; ``refuse_at`` and ``break_at`` name a position at which the chunk fails after it has written."""
    parameters, begin = work.parameters, after or 0
    end = min(begin + parameters["size"], parameters["number"])
    Tenant.objects.filter(pk=work.actor.tenant.pk).update(next_debtor_number=F("next_debtor_number") + (end - begin))
    time.sleep(parameters.get("seconds", 0))
    if parameters.get("refuse_at") == begin:
        raise Refused("Not this one.")
    if parameters.get("break_at") == begin:
        raise ZeroDivisionError
    if parameters.get("kill_at") == begin:
        os.kill(os.getpid(), 9)
    return Chunk(
        after=end if end < parameters["number"] else None,
        done=end - begin,
        outcomes={"counted": end - begin},
        lines=[{"outcome": "counted", "number": end}],
    )


def report(run: Any) -> list[ReportLine]:
    return [ReportLine(outcome=line["outcome"], label=f"Number {line['number']}", text="counted") for line in run.lines]


COUNTING = Kind(
    name="counting", right=BACKOFFICE, total=total, chunk=chunk, outcomes={"counted": "counted"}, report=report
)
register(COUNTING)

if __name__ == "__main__":
    # A worker that knows this kind.
    from django.core.management import call_command

    call_command("worker", *sys.argv[1:])
