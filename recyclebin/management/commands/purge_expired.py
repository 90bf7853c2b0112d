"""``manage.py purge_expired``: what the job of the retention does, now and to the end."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from recyclebin import retention
from tenants.management.lookups import tenant_with_uid
from tenants.models import Tenant


class Command(BaseCommand):
    """Purge what has been in the bin for its time."""

    help = (
        "Delete permanently what has been in the recycle bin for as long as its tenant keeps it, and finish what a"
        " killed process had begun. The job worker does the same every ten minutes. Exit code 0: nothing is left to do."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="UID", help="one tenant only (default: all)")
        parser.add_argument("--dry-run", action="store_true", help="say how many deletions have expired, and stop")
        parser.add_argument("--json", action="store_true", help="print the numbers for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_with_uid(options["tenant"]) if options["tenant"] else None
        if options["dry_run"]:
            tenants = [tenant] if tenant else Tenant.objects.filter(retention_days__isnull=False)
            found = sum(retention.expired(each) for each in tenants)
            said = f"{found} deletion{'' if found == 1 else 's'} expired."
            self.stdout.write(json.dumps({"expired": found}) if options["json"] else said)
            return
        purged = rows = 0
        while True:
            done = retention.work_off(tenant=tenant)
            purged, rows = purged + done.purged, rows + done.rows
            if not done.more:
                break
        if options["json"]:
            self.stdout.write(json.dumps({"purged": purged, "records": rows}))
        else:
            self.stdout.write(
                f"Deleted permanently: {purged} deletion{'' if purged == 1 else 's'} with {rows}"
                f" record{'' if rows == 1 else 's'}."
            )
