"""Agree and withdraw the prices of an owner (lookup API contract, section 10)."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from django.db import connection, transaction

from pricing import statements
from pricing.errors import OwnerGone
from pricing.models import OWNERS, Price
from pricing.terms import RESOURCE, PriceRow, Target, Terms, target_of, terms_of
from records.copying import SEPARATOR, copy_columns, joined
from records.errors import StaleVersion
from records.models import Record
from records.outcomes import Kind, Outcome, Refusal
from records.resolving import fetch, run
from recyclebin.purge_guard import deleting_for_good
from tenants.actors import Actor, begin_operation
from tenants.permissions import EDIT


class Stored(NamedTuple):
    """A price as it is in the table."""

    id: int
    binned: bool
    terms: Terms


def owner_field(model: type[Record]) -> str:
    """The foreign key by which prices name an owner of this kind. Errors: KeyError for a kind that has no prices."""
    fields = {Price._meta.get_field(name).related_model: name for name in OWNERS}
    return fields[model]


def set_prices(
    *, owner: type[Record], owner_id: int, shop: int | None, rows: Sequence[PriceRow], actor: Actor
) -> list[Outcome]:
    """Create or replace prices of one owner in one shop, or in all shops when ``shop`` is None, in one transaction.

    Shape:  one outcome for each row, in the order sent. Rows with the same target are applied in order, and the price
            is written once. A price that is there already is left alone: neither its version nor the history moves.
    Writes: prices only. The version of the owner stays: its own values are what they were.
    Cost:   the number of statements does not depend on the number of rows.
    Errors: OwnerGone when the owner is not live in the actor's tenant; PermissionDenied. A bad row is an outcome with
            a refusal and never stops the others.
    """
    actor.require(EDIT)
    field = owner_field(owner)
    targets = [target_of(row) for row in rows]
    with transaction.atomic():
        begin_operation(actor)
        _lock(owner, owner_id, actor)
        known = dict.fromkeys(target for target in targets if isinstance(target, Target))
        stored = _stored(field, owner_id, shop, list(known))
        agreed: dict[Target, Terms] = {}
        outcomes = [_apply(row, target, stored, agreed) for row, target in zip(rows, targets, strict=True)]
        _update({stored[target].id: terms for target, terms in _changed(agreed, stored).items()})
        _insert(actor, field, owner_id, shop, {t: terms for t, terms in agreed.items() if t not in stored})
    return outcomes


def delete_prices(
    *,
    owner: type[Record],
    owner_id: int,
    actor: Actor,
    shop: int | None = None,
    expected_version: int | None = None,
) -> int:
    """Delete the prices of an owner for good: all of them, or those of one shop. Returns how many there were.

    They do not go to the recycle bin, but their history stays, with who deleted them and when. Prices that are in the
    bin under a deletion of their own stay there: what is in the bin is the bin's to purge.

    Errors: OwnerGone as in ``set_prices``; StaleVersion when the owner has another version than the expected one;
            PermissionDenied.
    """
    actor.require(EDIT)
    statement = statements.delete(owner_field(owner), in_shop=shop is not None)
    with transaction.atomic():
        begin_operation(actor)
        version = _lock(owner, owner_id, actor)
        if expected_version not in {None, version}:
            raise StaleVersion(f"{owner._meta.verbose_name} {owner_id} has version {version} by now.")
        with deleting_for_good(), connection.cursor() as cursor:
            cursor.execute(statement, [owner_id] if shop is None else [owner_id, shop])
            return int(cursor.rowcount)


def _lock(owner: type[Record], owner_id: int, actor: Actor) -> int:
    """Lock the live owner, so that nothing live lands below a binned one. Returns its version."""
    rows = owner.objects.for_tenant(actor.tenant).filter(pk=owner_id).select_for_update(no_key=True)
    version = rows.values_list("version", flat=True).first()
    if version is None:
        raise OwnerGone
    return version


def _stored(field: str, owner_id: int, shop: int | None, targets: Sequence[Target]) -> dict[Target, Stored]:
    """What is stored of these targets, the bin included: one statement for each way to name a target."""
    found: dict[Target, Stored] = {}
    owner = [owner_id] if shop is None else [owner_id, shop]
    by_id = [target for target in targets if target.id is not None]
    by_pair = [target for target in targets if target.id is None]
    for asked, statement, columns in (
        (by_id, statements.by_id, ("kind", "id")),
        (by_pair, statements.by_pair, ("kind", "source_id", "source")),
    ):
        if not asked:
            continue
        parameters: list[Any] = []
        for column in columns:
            parameters += [joined(getattr(target, column) for target in asked), SEPARATOR]
        for position, pk, binned, *terms in fetch(statement(field, in_shop=shop is not None), parameters + owner):
            found[asked[position]] = Stored(pk, binned, Terms(*terms))
    return found


def _apply(
    row: PriceRow, target: Target | Refusal, stored: dict[Target, Stored], agreed: dict[Target, Terms]
) -> Outcome:
    """What becomes of one row, given what is stored and what the rows before it agreed."""
    if isinstance(target, Refusal):
        return Outcome("create", changed=False, refusal=target)
    held = stored.get(target)
    before = agreed.get(target, held.terms if held else None)
    action: Literal["create", "update"] = "create" if before is None else "update"
    terms = terms_of(row)
    if isinstance(terms, Refusal):
        return Outcome(action, changed=False, refusal=terms)
    if held and held.binned:
        # The contracts have no code for it, and no entrance of ours puts a price into the bin without its owner.
        message = f"the price of this {target.kind} is in the recycle bin: have it restored first"
        return Outcome(action, changed=False, refusal=Refusal(Kind.INVALID, RESOURCE, message))
    agreed[target] = terms
    return Outcome(action, changed=terms != before)


def _changed(agreed: dict[Target, Terms], stored: dict[Target, Stored]) -> dict[Target, Terms]:
    return {target: terms for target, terms in agreed.items() if target in stored and stored[target].terms != terms}


def _update(terms: dict[int, Terms]) -> None:
    if terms:
        types, amounts, prices = (list(values) for values in zip(*terms.values(), strict=True))
        run(statements.UPDATE, [list(terms), types, amounts, prices])


def _insert(actor: Actor, field: str, owner_id: int, shop: int | None, agreed: dict[Target, Terms]) -> None:
    if not agreed:
        return
    count = len(agreed)
    kinds, ids, sources, source_ids = zip(*agreed, strict=True)
    types, amounts, prices = zip(*agreed.values(), strict=True)
    columns: dict[str, Sequence[Any]] = {
        "tenant_id": [actor.tenant.pk] * count,
        "source": [""] * count,
        "source_id": [""] * count,
        "version": [1] * count,
        # COPY reads "now" as the start of the transaction.
        "created_at": ["now"] * count,
        "modified_at": ["now"] * count,
        f"{field}_id": [owner_id] * count,
        "shop_id": [shop] * count,
        "target_kind": kinds,
        "target_id": ids,
        "target_source": sources,
        "target_source_id": source_ids,
        "type": types,
        "amount": amounts,
        "price": prices,
    }
    copy_columns(statements.TABLE, list(columns), list(columns.values()))
