"""The SQL that reads and writes the addresses of many owners (style: section 4).

Locks: the caller holds the owners FOR NO KEY UPDATE. Whoever changes an address does, so addresses need no lock.
Cost:  one probe of the owner's link index per owner, one of the primary key per changed address.
"""

import hashlib
from functools import cache

from addresses.contracts import ADDRESSES

COLUMNS = tuple(column.name for column in ADDRESSES.columns)


STEP_ASIDE = f"""
UPDATE {ADDRESSES.table} SET is_default = false, code = '' WHERE id = ANY(%s)
"""
"""Free the places of addresses that others take in the same request. The update that follows puts them into their own.

Rare (two addresses that swap their types): an event more in the history is the price.
"""


@cache
def staging() -> tuple[str, str]:
    """The name and the DDL of the temporary table that holds changed addresses whole."""
    shape = "id bigint, is_default boolean, " + ", ".join(f"{name} text" for name in COLUMNS)
    name = f"staged_addresses_{hashlib.sha256(shape.encode()).hexdigest()[:8]}"
    return name, f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({shape}) ON COMMIT DELETE ROWS"


def stored(owner_field: str) -> str:
    """All addresses of owners, oldest first. Parameters: owner ids, separator."""
    return f"""
SELECT {owner_field}_id, id, version, is_default, deletion_id IS NOT NULL, {", ".join(COLUMNS)} FROM {ADDRESSES.table}
 WHERE {owner_field}_id = ANY(string_to_array(%s, %s)::bigint[]) AND {owner_field}_id IS NOT NULL AND erased_at IS NULL
 ORDER BY {owner_field}_id, created_at, id
"""


def update() -> str:
    """Write the staged addresses."""
    changes = ", ".join(f"{name} = s.{name}" for name in ("is_default", *COLUMNS))
    return f"""
UPDATE {ADDRESSES.table} t SET {changes}, version = t.version + 1, modified_at = statement_timestamp()
  FROM {staging()[0]} s WHERE t.id = s.id
"""
