"""What must be true of the whole database whenever nobody writes, asked in SQL that owes nothing to the verbs.

Each statement finds what breaks one rule; ``broken`` gives what was found, by rule, and so ``{}`` for a sound database.
The tables are written down here and not taken from the declarations, so that a declaration that is wrong shows.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Table:
    """A table of records. ``along`` maps the keys of owners that take its rows to the bin to the owners' tables;
    ``below`` tells that its rows are read with their owner, ``kept`` is the key of a parent that takes nothing along.
    """

    name: str
    type: str
    along: tuple[tuple[str, str], ...] = ()
    kept: str = ""
    below: bool = False

    @property
    def events(self) -> str:
        return f"{self.name}event"


USERGROUPS = Table("users_usergroup", "users.usergroup", kept="parent_id")
COMPANIES = Table("contacts_company", "contacts.company", kept="usergroup_id")
CUSTOMERS = Table("customers_customer", "customers.customer", kept="usergroup_id")
USERS = Table("users_user", "users.user", kept="usergroup_id")
CONTACTS = Table("contacts_contact", "contacts.contact", along=(("company_id", "contacts_company"),))
OWNERS = {
    "usergroup_id": USERGROUPS,
    "company_id": COMPANIES,
    "customer_id": CUSTOMERS,
    "user_id": USERS,
    "contact_id": CONTACTS,
}
_owners = [(key, owner.name) for key, owner in OWNERS.items()]
ADDRESSES = Table("addresses_address", "addresses.address", along=tuple(_owners[:4]), below=True)
PRICES = Table("pricing_price", "pricing.price", along=tuple(_owners), below=True)

TABLES = (USERGROUPS, COMPANIES, CUSTOMERS, USERS, CONTACTS, ADDRESSES, PRICES)


def broken() -> dict[str, list[tuple[Any, ...]]]:
    """What breaks a rule, by rule: up to five rows of each."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for rule, statement in rules():
            cursor.execute(f"SELECT * FROM ({statement}) broken LIMIT 5")
            if rows := cursor.fetchall():
                found[rule] = rows
    return found


def rules() -> list[tuple[str, str]]:
    """The name of each rule and the statement that finds what breaks it."""
    every = list(_WHOLE.items())
    for table in TABLES:
        every += [(f"{table.type}: {rule}", statement) for rule, statement in _of_table(table).items()]
    return every


def rule_of(name: str) -> str:
    """The rule alone, whatever table and key the name says it is about."""
    return (name.partition(": ")[2] or name).partition(" (")[0]


