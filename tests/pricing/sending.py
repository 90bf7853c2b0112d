"""Sending prices to the verb, and reading what is stored."""

from decimal import Decimal
from typing import Any

from pricing.models import Price
from pricing.terms import PriceRow
from pricing.verbs import owner_field, set_prices
from records.models import Record
from records.outcomes import Outcome
from tenants.actors import Actor


def net(target: int | tuple[str, str], price: str, kind: str = "product") -> PriceRow:
    """A net price of a product, named by id or by (source, sourceId)."""
    return PriceRow(kind, "net", price=Decimal(price), **_key(target))


def percent(target: int | tuple[str, str], amount: str, type_: str = "SP", kind: str = "product") -> PriceRow:
    """A price in percent."""
    return PriceRow(kind, type_, amount=Decimal(amount), **_key(target))


def _key(target: int | tuple[str, str]) -> dict[str, Any]:
    return {"id": target} if isinstance(target, int) else {"source": target[0], "source_id": target[1]}


def agree(actor: Actor, owner: Record, *rows: PriceRow, shop: int | None = None) -> list[Outcome]:
    """Set prices of the owner."""
    return set_prices(owner=type(owner), owner_id=owner.pk, shop=shop, rows=rows, actor=actor)


def summary(outcomes: list[Outcome]) -> list[tuple[str, bool] | str]:
    """What became of each row: its action and whether it changed anything, or why it was refused."""
    return [outcome.refusal.text if outcome.refusal else (outcome.action, outcome.changed) for outcome in outcomes]


CREATED, CHANGED, UNCHANGED = ("create", True), ("update", True), ("update", False)


def prices_of(owner: Record) -> list[tuple[Any, ...]]:
    """The live prices of the owner: shop, target, terms, version."""
    rows = Price.objects.filter(**{owner_field(type(owner)): owner}).order_by("id")
    columns = ("shop_id", "target_kind", "target_id", "target_source", "target_source_id", "type", "amount", "price")
    return [_shortened(row) for row in rows.values_list(*columns, "version")]


def _shortened(row: tuple[Any, ...]) -> tuple[Any, ...]:
    shop, kind, pk, source, source_id, type_, amount, price, version = row
    return (
        shop,
        kind,
        (source, source_id) if pk is None else pk,
        type_,
        str(price if amount is None else amount),
        version,
    )
