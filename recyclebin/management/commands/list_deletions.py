"""``manage.py list_deletions``: what is in a tenant's recycle bin."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from recyclebin.models import Deletion, State
from tenants.management.lookups import tenant_with_uid


class Command(BaseCommand):
    """Print the deletions of a tenant, the latest first."""

    help = (
        "List the recycle bin of a tenant, the latest deletion first: the id that restore_deletion takes, what was"
        " deleted, when, by whom and why."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="UID", help="the tenant whose recycle bin is meant")
        parser.add_argument(
            "--state",
            choices=[*State.values, "all"],
            default=State.BINNED.value,
            help="which deletions (default: %(default)s, those that can be restored)",
        )
        parser.add_argument("--matching", metavar="WORDS", default="", help="only those in which all words are found")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many (default: all)")
        parser.add_argument("--json", action="store_true", help="print a JSON array for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_with_uid(options["tenant"])
        found = Deletion.objects.for_tenant(tenant).matching(options["matching"])
        if options["state"] != "all":
            found = found.filter(state=options["state"])
        if options["limit"] is not None:
            found = found[: max(options["limit"], 0)]
        # A cursor in the database and a line per deletion: memory does not grow with the bin.
        rows = found.iterator(chunk_size=1000)
        if options["json"]:
            self.stdout.write("[", ending="")
            for number, deletion in enumerate(rows):
                self.stdout.write((",\n" if number else "\n") + json.dumps(as_json(deletion)), ending="")
            self.stdout.write("\n]")
            return
        number = 0
        for deletion in rows:
            self.stdout.write(as_line(deletion))
            number += 1
        self.stderr.write(f"{number} deletion{'' if number == 1 else 's'} of {tenant}.")


def as_json(deletion: Deletion) -> dict[str, Any]:
    """A deletion for programs. Times are ISO 8601 in UTC, ``counts`` are rows per record type."""
    return {
        "id": str(deletion.pk),
        "operation": str(deletion.operation),
        "label": deletion.label,
        "type": deletion.root_type,
        "rootId": deletion.root_id,
        "source": deletion.root_source,
        "sourceId": deletion.root_source_id,
        "deletedAt": deletion.deleted_at.isoformat(),
        "deletedBy": deletion.actor,
        "origin": deletion.origin,
        "reason": deletion.reason,
        "counts": deletion.counts,
        "expiresAt": deletion.expires_at and deletion.expires_at.isoformat(),
        "state": deletion.state,
        "restoredAt": deletion.restored_at and deletion.restored_at.isoformat(),
        "restoredBy": deletion.restored_by,
    }


def as_line(deletion: Deletion) -> str:
    """A deletion for people, on one line whatever was typed into its label and reason."""
    when = deletion.deleted_at.strftime("%Y-%m-%d %H:%M")
    what = f"{deletion.root_type.rpartition('.')[2]} {deletion.label}"
    more = f" +{deletion.total - 1}" if deletion.total > 1 else ""
    why = f": {deletion.reason}" if deletion.reason else ""
    return " ".join(f"{deletion.pk}  {when}  {what}{more}  by {deletion.actor}{why}".splitlines())
