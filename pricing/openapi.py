"""What the document tells of prices (lookup API contract, section 10)."""

from typing import Any

from api import catalogue
from api.bodies import MAX_ROWS
from api.openapi.operations import Answer, Body, Failure, Operation, Schema, example, query
from api.openapi.schemas import array, boolean, closed, integer, reference, text
from pricing.models import PLACES
from pricing.terms import LARGEST
from records.openapi.bulk import ROW_FAILED, failed_row
from records.openapi.resource import ResourceSchema
from records.resolving import MAX_ID

SHOP = 3

_EXACT = f"A decimal number with at most {PLACES} places, between -{LARGEST} and {LARGEST}, as a number or as text."
_WORDS = {
    "shopId": "The shop that the prices are for. Without it they are for all shops.",
    "categories": "Categories of your catalogue, and what is agreed for them.",
    "products": "Products of your catalogue, and what is agreed for them.",
    "id": "The id of the category or product. It wins where the pair is sent, too.",
    "source": "The system that `sourceId` comes from. The two go together.",
    "sourceId": "The key of the category or product in that system.",
    "pricing": "What is agreed.",
    "type": "`CP` for a percentage on the cost price, `SP` for one on the sales price, `net` for a price.",
    "amount": f"The percentage, of `CP` and `SP`. {_EXACT}",
    "price": f"The price, of `net`. {_EXACT}",
}
_DECIMAL: Schema = {"anyOf": [{"type": ["number", "string", "null"]}]}
_ROWS: Schema = {"maxItems": MAX_ROWS}


class PricingSchema(ResourceSchema):
    """Describes ``pricing.api.PricingPart``."""

    @property
    def tag(self) -> str:
        return f"Prices of {self.resource.name}"

    def describe_agree(self) -> Operation:
        noun = self.resource.noun
        sent = {
            "shopId": SHOP,
            "categories": [{"source": "PIM", "sourceId": "paint", "pricing": {"type": "SP", "amount": "12.5"}}],
            "products": [
                {"id": 7, "pricing": {"type": "net", "price": 9.95}},
                {"id": 8, "pricing": {"type": "net"}},
            ],
        }
        invalid = catalogue.PAYLOAD_VALIDATION
        missing = "#/pricing/price: a value is required for the type net"
        rows: list[dict[str, Any]] = [
            {"action": "create", "key": "paint", "lookupKey": "sourceId", "success": True},
            {"action": "create", "key": 7, "lookupKey": "id", "success": True},
            {
                "action": "create",
                "code": invalid.code,
                "error": missing,
                "key": 8,
                "lookupKey": "id",
                "success": False,
                "type": invalid.type,
            },
        ]
        decimals = {"amount": _DECIMAL, "price": _DECIMAL}
        limits = {"PricingInput": {"categories": _ROWS, "products": _ROWS}, "TermsInput": decimals}
        return Operation(
            id=f"agreePricesOf{noun}{self.by_key}",
            tag=self.tag,
            summary=f"Agree prices with a {noun.lower()} {self.which}",
            description="A price for the same shop and target takes the place of the one before. The catalogue is not"
            " kept here: nobody looks whether a target exists. A fault of value refuses its row alone; each row is"
            " answered, the categories first. At least one of the two lists is needed.",
            parameters=self.lookup_parameters(),
            body=Body(
                self.payload(
                    self.subject.body.payload,
                    words=dict.fromkeys(("PricingInput", "TargetInput", "TermsInput"), _WORDS),
                    limits=limits,
                ),
                (example("prices", sent, "A category, a product, and one without its price"),),
            ),
            answers=(self._answer(rows),),
            failures=(
                *self.lookup_failures(owner=True),
                Failure(invalid, "At least one of categories and products is required"),
            ),
        )

    def describe_withdraw(self) -> Operation:
        noun = self.resource.noun
        done = {"data": {}, "messages": ["Completed"]}
        return Operation(
            id=f"withdrawPricesOf{noun}{self.by_key}",
            tag=self.tag,
            summary=f"Withdraw the prices of a {noun.lower()} {self.which}",
            description="All prices, or those of one shop. This is for good: prices do not go to the recycle bin.",
            parameters=(
                *self.lookup_parameters(),
                query("shopId", "Only prices of this shop.", integer(minimum=0, maximum=MAX_ID), value=SHOP),
                self.if_match(),
            ),
            answers=(Answer("There are none any more.", self.deleted_schema(), (example("withdrawn", done),)),),
            failures=(
                *self.lookup_failures(owner=True),
                Failure(catalogue.PAYLOAD_VALIDATION, "Unknown parameter [shop], known are: language, shopId, source"),
                self.stale(noun),
            ),
        )

    def _answer(self, rows: list[dict[str, Any]]) -> Answer:
        common: dict[str, Schema] = {
            "key": {"type": ["string", "integer", "null"], "description": "The key of the target as it was sent."},
            "lookupKey": {"enum": ["id", "sourceId"]},
        }
        done: Schema = {"const": True}
        self.component("PriceCreated", closed({"action": {"const": "create"}, **common, "success": done}))
        changed = boolean("False where it was agreed already.")
        self.component(
            "PriceUpdated", closed({"action": {"const": "update"}, "changed": changed, **common, "success": done})
        )
        self.component(ROW_FAILED, failed_row())
        answered = array({"anyOf": [reference(name) for name in ("PriceCreated", "PriceUpdated", ROW_FAILED)]})
        envelope = closed({"data": answered, "messages": array(text()), "total": {"type": "integer", "minimum": 1}})
        shown = {"data": rows, "messages": ["Completed"], "total": len(rows)}
        return Answer(
            "What became of each row, the categories first.",
            self.component("PricingAnswer", envelope),
            (example("rows", shown, "Two agreed, one refused"),),
        )
