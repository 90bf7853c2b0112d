"""``manage.py devdb``: the sentences, the JSON and the exit codes."""

import dataclasses
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backoffice import embedded_postgres

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def devdb(data_dir, settings):
    """Call the command on a data folder of the test's own and return what it prints."""
    database = embedded_postgres.connection_settings(data_dir)
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, data_dir=data_dir, database=database)

    def call(*arguments):
        out, err = StringIO(), StringIO()
        call_command("devdb", *arguments, stdout=out, stderr=err)
        return out.getvalue() + err.getvalue()

    return call


def test_a_day_with_the_server(devdb, data_dir):
    version = embedded_postgres.version()
    with pytest.raises(SystemExit) as stopped:
        devdb("status")
    assert stopped.value.code == 3
    assert devdb("start").startswith(f"Started PostgreSQL {version}, pid ")
    again = devdb("start")
    assert again.startswith(f"Already running: PostgreSQL {version}")
    assert "DATABASE_URL" not in again
    assert f"PostgreSQL {version} accepts connections" in devdb("status")
    assert devdb("stop") == "Stopped\n"
    assert devdb("stop") == "It was not running\n"
    assert devdb("reset", "--no-input") == f"Deleted {data_dir / 'postgres'}\n"


def test_json_for_programs(devdb, data_dir):
    started = json.loads(devdb("start", "--json"))
    assert started.pop("started") is True
    assert started == json.loads(devdb("status", "--json"))
    assert (started["running"], started["folder"]) == (True, str(data_dir / "postgres"))
    assert json.loads(devdb("stop", "--json")) == {"stopped": True}
    assert json.loads(devdb("reset", "--json", "--no-input")) == {"deleted": str(data_dir / "postgres")}


def test_start_tells_when_nothing_will_use_it(devdb, settings):
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, database={"HOST": "db.internal"})
    assert "DATABASE_URL is set, so everything else uses that server" in devdb("start")


def test_never_in_production(devdb, data_dir, settings):
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, production=True)
    with pytest.raises(CommandError, match="for development only"):
        devdb("start")
    assert not (data_dir / "postgres").exists()


def test_trouble_is_a_sentence(devdb, data_dir):
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(CommandError, match="made by PostgreSQL 17"):
        devdb("start")


def test_reset_asks_first(devdb, data_dir, monkeypatch):
    devdb("start")
    monkeypatch.setattr(sys, "stdin", StringIO("yes\n"))
    with pytest.raises(CommandError, match="Add --no-input"):
        devdb("reset")
    assert embedded_postgres.status(data_dir).running is True


@pytest.mark.parametrize(("answer", "deleted"), [("yes", True), ("no", False)])
def test_reset_does_what_was_answered(data_dir, answer, deleted):
    embedded_postgres.start(data_dir, durable=False)
    parent, child = os.openpty()
    environment = environment_for(data_dir)
    command = [sys.executable, "manage.py", "devdb", "reset"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=child, stdout=subprocess.PIPE, text=True)
    os.write(parent, f"{answer}\n".encode())
    process.communicate(timeout=60)
    os.close(parent)
    os.close(child)
    assert (process.returncode == 0, not (data_dir / "postgres").exists()) == (deleted, deleted)


def test_psql_speaks_to_the_embedded_server_and_no_other(data_dir):
    environment = environment_for(data_dir) | {
        "PGHOST": "nowhere.invalid",
        "PGDATABASE": "other",
        "PATH": "/nonexistent",
    }
    command = [sys.executable, "manage.py", "devdb", "psql", "--", "-Atc", "SHOW data_directory"]
    stopped = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert "CommandError: The embedded server does not run. Start it with `manage.py devdb start`." in stopped.stderr
    embedded_postgres.start(data_dir, durable=False)
    shown = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == f"{data_dir / 'postgres'}\n"


def environment_for(data_dir):
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return inherited | {"BACKOFFICE_DATA_DIR": str(data_dir), "BACKOFFICE_MODE": "development"}