def _of_table(table: Table) -> dict[str, str]:
    rules = {
        "a key is there once": f"""
            SELECT tenant_id, source, source_id, count(*) FROM {table.name}
             WHERE source_id <> '' GROUP BY 1, 2, 3 HAVING count(*) > 1""",
        "a key has both parts or none": f"""
            SELECT id, source, source_id FROM {table.name} WHERE (source = '') <> (source_id = '')""",
        "no id is ahead of the sequence": f"""
            SELECT max(id), pg_sequence_last_value('{table.name}_id_seq') FROM {table.name}
            HAVING max(id) > COALESCE(pg_sequence_last_value('{table.name}_id_seq'), 0)""",
        "what is in the bin has a deletion that holds it": f"""
            SELECT r.id, d.id, d.state FROM {table.name} r JOIN recyclebin_deletion d ON d.id = r.deletion_id
             WHERE d.state NOT IN ('binned', 'purging') OR d.tenant_id <> r.tenant_id""",
        "what was purged is gone, and its history says nothing of anybody": f"""
            SELECT t.record, r.id, e.pgh_id FROM recyclebin_tombstone t
              LEFT JOIN {table.name} r ON r.id = t.record
              LEFT JOIN {table.events} e ON e.pgh_obj_id = t.record AND (e.source_id <> '' OR e.uid IS NOT NULL)
             WHERE t.type = '{table.type}' AND (r.id IS NOT NULL OR e.pgh_id IS NOT NULL)""",
        "the last event is the row": _LAST_IS_THE_ROW.format(table=table),
        "the history is whole": _HISTORY.format(
            table=table,
            whole=_STEPS_ASIDE if table is ADDRESSES else "false",
            in_bin=_STEPS_BACK if table is ADDRESSES else "false",
        ),
        "the version counts the changes": f"""
            SELECT r.id, r.version, h.changes FROM {table.name} r
              JOIN (SELECT pgh_obj_id, count(DISTINCT version) AS changes, max(version) AS last
                      FROM {table.events} GROUP BY 1) h ON h.pgh_obj_id = r.id
             WHERE (r.version, r.version) <> (h.changes, h.last)""",
        "a record changes once in an operation": f"""
            SELECT pgh_context_id, pgh_obj_id, array_agg(version) FROM (
                SELECT *, lag(version) OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id) AS was_version
                  FROM {table.events}) e
             WHERE version IS DISTINCT FROM was_version GROUP BY 1, 2 HAVING count(*) > 1""",
        "every event says who, where and by what": f"""
            SELECT e.pgh_id, c.metadata FROM {table.events} e LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
             WHERE (c.metadata ->> 'tenant')::bigint IS DISTINCT FROM e.tenant_id
                OR COALESCE(c.metadata ->> 'actor', '') = ''
                OR COALESCE(c.metadata ->> 'origin', '')
                   NOT IN ('admin', 'revert', 'lookup_api', 'bulk', 'import', 'command')
                OR (c.metadata ->> 'origin' IN ('lookup_api', 'bulk')
                    AND (COALESCE(c.metadata ->> 'request_id', '') = '' OR c.metadata ->> 'client' IS NULL))
                OR (c.metadata ->> 'origin' IN ('admin', 'revert') AND c.metadata ->> 'staff' IS NULL)""",
    }
    for key, owner in table.along:
        rules |= {
            f"nothing live is below a binned owner ({key})": f"""
                SELECT r.id, o.id FROM {table.name} r JOIN {owner} o ON o.id = r.{key}
                 WHERE r.deletion_id IS NULL AND o.deletion_id IS NOT NULL""",
            f"an owner is of the same tenant ({key})": f"""
                SELECT r.id, o.id FROM {table.name} r JOIN {owner} o ON o.id = r.{key}
                 WHERE r.tenant_id <> o.tenant_id""",
        }
    if table.kept:
        rules["a parent is of the same tenant"] = f"""
            SELECT r.id, p.id FROM {table.name} r JOIN users_usergroup p ON p.id = r.{table.kept}
             WHERE r.tenant_id <> p.tenant_id"""
    if not table.below:
        place = f"(t.type, t.record, t.tenant_id) = ('{table.type.split('.')[1]}', r.id, r.tenant_id)"
        rules["a search text for each record"] = f"""
            SELECT r.id FROM {table.name} r
             WHERE NOT EXISTS (SELECT FROM records_searchtext t WHERE {place} UNION ALL
                               SELECT FROM records_searchtextchange t WHERE {place})"""
    return rules


_COLUMNS = """(to_jsonb({of}) - ARRAY['pgh_id', 'pgh_created_at', 'pgh_label', 'pgh_obj_id', 'pgh_context_id',
                                      'pgh_position', 'pgh_xid'])"""

_LAST_IS_THE_ROW = f"""
SELECT COALESCE(r.id, e.pgh_obj_id), to_jsonb(r), to_jsonb(e)
  FROM (SELECT DISTINCT ON (pgh_obj_id) * FROM {{table.events}} ORDER BY pgh_obj_id, pgh_id DESC) e
  FULL JOIN {{table.name}} r ON r.id = e.pgh_obj_id
 WHERE e.pgh_id IS NULL
    OR (r.id IS NULL) <> (e.pgh_label = 'delete')
    OR (r.id IS NOT NULL AND {_COLUMNS.format(of="e")} <> to_jsonb(r))
"""

