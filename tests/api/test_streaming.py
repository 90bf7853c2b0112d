"""Streamed answers: what is sent when they cannot be finished, and that everything is given back."""

import json
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from api import connections
from api.streaming import BrokenOff, StreamedAnswer

# An answer that is closed looks after the connections of its thread.
pytestmark = pytest.mark.django_db


class Counting(Iterator[bytes]):
    """Chunks that are numbers, of which the one called ``fails`` is an exception."""

    def __init__(self, fails: int = 0) -> None:
        self.rows = 0
        self.fails = fails
        self.told: list[str] = []

    def __next__(self) -> bytes:
        if self.rows == 3:
            raise StopIteration
        self.rows += 1
        if self.rows == self.fails:
            raise OperationalError("row 1 holds the secret 123456789")
        return b"%d\n" % self.rows

    def cancel(self) -> None:
        self.told.append("cancel")

    def close(self) -> None:
        self.told.append("close")


def answer_of(chunks: Counting, seconds: float = 60) -> StreamedAnswer:
    request = RequestFactory().get("/")
    return StreamedAnswer(
        request, chunks, content_type="text/plain", headers={"x-items-estimate": "3"}, seconds=seconds
    )


def test_it_is_sent_piece_by_piece():
    chunks = Counting()
    answer = answer_of(chunks)

    pieces = iter(answer)
    assert (next(pieces), answer.rows) == (b"1\n", 1)
    assert (list(pieces), answer.rows) == ([b"2\n", b"3\n"], 3)
    answer.close()

    assert (answer.status_code, answer.headers["x-items-estimate"]) == (200, "3")
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("text/plain", "no-store")
    assert not answer.has_header("Content-Length")
    assert set(chunks.told) == {"close"}


def test_one_that_fails_says_so_and_breaks(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(connections, "ATTEMPTS", 1)
    pieces = iter(answer_of(Counting(fails=2)))

    first, last = next(pieces), next(pieces)
    with pytest.raises(BrokenOff) as broken:
        next(pieces)

    assert (first, last[:1]) == (b"1\n", b"\n")
    with pytest.raises(json.JSONDecodeError):
        json.loads(last)
    assert json.loads(last + b"}")["error"]["code"] == 10030
    assert "123456789" not in f"{last!r} {caplog.text} {broken.getrepr()}"
    assert "found no connection to break" in caplog.text


def test_one_that_takes_too_long_is_cancelled(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "ATTEMPTS", 1)
    chunks = Counting()
    answer = answer_of(chunks, seconds=0.01)
    end = time.monotonic() + 10
    while not chunks.told:
        assert time.monotonic() < end
        time.sleep(0.01)
    answer.close()

    assert chunks.told == ["cancel", "close"]


def test_one_that_is_finished_is_not_cancelled_later():
    chunks = Counting()
    answer = answer_of(chunks, seconds=0.2)
    list(answer)
    answer.close()
    time.sleep(0.4)

    assert set(chunks.told) == {"close"}
