"""``manage.py rebuild_search_text``: make every record findable again."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from records.rebuilding import rebuild_search_text
from records.resources import resource_named, searchable


class Command(BaseCommand):
    help = (
        "Build the search text anew from the records. Needed after rows were written around the product, for example by"
        " psql or from a dump without the search text. Safe while the product runs; searching stays possible."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = [resource.name for resource in searchable()]
        parser.add_argument("resources", nargs="*", metavar="RESOURCE", help=f"some of {', '.join(names)}; all if none")
        parser.add_argument("--json", action="store_true", help="print the number of records by resource as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        known = {resource.name for resource in searchable()}
        if unknown := set(options["resources"]) - known:
            raise CommandError(f"Unknown: {', '.join(sorted(unknown))}. Use some of {', '.join(sorted(known))}.")
        counts: dict[str, int] = {}
        for name in options["resources"] or [resource.name for resource in searchable()]:
            counts[name] = 0
            for done in rebuild_search_text(resource_named(name)):
                counts[name] = done
                if sys.stderr.isatty():
                    self.stderr.write(f"\r{name}: {done:,}", ending="")
            if not options["json"]:
                self.stdout.write(f"{name}: {counts[name]:,} records are findable.")
        if options["json"]:
            self.stdout.write(json.dumps(counts))