# Each event but the first comes from the one before it: by a change, which moves the version and the time and leaves
# the bin alone, or by a move to or from the bin, which changes nothing else. An address that steps aside for another
# one in the same request leaves an event without either; one that is in the bin may only stop being a default.
_HISTORY = f"""
SELECT pgh_obj_id, pgh_id, pgh_label, version, before
  FROM (SELECT *, {_COLUMNS.format(of="e")} AS now,
               lag({_COLUMNS.format(of="e")}) OVER past AS before,
               lag(version) OVER past AS was_version, lag(deletion_id) OVER past AS was_in,
               lag(modified_at) OVER past AS was_modified, lag(pgh_position) OVER past AS was_position,
               lag(pgh_label) OVER past AS was_label, lag(pgh_context_id) OVER past AS was_context
          FROM {{table.events}} e
        WINDOW past AS (PARTITION BY pgh_obj_id ORDER BY pgh_id)) e
 WHERE CASE
       -- Of what was purged the values are blank, and the last event tells of a row that was in the bin.
       WHEN EXISTS (SELECT FROM recyclebin_tombstone t WHERE t.record = pgh_obj_id AND t.type = '{{table.type}}') THEN
            CASE pgh_label WHEN 'insert' THEN before IS NOT NULL OR version <> 1
                           WHEN 'delete' THEN before IS NULL OR now <> before OR deletion_id IS NULL
                           ELSE before IS NULL OR was_label = 'delete' OR was_position > pgh_position END
       WHEN pgh_label = 'insert' THEN before IS NOT NULL OR version <> 1 OR deletion_id IS NOT NULL
       WHEN before IS NULL OR was_label = 'delete' OR was_position > pgh_position THEN true
       WHEN pgh_label = 'delete' THEN now <> before OR deletion_id IS NOT NULL
       WHEN version = was_version + 1 THEN
            modified_at < was_modified OR deletion_id IS DISTINCT FROM was_in
            OR now - ARRAY['version', 'modified_at'] = before - ARRAY['version', 'modified_at'] AND {{table.below}}
            OR (deletion_id IS NOT NULL AND NOT ({{in_bin}}))
       WHEN version = was_version AND deletion_id IS DISTINCT FROM was_in THEN
            (deletion_id IS NULL) = (was_in IS NULL) OR now - 'deletion_id' <> before - 'deletion_id'
       ELSE NOT ({{whole}})
       END
"""
_STEPS_ASIDE = """version = was_version AND deletion_id IS NULL AND was_in IS NULL
                  AND now - ARRAY['is_default', 'code'] = before - ARRAY['is_default', 'code'] AND code = ''"""
_STEPS_BACK = """NOT is_default AND now - ARRAY['version', 'modified_at', 'is_default']
                  = before - ARRAY['version', 'modified_at', 'is_default']"""

# The rows that are in the bin now, and every move to the bin and back, as the history tells it.
_binned = " UNION ALL ".join(
    f"SELECT '{table.type}' AS type, id, deletion_id FROM {table.name} WHERE deletion_id IS NOT NULL"
    for table in TABLES
)
_moves = " UNION ALL ".join(
    f"""SELECT '{table.type}' AS type, pgh_obj_id AS id, pgh_context_id AS operation, deletion_id, was_in
          FROM (SELECT pgh_obj_id, pgh_context_id, deletion_id,
                       lag(deletion_id) OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id) AS was_in FROM {table.events}) e
         WHERE deletion_id IS DISTINCT FROM was_in"""
    for table in TABLES
)
_COUNTED = """
    SELECT deletion_id, jsonb_object_agg(type, number) AS counts
      FROM (SELECT deletion_id, type, count(*) AS number FROM ({rows}) r
             WHERE deletion_id IS NOT NULL GROUP BY 1, 2) c GROUP BY 1
"""


def _stray(table: Table) -> str:
    """Rows that are neither the root of their deletion nor below an owner that it took."""
    owners = " OR ".join(
        f"EXISTS (SELECT FROM {owner} o WHERE o.id = r.{key} AND o.deletion_id = d.id)" for key, owner in table.along
    )
    return f"""
        SELECT '{table.type}' AS type, r.id FROM {table.name} r JOIN recyclebin_deletion d ON d.id = r.deletion_id
         WHERE (d.root_type, d.root_id) <> ('{table.type}', r.id) AND NOT ({owners or "false"})"""


