"""Start, stop, look at and reset an embedded server."""

import contextlib
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from . import folder, processes
from .account import Account, Launcher, launcher_for
from .binaries import CLEAN_ENVIRONMENT, program, version
from .cluster import DATABASE, PORT, USER, Cluster
from .errors import EmbeddedPostgresError

START_PATIENCE = 120.0  # recovery after a crash may take a while
SOCKET_PATIENCE = 1.5
LOG_LIMIT = 10_000_000

# A fast shutdown writes a checkpoint; what has not ended by then is told to drop everything, then ended.
SHUTDOWN = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
LEFTOVERS = ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, kw_only=True)
class Status:
    """What is there. ``pid`` is None when no server runs; ``created`` tells whether there is any data."""

    running: bool
    accepting: bool
    created: bool
    pid: int | None
    version: str
    folder: Path
    sockets: Path
    log: Path


def start(data_dir: Path, *, durable: bool = True) -> bool:
    """Make the data folder if need be, start the server unless it runs, and wait until it answers.

    Returns whether a server was started. Safe to call from many processes at once. ``durable=False`` is for clusters
    that are thrown away: fast, and lost in a power cut.

    Errors: EmbeddedPostgresError with a sentence for the person at the keyboard.
    """
    cluster = Cluster.of(data_dir)
    with cluster.exclusive() as lock:
        account = Account.for_server(cluster.folder)
        launcher = launcher_for(account, home=cluster.home)
        if not folder.check(cluster, account):
            _end_leftovers(cluster)  # of a data folder that was deleted under a running server
            folder.create(cluster, account, launcher, durable=durable, lock=lock)
        started = _ensure_running(cluster, account, launcher, durable=durable)
        _ensure_database(cluster, account)
    return started


def stop(data_dir: Path) -> bool:
    """Stop the server, with a checkpoint. Return whether one was running.

    Errors: EmbeddedPostgresError when it runs under an account that is not ours.
    """
    cluster = Cluster.of(data_dir)
    if not cluster.home.exists():
        return False
    with cluster.exclusive():
        return _stop(cluster)


def reset(data_dir: Path) -> None:
    """Stop the server and delete its data, whatever version made it. The next start makes an empty database."""
    cluster = Cluster.of(data_dir)
    with cluster.exclusive():
        _stop(cluster)
        folder.remove_unfinished(cluster)
        try:
            if cluster.folder.exists():
                shutil.rmtree(cluster.folder)
        except OSError as error:
            raise EmbeddedPostgresError(f"{cluster.folder} cannot be deleted ({error.strerror}).") from error
        cluster.log.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            cluster.sockets.rmdir()


def status(data_dir: Path) -> Status:
    """Look, without waiting for anybody and without changing anything."""
    cluster = Cluster.of(data_dir)
    pid = _running(cluster)
    return Status(
        running=pid is not None,
        accepting=pid is not None and _accepting(cluster),
        created=cluster.folder.exists(),
        pid=pid,
        version=version(),
        folder=cluster.folder,
        sockets=cluster.sockets,
        log=cluster.log,
    )


def _running(cluster: Cluster) -> int | None:
    """Return the pid of the server, proven by its command line. A stale or reused pid is nobody."""
    try:
        # Negative while PostgreSQL runs without a main process (`postgres --single`).
        noted = abs(int((cluster.folder / "postmaster.pid").read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return None
    return noted if noted in processes.postmasters(cluster.folder) else None


def _accepting(cluster: Cluster) -> bool:
    command = [program("pg_isready"), "-q", "-t", "3", "-h", str(cluster.sockets), "-p", PORT, "-U", USER]
    return subprocess.run([*command, "-d", "postgres"], check=False, env=CLEAN_ENVIRONMENT).returncode == 0  # noqa: S603


def _ensure_running(cluster: Cluster, account: Account, launcher: Launcher, *, durable: bool) -> bool:
    """Wait until a server answers; start one when there is none. Return whether one was started here."""
    launched: int | None = None
    deadline = time.monotonic() + START_PATIENCE
    unreachable_after = time.monotonic() + SOCKET_PATIENCE
    while time.monotonic() < deadline:
        running = _running(cluster)
        if running is None and launched is None:
            _end_leftovers(cluster)
            folder.configure(cluster, account, durable=durable)
            launched = _launch(cluster, account, launcher)
        elif running is None and launched is not None and not processes.alive(launched):
            raise EmbeddedPostgresError(f"PostgreSQL did not start. The end of {cluster.log}:\n{_log_tail(cluster)}")
        elif running is not None and _accepting(cluster):
            return launched is not None
        elif running is not None and not cluster.socket.exists() and time.monotonic() > unreachable_after:
            _stop(cluster)  # somebody cleaned /tmp: it runs, and nobody can reach it
            launched = None
        time.sleep(0.03)
    raise EmbeddedPostgresError(
        f"PostgreSQL was started and does not answer after {START_PATIENCE:.0f} seconds. See {cluster.log}."
    )


def _launch(cluster: Cluster, account: Account, launcher: Launcher) -> int:
    """Start the server as nobody's child, so that it outlives us and leaves no zombie. Return its pid."""
    cluster.claim_sockets(account)
    command = [program("postgres"), "-D", str(cluster.folder), "-k", str(cluster.sockets), "-p", PORT]
    command += ["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "logging_collector=off"]
    cluster.log.touch(mode=0o600)  # failing statements are logged with the values in them
    mode = "ab" if cluster.log.stat().st_size < LOG_LIMIT else "wb"
    with cluster.log.open(mode) as log:
        done = launcher.run(["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *command], stderr=log.fileno())
    return int(done.stdout)


def _ensure_database(cluster: Cluster, account: Account) -> None:
    """Create the database unless it is there. Done at every start: we may have been killed right before it."""
    with psycopg.connect(
        host=str(cluster.sockets),
        port=PORT,
        user=USER,
        dbname="postgres",
        requirepeer=account.name,
        options="",  # in place of the caller's PGOPTIONS
        autocommit=True,
        connect_timeout=10,
    ) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _stop(cluster: Cluster) -> bool:
    pid = _running(cluster)
    if pid is not None:
        _end({pid}, SHUTDOWN)
    _end_leftovers(cluster)
    return pid is not None


def _end_leftovers(cluster: Cluster) -> None:
    """End what a killed server left, and the notes with its pid.

    PostgreSQL refuses to start beside such children, and takes whatever has the noted pid for a server: a stranger, or
    the dead server itself as long as nobody reaps it, which in many containers is for ever.
    """
    if left := processes.server_processes(cluster.folder):
        _end(left, LEFTOVERS)
    notes = (cluster.folder / "postmaster.pid", cluster.socket, cluster.socket.with_name(f"{cluster.socket.name}.lock"))
    for note in notes:
        with contextlib.suppress(OSError):
            note.unlink()


def _end(pids: set[int], signals: tuple[tuple[signal.Signals, float], ...]) -> None:
    try:
        ended = processes.end(pids, signals=signals)
    except PermissionError:
        raise EmbeddedPostgresError("The server runs under another account. Stop it as that one or as root.") from None
    if not ended:
        raise EmbeddedPostgresError(f"The server processes {sorted(pids)} do not end, not even by SIGKILL.")


def _log_tail(cluster: Cluster) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(cluster.log.read_text(errors="replace").splitlines()[-15:])
    return "(unreadable)"
