"""Programs that run and end together: small real programs, and signals to this very process."""

import os
import signal
import sys
import time

import psutil
import pytest

from backoffice.serving import Program, ProgramEnded, run_together

OBEDIENT = "import time; time.sleep(60)"
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])  # ignores SIGTERM as well: that is inherited
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(60)
"""
# Loses the first SIGTERM, as granian's workers do in their first second.
FORGETFUL = """
import signal, sys, time
asked = []
def hear(*_):
    asked.append(1)
    if len(asked) == 2:
        sys.exit(0)
signal.signal(signal.SIGTERM, hear)
open(sys.argv[1], "w").write("here")
time.sleep(60)
"""


def program(name, code, *arguments, **options):
    return Program(name, (sys.executable, "-c", code, *map(str, arguments)), **options)


def run(*programs, stop=signal.SIGTERM, when=lambda: True, patience=5.0):
    """Run until ``when`` holds, then signal ourselves as a shell would. Return the seconds that stopping took."""
    asked = []
    others = set(psutil.Process().children())

    def ready():
        if when() and not asked:
            asked.append(time.monotonic())
            os.kill(os.getpid(), stop)
        return bool(asked)

    before = signal.getsignal(stop)
    run_together(programs, until_ready=ready, when_ready=lambda: None, patience=patience)
    assert signal.getsignal(stop) is before
    assert set(psutil.Process().children()) <= others
    return time.monotonic() - asked[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_at_once(number):
    assert run(program("first", OBEDIENT), program("second", OBEDIENT), stop=number) < 2


def test_what_does_not_stop_is_killed_with_its_children(tmp_path):
    noted = tmp_path / "pid"
    took = run(program("stubborn", STUBBORN, noted), when=lambda: noted.exists() and noted.read_text(), patience=1.0)
    assert 1.0 <= took < 3.0
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid := int(noted.read_text())) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.02)


def test_a_lost_signal_is_repeated_where_asked_for(tmp_path):
    here = tmp_path / "here"
    assert run(program("web", FORGETFUL, here, repeat_stop=True), when=here.exists) < 3


def test_a_job_worker_hears_it_only_once(tmp_path):
    here = tmp_path / "here"
    assert run(program("worker", FORGETFUL, here), when=here.exists, patience=1.5) >= 1.5


@pytest.mark.parametrize("code", [0, 7])
def test_the_end_of_one_is_the_end_of_all(code):
    with pytest.raises(ProgramEnded, match=f"The short one ended with exit code {code}, so everything was stopped."):
        run_together(
            [program("long one", OBEDIENT), program("short one", f"raise SystemExit({code})")],
            until_ready=lambda: False,
            when_ready=lambda: None,
        )
    assert not [child for child in psutil.Process().children() if OBEDIENT in child.cmdline()]
