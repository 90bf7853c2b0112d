"""The SQL of exports: PostgreSQL writes every record out, as CSV or as JSON (lookup API contract, section 9).

Cost: one COPY, one pass over the records. Nothing is built for a record in Python.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

from records.reads import shape_of
from records.resources import Resource, resource_named

PARENT_MEMBERS = ("id", "source", "sourceId")


@dataclass(frozen=True)
class Cell:
    """A member of a record, and its SQL, which is never NULL: what has no value is an empty text."""

    name: str
    sql: str
    is_number: bool
    is_nullable: bool


@dataclass(frozen=True)
class Layout(ABC):
    """How the records of a resource are written out. ``hidden`` names members whose values are left empty."""

    resource: Resource
    hidden: Sequence[str] = ()

    media_type: ClassVar[str]
    extension: ClassVar[str]
    helpers: ClassVar[int] = 0
    """How many processes of PostgreSQL may help the one that writes the lines out, which keeps a core busy. They read
    the records and work out times and names; with few columns, handing rows over costs less than that."""

    @abstractmethod
    def header(self) -> bytes:
        """What stands before the first record."""

    @abstractmethod
    def statement(self, where: str) -> str:
        """The COPY of the live records that ``where`` names. It calls their table by its own name."""

    @abstractmethod
    def finished(self, rows: bytes, ends: Sequence[int]) -> bytes:
        """Rows as they leave, of rows as the COPY gives them. ``ends`` says where each one ends, line feed included."""

    @cached_property
    def cells(self) -> list[Cell]:
        """The members that a record reads as, in their order."""
        table, shape = self.resource.table, shape_of(self.resource).hiding(*self.hidden)
        nullable = {column.member for column in self.resource.columns if column.nullable}
        cells = []
        for name, expression in zip(shape.members, shape.expressions, strict=True):
            sql = expression.format(t=table)
            if name in nullable:
                sql = f"coalesce({sql}::text, '')"
            cells.append(Cell(name, sql, name == "id", name in nullable))
        return cells


class Csv(Layout):
    """RFC 4180 in UTF-8, with the key of the parent behind the members. No value is an empty cell."""

    media_type = "text/csv; charset=utf-8; header=present"
    extension = "csv"
    helpers = 1

    def header(self) -> bytes:
        names = [*(cell.name for cell in self.cells), *(f"parent.{name}" for name in PARENT_MEMBERS)]
        return ",".join(names).encode() + b"\r\n"

    def statement(self, where: str) -> str:
        columns = ", ".join(self.text(cell.sql) if not cell.is_number else cell.sql for cell in self.cells)
        table, parent = self.resource.table, self.resource.parent
        keys, join = "'', '', ''", ""
        if parent:
            # A parent in the recycle bin is not shown (section 4).
            join = (
                f" LEFT JOIN {resource_named(parent.resource).table} p"
                f" ON p.id = {table}.{parent.column} AND p.deletion_id IS NULL AND p.erased_at IS NULL"
            )
            texts = ", ".join(self.text(f"coalesce(p.{column}, '')") for column in ("source", "source_id"))
            keys = f"coalesce(p.id::text, ''), {texts}"
        # An empty text would be written as a pair of quotes if it could be taken for NULL; nothing here is NULL.
        return (
            f"COPY (SELECT {columns}, {keys} FROM {table}{join} WHERE {where})"  # noqa: S608
            " TO STDOUT (FORMAT csv, NULL '\\N')"
        )

    def text(self, sql: str) -> str:
        """The SQL of a cell that holds text."""
        return sql

    def finished(self, rows: bytes, ends: Sequence[int]) -> bytes:
        if rows.count(b"\n") == len(ends):
            return rows.replace(b"\n", b"\r\n")
        # Some are part of a value, which stays as it is.
        return b"\r\n".join([*(rows[start : end - 1] for start, end in pairwise([0, *ends])), b""])


class SpreadsheetCsv(Csv):
    """The same for people who open it: what a spreadsheet would run as a formula begins with an apostrophe."""

    def text(self, sql: str) -> str:
        return f"CASE WHEN {sql} ~ E'^[-=+@\\t\\r]' THEN '''' || {sql} ELSE {sql} END"


class Ndjson(Layout):
    r"""One JSON object a line, equal to what GET reads.

    It is COPY's own text format, whose delimiter is the double quote and whose columns alternate between JSON's
    punctuation, names and values: ``{`` ``"`` ``id`` ``"`` ``:71,`` ``"`` ``lastName`` ``"`` ``:`` ``"`` ``Berg`` …
    COPY escapes in values what JSON has escaped, and in the same way: the delimiter as ``\"``, the backslash, line
    feeds and tabs. That takes a quarter less time than ``row_to_json``. What is left over is done in ``finished``.
    """

    media_type = "application/x-ndjson"
    extension = "ndjson"

    def header(self) -> bytes:
        return b""

    def statement(self, where: str) -> str:
        columns, opening = [], ["'{'"]
        for cell in self.cells:
            columns += [*opening, f"'{cell.name}'"]
            if cell.is_number:
                columns.append(f"':' || {cell.sql} || ','")
                opening = []
            else:
                columns += ["':'", cell.sql]
                opening = ["','"]
        columns.append("'}'")
        return (
            f"COPY (SELECT {', '.join(columns)} FROM {self.resource.table} WHERE {where})"  # noqa: S608
            " TO STDOUT (DELIMITER '\"')"
        )

    def finished(self, rows: bytes, ends: Sequence[int]) -> bytes:
        for cell in self.cells:
            if cell.is_nullable:
                # Names in values have their quotes escaped, so that only members are met.
                rows = rows.replace(b'"%s":""' % cell.name.encode(), b'"%s":null' % cell.name.encode())
        # Only what was written around the verbs has other control characters. COPY leaves them as they are, but for
        # the vertical tab, of which it makes an escape that JSON does not have. One byte is found in no time, two are
        # not.
        if any(byte in rows for byte in _CONTROLS) or (b"\\" in rows and b"\\v" in rows):
            rows = _control.sub(_as_json, rows)
        return rows


_CONTROLS = tuple(bytes([code]) for code in range(32) if chr(code) not in "\b\t\n\v\f\r")
_control = re.compile(rb"\\.|[\x00-\x09\x0b-\x1f]", re.DOTALL)


def _as_json(found: re.Match[bytes]) -> bytes:
    match = found[0]
    if match == b"\\v":
        return b"\\u000b"
    return match if match.startswith(b"\\") else b"\\u%04x" % ord(match)
