"""What the query string of the tenant API may hold (contract, sections 1.1 and 6): declared, and read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.tenant import catalogue
from api.tenant.problems import Fault, Problem

_LONGEST_ECHO = 80


@dataclass(frozen=True)
class Parameter:
    """A query parameter. ``read`` takes the text and gives the value, or raises ValueError with what it takes."""

    name: str
    read: Callable[[str], Any]
    default: Any = None


def integer(name: str, *, default: int, least: int, most: int | None = None) -> Parameter:
    """A whole number. One above ``most`` is refused; without ``most``, as many digits as a program may send."""
    takes = f"a number from {least} to {most}" if most is not None else f"a number from {least}"

    def read(text: str) -> int:
        # int() would take signs, blanks, underscores and the digits of other scripts.
        if not (text.isascii() and text.isdigit()) or len(text) > 100:
            raise ValueError(takes)
        value = int(text)
        if value < least or (most is not None and value > most):
            raise ValueError(takes)
        return value

    return Parameter(name, read, default)


def choice(name: str, choices: Sequence[str], *, default: str) -> Parameter:
    """One of some words, in exactly this spelling."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    return Parameter(name, read, default)


def text(name: str) -> Parameter:
    """Any text; "" when it is not there."""
    return Parameter(name, str, "")


def read_query(query: Mapping[str, str], parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The values of the parameters by name. What is not declared is ignored.

    Errors: Problem INVALID_PARAMETER with all that is wrong.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for parameter in parameters:
        sent = query.get(parameter.name)
        if sent is None:
            values[parameter.name] = parameter.default
            continue
        try:
            values[parameter.name] = parameter.read(sent)
        except ValueError as error:
            message = f"{parameter.name} takes {error}, not [{sent[:_LONGEST_ECHO]}]."
            faults.append(Fault(f"?{parameter.name}", catalogue.INVALID_PARAMETER.code, message))
    if faults:
        raise Problem(catalogue.INVALID_PARAMETER, " ".join(fault.message for fault in faults), faults=faults)
    return values
