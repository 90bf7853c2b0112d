"""What the upsert engine is given: rows that are already decoded, whichever door they came through."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType


class ParentKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How a row names its parent: by id, or by the pair; ``id`` wins (lookup API contract, section 4)."""

    id: int | UnsetType | None = UNSET
    source_id: str | int | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET


class AddressRow(msgspec.Struct):
    """One address of a row. ``values`` align with the columns of the ``addresses`` resource, UNSET where absent.

    ``id`` addresses an existing row (single writes); otherwise type and code do. ``default`` is the sent ``isDefault``.
    """

    values: tuple[Any, ...]
    default: bool | None = None
    id: int | None = None


class Row(msgspec.Struct):
    """One record to write. ``values`` align with ``Resource.columns``: UNSET keeps, null and "" clear.

    ``key`` is the key as it was sent (an answer echoes its JSON type). ``version`` is what ``If-Match`` asks for.
    """

    values: tuple[Any, ...]
    id: int | None = None
    source: str | UnsetType = UNSET
    source_id: str | UnsetType = UNSET
    parent: ParentKey | UnsetType | None = UNSET
    addresses: tuple[AddressRow, ...] = ()
    key: Any = None
    version: int | None = None
    uid: str | None = None


class Directives(msgspec.Struct, frozen=True):
    """How a bulk departs from a plain upsert (lookup API contract, section 7). ``skip_if_not_empty`` holds members."""

    skip_if_not_empty: frozenset[str] = frozenset()
    skip_move_on_update: bool = False
    skip_create: bool = False


By = Literal["id", "sourceId"]
Mode = Literal["upsert", "create", "update"]
