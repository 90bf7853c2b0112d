"""What the demo went through before anyone looks at it: prices agreed, numbers changed, records deleted."""

from decimal import Decimal
from itertools import islice
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from contacts.models import Company
from customers.contracts import CUSTOMERS
from customers.demo_rows import SOURCE, customer_key, customer_rows
from customers.models import Customer
from pricing.models import PriceType, TargetKind
from pricing.terms import PriceRow
from pricing.verbs import set_prices
from records.rows import Row
from records.upsert import upsert
from recyclebin.verbs import delete
from tenants.actors import Actor

DELETED_BY_STAFF = {
    "OLD-000001": "Duplicate of another customer",
    "OLD-000002": "Asked to be removed from our lists",
    "OLD-000003": "Duplicate of another customer",
    "OLD-000004": "Test order, not a real person",
    "OLD-000005": "",
}
"""The keys of customers who were there once, and why they went."""
DELETED_BY_CLIENT = tuple(f"OLD-{number:06d}" for number in range(6, 9))
MOVED = 5
"""So many of the first customers got another phone number."""
PRICED = 3
"""So many of the first companies have prices of their own."""


def live_through(*, staff: Actor, client: Actor, seed: int) -> None:
    """Give the demo a past: prices for companies, changed customers, and a recycle bin with deletions in it.

    Writes: nothing that counts among the customers of the load: who is deleted was added for that.
    Cost:   constant, whatever the size of the demo.
    """
    _agree_prices(staff)
    _move_some(staff, seed)
    _delete_some(staff, client, seed)


def _agree_prices(actor: Actor) -> None:
    companies = Company.objects.for_tenant(actor.tenant).filter(source=SOURCE).order_by("id")[:PRICED]
    for number, company in enumerate(companies, start=1):
        rows = [
            PriceRow(TargetKind.CATEGORY, PriceType.SALES, id=10 * number, amount=Decimal("90.5") + number),
            PriceRow(
                TargetKind.PRODUCT, PriceType.NET, source=SOURCE, source_id=f"P-{number:04d}", price=Decimal("12.95")
            ),
        ]
        set_prices(owner=Company, owner_id=company.pk, shop=None, rows=rows, actor=actor)


def _move_some(actor: Actor, seed: int) -> None:
    phone = next(at for at, column in enumerate(CUSTOMERS.columns) if column.name == "phone")
    rows = []
    for number, row in enumerate(islice(customer_rows(MOVED, seed), MOVED), start=1):
        values: list[Any] = [UNSET] * len(row.values)
        values[phone] = f"+31 20 000 {number:04d}"
        rows.append(Row(values=tuple(values), source=SOURCE, source_id=customer_key(number), key=row.key))
    upsert(resource=CUSTOMERS, rows=rows, by="sourceId", actor=actor)


def _delete_some(staff: Actor, client: Actor, seed: int) -> None:
    keys = [*DELETED_BY_STAFF, *DELETED_BY_CLIENT]
    people = islice(customer_rows(len(keys), seed + 1), len(keys))
    rows = [replace(row, source_id=key, key=key) for row, key in zip(people, keys, strict=True)]
    upsert(resource=CUSTOMERS, rows=rows, by="sourceId", actor=client)
    old = Customer.objects.for_tenant(staff.tenant).filter(source=SOURCE)
    for key, reason in DELETED_BY_STAFF.items():
        delete(roots=old.filter(source_id=key), actor=staff, reason=reason)
    delete(roots=old.filter(source_id__in=DELETED_BY_CLIENT), actor=client, reason="No longer in the webshop")
