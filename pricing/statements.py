"""The SQL that reads and writes the prices of one owner (style: section 4).

Locks: the caller holds the owner FOR NO KEY UPDATE. Whoever writes a price does, so prices need no locks of their own.
Cost:  one probe of the owner's unique index for each target that is asked for, one of the primary key for each change.
"""

from functools import cache

from pricing.models import Price

TABLE = Price._meta.db_table


@cache
def by_id(owner: str, *, in_shop: bool) -> str:
    """The prices of targets that are named by id, as rows of (position, id, in the bin, type, amount, price).

    Parameters: kinds, separator, ids, separator, owner, and the shop if there is one.
    """
    return f"""
SELECT (k.ord - 1)::int, p.*
  FROM unnest(string_to_array(%s, %s), string_to_array(%s, %s)::bigint[]) WITH ORDINALITY AS k(kind, id, ord)
 CROSS JOIN LATERAL (
    SELECT id, deletion_id IS NOT NULL, type, amount, price FROM {TABLE}
     WHERE {_place(owner, in_shop)} AND target_kind = k.kind AND target_id = k.id
       AND target_source_id = '' AND target_source = '' OFFSET 0) p
"""


@cache
def by_pair(owner: str, *, in_shop: bool) -> str:
    """The same for targets that are named by the key of another system.

    Parameters: kinds, separator, source ids, separator, sources, separator, owner, and the shop if there is one.
    """
    return f"""
SELECT (k.ord - 1)::int, p.*
  FROM unnest(string_to_array(%s, %s), string_to_array(%s, %s), string_to_array(%s, %s))
       WITH ORDINALITY AS k(kind, source_id, source, ord)
 CROSS JOIN LATERAL (
    SELECT id, deletion_id IS NOT NULL, type, amount, price FROM {TABLE}
     WHERE {_place(owner, in_shop)} AND target_kind = k.kind AND target_id IS NULL
       AND target_source_id = k.source_id AND target_source = k.source OFFSET 0) p
"""


UPDATE = f"""
UPDATE {TABLE} t SET type = k.type, amount = k.amount, price = k.price,
       version = t.version + 1, modified_at = statement_timestamp()
  FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::numeric[]) AS k(id, type, amount, price)
 WHERE t.id = k.id
"""
"""Write new terms. Parameters: ids, types, amounts, prices."""


@cache
def delete(owner: str, *, in_shop: bool) -> str:
    """Delete the live prices of an owner for good. Parameters: owner, and the shop if it is about one."""
    shop = " AND shop_id = %s" if in_shop else ""
    return f"DELETE FROM {TABLE} WHERE {owner}_id = %s AND deletion_id IS NULL{shop}"


def _place(owner: str, in_shop: bool) -> str:
    return f"{owner}_id = %s AND shop_id {'= %s' if in_shop else 'IS NULL'}"
