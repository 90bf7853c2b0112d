"""As whom the server runs. PostgreSQL refuses to run as root, so root starts it as another account."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .binaries import CLEAN_ENVIRONMENT, install_folder
from .errors import EmbeddedPostgresError

ROOT = 0
UNPRIVILEGED = "nobody"
SYSTEM_PATH = f"{os.defpath}:/usr/sbin:/sbin"

# Runs the server's program, reads one of its files and enters the folder, as the server will have to. Trying beats
# reading mode bits: access lists, mounts and capabilities all have their say.
PROBE = '"$1" --version >/dev/null && cat "$2" >/dev/null && cd "$3"'


@dataclass(frozen=True)
class Account:
    """An operating system account."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of_this_process(cls) -> "Account":
        """Return our own account. Errors: EmbeddedPostgresError when the uid has no name (PostgreSQL needs one)."""
        return cls._by_uid(os.geteuid())

    @classmethod
    def for_server(cls, folder: Path) -> "Account":
        """Return the account that runs the server of a data folder, which may not exist yet.

        Ourselves; for root the owner of the folder, and ``nobody`` when the folder is new.
        """
        if os.geteuid() != ROOT:
            return cls.of_this_process()
        try:
            owner = folder.stat().st_uid
        except FileNotFoundError:
            owner = ROOT
        if owner != ROOT:
            return cls._by_uid(owner)
        try:
            found = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            raise EmbeddedPostgresError(
                f"PostgreSQL does not run as root, and there is no account {UNPRIVILEGED!r} to run it as. Create it,"
                " work as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
            ) from None
        return cls(found.pw_name, found.pw_uid, found.pw_gid)

    @classmethod
    def _by_uid(cls, uid: int) -> "Account":
        try:
            found = pwd.getpwuid(uid)
        except KeyError:
            raise EmbeddedPostgresError(
                f"PostgreSQL needs a named account, and uid {uid} has no name on this machine. Add one to /etc/passwd,"
                " or set DATABASE_URL to a PostgreSQL server."
            ) from None
        return cls(found.pw_name, found.pw_uid, found.pw_gid)


@dataclass(frozen=True)
class Launcher:
    """Runs programs as the server's account."""

    prefix: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def run(
        self, command: Iterable[str], *, pass_fds: Sequence[int] = (), stderr: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end, in a session of its own so that Ctrl-C is ours to handle. Never raises on an exit code."""
        return subprocess.run(  # noqa: S603 — the wheel's own programs and /bin/sh with a constant script
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            check=False,
            cwd="/",  # the server's account may not be able to enter ours
            env=CLEAN_ENVIRONMENT,
            start_new_session=True,
            pass_fds=pass_fds,
            **self.options,
        )


def launcher_for(account: Account, *, home: Path) -> Launcher:
    """Return what runs programs as ``account`` with its data below ``home``.

    Folders that the account cannot enter are never opened to everybody. The server gets the right to pass them lent
    instead, which root can do with util-linux's ``setpriv``.

    Errors: EmbeddedPostgresError when the account can reach neither the programs nor the data.
    """
    if os.geteuid() == account.uid:
        return Launcher()
    installed = install_folder()
    probe = ["/bin/sh", "-c", PROBE, "sh"]
    probe += [str(installed / "bin" / "postgres"), str(installed / "share" / "postgresql.conf.sample"), str(home)]
    plain = Launcher(options={"user": account.uid, "group": account.gid, "extra_groups": ()})
    if plain.run(probe).returncode == 0:
        return plain
    if setpriv := shutil.which("setpriv", path=SYSTEM_PATH):
        rights = "+dac_read_search,+dac_override"
        lent = Launcher(
            prefix=(
                setpriv,
                f"--reuid={account.uid}",
                f"--regid={account.gid}",
                "--clear-groups",
                f"--inh-caps={rights}",
                f"--ambient-caps={rights}",
                # PostgreSQL looks at its own program with access(2), which without this bit ignores lent rights.
                "--securebits=+no_setuid_fixup",
            )
        )
        if lent.run(probe).returncode == 0:
            return lent
    raise EmbeddedPostgresError(
        f"As root the embedded PostgreSQL runs as {account.name!r}, who cannot enter {home} or {installed}, and setpriv"
        " (util-linux) cannot lend the right here. Work as an ordinary user, or move the project and"
        " BACKOFFICE_DATA_DIR below a folder that everybody may enter, or set DATABASE_URL to a PostgreSQL server."
    )
