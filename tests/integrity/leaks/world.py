"""A tenant in which everything that could leak is there, and says so: each record carries a word that no other has.

The record types, their columns and the links between them are read from the models. A type or a link that joins later
is in this world by itself, and so in every test that looks for words.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.core.management import call_command
from django.db import connection, models

from records.models import Record
from recyclebin.policies import Link, RecordModel
from tenants.models import Tenant
from tests.factories import make_record, put_in_bin
from tests.recyclebin.declared import LINKS, MODELS

LIVE, GONE, FOREIGN = "livelig", "gonegon", "fernefer"
"""What the words of live records, of those in the bin, and of those of the other tenant begin with."""

_numbers = count(1)
_kept_apart = {"source", "source_id", "uid"}
_beside: dict[str, dict[str, Any]] = {"pricing.Price": {"target_id": None}}
"""What texts of their own ask for: a price names its target by key or by id."""


def word(kind: str) -> str:
    """A word for one record: letters only, so that no search or page takes it apart."""
    digits = f"{next(_numbers):04}"
    return kind + "".join("abcdefghij"[int(digit)] for digit in digits)


def phone_of(text: str) -> str:
    """Digits that only the record with this word has."""
    return "06" + "".join(str("abcdefghij".index(letter)) for letter in text[-4:]).rjust(8, "7")


@dataclass
class Hung:
    """What hangs along one link. ``orphan`` is the row below an owner that went to the bin.

    Where the policy is to keep, the orphan lives; where it is to go along, it went with its owner.
    """

    link: Link
    owner: Record
    live: Record
    gone: Record
    gone_owner: Record
    orphan: Record


@dataclass
class World:
    """All records of the tenant: by type and whether they live, and by link. ``words`` is the word of each."""

    tenant: Tenant
    foreign: list[Record] = field(default_factory=list)
    hung: dict[Link, Hung] = field(default_factory=dict)
    words: dict[tuple[RecordModel, int], str] = field(default_factory=dict)
    owners: dict[RecordModel, Record] = field(default_factory=dict)

    def word(self, record: Record) -> str:
        return self.words[type(record), record.pk]

    def live(self, model: RecordModel) -> list[int]:
        """The ids of the live rows of the tenant, read without any manager."""
        return self._ids(model, "deletion_id IS NULL")

    def gone(self, model: RecordModel) -> list[int]:
        """The ids of its rows in the bin."""
        return self._ids(model, "deletion_id IS NOT NULL")

    def record(self, model: RecordModel, pk: int) -> Record:
        return model._base_manager.get(pk=pk)  # type: ignore[no-any-return]

    def leaked(self, text: str | bytes) -> set[str]:
        """The words in this text of records that are in the bin, or of another tenant, and their telephone numbers."""
        text = (text.decode() if isinstance(text, bytes) else text).lower()
        hidden = {self.words[model, pk] for model in MODELS for pk in self.gone(model)}
        hidden |= {self.word(record) for record in self.foreign}
        return {one for one in hidden | {phone_of(one) for one in hidden} if one in text}

    def seen(self, text: str | bytes, model: RecordModel) -> set[int]:
        """The ids of the live records of this type whose word is in the text."""
        text = (text.decode() if isinstance(text, bytes) else text).lower()
        return {pk for pk in self.live(model) if self.words[model, pk] in text}

    def make(self, model: RecordModel, kind: str, tenant: Tenant | None = None, **links: Record) -> Record:
        """A record whose text columns all hold its word."""
        text = word(kind)
        record: Any = make_record(
            model, tenant or self.tenant, source="ERP", source_id=f"key{text}", **(_texts(model, text) | links)
        )
        self.words[model, record.pk] = text
        return record  # type: ignore[no-any-return]

    def _ids(self, model: RecordModel, condition: str) -> list[int]:
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(f"SELECT id FROM {table} WHERE tenant_id = %s AND {condition} ORDER BY id", [self.tenant.pk])
            return [pk for (pk,) in cursor.fetchall()]


def build(tenant: Tenant, other: Tenant) -> World:
    """The world: a live and a binned row for each type and each link, rows below binned owners, and foreign ones."""
    world = World(tenant)
    types = {link.owner for link in LINKS}
    for model in (model for model in MODELS if model in types):
        world.owners[model] = world.make(model, LIVE)
        world.foreign.append(world.make(model, FOREIGN, other))
        put_in_bin(world.make(model, GONE))
    for link in LINKS:
        owner, gone_owner = world.owners[link.owner], world.make(link.owner, GONE)
        world.hung[link] = Hung(
            link=link,
            owner=owner,
            live=world.make(link.model, LIVE, **{link.field: owner}),
            gone=world.make(link.model, GONE, **{link.field: owner}),
            gone_owner=gone_owner,
            orphan=world.make(link.model, GONE if link.policy == "along" else LIVE, **{link.field: gone_owner}),
        )
    # Written by factories, so the text by which records are found has to be made; deleting then keeps it up to date.
    call_command("rebuild_search_text")
    for hung in world.hung.values():
        put_in_bin(hung.gone)
        put_in_bin(hung.gone_owner)
    return world


def _texts(model: RecordModel, text: str) -> dict[str, Any]:
    """A value with the word for each column of free text, and a number of its own for telephones."""
    values = dict(_beside.get(model._meta.label, {}))
    for column in model._meta.concrete_fields:
        free = isinstance(column, models.CharField | models.TextField) and not column.choices
        if not free or column.name in _kept_apart or (column.max_length or 999) < 20:
            continue
        if column.name in ("phone", "mobile", "fax"):
            values[column.name] = phone_of(text)
        else:
            values[column.name] = {"email": f"{text}@people.example", "url": f"https://{text}.example"}.get(
                column.name, text
            )
    return values
