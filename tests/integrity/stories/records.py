"""Creating, changing and deleting records over HTTP, alone and in bulk."""

from typing import Any

from tests.integrity.paper.rows import By, Directives, Told, waits
from tests.integrity.paper.things import KINDS, Refused
from tests.integrity.sent import Dice
from tests.integrity.stories.acts import Acts


class RecordActs(Acts):
    """The endpoints of the five resources."""

    def create(self, dice: Dice) -> None:
        kind = dice.choice(self.kinds)
        body = dice.body(kind, self.house) | ({} if dice.once_in(3) else dice.pair())
        reply = self.http.post(f"/{kind}", body)
        try:
            record = self.house.write(kind, body, "create")
        except Refused as refused:
            self.refused(reply, refused)
            return
        assert reply.status == 201
        record.id = reply.data["id"]
        self.etag(reply, record)

    def change(self, dice: Dice) -> None:
        kind, tag = dice.choice(self.kinds), dice.tag()
        path, record, query = self.path(kind, dice)
        body = dice.body(kind, self.house) | dice.key_change()
        reply = self.http.patch(path + query, body, **self.if_match(record, tag))
        try:
            self.seen(record, tag)
            self.house.write(kind, body, "update", record.id)
        except Refused as refused:
            self.refused(reply, refused)
            return
        assert reply.status == 200
        self.etag(reply, record)

    def remove(self, dice: Dice) -> None:
        kind, tag = dice.choice(self.kinds), dice.tag()
        path, record, query = self.path(kind, dice)
        reply = self.http.delete(path + query, **self.if_match(record, tag))
        try:
            self.seen(record, tag)
        except Refused as refused:
            self.refused(reply, refused)
            return
        assert reply.status == 200
        self.went(self.house.delete([record]))

    def bulk(self, dice: Dice) -> None:
        kind = dice.choice(self.kinds)
        by: By = dice.choice(["sourceId", "sourceId", "id"])
        rows = [self._row(kind, by, dice) for _ in range(dice.randrange(1, 7))]
        if kind == "usergroups":
            # What a row may be below that comes later is tried elsewhere: here rows are told one after the other.
            for index in range(len(rows)):
                if waits(by, rows, index):
                    rows[index]["parent"] = None
        kept = dice.few([*KINDS[kind].members, "parent"], 3) if dice.once_in(3) else []
        skip_move, skip_create, dry_run = dice.once_in(5), dice.once_in(8), dice.once_in(8)
        directives: dict[str, list[str]] = {"skipIfNotEmpty": kept}
        directives |= {"skipMoveOnUpdate": []} if skip_move else {}
        directives |= {"skipCreate": []} if skip_create else {}
        reply = self.http.bulk(kind, rows, by, "?dryRun=true" if dry_run else "", directives=directives)
        told = self.house.bulk(kind, by, rows, Directives(frozenset(kept), skip_move, skip_create), dry_run=dry_run)
        assert reply.status == 200
        self._hear(reply.data, told, dry_run=dry_run)

    def _row(self, kind: str, by: By, dice: Dice) -> dict[str, Any]:
        row = dice.body(kind, self.house)
        stored = dice.one(self.house.of(kind)) if dice.randrange(10) < 7 else None
        if by == "id":
            return row | {"id": stored.id if stored else self.chosen[kind] + dice.randrange(4)} | dice.key_change()
        if stored and stored.pair[1]:
            return row | {"source": stored.pair[0], "sourceId": stored.pair[1]}
        return row | dice.pair()

    def _hear(self, data: list[Any], told: list[Told], *, dry_run: bool) -> None:
        assert len(data) == len(told)
        for row, expected in zip(data, told, strict=True):
            assert row["action"] == expected.action
            if expected.refused:
                assert not row["success"]
                assert row["code"] in {expected.code, expected.also or expected.code}
                continue
            assert row["success"], row
            assert row.get("changed", True) == expected.changed
            if dry_run and expected.action == "create":
                assert row["id"] is None
            elif not dry_run:
                assert expected.record is not None
                assert expected.record.id in (0, row["id"])
                expected.record.id = row["id"]
