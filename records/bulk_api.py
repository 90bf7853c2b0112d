"""A bulk request: payloads to rows, outcomes to answers (lookup API contract, section 7)."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated, Any

import msgspec

from api import catalogue
from api.bodies import BodyDecoder
from records.api_errors import entry_of, give_up
from records.cleaning import Invalid
from records.decoding import RowMaker, keyless, keys_of
from records.directives import DirectivesPayload, directives_of
from records.outcomes import Kind, Outcome, Refusal
from records.resources import Resource
from records.rows import Batch, By, Row
from records.upsert import upsert
from records.writing import Moved
from tenants.actors import Actor


class Created(msgspec.Struct, rename="camel"):
    """A row that created a record, or would have in a dry run: then without id."""

    action: str
    id: int | None
    key: Any
    lookup_key: str
    success: bool = True


class Updated(msgspec.Struct, rename="camel"):
    """A row that found its record; ``changed`` is false when every value was in place."""

    action: str
    changed: bool
    id: int | None
    key: Any
    lookup_key: str
    success: bool = True


class Failed(msgspec.Struct, rename="camel"):
    """A row that was refused. ``action`` is what would have been done."""

    action: str
    code: int
    error: str
    key: Any
    lookup_key: str
    success: bool
    type: str


Answer = Created | Updated | Failed


def bulk_decoder(resource: Resource, payload: type[msgspec.Struct], by: By) -> BodyDecoder[Any]:
    """The decoder of the bodies of one bulk endpoint. Only ``bulk/id`` takes an id in its rows."""
    row = payload
    if by == "id":
        row = msgspec.defstruct(
            f"{payload.__name__}ById",
            [("id", int | msgspec.UnsetType | None, msgspec.UNSET)],
            bases=(payload,),
            kw_only=True,
            forbid_unknown_fields=True,
            rename="camel",
        )
    rows = Annotated[list[row], msgspec.Meta(min_length=1)]  # type: ignore[valid-type]
    body = msgspec.defstruct(
        f"{payload.__name__}Bulk",
        [(resource.name, rows), ("directives", DirectivesPayload, msgspec.UNSET)],
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return BodyDecoder(body, rows=[resource.name])


def run_bulk(*, resource: Resource, maker: RowMaker, body: Any, by: By, actor: Actor, dry_run: bool) -> list[Answer]:
    """Write the rows of a decoded bulk request.

    Shape:  one answer per row, in the order sent.
    Errors: ApiError 10017 for unknown directives; TryAgain when other writers kept getting in between.
    """
    directives = directives_of(body.directives, resource)
    payloads: list[Any] = getattr(body, resource.name)
    keys = keys_of(payloads, by)
    failed = {
        index: Failed("create", entry.code, f"Lookup key [{missing}] not found", keys[index], by, False, entry.type)
        for index, missing in keyless(payloads, by).items()
        for entry in (catalogue.LOOKUP_KEY_NOT_FOUND,)
    }
    rows, sent = _rows(resource, maker, payloads, keys, by, failed)
    try:
        outcomes = upsert(resource=resource, rows=rows, actor=actor, by=by, directives=directives, dry_run=dry_run)
    except Moved as moved:
        give_up(moved)
    if not failed:
        return answers_to(outcomes, keys, by)
    answers: dict[int, Answer] = dict(failed)
    answers |= zip(sent, answers_to(outcomes, [keys[index] for index in sent], by), strict=True)
    return [answer for _, answer in sorted(answers.items(), key=itemgetter(0))]


def _rows(
    resource: Resource, maker: RowMaker, payloads: list[Any], keys: list[Any], by: By, failed: dict[int, Failed]
) -> tuple[Batch | list[Row], Sequence[int]]:
    """The rows for the engine and their places in the request. Adds to ``failed`` what cannot even become a row."""
    make = maker.row
    if not failed:
        try:
            return maker.batch(payloads, by), range(len(payloads))
        except Invalid:
            pass  # one by one, to know which
    rows: list[Row] = []
    sent: list[int] = []
    for index, payload in enumerate(payloads):
        if index in failed:
            continue
        try:
            rows.append(make(payload, id=payload.id if by == "id" else None))
        except Invalid as invalid:
            refusal = Refusal(Kind.INVALID, resource.name, str(invalid), "/sourceId")
            failed[index] = _failed(Outcome("create"), refusal, keys[index], by)
        else:
            sent.append(index)
    return rows, sent


def answers_to(outcomes: Sequence[Outcome], keys: Sequence[Any], by: str) -> list[Answer]:
    """One answer for each row; ``keys`` are what the rows were sent with, ``by`` is what such a key is called."""
    return [
        Created("create", outcome.id, key, by)
        if outcome.refusal is None and outcome.action == "create"
        else Updated("update", outcome.changed, outcome.id, key, by)
        if outcome.refusal is None
        else _failed(outcome, outcome.refusal, key, by)
        for outcome, key in zip(outcomes, keys, strict=True)
    ]


def _failed(outcome: Outcome, refusal: Refusal, key: Any, by: str) -> Failed:
    entry = entry_of(refusal)
    return Failed(outcome.action, entry.code, refusal.text, key, by, False, entry.type)
