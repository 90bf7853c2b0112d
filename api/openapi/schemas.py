"""JSON Schemas: from msgspec's types, and from a few words."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from api.openapi.operations import Schema

REFERENCE = "#/components/schemas/"
_OF_STRINGS = frozenset({"type", "maxLength", "minLength", "pattern"})


def text(description: str = "", **more: Any) -> Schema:
    """A string."""
    return {"type": "string", **({"description": description} if description else {}), **more}


def integer(description: str = "", **more: Any) -> Schema:
    """An integer of 64 bits, as ids are."""
    return {"type": "integer", "format": "int64", **({"description": description} if description else {}), **more}


def boolean(description: str = "") -> Schema:
    """True or false."""
    return {"type": "boolean", **({"description": description} if description else {})}


def array(items: Schema, **more: Any) -> Schema:
    """A list."""
    return {"type": "array", "items": items, **more}


def closed(properties: Mapping[str, Schema], optional: frozenset[str] = frozenset(), **more: Any) -> Schema:
    """An object that has these members and no others; all of them, but for the optional ones."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": required} if required else {}),
        "additionalProperties": False,
        **more,
    }


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    if isinstance(kind := schema.get("type"), str):
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def reference(name: str) -> Schema:
    """A schema that stands among the components."""
    return {"$ref": f"{REFERENCE}{name}"}


def components_of(
    payload: type, rename: Callable[[str], str], words: Callable[[str], Mapping[str, str]]
) -> tuple[Schema, dict[str, Schema]]:
    """The schema of a msgspec type, and those of the structs that it is made of by their names in the document.

    ``rename`` gives their names; ``words`` says what the members of the one with a name are.
    """
    (schema,), found = msgspec.json.schema_components((payload,), ref_template=REFERENCE + "{name}")
    components = {
        rename(name): _described(_simpler(_renamed(component, rename)), words(rename(name)))
        for name, component in found.items()
    }
    return _simpler(_renamed(schema, rename)), components


def _renamed(node: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(node, list):
        return [_renamed(item, rename) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(found := node.get("$ref"), str):
        return {"$ref": REFERENCE + rename(found.removeprefix(REFERENCE))}
    return {key: _renamed(value, rename) for key, value in node.items()}


def _simpler(node: Any) -> Any:
    """The same schema with fewer words: ``anyOf`` of plain types is one schema with several types."""
    if isinstance(node, list):
        return [_simpler(item) for item in node]
    if not isinstance(node, dict):
        return node
    simple = {key: _simpler(value) for key, value in node.items() if value != [] or key != "required"}
    variants = simple.get("anyOf")
    if not isinstance(variants, list):
        return simple
    rest = {key: value for key, value in simple.items() if key != "anyOf"}
    if all(set(variant) <= _OF_STRINGS and isinstance(variant.get("type"), str) for variant in variants):
        return {**rest, **{k: v for variant in variants for k, v in variant.items()}, "type": _types(variants)}
    if len(variants) == 2 and set(variants[0]) == {"enum"} and variants[1] == {"type": "null"}:
        return {**rest, "enum": [*variants[0]["enum"], None]}
    return simple


def _types(variants: list[Schema]) -> list[str]:
    return [variant["type"] for variant in variants]


def _described(component: Schema, words: Mapping[str, str]) -> Schema:
    """A struct without the words meant for those who read the code, and with those for the readers of the document."""
    properties = {
        name: {**member, "description": words[name]} if name in words else member
        for name, member in component.get("properties", {}).items()
    }
    kept = {key: value for key, value in component.items() if key not in {"title", "description"}}
    return {**kept, **({"properties": properties} if properties else {})}
