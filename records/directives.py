"""The directives of a bulk request: how it departs from a plain upsert (lookup API contract, section 7)."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from msgspec import UNSET, UnsetType

from api import catalogue
from api.errors import ApiError
from records.resources import Resource
from records.rows import Directives


class DirectivePayload(msgspec.Struct, forbid_unknown_fields=True):
    """One directive in the form of a list."""

    operation: str
    fields: list[str] | UnsetType | None = UNSET


DirectivesPayload = dict[str, list[str]] | list[DirectivePayload] | UnsetType | None
"""Both forms in which directives are sent: an object of lists, or a list of objects."""

SKIP_IF_NOT_EMPTY = "skipIfNotEmpty"
SKIP_MOVE = "skipMoveOnUpdate"
SKIP_CREATE = "skipCreate"
MERGE_TRANSLATIONS = "mergeTranslationsOnUpdate"  # these resources have no translations
KNOWN = (SKIP_IF_NOT_EMPTY, SKIP_MOVE, SKIP_CREATE, MERGE_TRANSLATIONS)


def directives_of(payload: DirectivesPayload, resource: Resource) -> Directives:
    """What was sent, in either form, as the engine takes it.

    Errors: ApiError 10017 for a directive or a field that does not exist.
    """
    fields: dict[str, set[str]] = defaultdict(set)
    for operation, names in _pairs(payload):
        if operation not in KNOWN:
            raise _invalid(f"Unknown directive [{operation[:80]}], use one of [{','.join(KNOWN)}]")
        fields[operation].update(names)
    kept = frozenset(fields[SKIP_IF_NOT_EMPTY])
    known = {column.member for column in resource.columns} | ({"parent"} if resource.parent else set())
    if unknown := kept - known:
        raise _invalid(f"Unknown field [{min(unknown)[:80]}] in the directive {SKIP_IF_NOT_EMPTY}")
    return Directives(
        skip_if_not_empty=kept, skip_move_on_update=SKIP_MOVE in fields, skip_create=SKIP_CREATE in fields
    )


def _pairs(payload: DirectivesPayload) -> Iterable[tuple[str, Iterable[str]]]:
    if isinstance(payload, dict):
        return payload.items()
    return [(item.operation, item.fields or ()) for item in payload or ()]


def _invalid(message: str) -> ApiError:
    return ApiError(catalogue.PAYLOAD_VALIDATION, message)
