"""``manage.py sample_people``: a CSV file to try the product with."""

import contextlib
import csv
import os
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice.sample_people import HEADER, sample_people


class Command(BaseCommand):
    """Print invented people as CSV, row by row. Needs no database."""

    help = (
        "Print a CSV of invented people with gaps, accents, duplicates, typing errors and a few impossible dates, for"
        " examples/push_people.py. The same number and seed print the same people."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=_count, required=True, metavar="N", help="how many people, header apart")
        parser.add_argument(
            "--seed", type=int, default=1, help="another seed gives other people (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Names need UTF-8 whatever the locale says. A stream that someone put in place of stdout decides for itself.
        with contextlib.suppress(AttributeError):
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        writer = csv.writer(self.stdout, lineterminator="\n")
        try:
            writer.writerow(HEADER)
            writer.writerows(sample_people(rows=options["rows"], seed=options["seed"]))
            self.stdout.flush()
        except BrokenPipeError:
            # The reader has seen enough, as `head` does. Python would complain once more when it flushes at its exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)
