"""Building the search text anew, for rows that were written around the verbs (psql, a restored dump)."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from records import search, search_index, statements
from records.copying import SEPARATOR
from records.resolving import fetch
from records.resources import Resource, resource_named
from records.search_text import FIELDS, fold_field

CHUNK = 10_000


def rebuild_search_text(resource: Resource, *, chunk: int = CHUNK) -> Iterator[int]:
    """Build the search text of every record of a resource anew, the binned ones too.

    Each chunk is a transaction of its own that holds its records, so that running it beside bulks loses nothing.
    Yields the number of records done so far.
    """
    last, done = 0, 0
    columns = [column for column in statements.staged_columns(resource) if column.search]
    while True:
        with transaction.atomic():
            names = ", ".join(column.name for column in columns)
            rows = fetch(
                f"SELECT id, tenant_id, {names} FROM {resource.table} WHERE id > %s AND erased_at IS NULL"  # noqa: S608
                " ORDER BY id LIMIT %s FOR NO KEY UPDATE",
                [last, chunk],
            )
            if not rows:
                return
            ids = [row[0] for row in rows]
            folded: dict[str, list[str]] = {field: [""] * len(rows) for field in FIELDS}
            for position, column in enumerate(columns, start=2):
                folded[column.search] = [fold_field(column.search, row[position] or "") for row in rows]
            for field, texts in texts_from_addresses(resource, ids).items():
                folded[field] = [texts.get(pk, "") for pk in ids]
            search.change(type=resource.type, tenants=[row[1] for row in rows], ids=ids, columns=folded)
        search_index.take_in()
        last, done = ids[-1], done + len(ids)
        yield done


def texts_from_addresses(resource: Resource, ids: list[int]) -> dict[str, dict[int, str]]:
    """The fields of the search text that live addresses feed, by owner. An owner without any is absent.

    For an owner in the bin those count that went there with it: with it they come back.
    """
    if resource.address_field is None:
        return {}
    addresses = resource_named("addresses")
    searched = [column for column in addresses.columns if column.search]
    owner = f"{resource.address_field}_id"
    rows: list[tuple[Any, ...]] = fetch(
        f"SELECT a.{owner}, {', '.join(f'a.{column.name}' for column in searched)}"  # noqa: S608
        f" FROM {addresses.table} a JOIN {resource.table} o ON o.id = a.{owner}"
        f" WHERE a.{owner} = ANY(string_to_array(%s, %s)::bigint[]) AND a.erased_at IS NULL"
        " AND a.deletion_id IS NOT DISTINCT FROM o.deletion_id",
        [SEPARATOR.join(map(str, ids)), SEPARATOR],
    )
    words: dict[str, dict[int, set[str]]] = {column.search: {} for column in searched}
    for pk, *values in rows:
        for column, value in zip(searched, values, strict=True):
            words[column.search].setdefault(pk, set()).add(fold_field(column.search, value))
    return {
        field: {pk: " ".join(sorted(texts - {""})) for pk, texts in by_owner.items()}
        for field, by_owner in words.items()
    }
