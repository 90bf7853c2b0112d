"""What the document tells of the change feed (lookup API contract, section 9a)."""

from api import catalogue
from api.openapi.operations import Answer, Failure, Operation, example, query
from api.openapi.schemas import array, closed, integer, text
from records.changes import ACTIONS, MOST
from records.openapi.members import ID, SOURCE, SOURCE_ID
from records.openapi.resource import ResourceSchema
from records.openapi.schemas import STAMP

_MERGE = "merge"
"""An action of the contract that no event has yet."""


class ChangesSchema(ResourceSchema):
    """Describes ``records.changes_api.ChangesPart``."""

    def describe_changes(self) -> Operation:
        name, noun = self.resource.name, self.resource.noun.lower()
        actions = [*(action for action, _ in ACTIONS), _MERGE]
        change = closed(
            {
                "action": {"enum": actions},
                "id": integer(),
                "source": text(maxLength=64),
                "sourceId": text(maxLength=255),
                "at": text("When it happened, in UTC.", **STAMP),
            }
        )
        at = "2026-11-02T14:03:27Z"
        shown = {"action": "update", "id": ID, "source": SOURCE, "sourceId": SOURCE_ID, "at": at}
        return Operation(
            id=f"list{self.resource.noun}Changes",
            tag=self.tag,
            summary=f"Follow the changes of {name}",
            description=f"What happened since a cursor, in an order in which nothing that commits late is skipped."
            f" Without a cursor it begins with the oldest change that is kept. Get the latest state of a {noun} by its"
            " key.",
            parameters=(
                query("cursor", "`next` of an earlier answer.", text()),
                query("limit", "How many changes at most.", integer(minimum=1, maximum=MOST, default=MOST), value=100),
            ),
            answers=(
                Answer(
                    "The next changes. When there are none, ask again later with the same cursor.",
                    self.component(
                        "Changes",
                        closed({"data": array(change, maxItems=MOST), "next": text("The cursor to go on with.")}),
                    ),
                    (example("changes", {"data": [shown], "next": "WzQyLDcxLDE3XQ:1vN0aQ"}, "One change"),),
                ),
            ),
            failures=(
                Failure(catalogue.PAGINATION, f"limit [0] must be an integer from 1 to {MOST}"),
                Failure(catalogue.PAYLOAD_VALIDATION, "The cursor is not one that this feed has given out"),
                Failure(
                    catalogue.CURSOR_EXPIRED,
                    "The cursor points to changes that are no longer kept: start again from an export",
                ),
            ),
        )
