"""``manage.py restore_deletion``: bring one deletion back from the recycle bin."""

import json
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recyclebin.models import Deletion
from recyclebin.results import NotRestored, RestoreResult
from recyclebin.verbs import restore
from tenants.actors import system_actor


class Command(BaseCommand):
    """Restore a deletion, with the deletions of its owners when asked."""

    help = (
        "Restore a deletion: exactly the records that it took come back, unchanged. list_deletions prints the ids."
        " Exit code 0: all of it is live now (also when it was restored before). 1: nothing was restored, the message"
        " says why. 2: wrong arguments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("deletion", metavar="UUID", help="the id of the deletion")
        parser.add_argument(
            "--with-owners", action="store_true", help="also restore the deletions that hold its owners, if any do"
        )
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        deletion = deletion_with_id(options["deletion"])
        actor = system_actor(deletion.tenant, "restore_deletion")
        result = restore(deletions=[deletion.pk], actor=actor, with_owners=options["with_owners"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(result)))
        if result.failed:
            raise CommandError(explain(result.failed[0], deletion))
        if options["json"]:
            return
        for skipped in result.skipped:
            self.stdout.write(f"{skipped.label}: {skipped.reason}")
        for restored in result.restored:
            self.stdout.write(
                f"Restored {restored.label} ({restored.total} record{'' if restored.total == 1 else 's'})."
            )


def deletion_with_id(text: str) -> Deletion:
    """Errors: CommandError for what is no UUID, and for a UUID that no deletion has."""
    try:
        key = uuid.UUID(text)
    except ValueError:
        raise CommandError(f"[{text}] is not the id of a deletion: list_deletions prints them.") from None
    deletion = Deletion.objects.select_related("tenant").filter(pk=key).first()
    if deletion is None:
        raise CommandError(f"There is no deletion with the id [{key}]: list_deletions prints them.")
    return deletion


def explain(failed: NotRestored, deletion: Deletion) -> str:
    """Why nothing came back and, where an owner is in the way, what to type."""
    hints = [f"--with-owners restores {owner.label} too." for owner in failed.owners]
    return " ".join([f"{deletion.label} was not restored.", failed.reason, *hints])


def as_json(result: RestoreResult) -> dict[str, Any]:
    """The result for programs; ``counts`` are the rows that came back per record type."""
    return {
        "operation": str(result.operation),
        "restored": [str(deletion.pk) for deletion in result.restored],
        "skipped": [_reason(skipped) for skipped in result.skipped],
        "failed": [_reason(failed) for failed in result.failed],
        "counts": dict(result.counts),
    }


def _reason(answer: NotRestored) -> dict[str, Any]:
    owners = [str(owner.pk) for owner in answer.owners]
    return {"id": str(answer.deletion), "label": answer.label, "reason": answer.reason, "owners": owners}
