"""What a benchmark prints, and how it says that a limit was missed."""

import io
import json
import platform
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ratio:
    """One measured ratio. ``at_most`` or ``at_least`` is its limit, if it has one."""

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool:
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    def line(self) -> str:
        limit = ""
        if self.at_most is not None:
            limit = f"  (at most {self.at_most:g})"
        elif self.at_least is not None:
            limit = f"  (at least {self.at_least:g})"
        return f"  {self.name:<58}{self.value:6.2f}{limit}{'' if self.holds else '  MISSED'}"


def report(title: str, ratios: list[Ratio], *, check: bool) -> None:
    """Print the ratios; with ``check`` exit with 1 when one misses its limit."""
    print(f"\n{title}  (Python {platform.python_version()})")
    for ratio in ratios:
        print(ratio.line())
    if check and not all(ratio.holds for ratio in ratios):
        sys.exit(1)


def captured(call: Callable[[], Any]) -> Any:
    """The JSON that a command prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        call()
    return json.loads(out.getvalue())


def progress(text: str) -> None:
    """One line on stderr that the next one overwrites."""
    print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
