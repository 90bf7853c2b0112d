"""What this room does when records are deleted for good: everything that is kept about them goes with them."""

from django.db import connection

from api import kept_answers
from records.blanking import blank_history
from records.models import SearchText, SearchTextChange
from records.resources import resource_of, searchable
from recyclebin import hooks
from recyclebin.many import Many

_TEXTS, _CHANGES = SearchText._meta.db_table, SearchTextChange._meta.db_table

# The changes first: a session that is taking them in holds them, and what it wrote is seen by the second statement.
_FORGET = (
    f"DELETE FROM {_CHANGES} WHERE tenant_id = %s AND type = %s AND record = ANY(%s::bigint[])",  # noqa: S608
    f"DELETE FROM {_TEXTS} WHERE type = %s AND record = ANY(%s::bigint[])",  # noqa: S608
)


def forget_search_text(purged: hooks.Purged) -> None:
    """Remove the search texts of these records, and the changes of them that wait to be taken in."""
    known = {resource.model for resource in searchable()}
    for model, ids in purged.rows.items():
        if model in known:
            kind, records = resource_of(model).type, Many(ids).literal
            with connection.cursor() as cursor:
                cursor.execute(_FORGET[0], [purged.actor.tenant.pk, kind, records])
                cursor.execute(_FORGET[1], [kind, records])


def forget_answers(purged: hooks.Purged) -> None:
    """Empty the answers that are kept for a repeated request and show one of these records."""
    ids = frozenset(pk for rows in purged.rows.values() for pk in rows)
    kept_answers.forget(tenant=purged.actor.tenant.pk, ids=ids, keys=purged.keys, kept_until=purged.deleted_until)


def register() -> None:
    """Tell the recycle bin. Called once, when the app is ready."""
    hooks.register_purge(blank_history)
    hooks.register_purge(forget_search_text)
    hooks.register_purge(forget_answers)
