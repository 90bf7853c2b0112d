"""Creating, changing and deleting records over HTTP, alone and in bulk."""

from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import initialize, rule

from tests.integrity import sent
from tests.integrity.paper.rows import Directives, Told, waits
from tests.integrity.paper.things import Refused
from tests.integrity.stories.acts import Acts


class RecordActs(Acts):
    """The endpoints of the five resources."""

    @initialize(rows=st.lists(sent.bodies(), min_size=15, max_size=15))
    def begin(self, rows: list[dict[str, Any]]) -> None:
        """Three records of each kind, groups and companies first, so that there is something to name."""
        for number, kind in enumerate(["usergroups", "companies", "contacts", "customers", "users"]):
            sending = [
                self._row(kind, "sourceId", ("ERP", f"K{place}"), 0, body, {})
                for place, body in enumerate(rows[3 * number : 3 * number + 3])
            ]
            self._push(kind, "sourceId", sending)

    @rule(kind=sent.kinds, body=sent.bodies(), pair=sent.pairs | st.none())
    def create(self, kind: str, body: dict[str, Any], pair: Any) -> None:
        sending = self._body(kind, body) | ({"source": pair[0], "sourceId": pair[1]} if pair else {})
        reply = self.http.post(f"/{kind}", sending)
        try:
            record = self.house.write(kind, sending, "create")
        except Refused as refused:
            self._refused(reply, refused)
            return
        assert reply.status == 201
        record.id = reply.data["id"]
        self._etag(reply, record)

    @rule(
        kind=sent.kinds, number=sent.numbers, how=st.sampled_from(["id", "sourceId", "pair"]), body=sent.bodies(),
        pair=sent.key_changes, tag=st.sampled_from([None, None, "right", "wrong"]),
    )  # fmt: skip
    def change(self, kind: str, number: int, how: str, body: dict[str, Any], pair: Any, tag: str | None) -> None:
        path, (record, query) = self._path(kind, number, how)
        sending = self._body(kind, body) | pair
        reply = self.http.patch(path + query, sending, **self._if_match(record, tag))
        try:
            self._seen(record, tag)
            self.house.write(kind, sending, "update", record.id)
        except Refused as refused:
            self._refused(reply, refused)
            return
        assert reply.status == 200
        self._etag(reply, record)

    @rule(
        kind=sent.kinds, number=sent.numbers, how=st.sampled_from(["id", "pair"]),
        tag=st.sampled_from([None, None, "right", "wrong"]),
    )  # fmt: skip
    def remove(self, kind: str, number: int, how: str, tag: str | None) -> None:
        path, (record, query) = self._path(kind, number, how)
        reply = self.http.delete(path + query, **self._if_match(record, tag))
        try:
            self._seen(record, tag)
        except Refused as refused:
            self._refused(reply, refused)
            return
        assert reply.status == 200
        self._gone(self.house.delete([record]))

    @rule(
        kind=sent.kinds, by=st.sampled_from(["sourceId", "sourceId", "id"]),
        rows=st.lists(st.tuples(sent.pairs, sent.numbers, sent.bodies(), sent.key_changes), min_size=1, max_size=6),
        kept=st.sampled_from([(), (), ("text",), ("parent",), ("text", "gender", "budget", "parent")]),
        skip_move=sent.sometimes, skip_create=sent.sometimes, dry_run=sent.sometimes,
    )  # fmt: skip
    def bulk(
        self, kind: str, by: Any, rows: list[Any], kept: Any, skip_move: bool, skip_create: bool, dry_run: bool
    ) -> None:
        sending = [self._row(kind, by, *row) for row in rows]
        self._push(kind, by, sending, kept, skip_move, skip_create, dry_run)

    def _push(
        self,
        kind: str,
        by: Any,
        sending: list[dict[str, Any]],
        kept: Any = (),
        skip_move: bool = False,
        skip_create: bool = False,
        dry_run: bool = False,
    ) -> None:
        if kind == "usergroups":
            # What a row may be below that comes later is tried elsewhere: here rows are told one after the other.
            for index in range(len(sending)):
                if waits(by, sending, index):
                    sending[index]["parent"] = None
        members = frozenset(sent.worded(kind, dict.fromkeys(kept)))
        directives: dict[str, list[str]] = {"skipIfNotEmpty": sorted(members)}
        directives |= {"skipMoveOnUpdate": []} if skip_move else {}
        directives |= {"skipCreate": []} if skip_create else {}
        query = "?dryRun=true" if dry_run else ""
        reply = self.http.bulk(kind, sending, by, query, directives=directives)
        told = self.house.bulk(kind, by, sending, Directives(members, skip_move, skip_create), dry_run=dry_run)
        assert reply.status == 200
        self._hear(reply.data, told, dry_run=dry_run)

    def _row(self, kind: str, by: str, pair: Any, number: int, body: dict[str, Any], change: Any) -> dict[str, Any]:
        row = self._body(kind, body)
        if by == "sourceId":
            return row | {"source": pair[0], "sourceId": pair[1]}
        stored = self._one(self.house.of(kind), number)
        pk = self.chosen[kind] + number % 4 if stored is None or number > 34 else stored.id
        return row | {"id": pk} | change

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
