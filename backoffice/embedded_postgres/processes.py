"""Which processes of the machine are a server of a given data folder.

The pid in ``postmaster.pid`` alone proves nothing: after a crash another program may have got it.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Return whether a process runs. One that ended and was not yet reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not _has_proc() or bool(_command_line(pid))


def postmasters(folder: Path) -> set[int]:
    """Return the pids of the main processes of servers that were started on ``folder``."""
    if _has_proc():
        return {pid for pid in _pids() if _is_postmaster(_command_line(pid), str(folder))}
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    rows = (line.split(maxsplit=1) for line in listed.stdout.splitlines())
    return {int(row[0]) for row in rows if len(row) == 2 and f"/bin/postgres -D {folder} " in row[1]}


def server_processes(folder: Path) -> set[int]:
    """Return the pids of everything that serves ``folder``, also of children that lost their main process.

    Children are recognised by their working folder, which PostgreSQL sets to the data folder. Where there is no /proc
    only main processes are found; PostgreSQL's own shared memory check still guards the data then.
    """
    found = postmasters(folder)
    if not _has_proc():
        return found
    homes = {str(folder), f"{folder} (deleted)"}
    for pid in _pids():
        if (command := _command_line(pid)) and command[0].startswith("postgres: "):
            with contextlib.suppress(OSError):
                if os.readlink(PROC / str(pid) / "cwd") in homes:
                    found.add(pid)
    return found


def end(pids: Iterable[int], *, signals: tuple[tuple[signal.Signals, float], ...]) -> bool:
    """Send each signal in turn, waiting up to its seconds for all to be gone. Return whether they are."""
    left = set(pids)
    for number, patience in signals:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + patience
        while (left := {pid for pid in left if alive(pid)}) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not left:
            return True
    return not left


def _has_proc() -> bool:
    return (PROC / "self" / "cmdline").exists()


def _pids() -> list[int]:
    return [int(name) for name in os.listdir(PROC) if name.isdigit()]


def _command_line(pid: int) -> list[str]:
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(part) for part in raw.rstrip(b"\0").split(b"\0")] if raw else []


def _is_postmaster(command: list[str], folder: str) -> bool:
    return len(command) > 2 and command[0].endswith("/postgres") and command[1:3] == ["-D", folder]
