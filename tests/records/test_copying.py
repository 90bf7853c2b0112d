"""COPY in text format: whatever can be stored arrives as it was sent."""

import datetime

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from records.copying import SEPARATOR, column_text, copy_columns, joined
from tests.naughty_strings import KEPT, KEPT_IN_NOTES, REFUSED

pytestmark = pytest.mark.django_db

EVERY_TEXT = [
    *KEPT.values(),
    *KEPT_IN_NOTES.values(),
    "",
    "\r\n",
    "a\tb\\tc\nd\\ne\rf\\r",
    "\b\f\v\x01\x1f",
    "x" * 300_000,
]


@pytest.fixture
def table():
    name = "copied"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {name} (n int, a text, b text, d date, f boolean) ON COMMIT DROP")
    return name


def stored(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT n, a, b, d, f FROM {table} ORDER BY n")
        return cursor.fetchall()


def test_text_arrives_as_it_was_sent(table):
    numbers = range(len(EVERY_TEXT))

    copy_columns(table, ["n", "a", "b"], [numbers, EVERY_TEXT, EVERY_TEXT[::-1]])

    assert [row[1:3] for row in stored(table)] == list(zip(EVERY_TEXT, EVERY_TEXT[::-1], strict=True))


@pytest.mark.parametrize("text", EVERY_TEXT, ids=range(len(EVERY_TEXT)))
def test_text_beside_nulls(table, text):
    """A column with gaps, the same text escaped in one pass, and one value at a time."""
    copy_columns(table, ["n", "a", "b"], [[1, 2, 3], [text, None, text], [None, text, None]])

    assert stored(table) == [(1, text, None, None, None), (2, None, text, None, None), (3, text, None, None, None)]


def test_the_null_marker_as_text_is_not_null(table):
    copy_columns(table, ["n", "a"], [[1, 2, 3], ["\\N", None, ""]])

    assert [row[1] for row in stored(table)] == ["\\N", None, ""]


def test_other_types(table):
    day = datetime.date(1899, 12, 31)

    copy_columns(table, ["n", "a", "d", "f"], [[1, 2], ["x", 5], [day, None], [True, False]])

    assert stored(table) == [(1, "x", None, day, True), (2, "5", None, None, False)]


def test_a_single_column(table):
    copy_columns(table, ["a"], [["", "\\.", "x"]])

    assert sorted(row[1] for row in stored(table)) == ["", "\\.", "x"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["a", "b"], ["a", "b"]),
        (["a\t", "b"], ["a\\t", "b"]),
        ([1, -2], ["1", "-2"]),
        ([None, "\\"], ["\\N", "\\\\"]),
        ([None, None], ["\\N", "\\N"]),
        ([True, None, "\n"], ["t", "\\N", "\\n"]),
        ([], []),
    ],
)
def test_column_text(values, text):
    assert list(column_text(values)) == text


def test_a_taken_key_is_djangos_error(table):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE UNIQUE INDEX ON {table} (a)")

    with pytest.raises(IntegrityError, match="copied_a_idx"), transaction.atomic():
        copy_columns(table, ["a"], [["x", "x"]])
    assert stored(table) == []


@pytest.mark.parametrize("name", ["null byte", "null byte alone"])
def test_what_postgresql_cannot_store_is_its_error(table, name):
    with pytest.raises(DataError), transaction.atomic():
        copy_columns(table, ["a"], [[REFUSED[name]]])
    assert stored(table) == []


def test_columns_of_different_lengths_are_refused(table):
    with pytest.raises(ValueError, match="zip"):
        copy_columns(table, ["n", "a"], [[1, 2], ["x"]])


def test_joined_is_what_string_to_array_takes_apart():
    words = [*KEPT.values(), *KEPT_IN_NOTES.values(), "", ""]

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_to_array(%s, %s)", [joined(words), SEPARATOR])
        assert cursor.fetchone()[0] == words
        cursor.execute("SELECT string_to_array(%s, %s)::bigint[]", [joined([1, 2**60]), SEPARATOR])
        assert cursor.fetchone()[0] == [1, 2**60]
