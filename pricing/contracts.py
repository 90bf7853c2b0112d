"""The payload of a pricing request (lookup API contract, section 10)."""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from records.payloads import Source, TextOrInteger

Number = Decimal | UnsetType | None


class TermsPayload(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is agreed. Which of ``amount`` and ``price`` belongs to the type, the verb says."""

    type: Literal["CP", "SP", "net"]
    amount: Number = UNSET
    price: Number = UNSET


class TargetPayload(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A category or a product, by id or by the pair; ``id`` wins when both are sent, as with parents (section 4)."""

    pricing: TermsPayload
    id: int | UnsetType | None = UNSET
    source_id: TextOrInteger = UNSET
    source: Source = UNSET


class PricingPayload(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The prices of one owner in one shop, or in all shops when none is named."""

    shop_id: int | UnsetType | None = UNSET
    categories: list[TargetPayload] | UnsetType | None = UNSET
    products: list[TargetPayload] | UnsetType | None = UNSET
