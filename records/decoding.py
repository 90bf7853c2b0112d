"""From decoded payloads to the rows of the upsert engine. Shape only: values are cleaned by the engine."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from msgspec import UNSET, UnsetType

from records.cleaned import types_of
from records.cleaning import text
from records.resources import Resource, resource_named
from records.rows import AddressRow, Batch, By, Row

_NOTHING = (UNSET, None, "")


class RowMaker:
    """Makes rows of one resource from its payloads. Make it once: it is safe to share between threads."""

    def __init__(self, resource: Resource) -> None:
        self._names = [column.name for column in resource.columns]
        self._values = attrgetter(*self._names)
        self._nests = resource.address_field is not None
        if self._nests:
            self._address_values = attrgetter(*(column.name for column in resource_named("addresses").columns))

    def row(self, payload: Any, *, id: int | None = None, version: int | None = None) -> Row:
        """The row of one payload. ``version`` is what the record must still have.

        Errors: cleaning.Invalid for an integer as sourceId with more digits than a text may have characters.
        """
        source, source_id = _key(payload.source, payload.source_id)
        addresses = payload.addresses if self._nests else None
        return Row(
            values=self._values(payload),
            id=id,
            source=source,
            source_id=source_id,
            parent=None if payload.parent == "" else payload.parent,
            addresses=tuple(map(self.address, addresses)) if addresses else (),
            version=version,
        )

    def batch(self, payloads: Sequence[Any], by: By) -> Batch:
        """The rows of many payloads.

        Errors: cleaning.Invalid as ``row``, which tells the row.
        """
        count = len(payloads)
        sources, source_ids = [list(map(attrgetter(name), payloads)) for name in ("source", "source_id")]
        if types_of(sources) != {str} or types_of(source_ids) != {str}:
            pairs = [_key(source, source_id) for source, source_id in zip(sources, source_ids, strict=True)]
            sources, source_ids = [source for source, _ in pairs], [source_id for _, source_id in pairs]
        parents = list(map(attrgetter("parent"), payloads))
        if str in types_of(parents):
            parents = [None if parent == "" else parent for parent in parents]
        nothing: list[Any] = [None] * count
        addresses = list(map(attrgetter("addresses"), payloads)) if self._nests else nothing
        return Batch(
            values=[list(map(attrgetter(name), payloads)) for name in self._names],
            sources=sources,
            source_ids=source_ids,
            parents=parents,
            ids=list(map(attrgetter("id"), payloads)) if by == "id" else nothing,
            addresses=[tuple(map(self.address, sent)) if sent else () for sent in addresses]
            if any(addresses)
            else [()] * count,
            versions=nothing,
            uids=nothing,
        )

    def address(self, payload: Any) -> AddressRow:
        """The row of one address."""
        is_default = payload.is_default
        return AddressRow(
            values=self._address_values(payload),
            default=None if is_default in _NOTHING else is_default in ("Y", "y"),
        )


def keys_of(payloads: Sequence[Any], by: By) -> list[Any]:
    """The key of each payload as it was sent, ``None`` where it has none."""
    keys = [payload.id for payload in payloads] if by == "id" else [payload.source_id for payload in payloads]
    return [None if key is UNSET else key for key in keys] if UNSET in keys else keys


def keyless(payloads: Sequence[Any], by: By) -> dict[int, str]:
    """What is missing of the key that the endpoint finds records by, by row index; rows with a whole key are absent."""
    if by == "id":
        return {index: "id" for index, payload in enumerate(payloads) if payload.id in _NOTHING}
    return {
        index: "source" if payload.source in _NOTHING else "sourceId"
        for index, payload in enumerate(payloads)
        if payload.source_id in _NOTHING or payload.source in _NOTHING
    }


def _key(source: Any, source_id: Any) -> tuple[str | UnsetType, str | UnsetType]:
    source, source_id = _key_text(source), _key_text(source_id)
    # An empty sourceId means "no key", which no source can be part of.
    return "" if source is UNSET and source_id == "" else source, source_id


def _key_text(value: str | int | UnsetType | None) -> str | UnsetType:
    if value is None:
        return ""
    return text(value) if isinstance(value, int) else value
