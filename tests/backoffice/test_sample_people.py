"""``sample_people``: a CSV of people as other systems send them."""

import csv
import datetime
import io
import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter, deque
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backoffice.sample_people import HEADER, sample_people

ROOT = Path(__file__).resolve().parents[2]


def people(rows: int, seed: int = 1) -> list[dict[str, str]]:
    return [dict(zip(HEADER, line, strict=True)) for line in sample_people(rows=rows, seed=seed)]


def manage(*arguments: str, pipe: str = "cat", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a shell would, its output through a pipe."""
    return subprocess.run(
        ["sh", "-c", f'"$0" manage.py "$@" | {pipe}', sys.executable, "sample_people", *arguments],
        cwd=ROOT,
        env=os.environ | {"LOG_LEVEL": "ERROR"} | environment,
        check=True,
        capture_output=True,
    )


def is_date(text: str) -> bool:
    try:
        datetime.datetime.strptime(text, "%Y%m%d").replace(tzinfo=datetime.UTC)
    except ValueError:
        return False
    return True


def test_the_command_prints_a_csv() -> None:
    out = io.StringIO()
    call_command("sample_people", "--rows", "300", "--seed", "3", stdout=out)

    lines = list(csv.reader(io.StringIO(out.getvalue())))
    assert (
        tuple(lines[0])
        == HEADER
        == (
            "rec_id",
            "given_name",
            "surname",
            "street_number",
            "address_1",
            "address_2",
            "suburb",
            "postcode",
            "state",
            "date_of_birth",
            "soc_sec_id",
        )
    )
    assert lines[1:] == [list(person) for person in sample_people(rows=300, seed=3)]


def test_keys_are_unique_and_every_duplicate_has_its_original_before_it() -> None:
    keys = [person["rec_id"] for person in people(5000)]

    assert len(keys) == len(set(keys)) == 5000
    places = {key: place for place, key in enumerate(keys)}
    duplicates = [key for key in keys if re.fullmatch(r"rec-\d+-dup-\d+", key)]
    assert 600 < len(duplicates) < 900
    assert [key for key in duplicates if places[re.sub("dup-.*", "org", key)] > places[key]] == []
    assert [key for key in keys if key not in duplicates and not re.fullmatch(r"rec-\d+-org", key)] == []


def test_duplicates_differ_a_little() -> None:
    sample = people(5000)
    originals = {person["rec_id"]: person for person in sample if person["rec_id"].endswith("-org")}
    differences = Counter(
        sum(person[column] != originals[original][column] for column in HEADER[1:])
        for person in sample
        if (original := re.sub("dup-.*", "org", person["rec_id"])) != person["rec_id"]
    )

    assert set(differences) <= {0, 1, 2, 3}
    assert differences[0] < differences[1]
    assert min(differences[1], differences[2], differences[3]) > 50


def test_there_are_gaps_accents_and_impossible_dates() -> None:
    sample = people(5000)

    gaps = {column: sum(not person[column] for person in sample) for column in HEADER}
    assert [column for column, count in gaps.items() if not count] == ["rec_id"]
    letters = set("".join(person["given_name"] + person["surname"] for person in sample).lower())
    assert [letter for letter in "éöłøığα" if letter not in letters] == []
    impossible = [person for person in sample if person["date_of_birth"] and not is_date(person["date_of_birth"])]
    assert 5 < len(impossible) < 50


def test_equal_seeds_give_equal_people_and_more_begin_with_fewer() -> None:
    assert people(200, seed=5) == people(1000, seed=5)[:200]
    assert people(200, seed=5) != people(200, seed=6)


def test_every_process_and_locale_prints_the_same_bytes() -> None:
    arguments = ("--rows", "300", "--seed", "5")

    here = manage(*arguments, PYTHONHASHSEED="1", LC_ALL="C.UTF-8").stdout
    there = manage(*arguments, PYTHONHASHSEED="2", LC_ALL="C", PYTHONIOENCODING="ascii").stdout

    assert here == there
    assert len(here.decode().splitlines()) == 301


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    done = manage("--rows", "50000", pipe="head -n 2")

    assert (len(done.stdout.splitlines()), done.stderr) == (2, b"")


def test_memory_does_not_grow_with_the_rows() -> None:
    deque(sample_people(rows=2000, seed=1), maxlen=0)  # fills the pools
    tracemalloc.start()
    deque(sample_people(rows=20_000, seed=1), maxlen=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2_000_000


@pytest.mark.parametrize("number", ["0", "x"])
def test_the_command_wants_a_number(number: str) -> None:
    with pytest.raises(CommandError, match=f"'{number}' is not a number from 1 up"):
        call_command("sample_people", "--rows", number)
