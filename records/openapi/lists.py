"""What the document tells of lists and searches (lookup API contract, section 8)."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from api import catalogue
from api.openapi.operations import Answer, Body, Failure, Operation, Schema, example, query
from api.openapi.schemas import array, closed, integer, nullable, text
from records.filter_fields import MAX_VALUES, FilterListField
from records.filters import filter_set
from records.list_requests import MAX_PAGE, MAX_PAGE_SIZE, PAGE_SIZE, search_decoder
from records.openapi.members import ID, PARENT_ID, PARENT_SOURCE_ID, SOURCE, SOURCE_ID, Member
from records.openapi.resource import ResourceSchema
from records.openapi.schemas import expanded_example
from records.pages import COUNTED
from records.reads import LONGEST_KEY
from records.sorts import sorts

_INSTANT = (
    "An ISO date-time, without an offset in UTC, or a date; of `to`, all of the second or of the day that it names."
)

FILTERS: dict[str, Member] = {
    "debtorIds": Member("Records with one of these debtor ids, compared exactly.", ["10042"]),
    "ids": Member("Records with one of these ids.", [ID, 72]),
    "sourceIds": Member("Records with one of these keys, compared exactly, of any source.", [SOURCE_ID]),
    "source": Member("Records with this source.", SOURCE),
    "email": Member("Records with this address, in upper or lower case.", "Zoe@deWit.example"),
    "phone": Member("Records whose phone has these digits, however they are grouped.", "0031 305550123"),
    "name": Member("The same as `query`."),
    "query": Member(
        "Records in which every word is found: in names, e-mail, phones, company, city, postcode, key and tax number."
        " From three characters on a word is found anywhere, a shorter one at the start of a word. Case and accents"
        " make no difference."
    ),
    "primaryLanguage": Member("Records with this code of ISO 639-1.", "NL"),
    "parent": Member("Records below this one, named by its id or by its pair.", PARENT_ID),
    "parent.id": Member("Records below the one with this id.", PARENT_ID),
    "parent.sourceId": Member("Records below the one with this key.", PARENT_SOURCE_ID),
    "parent.source": Member("The source of that key.", SOURCE),
    "dateCreated": Member(f"Records made between these, both inclusive. {_INSTANT}"),
    "dateModified": Member(f"Records last changed between these, both inclusive. {_INSTANT}"),
    "dateCreated.from": Member(f"Records made then or later. {_INSTANT}", "2026-03-01"),
    "dateCreated.to": Member(f"Records made then or earlier. {_INSTANT}", "2026-03-02T08:15:00Z"),
    "dateModified.from": Member(f"Records last changed then or later. {_INSTANT}", "2026-11-01T00:00:00+01:00"),
    "dateModified.to": Member(f"Records last changed then or earlier. {_INSTANT}", "2026-11-02"),
}
"""The filters in words, as query parameters and as members of a search, with a value for examples."""

_PAGING: dict[str, str] = {
    "page": "Which page, from 1.",
    "offset": f"The size of a page, {PAGE_SIZE} unless said.",
    "sort": "The order, with `-` in front a descending one. Records that are equal are in the order of their ids.",
    "cursor": "`next` of the page before. Filters and `sort` must be those of the request that gave it.",
    "expands": "What else to read with each record. Unknown names are ignored.",
}

_LONG = "In pages by number, or from page to page by `next`: that takes as long for the last page as for the first."


class ListsSchema(ResourceSchema):
    """Describes ``records.list_api.ListsPart``."""

    def describe_list_records(self) -> Operation:
        name = self.resource.name
        return Operation(
            id=f"list{name.capitalize()}",
            tag=self.tag,
            summary=f"List {name}",
            description=f"Live records that pass all filters. {_LONG} A parameter that is not known is refused.",
            parameters=(*self.filters(), *self._paging()),
            answers=(self._page(),),
            failures=self._failures(),
        )

    def describe_search_records(self) -> Operation:
        name = self.resource.name
        below = {
            "parent": {"source": SOURCE, "sourceId": PARENT_SOURCE_ID},
            "dateModified": {"from": FILTERS["dateModified.from"].example},
        }
        told = {name: member.words for name, member in FILTERS.items()} | _PAGING
        return Operation(
            id=f"search{name.capitalize()}",
            tag=self.tag,
            summary=f"Search {name}",
            description=f"The same as the list, with the filters in the body. {_LONG} Where a parameter and a member of"
            " the body have one name, the parameter counts.",
            parameters=self._paging(),
            body=Body(
                self.payload(
                    search_decoder(self.resource).payload,
                    words={f"{self.resource.noun}Search": told, "Span": dict.fromkeys(("from", "to"), _INSTANT)},
                ),
                (
                    example(
                        "words", {"query": self._found_words, "sort": "-dateModified"}, "By words, the latest first"
                    ),
                    example("below", below, "What changed below a parent"),
                ),
            ),
            answers=(self._page(),),
            failures=self._failures(),
        )

    @property
    def _found_words(self) -> str:
        return "zoe wit" if self.is_person else "books north"

    def filters(self) -> tuple[OpenApiParameter, ...]:
        """The filters as query parameters."""
        found: list[OpenApiParameter] = []
        for name, one in filter_set(self.resource).base_filters.items():
            if name == "parent":
                found += [self._filter("parent.id", integer(minimum=1))]
                found += [self._filter(f"parent.{part}", text()) for part in ("sourceId", "source")]
            elif issubclass(one.field_class, FilterListField):
                items = integer(minimum=1) if name == "ids" else text(minLength=1, maxLength=LONGEST_KEY)
                found.append(self._filter(name, array(items, minItems=1, maxItems=MAX_VALUES)))
            else:
                found.append(self._filter(name, text()))
        return tuple(found)

    def _filter(self, name: str, schema: Schema) -> OpenApiParameter:
        member = FILTERS[name]
        value = self._found_words if name == "query" else member.example
        return query(name, member.words, schema, value=value or None)

    def _paging(self) -> tuple[OpenApiParameter, ...]:
        """What a list takes beside its filters."""
        schemas: dict[str, tuple[Schema, Any]] = {
            "page": (integer(minimum=1, maximum=MAX_PAGE, default=1), 1),
            "offset": (integer(minimum=1, maximum=MAX_PAGE_SIZE, default=PAGE_SIZE), PAGE_SIZE),
            "sort": ({"enum": list(sorts(self.resource)), "default": "id"}, "-dateModified"),
            "cursor": (text(), None),
            "expands": (array(text()), list(self.expansions())),
        }
        return tuple(query(name, _PAGING[name], schema, value=value) for name, (schema, value) in schemas.items())

    def _failures(self) -> tuple[Failure, ...]:
        messages = {
            catalogue.PAGINATION: f"page [0] must be a positive integer of at most {MAX_PAGE}: pages count from 1",
            catalogue.PAYLOAD_VALIDATION: "Unknown parameter [colour], use one of […]",
        }
        own = (Failure(entry, message) for entry, message in messages.items())
        return (*own, *self.parent_failures(), *self.expansion_failures())

    def _page(self) -> Answer:
        counted: Schema = {"type": "integer", "minimum": 0}
        envelope = closed(
            {
                "data": array(self.record()),
                "messages": array(text()),
                "start": {**counted, "description": "The first record of the page among all; 0 on an empty page."},
                "end": {**counted, "description": "The last one."},
                "page": {"type": "integer", "minimum": 1},
                "pages": {**counted, "description": "How many pages there are."},
                "offset": {"type": "integer", "minimum": 1, "description": "The size of a page."},
                "total": {**counted, "description": "How many records this page has."},
                "itemsFound": {**counted, "description": f"How many there are in all, exact up to {COUNTED:,}."},
                "itemsFoundIsEstimate": {"const": True, "description": "There when `itemsFound` is an estimate."},
                "next": nullable(text("The cursor of what follows; `null` at the end.")),
            },
            optional=frozenset({"itemsFoundIsEstimate"}),
        )
        row = self.example() | expanded_example(self.resource, self.subject.addresses)
        numbers = {"start": 1, "end": 1, "page": 1, "pages": 1, "offset": PAGE_SIZE, "total": 1, "itemsFound": 1}
        shown = {"data": [row], "messages": ["Completed"], **numbers, "next": None}
        return Answer(
            "One page.",
            self.component(f"{self.resource.noun}Page", envelope),
            (example("page", shown, "The last page"),),
        )
