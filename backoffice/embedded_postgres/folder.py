"""The data folder: made in one step, checked before use, and given its configuration."""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

from .account import ROOT, UNPRIVILEGED, Account, Launcher
from .binaries import major_version, program
from .cluster import USER, Cluster
from .errors import EmbeddedPostgresError

UNFINISHED = ".postgres-new-"

# What a development machine with a few gigabytes wants. A developer's ALTER SYSTEM wins over it.
SETTINGS = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than it saves on statements that take milliseconds
    "log_checkpoints": "off",
}
# A cluster that is thrown away after the tests may lose everything in a power cut.
THROWAWAY_SETTINGS = {
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",  # what the planner knows depends on the test, not on the hour
}


def check(cluster: Cluster, account: Account) -> bool:
    """Return whether the data folder is there, and make sure that this server may open it.

    Errors: EmbeddedPostgresError when it belongs to somebody else, to another major version, or is something else.
    """
    folder = cluster.folder
    try:
        if folder.stat().st_uid not in {account.uid, os.geteuid()}:
            raise EmbeddedPostgresError(
                f"{folder} belongs to another account (uid {folder.stat().st_uid}), which has to work with it."
                " Set BACKOFFICE_DATA_DIR to a folder of yours."
            )
        if not any(folder.iterdir()):
            return False
        found = (folder / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        if not folder.exists():
            return False
        raise EmbeddedPostgresError(
            f"{folder} is not a PostgreSQL data folder. Move it away, or run `manage.py devdb reset`, which deletes it."
        ) from None
    except (NotADirectoryError, PermissionError) as error:
        raise EmbeddedPostgresError(f"{folder} cannot be read as a data folder ({error.strerror}).") from error
    if found != major_version():
        raise EmbeddedPostgresError(
            f"{folder} was made by PostgreSQL {found}; this one is {major_version()} and cannot open it. Run `manage.py"
            " devdb reset`, which deletes the development data and starts afresh, or move the folder away to keep it."
        )
    return True


def create(cluster: Cluster, account: Account, launcher: Launcher, *, durable: bool, lock: int) -> None:
    """Run initdb beside the final place and move the result there, so that a half-made folder is never met.

    The caller holds the lock; initdb inherits it, see ``Cluster.exclusive()``.
    """
    remove_unfinished(cluster)
    fresh = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=cluster.home))
    _hand_over(fresh, account)
    command = [program("initdb"), "-D", str(fresh), "-U", USER, "--auth=reject", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
    done = launcher.run(command if durable else [*command, "--no-sync"], pass_fds=[lock])
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedPostgresError(f"initdb could not make {cluster.folder}: {done.stderr.strip() or done.stdout}")
    configuration = fresh / "postgresql.conf"
    _write(configuration, configuration.read_text() + "\ninclude_if_exists = 'backoffice.conf'\n", account)
    fresh.rename(cluster.folder)


def remove_unfinished(cluster: Cluster) -> None:
    """Remove what an interrupted ``create()`` left. The caller holds the lock, so no initdb is at work on it."""
    for leftover in cluster.home.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)


def configure(cluster: Cluster, account: Account, *, durable: bool) -> None:
    """Write parameters and access rules, afresh at every start so that an old data folder gets new ones.

    The kernel tells the server who is at the other end of the socket (``peer``). Let in are the account that runs the
    server, unless that is ``nobody``, and root, who could do anything here anyway.
    """
    settings = SETTINGS if durable else SETTINGS | THROWAWAY_SETTINGS
    lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    _write(cluster.folder / "backoffice.conf", f"# Written at every start.\n{lines}", account)
    names = {pwd.getpwuid(ROOT).pw_name, Account.of_this_process().name, account.name} - {UNPRIVILEGED}
    access = "# Written at every start.\nlocal all all peer map=backoffice\n"
    _write(cluster.folder / "pg_hba.conf", access, account)
    rows = "".join(f'backoffice "{name}" {USER}\n' for name in sorted(names))
    _write(cluster.folder / "pg_ident.conf", f"# Written at every start.\n{rows}", account)


def _write(path: Path, text: str, account: Account) -> None:
    """Replace a file of the server's account. Never follows a link that the account may have put in the way."""
    descriptor, fresh = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    _hand_over(Path(fresh), account)
    Path(fresh).replace(path)


def _hand_over(path: Path, account: Account) -> None:
    if account.uid == os.geteuid():
        return
    try:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"{path.parent} does not let root give files to {account.name!r} ({error.strerror}). Set"
            " BACKOFFICE_DATA_DIR to a folder on a local disk, or work as an ordinary user."
        ) from error
