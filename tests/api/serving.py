"""The web server as it is in production, on the test's database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


class Server:
    """A running web server. ``kill`` ends it as a power cut would."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def web_server() -> Iterator[Server]:
    """One worker of the real server, in a process group of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "backoffice.wsgi:application"]
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(), start_new_session=True)
    server = Server(process, port)
    try:
        _wait_for(port, process)
        yield server
    finally:
        if process.poll() is None:
            server.kill()


@contextmanager
def product_served(*arguments: str, log: Path | None = None, **environment: str) -> Iterator[Server]:
    """``manage.py serve``: web server and job worker, with more arguments and settings for it.

    All that they print goes to the file ``log``, and the errors to the test's own without one.
    """
    port = _free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port), *arguments]
    with (log or Path(os.devnull)).open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(**environment), stdout=out, stderr=out if log else None
        )
    try:
        _wait_for(port, process)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _environment(**more: str) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": database_url(), "BACKOFFICE_MODE": "development", "LOG_LEVEL": "ERROR"} | more


def database_url() -> str:
    """The address of the test's database, for a process of its own."""
    settings = connection.settings_dict
    password = f":{quote(settings['PASSWORD'], safe='')}" if settings["PASSWORD"] else ""
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    host = quote(settings["HOST"], safe="")
    return f"postgres://{settings['USER']}{password}@{host}{port}/{settings['NAME']}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The web server did not start.")
