"""What the document tells of exports (lookup API contract, section 9)."""

import json

from api import catalogue
from api.openapi.headers import CHANGES_CURSOR, ITEMS_ESTIMATE
from api.openapi.operations import Answer, Failure, Operation, example, query
from api.openapi.schemas import boolean, text
from records.exports import PARENT_MEMBERS, Csv, Ndjson
from records.openapi.lists import ListsSchema
from records.openapi.members import PARENT_ID, PARENT_SOURCE_ID, SOURCE


class ExportSchema(ListsSchema):
    """Describes ``records.export_api.ExportPart``."""

    def describe_export(self) -> Operation:
        name = self.resource.name
        return Operation(
            id=f"export{name.capitalize()}",
            tag=self.tag,
            summary=f"Export {name}",
            description="All live records that pass the filters, as they were at one moment, in no particular order."
            " The answer is sent while it is made and may be of any size. When it cannot be finished the connection"
            " breaks: an answer that ends in good order is whole.",
            parameters=(
                query(
                    "format",
                    "One JSON object a line, or CSV with a header.",
                    {"enum": ["ndjson", "csv"], "default": "ndjson"},
                    value="csv",
                ),
                query(
                    "spreadsheet",
                    "With `format=csv`: cells that a spreadsheet would take for a formula begin with an apostrophe.",
                    {**boolean(), "default": False},
                ),
                *self.filters(),
            ),
            answers=(
                Answer(
                    "The records. As JSON each reads as at its own address, in CSV the key of its parent is behind it.",
                    text("Lines of JSON, each a record, ended by a line feed."),
                    (example("ndjson", f"{json.dumps(self.example())}\n", "One record"),),
                    headers=(ITEMS_ESTIMATE, CHANGES_CURSOR),
                    media_type=Ndjson.media_type,
                ),
                Answer(
                    "The records.",
                    text("A header and a row for each record, as RFC 4180 says, in UTF-8. No value is an empty cell."),
                    (example("csv", self._rows(), "One record"),),
                    headers=(ITEMS_ESTIMATE, CHANGES_CURSOR),
                    media_type=Csv.media_type.partition(";")[0],
                ),
            ),
            failures=(
                Failure(catalogue.PAYLOAD_VALIDATION, "format [xml] must be ndjson or csv"),
                *self.parent_failures(),
            ),
        )

    def _rows(self) -> str:
        record = {name: "" if value is None else str(value) for name, value in self.example().items()}
        parent = dict(zip(PARENT_MEMBERS, map(str, (PARENT_ID, SOURCE, PARENT_SOURCE_ID)), strict=True))
        shown = record | {f"parent.{name}": value for name, value in parent.items()}
        return f"{','.join(shown)}\r\n{','.join(shown.values())}\r\n"
