"""Runs processes side by side, and ends them together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

PATIENCE = 10.0  # seconds that a request or a job gets to end
REPEAT_AFTER = 0.5
LAST_PATIENCE = 2.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """A command that is to run as long as the others do.

    ``repeat_stop``: granian's workers lose a SIGTERM of their first second, and it then waits for them without end. It
    is told again, and so are they. A job worker must hear it only once: the second time it drops its jobs.
    """

    name: str
    command: tuple[str, ...]
    repeat_stop: bool = False


class ProgramEnded(Exception):
    """A program ended by itself, so the others were stopped."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"The {name} ended with exit code {code}, so everything was stopped.")


def run_together(
    programs: Sequence[Program],
    *,
    until_ready: Callable[[], bool],
    when_ready: Callable[[], None],
    patience: float = PATIENCE,
) -> None:
    """Run the programs until SIGINT or SIGTERM, or until one of them ends, then stop all of them.

    Each runs in a session of its own, so that Ctrl-C reaches this process only and the order of stopping is ours; when
    this process is killed, the kernel sends them SIGTERM (on Linux). What does not stop within ``patience`` seconds is
    killed with everything that it started.

    Errors: ProgramEnded when one ended by itself.
    """
    running: dict[Program, subprocess.Popen[bytes]] = {}
    with _stop_requests() as stop_requested:
        try:
            for program in programs:
                if not stop_requested():
                    running[program] = _start(program)
            ready = False
            while not stop_requested():
                for program, process in running.items():
                    if process.poll() is not None:
                        raise ProgramEnded(program.name, process.returncode)
                if not ready and until_ready():
                    ready = True
                    when_ready()
                time.sleep(0.05)
        finally:
            _stop(running, patience)


@contextlib.contextmanager
def _stop_requests() -> Iterator[Callable[[], bool]]:
    """Note SIGINT and SIGTERM instead of dying of them: a child is never started and then forgotten."""
    requests: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        requests.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(requests)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(program: Program) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 — our own commands
        program.command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        # Safe here: no threads were started yet. There is no other way to ask for a signal at our death.
        preexec_fn=_die_with(os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509
    )


def _die_with(parent: int) -> Callable[[], None]:
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel could be asked
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


def _stop(running: Mapping[Program, subprocess.Popen[bytes]], patience: float) -> None:
    """Ask all at once, then wait, then kill."""
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    started = time.monotonic()
    repeat_at = started + REPEAT_AFTER
    while (left := _alive(running)) and time.monotonic() < started + patience:
        if time.monotonic() > repeat_at:
            repeat_at += REPEAT_AFTER
            for program in left:
                if program.repeat_stop:
                    _signal_session(running[program], signal.SIGTERM)
        time.sleep(0.05)
    for process in running.values():
        # Also what outlived its parent: nothing may keep the port or a job.
        _signal_session(process, signal.SIGKILL)
        process.wait(timeout=LAST_PATIENCE)


def _alive(running: Mapping[Program, subprocess.Popen[bytes]]) -> list[Program]:
    return [program for program, process in running.items() if process.poll() is None]


def _signal_session(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a program and its descendants. They share a process group, whose id is the program's pid."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
