"""scripts/find-python: the newest Python that really runs, wherever it hides."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "find-python"
BROKEN = "echo 'pyenv: version is not installed' >&2; exit 127"


def program(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def interpreter(folder: Path, name: str, version: str) -> Path:
    """A program that answers the script's question as a Python of that version would: -c CODE VERSION."""
    return program(folder, name, f'[ "$1" = -c ] && [ "$3" = {version} ]')


def find(*folders: Path, home: Path, versions: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess:
    path = ":".join(map(str, folders))
    return subprocess.run(
        ["/bin/sh", SCRIPT, *versions],
        env={"PATH": path, "HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_newest_wins_wherever_it_stands_on_the_path(tmp_path):
    interpreter(tmp_path / "first", "python3.11", "3.11")
    interpreter(tmp_path / "first", "python3.12", "3.12")
    newest = interpreter(tmp_path / "second", "python3.13", "3.13")
    found = find(tmp_path / "first", tmp_path / "second", home=tmp_path)
    assert (found.stdout, found.returncode) == (f"{newest}\n", 0)


def test_a_shim_that_fails_does_not_hide_the_one_behind_it(tmp_path):
    program(tmp_path / "shims", "python3.13", BROKEN)
    works = interpreter(tmp_path / "bin", "python3.13", "3.13")
    assert find(tmp_path / "shims", tmp_path / "bin", home=tmp_path).stdout == f"{works}\n"


def test_a_shim_that_fails_is_skipped_for_an_older_version(tmp_path):
    program(tmp_path / "shims", "python3.13", BROKEN)
    program(tmp_path / "shims", "python3.12", BROKEN)
    works = interpreter(tmp_path / "bin", "python3", "3.11")
    assert find(tmp_path / "shims", tmp_path / "bin", home=tmp_path).stdout == f"{works}\n"


@pytest.mark.parametrize("through_variable", [True, False])
def test_pyenv_versions_are_found_behind_shims_that_fail(tmp_path, through_variable):
    program(tmp_path / "shims", "python3.12", BROKEN)
    root = tmp_path / ("elsewhere" if through_variable else ".pyenv")
    works = interpreter(root / "versions" / "3.12.4" / "bin", "python3.12", "3.12")
    environment = {"PYENV_ROOT": str(root)} if through_variable else {}
    assert find(tmp_path / "shims", home=tmp_path, **environment).stdout == f"{works}\n"


def test_folders_with_spaces_and_empty_ones(tmp_path):
    (tmp_path / "nothing here").mkdir()
    works = interpreter(tmp_path / "with space", "python3", "3.12")
    assert find(tmp_path / "nothing here", tmp_path / "with space", home=tmp_path).stdout == f"{works}\n"


def test_only_the_versions_asked_for(tmp_path):
    interpreter(tmp_path / "bin", "python3.13", "3.13")
    oldest = interpreter(tmp_path / "bin", "python3.11", "3.11")
    assert find(tmp_path / "bin", home=tmp_path, versions=("3.11",)).stdout == f"{oldest}\n"


def test_none_is_a_sentence_that_says_what_to_do(tmp_path):
    interpreter(tmp_path / "bin", "python3", "3.9")
    program(tmp_path / "bin", "python3.13", BROKEN)
    found = find(tmp_path / "bin", home=tmp_path)
    assert (found.stdout, found.returncode) == ("", 1)
    assert "No Python of 3.13 3.12 3.11 was found that runs" in found.stderr
    assert "make setup PYTHON=" in found.stderr


def test_what_is_found_on_this_machine_really_runs():
    done = subprocess.run(["/bin/sh", SCRIPT], env=dict(os.environ), capture_output=True, text=True, check=True)
    code = "import ensurepip, ssl, sys, venv; print((3, 11) <= sys.version_info[:2] <= (3, 13))"
    assert (
        subprocess.run([done.stdout.strip(), "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"
    )
