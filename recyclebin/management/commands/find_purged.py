"""``manage.py find_purged``: was a record with this key ever here, and deleted permanently?"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recyclebin import tombstones
from recyclebin.models import Tombstone
from tenants.management.lookups import tenant_with_uid


class Command(BaseCommand):
    """Ask the tombstones of a tenant about a key."""

    help = (
        "Say whether a record with this source id or uid was deleted permanently: its type and id, when, by whom and"
        " why. Of the key itself only a keyed hash is stored, so it has to be named exactly. Exit code 0 in both cases;"
        " 1 when it cannot be told, because a secret that made tombstones is missing from TOMBSTONE_KEYS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="the source id or the uid, as the record had it")
        parser.add_argument("--tenant", required=True, metavar="UID", help="the tenant whose records are meant")
        parser.add_argument("--source", default="", help="only records of this source (default: all)")
        parser.add_argument("--json", action="store_true", help="print an array for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_with_uid(options["tenant"])
        found = list(tombstones.with_key(tenant, options["key"], source=options["source"]))
        if not found and tombstones.unaskable(tenant):
            raise CommandError(
                "No such record was found, but some tombstones were made with a secret that is missing from"
                " TOMBSTONE_KEYS and could not be asked. Add the secrets that were used before."
            )
        if options["json"]:
            self.stdout.write(json.dumps([as_json(tombstone) for tombstone in found]))
            return
        for tombstone in found:
            self.stdout.write(as_line(tombstone))
        if not found:
            self.stdout.write(f"No record of {tenant} with this key was deleted permanently.")


def as_json(tombstone: Tombstone) -> dict[str, Any]:
    """A tombstone for programs. Times are ISO 8601 in UTC."""
    deletion = tombstone.gone_with
    return {
        "type": tombstone.type,
        "id": tombstone.record,
        "source": tombstone.source,
        "deletion": str(deletion.pk),
        "deletedAt": deletion.deleted_at.isoformat(),
        "deletedBy": deletion.actor,
        "purgedAt": deletion.purged_at and deletion.purged_at.isoformat(),
        "purgedBy": deletion.purged_by,
        "reason": deletion.purge_reason,
    }


def as_line(tombstone: Tombstone) -> str:
    """A tombstone for people, on one line."""
    deletion = tombstone.gone_with
    when = deletion.purged_at.strftime("%Y-%m-%d %H:%M") if deletion.purged_at else "now"
    why = f": {deletion.purge_reason}" if deletion.purge_reason else ""
    text = f"{tombstone.type} {tombstone.record}  deleted permanently {when} by {deletion.purged_by}{why}"
    return " ".join(text.splitlines())
