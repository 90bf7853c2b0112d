"""Keys to records, many at once: each kind of key is one statement, however many rows ask."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from msgspec import UNSET

from records import statements
from records.cleaned import is_absent
from records.cleaning import Invalid, text
from records.copying import SEPARATOR, joined
from records.outcomes import Kind, Refusal
from records.resources import Resource, resource_named
from records.rows import ParentKey

MAX_ID = 2**53 - 1


class Found(NamedTuple):
    """A record that a key leads to. ``state`` is live, binned, erased, or foreign: of another tenant."""

    id: int
    version: int
    state: str


def fetch(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def run(statement: str, parameters: Sequence[Any] | None = None) -> None:
    """Run a statement for its effect."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def find_by_pair(resource: Resource, tenant: int, pairs: Sequence[tuple[str, str]]) -> dict[int, Found]:
    """The records that hold these (source, source_id) pairs, by position. Binned and erased ones too."""
    if not pairs:
        return {}
    sources, source_ids = zip(*pairs, strict=True)
    parameters = [joined(sources), SEPARATOR, joined(source_ids), SEPARATOR, tenant]
    rows = fetch(statements.by_pair(resource.table), parameters)
    return {row[0]: Found(*row[1:]) for row in rows}


def find_by_uid(resource: Resource, tenant: int, uids: Sequence[str]) -> dict[int, Found]:
    """The records that hold these uids, by position. Binned and erased ones too."""
    if not uids:
        return {}
    rows = fetch(statements.by_uid(resource.table), [joined(uids), SEPARATOR, tenant])
    return {position: Found(pk, version, state) for position, pk, version, state in rows}


def find_by_id(resource: Resource, tenant: int, ids: Sequence[int]) -> dict[int, Found]:
    """The records that hold these ids, by position; those of other tenants as ``foreign``."""
    known = [(position, pk) for position, pk in enumerate(ids) if 0 < pk <= MAX_ID]
    if not known:
        return {}
    rows = fetch(statements.by_id(resource.table), [tenant, joined(pk for _, pk in known), SEPARATOR])
    return {known[position][0]: Found(pk, version, state) for position, pk, version, state in rows}


def not_found(resource: Resource, key: str, value: object) -> Refusal:
    return Refusal(Kind.NOT_FOUND, resource.name, f"{resource.noun} with {key} [{value}] not found")


def in_bin(resource: Resource, key: str, value: object) -> Refusal:
    message = f"{resource.noun} with {key} [{value}] is not allowed: it is in the recycle bin"
    return Refusal(Kind.NOT_ALLOWED, resource.name, message)


def exists(resource: Resource) -> Refusal:
    return Refusal(Kind.EXISTS, resource.name, f"{resource.noun} already exists")


def several(resource: Resource) -> Refusal:
    message = f"Multiple {resource.name} found. Please provide additional filters"
    return Refusal(Kind.MULTIPLE_FOUND, resource.name, message)


Resolved = int | None | Refusal


def resolve_parents(resource: Resource, tenant: int, keys: Sequence[Any]) -> list[Any]:
    """The id of each row's parent.

    Shape:  ``keys`` holds a ParentKey, None or UNSET for each row. The answer holds an id, None (cleared), UNSET, or
            the Refusal of that row. At most three statements, one for each way to name a parent.
    Source: lookup API contract, section 4.
    """
    if resource.parent is None or is_absent(keys):
        return [UNSET] * len(keys)
    parent = resource_named(resource.parent.resource)
    answers: dict[Any, Any] = {UNSET: UNSET, None: None}
    answers |= _parent_answers(parent, tenant, set(keys) - answers.keys())
    return list(map(answers.__getitem__, keys))


def _parent_answers(parent: Resource, tenant: int, keys: set[ParentKey]) -> dict[Any, Resolved]:
    answers: dict[Any, Resolved] = {}
    ids: list[tuple[ParentKey, int]] = []
    pairs: list[tuple[ParentKey, tuple[str, str]]] = []
    bare: list[tuple[ParentKey, str]] = []
    for key in keys:
        try:
            if isinstance(key.id, int):
                ids.append((key, key.id))
            elif key.source_id in (UNSET, None, ""):
                message = "a parent needs id or sourceId, or null to clear it"
                answers[key] = Refusal(Kind.INVALID, parent.name, message, "/parent")
            elif key.source in (UNSET, None, ""):
                bare.append((key, text(key.source_id)))
            else:
                pairs.append((key, (text(key.source), text(key.source_id))))
        except Invalid as invalid:
            answers[key] = Refusal(Kind.INVALID, parent.name, str(invalid), "/parent/sourceId")
    found_by_id = find_by_id(parent, tenant, [pk for _, pk in ids])
    for position, (key, pk) in enumerate(ids):
        answers[key] = _parent_answer(parent, "id", pk, [found_by_id[position]] if position in found_by_id else [])
    found_by_pair = find_by_pair(parent, tenant, [pair for _, pair in pairs])
    for position, (key, (_, source_id)) in enumerate(pairs):
        candidates = [found_by_pair[position]] if position in found_by_pair else []
        answers[key] = _parent_answer(parent, "sourceId", source_id, candidates)
    if bare:
        parameters = [joined(source_id for _, source_id in bare), SEPARATOR, tenant]
        candidates_of = defaultdict(list)
        for position, pk, version, state in fetch(statements.by_source_id(parent.table), parameters):
            candidates_of[position].append(Found(pk, version, state))
        for position, (key, source_id) in enumerate(bare):
            answers[key] = _parent_answer(parent, "sourceId", source_id, candidates_of[position])
    return answers


def _parent_answer(parent: Resource, key: str, value: object, candidates: list[Found]) -> Resolved:
    live = [found for found in candidates if found.state == "live"]
    if len(live) == 1:
        return live[0].id
    if live:
        return several(parent)
    if any(found.state == "binned" for found in candidates):
        return in_bin(parent, key, value)
    return not_found(parent, key, value)
