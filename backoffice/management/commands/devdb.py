"""``manage.py devdb``: the embedded PostgreSQL of a developer's machine."""

import dataclasses
import json
import os
import sys
from argparse import REMAINDER
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice import embedded_postgres
from backoffice.embedded_postgres import EmbeddedPostgresError

NOT_RUNNING = 3  # the exit code of `pg_ctl status`


class Command(BaseCommand):
    """Start, stop, look at, enter and reset the embedded server. Needs no database connection."""

    help = (
        "The embedded PostgreSQL for development: start it, stop it, see its status (exit code 3 when it is stopped),"
        " open psql in it, or reset it, which deletes all development data. The data is in BACKOFFICE_DATA_DIR."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="start|stop|status|psql|reset")
        for name, text in (
            ("start", "start the server unless it runs"),
            ("stop", "stop the server"),
            ("status", "say whether it runs, where and which version"),
        ):
            action = actions.add_parser(name, help=text)
            action.add_argument("--json", action="store_true", help="print the result for a program")
        psql = actions.add_parser("psql", help="open psql, or pass it arguments: devdb psql -- -c 'SELECT 1'")
        psql.add_argument("arguments", nargs=REMAINDER, help="passed on to psql")
        reset = actions.add_parser("reset", help="delete all development data")
        reset.add_argument("--json", action="store_true", help="print the result for a program")
        reset.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        data_dir = settings.ENVIRONMENT.data_dir
        try:
            getattr(self, options["action"])(data_dir, options)
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error

    def start(self, data_dir: Path, options: dict[str, Any]) -> None:
        """Start the server. Refused in production, which has a server of its own."""
        if settings.ENVIRONMENT.production:
            raise CommandError(
                "The embedded server is for development only. Set DATABASE_URL to your server, or"
                " BACKOFFICE_MODE=development."
            )
        started = embedded_postgres.start(data_dir)
        found = embedded_postgres.status(data_dir)
        lead = "Started" if started else "Already running:"
        text = f"{lead} PostgreSQL {found.version}, pid {found.pid}, data in {found.folder}"
        self._print(options, text, {"started": started} | _plain(found))
        if not options["json"] and settings.ENVIRONMENT.database.get("HOST") != str(found.sockets):
            self.stderr.write("DATABASE_URL is set, so everything else uses that server and not this one.")

    def stop(self, data_dir: Path, options: dict[str, Any]) -> None:
        """Stop the server if it runs."""
        stopped = embedded_postgres.stop(data_dir)
        self._print(options, "Stopped" if stopped else "It was not running", {"stopped": stopped})

    def status(self, data_dir: Path, options: dict[str, Any]) -> None:
        """Print what is there; exit with 3 when the server does not run, as ``pg_ctl status`` does."""
        found = embedded_postgres.status(data_dir)
        if found.running:
            state = "accepts connections" if found.accepting else "does not accept connections"
            text = f"PostgreSQL {found.version} {state}, pid {found.pid}"
            text += f", data in {found.folder}, socket in {found.sockets}"
        else:
            text = f"Stopped; {'data' if found.created else 'no data yet'} in {found.folder}"
        self._print(options, text, _plain(found))
        if not found.running:
            sys.exit(NOT_RUNNING)

    def psql(self, data_dir: Path, options: dict[str, Any]) -> None:
        """Become the psql of the wheel. The conninfo is an argument, so PG* variables do not lead elsewhere."""
        if not embedded_postgres.status(data_dir).accepting:
            raise CommandError("The embedded server does not run. Start it with `manage.py devdb start`.")
        arguments = options["arguments"]
        given = arguments[1:] if arguments[:1] == ["--"] else arguments
        psql = embedded_postgres.program("psql")
        os.execv(psql, [psql, "-d", embedded_postgres.database_url(data_dir), *given])  # noqa: S606 — no shell wanted

    def reset(self, data_dir: Path, options: dict[str, Any]) -> None:
        """Delete the data after asking."""
        folder = embedded_postgres.status(data_dir).folder
        if not options["no_input"]:
            if not sys.stdin.isatty():
                raise CommandError("This deletes all development data. Add --no-input to say that you mean it.")
            if input(f"Delete all data in {folder}? Type yes: ").strip() != "yes":
                raise CommandError("Nothing was deleted.")
        embedded_postgres.reset(data_dir)
        self._print(options, f"Deleted {folder}", {"deleted": str(folder)})

    def _print(self, options: dict[str, Any], text: str, values: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(values) if options["json"] else text)


def _plain(status: embedded_postgres.Status) -> dict[str, Any]:
    """Return the fields of a status as JSON knows them."""
    values = dataclasses.asdict(status)
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
