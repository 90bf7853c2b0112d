"""Addresses and prices, written below their owners over HTTP."""

from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from tests.integrity import sent
from tests.integrity.paper.things import Refused
from tests.integrity.stories.acts import NOWHERE, Acts
from tests.integrity.stories.stored import OWNERS


class BelowActs(Acts):
    """The sub-resources."""

    @rule(owner=st.sampled_from(sorted(OWNERS.values())), number=sent.numbers, body=sent.addresses(whole=True))
    def add_address(self, owner: str, number: int, body: dict[str, Any]) -> None:
        path, (record, query) = self._path(owner, number, "pair", owner=True)
        reply = self.http.post(f"{path}/addresses{query}", body)
        try:
            self._seen(record, None)
            address = self.house.write_address(record, body, new=True)
        except Refused as refused:
            self._refused(reply, refused)
            return
        assert reply.status == 201
        address.id = reply.data["id"]
        self._etag(reply, address)

    @rule(
        owner=st.sampled_from(sorted(OWNERS.values())), number=sent.numbers, which=sent.numbers, body=sent.addresses(),
        tag=st.sampled_from([None, None, "right", "wrong"]), away=sent.sometimes,
    )  # fmt: skip
    def change_address(
        self, owner: str, number: int, which: int, body: dict[str, Any], tag: str | None, away: bool
    ) -> None:
        """Change one address, or put it in the bin."""
        path, (record, query) = self._path(owner, number, "id", owner=True)
        address: Any = None
        pk = NOWHERE
        if not isinstance(record, Refused):
            chosen = self._one(record.addresses, which)
            pk = chosen.id if chosen else NOWHERE
            try:
                address = self.house.find_address(record, pk)
            except Refused as refused:
                address = refused
        target, tags = f"{path}/addresses/{pk}{query}", self._if_match(address or record, tag) if address else {}
        reply = self.http.delete(target, **tags) if away else self.http.patch(target, body, **tags)
        try:
            self._seen(record, None)
            self._seen(address, tag)
            if not away:
                self.house.write_address(record, body, id=pk)
        except Refused as refused:
            self._refused(reply, refused)
            return
        assert reply.status == 200
        if away:
            self._gone(self.house.delete([address]))
        else:
            self._etag(reply, address)

    @rule(
        owner=st.sampled_from(sorted(OWNERS.values())), number=sent.numbers,
        rows=st.lists(sent.addresses(), min_size=1, max_size=5),
    )  # fmt: skip
    def bulk_addresses(self, owner: str, number: int, rows: list[dict[str, Any]]) -> None:
        path, (record, query) = self._path(owner, number, "sourceId", owner=True)
        reply = self.http.post(f"{path}/addresses/bulk{query}", {"addresses": rows})
        if isinstance(record, Refused):
            self._refused(reply, record)
            return
        told = self.house.bulk_addresses(record, rows)
        assert [
            (row["action"], row.get("changed", row["action"] == "create" and row["success"]), row.get("code", 0))
            for row in reply.data
        ] == [(action, changed, code) for action, changed, code, _ in told]

    @rule(
        kind=sent.kinds, number=sent.numbers, shop=st.integers(1, 2),
        prices=st.dictionaries(st.integers(1, 3), st.sampled_from([1.25, 2.5]), min_size=1, max_size=3),
    )  # fmt: skip
    def agree(self, kind: str, number: int, shop: int, prices: dict[int, float]) -> None:
        path, (record, query) = self._path(kind, number, "id", owner=True)
        products = [{"id": n, "pricing": {"type": "net", "price": price}} for n, price in prices.items()]
        reply = self.http.post(f"{path}/pricing{query}", {"shopId": shop, "products": products})
        if isinstance(record, Refused):
            self._refused(reply, record)
            return
        told = self.house.agree(record, shop, prices)
        assert [(row["action"], row.get("changed", True)) for row in reply.data] == told

    @rule(kind=sent.kinds, number=sent.numbers, shop=st.sampled_from([None, 1, 2]))
    def withdraw(self, kind: str, number: int, shop: int | None) -> None:
        path, (record, _) = self._path(kind, number, "id", owner=True)
        reply = self.http.delete(f"{path}/pricing{f'?shopId={shop}' if shop else ''}")
        if isinstance(record, Refused):
            self._refused(reply, record)
            return
        assert reply.status == 200
        self.house.withdraw(record, shop)
