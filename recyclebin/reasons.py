"""Why something was deleted: what counts as a reason, and the reasons that a tenant gave lately."""

import re

from django.db import connection

from recyclebin.errors import ReasonNotText, ReasonRequired, ReasonTooLong
from tenants.actors import Actor
from tenants.models import Tenant

REASON_LIMIT = 500
SUGGESTIONS = 8
STEPS = 100
"""Actions that are looked at for suggestions. A tenant that gave the same reason so often gets that one."""

_not_text = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# All deletions of one action have one time, so this walks from action to action and not over their 10,000 rows.
# Cost: one probe of deletion_reasons_idx per step.
_RECENT = """
WITH RECURSIVE walk AS (
    (SELECT deleted_at, reason, 1 AS step FROM recyclebin_deletion
      WHERE tenant_id = %(tenant)s AND staff_id IS NOT NULL AND reason <> '' AND state IN ('binned', 'restored')
      ORDER BY deleted_at DESC LIMIT 1)
    UNION ALL
    SELECT older.deleted_at, older.reason, walk.step + 1
      FROM walk
     CROSS JOIN LATERAL (
        SELECT deleted_at, reason FROM recyclebin_deletion
         WHERE tenant_id = %(tenant)s AND staff_id IS NOT NULL AND reason <> '' AND state IN ('binned', 'restored')
           AND deleted_at < walk.deleted_at
         ORDER BY deleted_at DESC LIMIT 1) AS older
     WHERE walk.step < %(steps)s
)
SELECT reason FROM walk GROUP BY reason ORDER BY max(deleted_at) DESC LIMIT %(number)s
"""


def checked_text(reason: str) -> str:
    """A reason without the blanks around it. Errors: ReasonTooLong, ReasonNotText."""
    reason = reason.strip()
    if len(reason) > REASON_LIMIT:
        raise ReasonTooLong(REASON_LIMIT)
    if _not_text.search(reason):
        raise ReasonNotText
    return reason


def checked_reason(reason: str, actor: Actor) -> str:
    """The reason as it is kept: stripped, and for an API client that gave none, the name of the client.

    The contracts give integrations no way to be told that a reason is missing, so only staff are asked for one. With
    the client's name there is an answer to "why" all the same: that system no longer has the record.
    Errors: ReasonTooLong, ReasonNotText, ReasonRequired.
    """
    reason = checked_text(reason)
    if not reason and actor.client is not None:
        return actor.label[:REASON_LIMIT]
    if not reason and actor.staff is not None and actor.tenant.reason_required:
        raise ReasonRequired
    return reason


def recent_reasons(tenant: Tenant) -> tuple[str, ...]:
    """What staff of the tenant wrote lately, the latest first, each once. Nothing of what is deleted permanently."""
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, {"tenant": tenant.pk, "steps": STEPS, "number": SUGGESTIONS})
        return tuple(reason for (reason,) in cursor.fetchall())
