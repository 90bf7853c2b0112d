"""What all acts of a story need: somebody to act, something to choose from, and a word on what was answered."""

from typing import Any

from django.db import connection

from recyclebin.models import Deletion
from tests.api.caller import Caller, Reply
from tests.factories import make_api_client, make_tenant, owner_of
from tests.integrity.paper.house import House
from tests.integrity.paper.things import KINDS, Refused, Thing
from tests.integrity.paper.things import Deletion as PaperDeletion
from tests.integrity.sent import NOWHERE, Dice
from tests.integrity.stories.stored import MODELS, type_of


class Acts:
    """A tenant of the product and the same house on paper.

    ``ids`` are those of the deletions on paper as they are stored. ``kinds`` are what the story is about: of few kinds
    there are more records, so that more comes of each.
    """

    def __init__(self, dice: Dice) -> None:
        self.tenant = make_tenant()
        self.http = Caller(make_api_client(self.tenant, requests_per_minute=0))
        self.staff = owner_of(self.tenant)
        self.house = House()
        self.ids: dict[PaperDeletion, Any] = {}
        self.chosen = {kind: _latest_id(model) + 1000 for kind, model in MODELS.items()}
        about = dice.choice(sorted(KINDS))
        self.kinds = sorted({about, KINDS[about].parent} | set(dice.sample(sorted(KINDS), dice.choice([0, 1, 5]))))

    def path(self, kind: str, dice: Dice, *, owner: bool = False) -> tuple[str, Any, str]:
        """The path to one of the records that there are, the record on paper or why it is not found, and the query."""
        record = dice.one(self.house.of(kind))
        source = None
        if record is None:
            key, value = "id", NOWHERE
        elif not record.pair[1] or dice.once_in(3):
            key, value = "id", record.id
        else:
            key, value = "sourceId", record.pair[1]
            source = None if dice.once_in(3) else record.pair[0]
        try:
            found: Any = self.house.find(kind, key, value, source, owner=owner)
        except Refused as refused:
            found = refused
        return f"/{kind}/{key}/{value}", found, f"?source={source}" if source else ""

    def if_match(self, thing: Any, tag: str | None) -> dict[str, str]:
        """The header for a tag that is right or wrong."""
        if tag is None or isinstance(thing, Refused):
            return {}
        return {"if_match": f'"{thing.id}-{thing.version + (tag == "wrong")}"'}

    @staticmethod
    def seen(thing: Any, tag: str | None = None) -> None:
        """Errors: Refused as the path is, or because the version is another one."""
        if isinstance(thing, Refused):
            raise thing
        if tag == "wrong":
            raise Refused("stale")

    @staticmethod
    def refused(reply: Reply, refused: Refused) -> None:
        """The answer is this refusal."""
        assert (reply.status, reply.body.get("error", {}).get("code")) == (refused.status, refused.code)

    @staticmethod
    def etag(reply: Reply, thing: Thing) -> None:
        """The answer has the version that is on paper."""
        assert reply.headers["ETag"] == f'"{thing.id}-{thing.version}"'

    def went(self, deletions: list[PaperDeletion]) -> None:
        """Learn the ids of new deletions."""
        for deletion in deletions:
            about = Deletion.objects.filter(root_id=deletion.root.id, root_type=type_of(deletion.root))
            self.ids[deletion] = about.exclude(pk__in=self.ids.values()).get().pk


def _latest_id(model: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_value FROM {model._meta.db_table}_id_seq")
        return int(cursor.fetchone()[0])
