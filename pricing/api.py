"""The prices of a record: agreed and withdrawn below it (lookup API contract, section 10)."""

from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec
from django.http import HttpRequest, HttpResponse
from msgspec import UNSET

from api import catalogue
from api.bodies import BodyDecoder, read_body
from api.errors import ApiError, SchemaInvalid, TryAgain
from api.responses import answer
from api.views import Action
from pricing.contracts import PricingPayload, TargetPayload
from pricing.errors import OwnerGone
from pricing.models import TargetKind
from pricing.openapi import PricingSchema
from pricing.terms import PriceRow
from pricing.verbs import delete_prices, set_prices
from records.api_errors import entry_of
from records.bulk_api import Failed
from records.errors import StaleVersion
from records.outcomes import Outcome
from records.resolving import MAX_ID
from records.resource_view import Part

SCOPES = ("pricing:write",)
PARAMETERS = frozenset({"shopId", "source", "language"})
"""What DELETE understands. A misspelt ``shopId`` would delete the prices of all shops, so nothing else is passed by."""


class Created(msgspec.Struct, rename="camel"):
    """A row that agreed a price. ``key`` is that of the target, as it was sent."""

    action: str
    key: Any
    lookup_key: str
    success: bool = True


class Updated(msgspec.Struct, rename="camel"):
    """A row that found a price; ``changed`` is false when it was the same."""

    action: str
    changed: bool
    key: Any
    lookup_key: str
    success: bool = True


class PricingPart(Part):
    """POST and DELETE of the prices of one owner."""

    schema = PricingSchema()
    body: ClassVar = BodyDecoder(PricingPayload, rows=("categories", "products"))

    @classmethod
    def actions_by_endpoint(cls) -> dict[str, dict[str, Action]]:
        return {"pricing": {"POST": Action("agree", SCOPES), "DELETE": Action("withdraw", SCOPES)}}

    def agree(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """POST: create or replace prices. One answer for each row, categories first, then products."""
        body = read_body(request)
        try:
            payload = self.body.decode(body)
        except SchemaInvalid:
            self.find_owner(request, key, value)  # what the body breaks is said only when there is such an owner
            raise
        owner = self.find_owner(request, key, value)
        shop = _shop(payload.shop_id, "#/shopId: ")
        sent = list(_sent(payload))
        if not sent:
            raise ApiError(catalogue.PAYLOAD_VALIDATION, "At least one of categories and products is required")
        try:
            outcomes = set_prices(
                owner=self.resource.model,
                owner_id=owner.id,
                shop=shop,
                rows=[_row(kind, item) for kind, item in sent],
                actor=self.caller.actor(),
            )
        except OwnerGone:
            raise self._moved(request, key, value) from None
        rows = [_answer(outcome, item) for outcome, (_, item) in zip(outcomes, sent, strict=True)]
        return answer({"data": rows, "messages": ["Completed"], "total": len(rows)})

    def withdraw(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """DELETE: the prices of the owner, or those of one shop, for good."""
        owner = self.find_owner(request, key, value)
        version = self.expected_version(request, owner)
        if unknown := sorted(request.GET.keys() - PARAMETERS):
            known = ", ".join(sorted(PARAMETERS))
            raise ApiError(catalogue.PAYLOAD_VALIDATION, f"Unknown parameter [{unknown[0][:80]}], known are: {known}")
        shop = _shop(_integer(request.GET.get("shopId")), "")
        try:
            delete_prices(
                owner=self.resource.model,
                owner_id=owner.id,
                shop=shop,
                actor=self.caller.actor(),
                expected_version=version,
            )
        except OwnerGone:
            raise self._moved(request, key, value) from None
        except StaleVersion as error:
            raise ApiError(catalogue.PRECONDITION_FAILED, str(error)) from None
        return answer({"data": {}, "messages": ["Completed"]})

    def _moved(self, request: HttpRequest, key: str, value: str) -> TryAgain:
        """What to raise when someone was faster. Errors: ApiError, saying what the owner is by now."""
        self.find_owner(request, key, value)
        return TryAgain()


def _integer(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(text) < 20):
        raise ApiError(catalogue.PAYLOAD_VALIDATION, f"shopId [{text[:80]}] must be an integer")
    return int(text)


def _shop(shop: Any, pointer: str) -> int | None:
    if shop is UNSET or shop is None:
        return None
    if not 0 <= shop <= MAX_ID:
        message = f"{pointer}shopId [{str(shop)[:80]}] must be between 0 and {MAX_ID}"
        raise ApiError(catalogue.PAYLOAD_VALIDATION, message)
    return int(shop)


def _sent(payload: PricingPayload) -> Iterator[tuple[TargetKind, TargetPayload]]:
    """The rows of both lists, in the order of the answer."""
    for kind, items in ((TargetKind.CATEGORY, payload.categories), (TargetKind.PRODUCT, payload.products)):
        for item in items or ():
            yield kind, item


def _row(kind: TargetKind, item: TargetPayload) -> PriceRow:
    terms = item.pricing
    return PriceRow(kind.value, terms.type, item.id, item.source, item.source_id, terms.amount, terms.price)


def _answer(outcome: Outcome, item: TargetPayload) -> Created | Updated | Failed:
    by_pair = item.id in {UNSET, None} and item.source_id not in {UNSET, None}
    key, lookup_key = (item.source_id, "sourceId") if by_pair else (item.id, "id")
    if key is UNSET:
        key = None
    if outcome.refusal is not None:
        entry = entry_of(outcome.refusal)
        return Failed(outcome.action, entry.code, outcome.refusal.text, key, lookup_key, False, entry.type)
    if outcome.action == "create":
        return Created("create", key, lookup_key)
    return Updated("update", outcome.changed, key, lookup_key)
