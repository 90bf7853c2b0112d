"""What remains of purged records, and asking it: "was this key ever here, and deleted permanently?"

A key is kept as an HMAC, under a secret that is in the settings and not in the database. Who names a key can ask about
it; who reads the table, or a dump of it, learns no key, and cannot try them all without the secret. The tenant is part
of what is hashed, so that one key of two tenants does not look alike. ``source`` names a system, not a person, and is
kept as it was.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from recyclebin.many import Many
from recyclebin.models import Tombstone
from tenants.models import Tenant

# One array for each column: the statement is the same for one row and for thousands.
_WRITE = """
INSERT INTO recyclebin_tombstone (tenant_id, gone_with_id, type, record, source, key_hash, uid_hash, secret)
SELECT %s, gone.*, %s
  FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::bytea[], %s::bytea[])
    AS gone(deletion, type, record, source, key_hash, uid_hash)
"""


class Gone(NamedTuple):
    """A row that is deleted permanently: where it was, and the keys that it had."""

    deletion: object
    type: str
    record: int
    source: str
    source_id: str
    uid: str | None


def write(tenant: Tenant, rows: Sequence[Gone]) -> None:
    """Leave a tombstone for each of these rows. One statement."""
    secret = secrets()[0]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                tenant.pk,
                secret.name,
                [row.deletion for row in rows],
                [row.type for row in rows],
                [row.record for row in rows],
                [row.source for row in rows],
                [secret.digest(tenant, "key", row.source_id) if row.source_id else None for row in rows],
                [secret.digest(tenant, "uid", row.uid) if row.uid else None for row in rows],
            ],
        )


def with_key(tenant: Tenant, key: str, *, source: str = "") -> QuerySet[Tombstone]:
    """The tombstones of a tenant's records that had this source id or uid, the latest purge first.

    Takes: the key as the record had it; ``source`` to ask about one system alone. Tombstones that were made with a
           secret that is no longer in the settings are not found.
    """
    key_hashes = [secret.digest(tenant, "key", key) for secret in secrets()]
    uid_hashes = [secret.digest(tenant, "uid", key) for secret in secrets()]
    condition = Q(key_hash__in=key_hashes)
    if source:
        condition &= Q(source=source)
    else:
        condition |= Q(uid_hash__in=uid_hashes)
    return _told(Tombstone.objects.filter(condition, tenant=tenant))


def with_id(tenant: Tenant, record: int) -> QuerySet[Tombstone]:
    """The tombstones of a tenant's records that had this id, of whatever type, the latest purge first."""
    return _told(Tombstone.objects.filter(record=record, tenant=tenant))


def unaskable(tenant: Tenant) -> bool:
    """Whether any tombstone of the tenant was made with a secret that the settings do not have any more."""
    # In ranges between the known ones, which the index finds however many tombstones there are.
    known = ["", *sorted(secret.name for secret in secrets()), None]
    others = Q()
    for low, high in pairwise(known):
        others |= Q(secret__gt=low) if high is None else Q(secret__gt=low, secret__lt=high)
    return Tombstone.objects.filter(others, tenant=tenant).exists()


def ids_of(type: str, ids: Iterable[int]) -> set[int]:
    """Which of these ids belonged to purged records of this type, of any tenant: an id is never free twice."""
    found = Tombstone.objects.filter(type=type, record__any_of=Many(ids)).values_list("record", flat=True)
    return set(found)


class Secret:
    """One secret, and the short name by which tombstones say that they were made with it."""

    def __init__(self, text: str) -> None:
        self._key = hashlib.sha256(b"tombstone:" + text.encode()).digest()
        self.name = hashlib.sha256(b"name:" + self._key).hexdigest()[:8]

    def digest(self, tenant: Tenant, kind: str, value: str) -> bytes:
        """The hash of one key of the tenant. ``kind`` keeps a source id and a uid of one spelling apart."""
        return hmac.digest(self._key, f"{tenant.pk}:{kind}:{value}".encode(errors="surrogatepass"), "sha256")


def secrets() -> tuple[Secret, ...]:
    """The secrets of the settings. The first makes hashes, all of them are asked."""
    return tuple(Secret(text) for text in settings.TOMBSTONE_KEYS)


def _told(found: QuerySet[Tombstone]) -> QuerySet[Tombstone]:
    return found.select_related("gone_with").order_by("-gone_with__purged_at", "-id")
