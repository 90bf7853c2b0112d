"""The plugin that gives every test run its own database."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180
"""Seconds: each run makes a cluster of its own, on a machine that may be busy."""
CASE = """
import os, pathlib, time
import psycopg

def test_case():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        show = lambda name: connection.execute(f"SHOW {name}").fetchone()[0]
        pathlib.Path("seen-" + os.environ.get("PYTEST_XDIST_WORKER", "main")).write_text(show("data_directory"))
        assert (show("fsync"), os.environ["BACKOFFICE_MODE"]) == ("off", "development")
    while os.environ.get("HANG"):
        time.sleep(0.1)
"""


@pytest.fixture
def run(tmp_path):
    """Start pytest on the case above, as a plain run would: without DATABASE_URL."""
    (tmp_path / "test_case.py").write_text(CASE)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p tests.throwaway_cluster\n")
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BACKOFFICE_MODE"}}
    started = []

    def start(*arguments, **environment):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", *arguments]
        clean = {name: value for name, value in inherited.items() if not name.startswith("PYTEST")}
        environment = clean | {"PYTHONPATH": str(ROOT)} | environment
        started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def seen(tmp_path, name="main"):
    """Where the cluster of the run is, as soon as the test in it has looked."""
    deadline = time.monotonic() + PATIENCE
    while not ((path := tmp_path / f"seen-{name}").exists() and path.read_text()):
        assert time.monotonic() < deadline, "the case was not reached"
        time.sleep(0.05)
    return Path(path.read_text())


def assert_removed(folder):
    deadline = time.monotonic() + PATIENCE
    while folder.parent.exists():
        assert time.monotonic() < deadline, f"{folder.parent} is still there"
        time.sleep(0.05)


def test_workers_share_the_cluster_of_their_run(run, tmp_path):
    (tmp_path / "test_more.py").write_text(CASE)
    output, _ = run("-n", "2", "--dist", "each").communicate(timeout=PATIENCE)
    assert "4 passed" in output
    folders = {seen(tmp_path, name) for name in ("gw0", "gw1")}
    assert len(folders) == 1
    assert_removed(folders.pop())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_cluster_goes_however_pytest_ends(run, tmp_path, number):
    process = run(HANG="1")
    folder = seen(tmp_path)
    assert folder.exists()
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert_removed(folder)


def test_database_url_wins(run, tmp_path):
    output, _ = run(DATABASE_URL="postgres://nobody@%2Fnonexistent/none").communicate(timeout=PATIENCE)
    assert "/nonexistent/.s.PGSQL" in output
    assert "1 failed" in output