_WHOLE = {
    "a deletion in the bin counts the rows that carry its id": f"""
        SELECT d.id, d.counts, held.counts FROM recyclebin_deletion d
          LEFT JOIN ({_COUNTED.format(rows=_binned)}) held ON held.deletion_id = d.id
         WHERE d.counts IS DISTINCT FROM held.counts AND d.state = 'binned'
            OR held.deletion_id IS NOT NULL AND d.state NOT IN ('binned', 'purging')""",
    "a purged deletion has tombstones, and says nothing of anybody": """
        SELECT d.id, d.state FROM recyclebin_deletion d
         WHERE d.state = 'purged' AND (
               d.label <> '' OR d.reason <> '' OR d.sought <> '' OR d.root_source_id <> '' OR d.purged_at IS NULL
               OR (SELECT count(*) FROM recyclebin_tombstone t WHERE t.gone_with_id = d.id)
                  <> (SELECT sum(value::int) FROM jsonb_each_text(d.counts)))""",
    "a deletion counts the rows that went by it": f"""
        SELECT d.id, d.counts, gone.counts FROM recyclebin_deletion d
          LEFT JOIN ({_COUNTED.format(rows=_moves)}) gone ON gone.deletion_id = d.id
         WHERE d.counts IS DISTINCT FROM gone.counts""",
    "rows go by the operation of their deletion": f"""
        SELECT m.type, m.id, d.id, d.operation, m.operation FROM ({_moves}) m
          JOIN recyclebin_deletion d ON d.id = m.deletion_id WHERE d.operation IS DISTINCT FROM m.operation""",
    "all rows of a deletion come back in one operation": f"""
        SELECT d.id, d.state, d.counts, back.operations, back.number FROM recyclebin_deletion d
          LEFT JOIN (SELECT was_in, count(DISTINCT operation) AS operations, count(*) AS number
                       FROM ({_moves}) m WHERE was_in IS NOT NULL GROUP BY 1) back ON back.was_in = d.id
         WHERE (d.state = 'restored') <> (back.was_in IS NOT NULL)
            OR (d.state = 'restored') <> (d.restored_at IS NOT NULL)
            OR back.operations > 1
            OR back.number <> (SELECT sum(value::int) FROM jsonb_each_text(d.counts))""",
    "the root is among the rows of its deletion": f"""
        SELECT d.id, d.root_type, d.root_id FROM recyclebin_deletion d
         WHERE (d.id, d.root_type, d.root_id) NOT IN (
               SELECT deletion_id, type, id FROM ({_moves}) m WHERE deletion_id IS NOT NULL)""",
    "what goes along is below what it went with": "\n UNION ALL ".join(map(_stray, TABLES)),
    "one default address for each owner and type that has live ones": """
        SELECT usergroup_id, company_id, customer_id, user_id, type, count(*) FILTER (WHERE is_default)
          FROM addresses_address WHERE deletion_id IS NULL GROUP BY 1, 2, 3, 4, 5
        HAVING count(*) FILTER (WHERE is_default) <> 1""",
    "a code is there once for each owner and type": """
        SELECT usergroup_id, company_id, customer_id, user_id, type, code, count(*)
          FROM addresses_address WHERE code <> '' GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1""",
    "a change of an address is one of its owner": " UNION ALL ".join(
        f"""SELECT '{owner.type}' AS type, a.{key} AS owner, a.pgh_obj_id, a.pgh_context_id
              FROM addresses_addressevent a
             WHERE a.{key} IS NOT NULL AND NOT (a.pgh_label = 'delete' AND a.deletion_id IS NOT NULL)
               AND NOT EXISTS (SELECT FROM {owner.events} o
                                WHERE o.pgh_obj_id = a.{key} AND o.pgh_context_id = a.pgh_context_id)"""
        for key, owner in OWNERS.items()
        if key != "contact_id"
    ),
    "an owner has one price for each target and shop": """
        SELECT usergroup_id, company_id, customer_id, user_id, contact_id, target_kind, target_id, target_source,
               target_source_id, shop_id, count(*)
          FROM pricing_price GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 HAVING count(*) > 1""",
    "no group is below itself": """
        WITH RECURSIVE above AS (
            SELECT id AS start, parent_id FROM users_usergroup
            UNION
            SELECT a.start, g.parent_id FROM above a JOIN users_usergroup g ON g.id = a.parent_id)
        SELECT start FROM above WHERE start = parent_id""",
    "no search text of what is not there": "SELECT t.type, t.record FROM records_searchtext t WHERE NOT EXISTS ("
    + " UNION ALL ".join(
        f"SELECT FROM {table.name} r WHERE r.id = t.record AND t.type = '{table.type.split('.')[1]}'"
        for table in TABLES
        if not table.below
    )
    + ")",
}
