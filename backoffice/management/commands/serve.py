"""``manage.py serve``: the web server and the job worker in one go."""

import errno
import os
import socket
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.environment import BASE_DIR
from backoffice.serving import Program, ProgramEnded, run_together

MOST_WORKERS = 4
THREADS = 4


class Command(BaseCommand):
    """Run granian and the procrastinate worker as children, until Ctrl-C, SIGTERM or the end of one of them."""

    help = (
        "Serve the product: web server and job worker, until Ctrl-C or SIGTERM. Both are given ten seconds to finish"
        " what is at hand. When one of them ends by itself the other is stopped and the exit code is 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        cores = os.cpu_count() or 1
        workers = min(cores, MOST_WORKERS)
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=_port, default=8000, help="port to listen on (default: %(default)s)")
        parser.add_argument(
            "--workers", type=_positive, default=workers, help="web server processes (default: %(default)s, by cores)"
        )
        parser.add_argument(
            "--threads",
            type=_positive,
            default=THREADS,
            help="requests that each process works on at once; each holds a database connection (default: %(default)s)",
        )
        parser.add_argument("--no-worker", action="store_true", help="do not run the job worker")
        parser.add_argument(
            "--show-credentials", action="store_true", help="print the demo's credentials as soon as it is served"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        _refuse_taken(host, port)
        programs = [_web_server(options)]
        if not options["no_worker"]:
            programs.append(Program("job worker", (sys.executable, str(BASE_DIR / "manage.py"), "worker")))
        shown = f"[{host}]" if ":" in host else host

        def announce() -> None:
            self.stdout.write(f"Serving http://{shown}:{port}/ (Ctrl-C stops)")
            if options["show_credentials"]:
                call_command("show_credentials", host=shown, port=port, stdout=self.stdout)
            self.stdout.flush()  # a log file or a pipe would keep it back

        try:
            run_together(
                programs,
                until_ready=lambda: _answers(host, port),
                when_ready=announce,
            )
        except ProgramEnded as ended:
            raise CommandError(str(ended)) from ended
        self.stdout.write("Stopped")


def _web_server(options: dict[str, Any]) -> Program:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"]
    command += ["--host", options["host"], "--port", str(options["port"]), "--workers", str(options["workers"])]
    # A thread that ends takes its database connection along, so idle ones are kept for as long as granian allows.
    command += ["--blocking-threads", str(options["threads"]), "--blocking-threads-idle-timeout", "600"]
    # granian by itself waits without end for a worker that does not stop; run_together() gives up a little later.
    command += ["--workers-kill-timeout", "8", "--working-dir", str(BASE_DIR)]
    return Program("web server", (*command, "backoffice.wsgi:application"), repeat_stop=True)


def _refuse_taken(host: str, port: int) -> None:
    """Find out before anything starts: granian shares a port silently with another granian of the same user."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} of {host} is in use. Stop the program that listens there, or choose another port with"
                    f" --port {port + 1} (make run PORT={port + 1})."
                ) from error
            raise CommandError(f"Cannot listen on {host} port {port}: {error.strerror or error}.") from error


def _answers(host: str, port: int) -> bool:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — looked up, not listened on
    try:
        socket.create_connection((everywhere.get(host, host), port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise ArgumentTypeError(f"{text!r} is not a port: a number from 1 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)
