"""Reading our own Markdown: tables, links, and the blocks that a reader is told to type."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("[!.]*/README.md")])

_code = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_link = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_step = re.compile(
    r"^```(?P<kind>sh|text)\n(?P<body>.*?)^```|^<!-- in the test: (?P<told>[^\n]*) -->", re.DOTALL | re.M
)


class Table(NamedTuple):
    """A table with the heading that it stands below. Cells are as written, blanks around them apart."""

    heading: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Step(NamedTuple):
    """Something that a reader does: a block to type, with the lines that it shows, or what a comment says instead."""

    typed: str
    shown: tuple[str, ...]
    told: str


def page(name: str) -> str:
    """The text of a file below the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def tables(text: str) -> Iterator[Table]:
    """All tables, in order."""
    heading, lines = "", []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            lines.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
            continue
        if lines:
            yield Table(heading, lines[0], tuple(lines[2:]))
            lines = []
        if line.startswith("#"):
            heading = line.lstrip("# ").replace("`", "")


def table(name: str, first_column: str, heading: str = "") -> Table:
    """The one table of a page whose first column has this title, below that heading if one is named."""
    (found,) = (
        found for found in tables(page(name)) if found.header[0] == first_column and heading in ("", found.heading)
    )
    return found


def bare(cell: str) -> str:
    """A cell without its backticks."""
    return cell.replace("`", "")


def links(text: str) -> list[str]:
    """The targets of all links, those in code apart."""
    return _link.findall(_code.sub("", text))


def anchors(text: str) -> set[str]:
    """The anchors of all headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def steps(text: str) -> list[Step]:
    """What a reader does, in order: ``sh`` blocks with the ``text`` block behind them, and comments for the test."""
    found: list[Step] = []
    for match in _step.finditer(text):
        if match["kind"] == "sh":
            found.append(Step(match["body"], (), ""))
        elif match["kind"] == "text":
            found[-1] = found[-1]._replace(shown=tuple(match["body"].splitlines()))
        else:
            found.append(Step("", (), match["told"]))
    return found
