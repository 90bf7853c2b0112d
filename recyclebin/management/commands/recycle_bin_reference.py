"""``manage.py recycle_bin_reference``: the rules of the recycle bin, as the models declare them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recyclebin.reference import page

PAGE = Path("docs/reference/recycle-bin.md")


class Command(BaseCommand):
    """Print the reference page of the recycle bin, or write it into the documentation."""

    help = (
        "Print docs/reference/recycle-bin.md as the code has it: every relation with its policy and what that means,"
        " and what goes along with each type of record. --write replaces the file; --check exits with 1 when it is"
        " out of date."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--write", action="store_true", help=f"write {PAGE}")
        what.add_argument("--check", action="store_true", help=f"exit with 1 when {PAGE} is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / PAGE
        if options["write"]:
            path.write_text(page(), encoding="utf-8")
            self.stdout.write(f"Wrote {PAGE}.")
        elif options["check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != page():
                raise CommandError(f"{PAGE} is out of date: manage.py recycle_bin_reference --write")
        else:
            self.stdout.write(page(), ending="")
