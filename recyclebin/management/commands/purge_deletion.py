"""``manage.py purge_deletion``: delete for good what some deletions hold."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recyclebin.errors import RecycleBinError
from recyclebin.management.commands.restore_deletion import deletion_with_id
from recyclebin.models import Deletion
from recyclebin.purging import purging
from recyclebin.results import PurgeResult
from tenants.actors import system_actor


class Command(BaseCommand):
    """Purge deletions, all of one tenant, after somebody typed how many."""

    help = (
        "Delete permanently what these deletions hold. There is no way back. list_deletions prints the ids. When it is"
        " killed, the job worker goes on with it, or another call. Exit code 0: all of it is gone, also when it was"
        " before. 1: something was not deleted, the message says why. 2: wrong arguments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("deletions", nargs="+", metavar="UUID", help="the ids of the deletions")
        parser.add_argument("--reason", default="", help="why; it is kept for ever, so it should name nobody")
        parser.add_argument("--no-input", action="store_true", help="do not ask")
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        deletions = [deletion_with_id(text) for text in dict.fromkeys(options["deletions"])]
        tenants = {deletion.tenant_id for deletion in deletions}
        if len(tenants) > 1:
            raise CommandError("These deletions belong to several tenants. Name those of one tenant at a time.")
        if not options["no_input"]:
            self._ask(deletions)
        result = self._purge(deletions, options["reason"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(result)))
        before = {deletion.pk for deletion in deletions if deletion.state == "purged"}
        left = [one for one in result.not_purged if one.deletion not in before]
        if left:
            raise CommandError(" ".join(f"{one.label or one.deletion} was not deleted. {one.reason}" for one in left))
        if not options["json"]:
            self.stdout.write(told(result))

    def _ask(self, deletions: list[Deletion]) -> None:
        if not sys.stdin.isatty():
            raise CommandError("There is nobody to ask: add --no-input when you are sure.")
        for deletion in deletions:
            self.stderr.write(f"{deletion.pk}  {deletion.label}  {deletion.total} record(s)")
        typed = input(f"This cannot be undone. Type the number of deletions ({len(deletions)}) to go on: ")
        if typed.strip() != str(len(deletions)):
            raise CommandError("Nothing was deleted.")

    def _purge(self, deletions: list[Deletion], reason: str) -> PurgeResult:
        actor = system_actor(deletions[0].tenant, "purge_deletion")
        result: PurgeResult | None = None
        try:
            for step in purging(deletions=[deletion.pk for deletion in deletions], actor=actor, reason=reason):
                result = result + step if result else step
                if sys.stderr.isatty():
                    self.stderr.write(f"\r{result.total:,} records", ending="")
        except RecycleBinError as error:
            raise CommandError(str(error)) from error
        if result is None:
            raise CommandError("Nothing was deleted.")
        return result


def told(result: PurgeResult) -> str:
    """One sentence for people."""
    deletions, records = len(result.purged), result.total
    return (
        f"Deleted permanently: {deletions} deletion{'' if deletions == 1 else 's'} with {records}"
        f" record{'' if records == 1 else 's'}."
    )


def as_json(result: PurgeResult) -> dict[str, Any]:
    """The result for programs. ``counts`` are rows per record type."""
    return {
        "operation": str(result.operation),
        "purged": [str(pk) for pk in result.purged],
        "notPurged": [{"id": str(one.deletion), "reason": one.reason} for one in result.not_purged],
        "counts": dict(result.counts),
    }
