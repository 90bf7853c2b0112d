"""The text by which a deletion is found: names, e-mail, key and reason, folded."""

from collections.abc import Callable
from typing import Any

SHORTEST_PART = 3
"""A shorter word matches only the start of a word: the trigram index cannot help it anywhere else."""
MOST_WORDS = 10

Folding = Callable[[str], str]


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


_fold: list[Folding] = [_plain]


def fold_with(folding: Folding) -> None:
    """Use this function for storing and for asking. A higher room calls it once, when its app is ready."""
    _fold[0] = folding


def fold(text: str) -> str:
    """``text`` as it is stored and asked for."""
    return _fold[0](text)


def text_of(root: Any, reason: str) -> str:
    """What the deletion of this record is found by: each value on a line of its own, begun by a blank.

    The values are those that the record's label is made of, its key, and the reason. No word is found across two lines.
    """
    named = (getattr(root, field) for field in getattr(root, "label_fields", ()))
    values = dict.fromkeys(str(value) for value in (*named, root.source_id, reason) if value)
    folded = dict.fromkeys(filter(None, map(fold, values)))
    return "".join(f" {value}\n" for value in folded)


def words(text: str) -> list[str]:
    """The folded words of what somebody typed, at most ten."""
    return fold(text).split(" ")[:MOST_WORDS] if text.strip() else []


def part(word: str) -> str:
    """What has to occur in the text for a word to be found."""
    return word if len(word) >= SHORTEST_PART else f" {word}"
