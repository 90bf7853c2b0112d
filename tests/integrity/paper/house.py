"""A tenant on paper: what each request and each act of the back office must come to, told in plain Python.

It is written from the contract and imports nothing of the product. There are no chunks, no statements and no locks,
which is the point: the product must come to the same.
"""

import copy
from collections.abc import Iterable
from typing import Any

from tests.integrity.paper import addresses, bin
from tests.integrity.paper.addresses import Holders
from tests.integrity.paper.rows import By, Directives, Mode, Request, Told
from tests.integrity.paper.things import KINDS, Address, Deletion, Price, Record, Refused, Thing


class House:
    """All records of a tenant and its recycle bin. ``foreign`` holds ids that other tenants have, by kind."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.deletions: list[Deletion] = []
        self.foreign: dict[str, set[int]] = {kind: set() for kind in KINDS}

    def things(self) -> Iterable[Thing]:
        """Everything that can be in the bin."""
        for record in self.records:
            yield record
            yield from record.addresses
            yield from record.prices

    def of(self, kind: str, *, live: bool = False) -> list[Record]:
        """The records of a kind."""
        return [record for record in self.records if record.kind == kind and (record.live or not live)]

    def find(self, kind: str, key: str, value: Any, source: str | None = None, *, owner: bool = False) -> Record:
        """The record that a path names (section 2), or the ``owner`` of what it names. Errors: Refused."""
        if key == "id":
            found = [record for record in self.of(kind) if record.id == value]
        else:
            found = [r for r in self.of(kind) if r.pair[1] == value and source in (None, r.pair[0])]
        live = [record for record in found if record.live]
        if len(live) > 1:
            raise Refused("several", kind)
        if not live:
            raise Refused("binned" if found else "parent not found" if owner else "not found", kind)
        return live[0]

    def find_address(self, owner: Record, id: int) -> Address:
        found = next((address for address in owner.addresses if address.id == id), None)
        if found is None or not found.live:
            raise Refused("binned" if found else "not found", "addresses")
        return found

    # Requests

    def write(self, kind: str, body: dict[str, Any], mode: Mode, id: int = 0, version: int | None = None) -> Record:
        """POST or PATCH of one record."""
        request = Request(self, kind, "id" if id else "sourceId", mode, Directives())
        told = request.apply(body | {"id": id} if id else body, version)
        request.finish()
        if told.refused:
            raise told.refused
        assert told.record is not None
        return told.record

    def bulk(
        self, kind: str, by: By, rows: list[dict[str, Any]], directives: Directives, *, dry_run: bool = False
    ) -> list[Told]:
        """POST bulk. A dry run tells the same and leaves everything as it was."""
        if dry_run:
            return copy.deepcopy(self).bulk(kind, by, rows, directives)
        request = Request(self, kind, by, "upsert", directives)
        told = [request.apply(row) for row in rows]
        request.finish()
        return told

    def write_address(
        self, owner: Record, body: dict[str, Any], *, new: bool = False, id: int | None = None
    ) -> Address:
        """POST or PATCH of one address."""
        before = [(thing, thing.state()) for thing in (owner, *owner.addresses)]
        address = addresses.write(owner, body, Holders(self.records), new=new, id=id)
        for thing, state in before:
            thing.version += thing.state() != state
        return address

    def bulk_addresses(self, owner: Record, rows: list[dict[str, Any]]) -> list[tuple[str, bool, int]]:
        """POST of many addresses: action, changed and code of each. One that is refused stops no other."""
        before = [(thing, thing.state()) for thing in (owner, *owner.addresses)]
        holders = Holders(self.records)
        told: list[tuple[str, bool, int]] = []
        for body in rows:
            action, count, states = addresses.action(owner, body), len(owner.addresses), owner.state()
            try:
                addresses.write(owner, body, holders)
            except Refused as refused:
                told.append((action, False, refused.code))
            else:
                created = len(owner.addresses) > count
                told.append(("create" if created else "update", created or owner.state() != states, 0))
        for thing, state in before:
            thing.version += thing.state() != state
        return told

    def agree(self, owner: Record, shop: int, prices: dict[int, float]) -> list[tuple[str, bool]]:
        """POST of prices: action and changed of each."""
        told = []
        for product, price in prices.items():
            found = next((p for p in owner.prices if (p.shop, p.product) == (shop, product)), None)
            if found is None:
                owner.prices.append(Price(of=owner, shop=shop, product=product, price=price))
                told.append(("create", True))
            else:
                told.append(("update", found.price != price))
                found.version += found.price != price
                found.price = price
        return told

    def withdraw(self, owner: Record, shop: int | None) -> None:
        """DELETE of prices, for good."""
        owner.prices[:] = [price for price in owner.prices if shop not in (None, price.shop)]

    # The recycle bin

    def delete(self, chosen: Iterable[Thing]) -> list[Deletion]:
        return bin.delete(self, chosen)

    def restore(self, wanted: list[Deletion], *, with_owners: bool) -> tuple[list[Deletion], list[Deletion]]:
        return bin.restore(self, wanted, with_owners=with_owners)
