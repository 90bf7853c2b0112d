"""A PostgreSQL with fsync on, a migrated database, a served product and a token: what every benchmark starts from."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Stage:
    """A served product. ``client`` sends the token; ``tenant`` is the id of the tenant that the token belongs to."""

    base_url: str
    token: str
    tenant: int


@contextlib.contextmanager
def database() -> Iterator[None]:
    """A throw-away cluster that keeps its promises (fsync on), named by DATABASE_URL for this process and its children.

    With DATABASE_URL set that server is used instead, and its database must be an empty one for benchmarks only.
    """
    from backoffice import embedded_postgres

    folder: Path | None = None
    if not os.environ.get("DATABASE_URL"):
        folder = Path(tempfile.mkdtemp(prefix="backoffice-benchmarks-"))
        folder.chmod(0o711)
        embedded_postgres.start(folder)
        os.environ["DATABASE_URL"] = embedded_postgres.database_url(folder)
    os.environ["BACKOFFICE_MODE"] = "development"
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    os.environ["LOG_LEVEL"] = "WARNING"
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        if folder:
            embedded_postgres.reset(folder)
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def served(*, workers: int, without: str = "", limit: int = 0) -> Iterator[Stage]:
    """The product on a free port. ``without`` names a part that the server leaves out, to measure the part's share.

    ``limit`` is how many requests a minute the client may send, 0 for as many as it can.
    """
    from django.core.management import call_command

    from benchmarks.output import captured
    from tenants.models import Tenant

    tenant, _ = Tenant.objects.get_or_create(uid="benchmark", defaults={"name": "Benchmark"})
    name = f"benchmark {time.monotonic_ns()}"
    secrets = captured(
        lambda: call_command(
            "create_api_client", tenant=tenant.uid, name=name, all_scopes=True, json=True, requests_per_minute=limit
        )
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # As in production: each request is logged. Its own messages are what this process keeps quiet about.
    environment = os.environ | {"BENCHMARK_WITHOUT": without, "LOG_LEVEL": "INFO"}
    command = [sys.executable, "manage.py", "serve", "--no-worker", f"--port={port}", f"--workers={workers}"]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    base_url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(base_url)
        answer = httpx.post(
            f"{base_url}/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(secrets["client_id"], secrets["client_secret"]),
        ).raise_for_status()
        yield Stage(base_url, answer.json()["access_token"], tenant.pk)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def _wait_for(base_url: str) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{base_url}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not become ready within 30 seconds.")
