"""A code that addresses of two types share, sent without a type (lookup API contract, sections 1.3 and 5)."""

import pytest
from msgspec import UNSET

from addresses.contracts import ADDRESSES
from customers.contracts import CUSTOMERS
from records.outcomes import Kind, Refusal
from records.rows import AddressRow, Row
from records.upsert import upsert
from tests.factories import make_address, make_customer


def row(source_id: str, **address: str) -> Row:
    values = tuple(address.get(column.name, UNSET) for column in ADDRESSES.columns)
    nothing = tuple(UNSET for _ in CUSTOMERS.columns)
    return Row(values=nothing, source="ERP", source_id=source_id, addresses=(AddressRow(values=values),))


@pytest.mark.django_db
def test_the_row_is_refused_by_a_code_of_the_contract(tenant_a, actor):
    customer = make_customer(tenant_a, source="ERP", source_id="1")
    make_address(customer, type="delivery", code="home")
    make_address(customer, type="invoice", code="home")
    make_address(make_customer(tenant_a, source="ERP", source_id="2"), type="invoice", code="home")

    outcomes = upsert(
        resource=CUSTOMERS,
        rows=[row("1", code="home", city="Zwolle"), row("2", code="home", city="Zwolle")],
        actor=actor,
    )

    message = "several addresses have the code [home], send the type too"
    refusal = Refusal(Kind.INVALID, "addresses", message, "/addresses/0/type")
    assert [(outcome.action, outcome.changed, outcome.refusal) for outcome in outcomes] == [
        ("update", False, refusal),
        ("update", True, None),
    ]
