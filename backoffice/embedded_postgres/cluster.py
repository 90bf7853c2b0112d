"""Where one embedded server keeps its data and listens. Nothing here starts anything or needs the settings."""

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .account import Account
from .errors import EmbeddedPostgresError

DATABASE = "backoffice"
USER = "backoffice"
PORT = "5432"  # only names the socket file: nothing listens on a network port
LOCK_PATIENCE = 120.0


@dataclass(frozen=True)
class Cluster:
    """The files of one embedded server. ``home`` is BACKOFFICE_DATA_DIR, absolute and without symbolic links."""

    home: Path

    @classmethod
    def of(cls, data_dir: Path) -> "Cluster":
        """Return the cluster below a data folder, which need not exist."""
        return cls(Path(data_dir).expanduser().resolve())

    @property
    def folder(self) -> Path:
        """PostgreSQL's own data folder, the only one that changes its owner."""
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        """What the server writes to its standard error."""
        return self.home / "postgres.log"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix socket.

        It is always in /tmp, whatever TMPDIR says, because a socket's path has 107 bytes at most, server and clients
        must agree on it, and PostgreSQL's clients take a comma in it for a list of hosts. The name follows from the
        data folder. ``claim_sockets()`` and libpq's ``requirepeer`` see to it that nobody else sits there.
        """
        return Path("/tmp") / f"backoffice-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"  # noqa: S108

    @property
    def socket(self) -> Path:
        """The socket that clients connect to."""
        return self.sockets / f".s.PGSQL.{PORT}"

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[int]:
        """Hold the lock of this cluster, and yield its descriptor.

        The kernel lets go of it when the holder dies. A child that inherits the descriptor keeps the lock after us,
        which is how an ``initdb`` outliving its killed parent keeps the next start waiting.

        Errors: EmbeddedPostgresError after two minutes of waiting, or when the folder is not ours to write.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.home / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"{self.home} cannot be written ({error.strerror}). Set BACKOFFICE_DATA_DIR to a folder of yours."
            ) from error
        try:
            deadline = time.monotonic() + LOCK_PATIENCE
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise EmbeddedPostgresError(
                            f"Another process has been starting or stopping the server in {self.home} for two minutes."
                            " Try again when it is done, or end it."
                        ) from None
                    time.sleep(0.05)
            yield descriptor
        finally:
            os.close(descriptor)

    def claim_sockets(self, account: Account) -> None:
        """Make the socket folder, or make sure that the one there is ours alone.

        Errors: EmbeddedPostgresError when something else has its name: /tmp is open to everybody.
        """
        try:
            self.sockets.mkdir(mode=0o700)
        except FileExistsError:
            pass
        else:
            os.chown(self.sockets, account.uid, account.gid)
        found = self.sockets.lstat()
        if found.st_uid != account.uid or found.st_mode & 0o170777 != 0o040700:
            raise EmbeddedPostgresError(
                f"{self.sockets} should be a folder that only {account.name!r} may enter, but somebody else made it."
                " Remove it, or set BACKOFFICE_DATA_DIR to another folder."
            )


def connection_settings(data_dir: Path) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for the embedded server of a data folder. Starts nothing.

    ``OPTIONS`` names the account that must be at the other end of the socket, so that a stranger who sits in our place
    in /tmp is never spoken to.
    """
    cluster = Cluster.of(data_dir)
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": USER,
        "PASSWORD": "",
        "HOST": str(cluster.sockets),
        "PORT": PORT,
    }
    # Without a named account start() refuses with a sentence; reading the settings must work all the same.
    with contextlib.suppress(EmbeddedPostgresError):
        settings["OPTIONS"] = {"requirepeer": Account.for_server(cluster.folder).name}
    return settings


def database_url(data_dir: Path) -> str:
    """Return the same as a DATABASE_URL, for processes that only know the environment."""
    settings = connection_settings(data_dir)
    peer = settings.get("OPTIONS", {}).get("requirepeer", "")
    query = f"?requirepeer={quote(peer, safe='')}" if peer else ""
    return f"postgres://{USER}@{quote(settings['HOST'], safe='')}:{PORT}/{DATABASE}{query}"
