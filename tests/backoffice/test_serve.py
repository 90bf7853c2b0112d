"""``manage.py serve``: granian and the job worker, started, stopped at bad moments and killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psutil
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(db):
    """The environment of a process that works on the database of this test run."""
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    return os.environ | {"DATABASE_URL": database, "BACKOFFICE_MODE": "development", "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Served:
    """A running ``serve`` and what it started."""

    def __init__(self, environment, port, *arguments):
        command = [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", "1", *arguments]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def children(self):
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def child(self, word):
        """The direct child with that word in its command."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if word in child.cmdline():
                    return child
        return None

    def await_child(self, word):
        self._wait(lambda: self.child(word))

    def await_answer(self):
        def answers():
            try:
                return httpx.get(f"{self.url}/healthz").status_code == 200
            except httpx.TransportError:
                return False

        self._wait(answers)

    def finish(self):
        """Wait for the end. Return the exit code and the output."""
        output, _ = self.process.communicate(timeout=30)
        return self.process.returncode, output

    def _wait(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            assert self.process.poll() is None, self.process.stdout.read()
            assert time.monotonic() < deadline, "waited for thirty seconds"
            time.sleep(0.01)


@pytest.fixture
def serve(environment, port):
    started = []

    def start(*arguments):
        started.append(Served(environment, port, *arguments))
        return started[-1]

    yield start
    for served in started:
        for process in served.children():
            process.kill()
        served.process.kill()
        served.process.wait()
        served.process.stdout.close()


def assert_ended(processes):
    _, alive = psutil.wait_procs(processes, timeout=15)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_a_signal_ends_both(serve, number):
    served = serve()
    served.await_answer()
    assert httpx.get(f"{served.url}/readyz").json()["status"] == "ok"
    started = [served.child("granian"), served.child("worker"), *served.children()]
    served.process.send_signal(number)
    code, output = served.finish()
    assert code == 0
    assert f"Serving {served.url}/ (Ctrl-C stops)" in output
    assert output.splitlines()[-1] == "Stopped"
    assert_ended(started)


@pytest.mark.parametrize("moment", [0.0, 0.15, 0.4, 0.8])
def test_a_signal_in_the_first_second(serve, moment):
    """granian's workers inherit its signal handler and lose what comes before they have their own."""
    served = serve("--no-worker")
    served.await_child("granian")
    time.sleep(moment)
    started, asked = served.children(), time.monotonic()
    served.process.terminate()
    code, output = served.finish()
    assert (code, output.splitlines()[-1]) == (0, "Stopped")
    assert time.monotonic() - asked < 7, (
        "granian kills its workers after eight seconds: the repeated signal did not help"
    )
    assert_ended(started)


@pytest.mark.parametrize(("victim", "name"), [("granian", "web server"), ("worker", "job worker")])
def test_when_one_dies_the_other_is_stopped(serve, victim, name):
    served = serve()
    served.await_answer()
    started = served.children()
    served.child(victim).kill()
    code, output = served.finish()
    assert code == 1
    assert f"CommandError: The {name} ended with exit code -9, so everything was stopped." in output
    assert_ended(started)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_nothing_outlives_a_killed_serve(serve):
    served = serve()
    served.await_answer()
    started = served.children()
    served.process.kill()
    served.process.communicate()
    assert_ended(started)


def test_a_port_in_use_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} of 127.0.0.1 is in use\. .* --port {port + 1} "):
            call_command("serve", "--port", str(port))


def test_an_address_of_another_machine_is_a_sentence():
    with pytest.raises(CommandError, match=r"Cannot listen on 192\.0\.2\.1 port 8000: "):
        call_command("serve", "--host", "192.0.2.1")


@pytest.mark.parametrize("arguments", [("--port", "0"), ("--port", "65536"), ("--workers", "0"), ("--threads", "two")])
def test_numbers_that_make_no_sense(arguments):
    with pytest.raises(CommandError, match=r"is not a (port|number)"):
        call_command("serve", *arguments)


def test_the_worker_alone(environment):
    command = [sys.executable, "manage.py", "worker", "--queues", "default,other", "--grace", "2"]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert any("Launching a worker on default, other" in line for line in worker.stderr)
    time.sleep(0.5)  # it says so before it listens to signals
    worker.terminate()
    _, errors = worker.communicate(timeout=20)
    assert worker.returncode == 0, errors
