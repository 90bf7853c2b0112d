"""A pytest plugin that gives every run its own PostgreSQL, unless DATABASE_URL names one.

It has to act before pytest-django reads the settings, hence ``-p tests.throwaway_cluster`` in pyproject.toml and a hook
wrapper: those run before every plain hook. With pytest-xdist the controller starts the cluster and the workers inherit
its address.

Cleaning up is the work of a second process, which waits for the end of a pipe that only pytest holds. The kernel closes
the pipe however pytest ends, ``kill -9`` included, and Ctrl-C does not reach the second process.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from backoffice import embedded_postgres

ROOT = Path(__file__).resolve().parent.parent

CLEAN_UP = """
import shutil, sys
from pathlib import Path
from backoffice import embedded_postgres

sys.stdin.read()
embedded_postgres.reset(Path(sys.argv[1]))
shutil.rmtree(sys.argv[1])
"""


class ThrowawayCluster:
    """A PostgreSQL without fsync in a folder of its own, gone when this process is gone."""

    def __init__(self) -> None:
        self.data_dir = Path(tempfile.mkdtemp(prefix="backoffice-tests-"))
        # The server's account has to pass through; the data folder inside keeps its 0700.
        self.data_dir.chmod(0o711)
        self._cleaner = subprocess.Popen(
            [sys.executable, "-c", CLEAN_UP, str(self.data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        embedded_postgres.start(self.data_dir, durable=False)

    def remove(self) -> None:
        """Stop the server, delete the folder, and wait for both."""
        assert self._cleaner.stdin
        self._cleaner.stdin.close()
        self._cleaner.wait(timeout=90)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    known = early_config.known_args_namespace
    if not (os.environ.get("DATABASE_URL") or known.help or known.version):
        cluster = ThrowawayCluster()
        early_config.add_cleanup(cluster.remove)
        os.environ["DATABASE_URL"] = embedded_postgres.database_url(cluster.data_dir)
    os.environ.setdefault("BACKOFFICE_MODE", "development")
    return (yield)
