"""Retention: when what is in the bin has had its time, and the work that deletes it for good then.

A deletion carries the date on which it expires, so that everybody sees the same countdown. When the setting of the
tenant changes, the dates of what is in the bin move with it (docs/decisions/0020-purge.md).
"""

import datetime
import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recyclebin.models import RUN_GOES_ON, Deletion, Run
from recyclebin.purging import DELETIONS, ROWS, purging, resume, unfinished
from recyclebin.querysets import DeletionQuerySet
from recyclebin.results import PurgeResult
from tenants import retention as tenant_retention
from tenants.actors import system_actor
from tenants.choices import Origin
from tenants.models import Tenant

GRACE = datetime.timedelta(days=7)
"""So much time remains for what is in the bin when a tenant shortens its retention."""

SLICE = 5.0
"""Seconds after which the job lets other jobs pass."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Slice:
    """What one slice of the job did. ``more`` says that there is something left that can be done at once."""

    purged: int = 0
    rows: int = 0
    more: bool = False


def move_expiry(tenant: Tenant) -> None:
    """Give what is in the tenant's bin the dates that its setting asks for now. Called when the setting changed.

    A shorter time leaves ``GRACE`` at least, or what there was left; a longer one adds to it; no time at all takes the
    dates away. One statement.
    """
    binned = Deletion.objects.for_tenant(tenant).binned()
    days = tenant.retention_days
    if days is None:
        binned.update(expires_at=None)
        return
    # LEAST passes over NULL: what had no date gets the grace.
    soonest = Least("expires_at", timezone.now() + GRACE)
    binned.update(expires_at=Greatest(F("deleted_at") + datetime.timedelta(days=days), soonest))


def work_off(*, seconds: float = SLICE, tenant: Tenant | None = None, rows: int = ROWS) -> Slice:
    """Purge what has expired, and go on with purges whose process died, for about so many seconds.

    A purge that cannot be finished is logged and stops no other. A run with progress that still goes on is left alone.
    """
    until = time.monotonic() + seconds
    purged = done = 0
    for step in _steps(tenant, rows):
        purged += len(step.purged)
        done += step.total
        if time.monotonic() >= until:
            return Slice(purged, done, more=True)
    return Slice(purged, done)


def expired(tenant: Tenant) -> int:
    """How many deletions of the tenant have had their time and are still in the bin."""
    return _expired(tenant).count()


def register() -> None:
    """Follow the setting of a tenant. Called once, when the app is ready."""
    tenant_retention.register(move_expiry)


def _steps(tenant: Tenant | None, rows: int) -> Iterator[PurgeResult]:
    running = set(Run.objects.filter(state__in=RUN_GOES_ON).values_list("pk", flat=True))
    for begun in unfinished(tenant):
        if begun.operation not in running:
            yield from _guarded(resume(begun, rows=rows), begun.tenant)
    tenants = Tenant.objects.filter(pk=tenant.pk) if tenant else Tenant.objects.all()
    for each in tenants.filter(retention_days__isnull=False).order_by("pk"):
        yield from _guarded(_expired_steps(each, rows), each)


def _expired_steps(tenant: Tenant, rows: int) -> Iterator[PurgeResult]:
    actor = system_actor(tenant, _("Retention"), origin=Origin.RETENTION)
    days = tenant.retention_days or 0
    reason = ngettext("After %(days)d day in the recycle bin", "After %(days)d days in the recycle bin", days)
    operation = uuid.uuid4()
    while chosen := list(_expired(tenant).order_by("expires_at").values_list("pk", flat=True)[:DELETIONS]):
        yield from purging(
            deletions=chosen, actor=actor, reason=reason % {"days": days}, rows=rows, operation=operation
        )


def _expired(tenant: Tenant) -> DeletionQuerySet:
    return Deletion.objects.for_tenant(tenant).binned().filter(expires_at__lte=timezone.now())


def _guarded(steps: Iterator[PurgeResult], tenant: Tenant) -> Iterator[PurgeResult]:
    try:
        yield from steps
    except Exception:
        logger.exception("A purge of tenant %s broke off; the others go on.", tenant.pk)
