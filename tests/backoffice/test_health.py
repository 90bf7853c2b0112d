"""/healthz and /readyz."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backoffice import health

ROOT = Path(__file__).resolve().parents[2]

# A process whose database is away. The test's own process cannot lose its database.
ELSEWHERE = """
import django
django.setup()
from django.test import Client
for path in ("/healthz", "/readyz"):
    answer = Client().get(path, headers={"host": "localhost"})
    print(answer.status_code, answer.content.decode())
"""


def test_the_process_lives_without_a_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok"}}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_migration_that_was_not_applied(client):
    MigrationRecorder(connection).record_unapplied("tenants", "0001_initial")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "checks": {"database": "ok", "migrations": "1 not applied"}}


@pytest.mark.django_db
def test_a_server_that_is_too_old(client, monkeypatch):
    monkeypatch.setattr(health, "OLDEST_SERVER", 990000)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"].keys() == {"database"}
    assert answer.json()["checks"]["database"].startswith("too old: ")


def test_a_database_that_is_away_is_named_and_nothing_else():
    environment = os.environ | {
        "DATABASE_URL": "postgres://someone@%2Fnonexistent/none",
        "BACKOFFICE_MODE": "development",
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }
    command = [sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    lives, ready = done.stdout.splitlines()
    assert lives == '200 {"status": "ok"}'
    status, _, body = ready.partition(" ")
    assert status == "503"
    assert json.loads(body) == {"status": "unavailable", "checks": {"database": "not reachable"}}


def test_only_reading(client):
    assert [client.post(path).status_code for path in ("/healthz", "/readyz")] == [405, 405]
