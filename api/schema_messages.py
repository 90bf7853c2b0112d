"""The second pass: every fault in the shape of a document, in the words of the contract (section 1.4).

msgspec stops at the first fault. This walks the parsed document once beside what ``msgspec.inspect`` tells of the type.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import inspect

LONGEST_ECHO = 255


class LongNumber(str):
    """The digits of an integer too long to be taken for one."""

    __slots__ = ()


class Faults:
    """What was found: the first messages, and how many there are in all."""

    def __init__(self, limit: int) -> None:
        self.messages: list[str] = []
        self.count = 0
        self._limit = limit

    def add(self, pointer: str, text: str) -> None:
        self.count += 1
        if self.count <= self._limit:
            self.messages.append(f"#{pointer}: {text}")


def faults_of(document: Any, payload: type, limit: int) -> Faults:
    """Every fault in ``document``, which should have been a ``payload``; at most ``limit`` of them as messages."""
    faults = Faults(limit)
    _walk(document, inspect.type_info(payload), "", faults)
    return faults


def _parts(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _walk(value: Any, kind: inspect.Type, pointer: str, faults: Faults) -> None:
    candidates = _parts(kind)
    for candidate in candidates:
        if _fits(value, candidate):
            _WALKERS[type(candidate)](value, candidate, pointer, faults)
            return
    expected = _NAMES[type(candidates[0])]
    faults.add(pointer, f"expected type: {expected}, found: {_found(value)}")


def _fits(value: Any, candidate: inspect.Type) -> bool:
    # To Python true is an integer, and a LongNumber is text.
    if isinstance(value, LongNumber):
        return isinstance(candidate, inspect.IntType | inspect.DecimalType)
    if isinstance(value, bool):
        return isinstance(candidate, inspect.BoolType)
    if isinstance(candidate, inspect.DecimalType):
        return _is_number(value)
    if isinstance(candidate, inspect.LiteralType) and candidate.values == ("",):
        return bool(value == "")  # it only clears: any other text was meant to be something else
    return isinstance(value, _PYTHON_TYPES[type(candidate)])


def _is_number(value: Any) -> bool:
    """Whether a decimal can be made of it: any number, and text that spells one."""
    if not isinstance(value, str):
        return isinstance(value, int | Decimal)
    try:
        Decimal(value)
    except ArithmeticError:
        return False
    return True


def _found(value: Any) -> str:
    if value is None:
        return "Null"
    for kind, name in _FOUND:
        if isinstance(value, kind):
            return name
    raise AssertionError(type(value))


def _walk_object(value: dict[str, Any], kind: inspect.StructType, pointer: str, faults: Faults) -> None:
    fields = {field.encode_name: field for field in kind.fields}
    for name, member in value.items():
        if name in fields:
            _walk(member, fields[name].type, f"{pointer}/{_escaped(name)}", faults)
        elif kind.forbid_unknown_fields:
            faults.add(pointer, f"extraneous key [{_echo(name)}] is not permitted")
    for name, field in fields.items():
        if field.required and name not in value:
            faults.add(pointer, f"required key [{name}] not found")


def _walk_map(value: dict[str, Any], kind: inspect.DictType, pointer: str, faults: Faults) -> None:
    for name, member in value.items():
        _walk(member, kind.value_type, f"{pointer}/{_escaped(_echo(name))}", faults)


def _walk_list(value: list[Any], kind: inspect.ListType, pointer: str, faults: Faults) -> None:
    if kind.min_length is not None and len(value) < kind.min_length:
        faults.add(pointer, f"expected minimum item count: {kind.min_length}, found: {len(value)}")
    if kind.max_length is not None and len(value) > kind.max_length:
        faults.add(pointer, f"expected maximum item count: {kind.max_length}, found: {len(value)}")
    for index, item in enumerate(value):
        _walk(item, kind.item_type, f"{pointer}/{index}", faults)


def _walk_text(value: str, kind: inspect.StrType, pointer: str, faults: Faults) -> None:
    if kind.max_length is not None and len(value) > kind.max_length:
        faults.add(pointer, f"expected maxLength: {kind.max_length}, actual: {len(value)}")


def _walk_integer(value: int | LongNumber, kind: inspect.IntType, pointer: str, faults: Faults) -> None:
    if isinstance(value, LongNumber):
        faults.add(pointer, f"expected maxLength: {LONGEST_ECHO}, actual: {len(value)}")


def _walk_literal(value: str, kind: inspect.LiteralType, pointer: str, faults: Faults) -> None:
    if value not in kind.values:
        faults.add(pointer, f"{_echo(value)} is not a valid enum value")


def _accept(value: Any, kind: inspect.Type, pointer: str, faults: Faults) -> None:
    """Anything goes."""


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _echo(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


_FOUND: tuple[tuple[type, str], ...] = (
    (LongNumber, "Integer"),
    (bool, "Boolean"),
    (int, "Integer"),
    (Decimal, "BigDecimal"),
    (str, "String"),
    (dict, "JSONObject"),
    (list, "JSONArray"),
)
_NAMES: dict[type, str] = {
    inspect.StrType: "String",
    inspect.LiteralType: "String",
    inspect.IntType: "Integer",
    inspect.DecimalType: "BigDecimal",
    inspect.BoolType: "Boolean",
    inspect.StructType: "JSONObject",
    inspect.DictType: "JSONObject",
    inspect.ListType: "JSONArray",
    inspect.NoneType: "Null",
}
_PYTHON_TYPES: dict[type, type] = {
    inspect.StrType: str,
    inspect.LiteralType: str,
    inspect.IntType: int,
    inspect.BoolType: bool,
    inspect.StructType: dict,
    inspect.DictType: dict,
    inspect.ListType: list,
    inspect.NoneType: type(None),
}
_WALKERS: dict[type, Callable[..., None]] = {
    inspect.StrType: _walk_text,
    inspect.LiteralType: _walk_literal,
    inspect.IntType: _walk_integer,
    inspect.DecimalType: _accept,
    inspect.BoolType: _accept,
    inspect.StructType: _walk_object,
    inspect.DictType: _walk_map,
    inspect.ListType: _walk_list,
    inspect.NoneType: _accept,
}
