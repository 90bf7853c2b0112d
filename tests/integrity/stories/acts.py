"""What all acts of a story need: something to choose from, and a word on what was answered."""

from typing import Any

from django.db import connection
from hypothesis.stateful import RuleBasedStateMachine

from recyclebin.models import Deletion
from tests.api.caller import Caller, Reply
from tests.factories import make_api_client, make_tenant, owner_of
from tests.integrity import sent
from tests.integrity.paper.house import House
from tests.integrity.paper.things import KINDS, Refused, Thing
from tests.integrity.paper.things import Deletion as PaperDeletion
from tests.integrity.stories.stored import MODELS, type_of

NOWHERE = 10**12
"""The id of nothing."""


class Acts(RuleBasedStateMachine):
    """A tenant of the product and the same house on paper. ``ids`` are those of the deletions on paper as stored."""

    def __init__(self) -> None:
        super().__init__()
        self.tenant = make_tenant()
        self.http = Caller(make_api_client(self.tenant, requests_per_minute=0))
        self.staff = owner_of(self.tenant)
        self.house = House()
        self.ids: dict[PaperDeletion, Any] = {}
        self.chosen = {kind: _latest_id(model) + 1000 for kind, model in MODELS.items()}

    def _one(self, things: list[Any], number: int) -> Any:
        return things[number % len(things)] if things else None

    def _path(self, kind: str, number: int, how: str, *, owner: bool = False) -> tuple[str, Any]:
        """The path to a record, chosen by number among all that there are, and the record on paper or why not."""
        record = self._one(self.house.of(kind), number)
        if record is None or number == sent.NOBODY:
            key, value, source = "id", NOWHERE, None
        elif how == "id" or not record.pair[1]:
            key, value, source = "id", record.id, None
        else:
            key, value, source = "sourceId", record.pair[1], record.pair[0] if how == "pair" else None
        try:
            found: Any = self.house.find(kind, key, value, source, owner=owner)
        except Refused as refused:
            found = refused
        return f"/{kind}/{key}/{value}", (found, f"?source={source}" if source else "")

    def _body(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """The body as it is sent, with the parent that its number chooses."""
        worded = sent.worded(kind, body)
        if isinstance(worded.get("parent"), tuple):
            how, number = worded["parent"]
            parent = self._one(self.house.of(KINDS[kind].parent), number)
            if parent is None:
                worded["parent"] = {"id": NOWHERE}
            elif how == "id" or not parent.pair[1]:
                worded["parent"] = {"id": parent.id}
            else:
                worded["parent"] = {"sourceId": parent.pair[1]} | ({"source": parent.pair[0]} if how == "pair" else {})
        return worded

    def _refused(self, reply: Reply, refused: Refused) -> None:
        assert (reply.status, reply.body.get("error", {}).get("code")) == (refused.status, refused.code)

    def _etag(self, reply: Reply, thing: Thing) -> None:
        assert reply.headers["ETag"] == f'"{thing.id}-{thing.version}"'

    def _if_match(self, thing: Any, tag: str | None) -> dict[str, str]:
        if tag is None or isinstance(thing, Refused):
            return {}
        return {"if_match": f'"{thing.id}-{thing.version + (tag == "wrong")}"'}

    @staticmethod
    def _seen(thing: Any, tag: str | None) -> None:
        """Errors: Refused as the path is, or because the version is another one."""
        if isinstance(thing, Refused):
            raise thing
        if tag == "wrong":
            raise Refused("stale")

    def _gone(self, deletions: list[PaperDeletion]) -> None:
        for deletion in deletions:
            (stored,) = Deletion.objects.filter(root_id=deletion.root.id, root_type=type_of(deletion.root)).exclude(
                pk__in=self.ids.values()
            )
            self.ids[deletion] = stored.pk


def _latest_id(model: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_value FROM {model._meta.db_table}_id_seq")
        return int(cursor.fetchone()[0])
