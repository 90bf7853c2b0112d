"""Addresses and prices, written below their owners over HTTP."""

from typing import Any

from tests.integrity.paper.things import KINDS, Refused
from tests.integrity.sent import NOWHERE, Dice
from tests.integrity.stories.acts import Acts


class BelowActs(Acts):
    """The sub-resources."""

    def add_address(self, dice: Dice) -> None:
        body = dice.address(whole=True)
        path, owner, query = self.path(self._kind(dice), dice, owner=True)
        reply = self.http.post(f"{path}/addresses{query}", body)
        try:
            self.seen(owner)
            address = self.house.write_address(owner, body, new=True)
        except Refused as refused:
            self.refused(reply, refused)
            return
        assert reply.status == 201
        address.id = reply.data["id"]
        self.etag(reply, address)

    def change_address(self, dice: Dice) -> None:
        body, tag = dice.address(), dice.tag()
        path, address = self._address(dice)
        reply = self.http.patch(path, body, **self.if_match(address, tag))
        try:
            self.seen(address, tag)
            self.house.write_address(address.of, body, id=address.id)
        except Refused as refused:
            self.refused(reply, refused)
            return
        assert reply.status == 200
        self.etag(reply, address)

    def remove_address(self, dice: Dice) -> None:
        tag = dice.tag()
        path, address = self._address(dice)
        reply = self.http.delete(path, **self.if_match(address, tag))
        try:
            self.seen(address, tag)
        except Refused as refused:
            self.refused(reply, refused)
            return
        assert reply.status == 200
        self.went(self.house.delete([address]))

    def bulk_addresses(self, dice: Dice) -> None:
        path, owner, query = self.path(self._kind(dice), dice, owner=True)
        rows = [dice.address() for _ in range(dice.randrange(1, 6))]
        reply = self.http.post(f"{path}/addresses/bulk{query}", {"addresses": rows})
        if isinstance(owner, Refused):
            self.refused(reply, owner)
            return
        told = self.house.bulk_addresses(owner, rows)
        assert [
            (row["action"], row.get("changed", row["action"] == "create" and row["success"]), row.get("code", 0))
            for row in reply.data
        ] == told

    def agree(self, dice: Dice) -> None:
        path, owner, query = self.path(dice.choice(self.kinds), dice, owner=True)
        shop = dice.randrange(1, 3)
        prices = {product: dice.choice([1.25, 2.5]) for product in dice.few([1, 2, 3], 3)}
        products = [{"id": n, "pricing": {"type": "net", "price": price}} for n, price in prices.items()]
        reply = self.http.post(f"{path}/pricing{query}", {"shopId": shop, "products": products})
        if isinstance(owner, Refused):
            self.refused(reply, owner)
            return
        told = self.house.agree(owner, shop, prices)
        assert [(row["action"], row.get("changed", True)) for row in reply.data] == told

    def withdraw(self, dice: Dice) -> None:
        path, owner, query = self.path(dice.choice(self.kinds), dice, owner=True)
        shop = dice.choice([None, 1, 2])
        query += f"{'&' if query else '?'}shopId={shop}" if shop else ""
        reply = self.http.delete(f"{path}/pricing{query}")
        if isinstance(owner, Refused):
            self.refused(reply, owner)
            return
        assert reply.status == 200
        self.house.withdraw(owner, shop)

    def _kind(self, dice: Dice) -> str:
        """A kind of record that has addresses."""
        return dice.choice([kind for kind in self.kinds if KINDS[kind].addresses])

    def _address(self, dice: Dice) -> tuple[str, Any]:
        """The path to one of the addresses that there are, and the address on paper, or why it is not found."""
        chosen = dice.one([address for record in self.house.records for address in record.addresses])
        if chosen is None:
            return f"/users/id/{NOWHERE}/addresses/1", Refused("parent not found", "users")
        # Now and then it is looked for below another owner.
        owner = dice.choice(self.house.of(chosen.of.kind)) if dice.once_in(10) else chosen.of
        try:
            found: Any = self.house.find_address(self.house.find(owner.kind, "id", owner.id, owner=True), chosen.id)
        except Refused as refused:
            found = refused
        return f"/{owner.kind}/id/{owner.id}/addresses/{chosen.id}", found
