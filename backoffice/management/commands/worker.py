"""``manage.py worker``: the job worker alone, as many as wanted on as many machines as wanted."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

GRACE = 8.0  # seconds; `serve` kills after ten


class Command(BaseCommand):
    """Run procrastinate's worker. ``manage.py procrastinate worker`` has more options."""

    help = (
        "Run the job worker until Ctrl-C or SIGTERM, with as many seconds as --grace gives to finish the jobs at hand."
        " A second signal ends it at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queues", default="", help="comma-separated queues to work on (default: all)")
        parser.add_argument("--concurrency", type=_positive, default=1, help="jobs at once (default: %(default)s)")
        parser.add_argument("--one-shot", action="store_true", help="work off what is waiting, then stop")
        parser.add_argument(
            "--grace", type=float, default=GRACE, help="seconds that jobs get when stopped (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        arguments = ["worker", "--concurrency", str(options["concurrency"])]
        arguments += ["--shutdown-graceful-timeout", str(options["grace"])]
        # What went well has left its results elsewhere; a job that runs every few seconds would fill the table.
        arguments += ["--delete-jobs", "successful"]
        if options["one_shot"]:
            arguments.append("--one-shot")
        if options["queues"]:
            arguments += ["--queues", options["queues"]]
        call_command("procrastinate", *arguments)


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)
