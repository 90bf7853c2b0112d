"""Prices on the page of their owner: shown to whoever sees the owner, and changed by nobody there."""

import re

import pytest

from pricing.models import OWNERS, Price
from records.models import Record
from tests.factories import browser, make_price, make_record, put_in_bin, rows
from tests.records.admin_pages import fields_of, page

pytestmark = pytest.mark.django_db

every_owner = pytest.mark.parametrize("name", OWNERS)


def owner_model(name: str) -> type[Record]:
    return Price._meta.get_field(name).related_model


def shown(response) -> list[list[str]]:
    """The table of prices, row by row, without the time of the last change."""
    table = response.content.decode().partition('id="prices-group"')[2].partition("</table>")[0]
    found = [re.findall(r"<td[^>]*data-label[^>]*>(.*?)</td>", line, re.DOTALL) for line in table.split("</tr>")]
    return [[plain(cell) for cell in line[:3]] for line in found if line]


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@every_owner
@pytest.mark.parametrize("who", ["olivia", "vera"])
def test_the_live_prices_of_the_owner(name, who, cast, tenant_a, tenant_b):
    owner = make_record(owner_model(name), tenant_a)
    make_price(owner, target_id=7, target_kind="category", type="CP", amount="12.5", shop_id=3)
    make_price(owner, target_id=None, target_source="PIM", target_source_id="A-1")
    put_in_bin(make_price(owner, target_id=666))
    for tenant in (tenant_a, tenant_b):
        make_price(make_record(owner_model(name), tenant), target_id=667)

    response = browser(cast[who]).get(page(owner_model(name), "change", owner.pk))

    assert shown(response) == [
        ["Category 7", "3", "CP 12.5 %"],
        ["Product PIM A-1", "all", "SP 5 %"],
    ]


@every_owner
def test_saving_the_owner_leaves_the_prices_alone(name, olivia, tenant_a):
    owner = make_record(owner_model(name), tenant_a)
    price = make_price(owner)
    before = rows(Price)
    surfer, address = browser(olivia), page(owner_model(name), "change", owner.pk)

    response = surfer.get(address)
    forged = {"prices-0-amount": "1", "prices-0-id": str(price.pk), "prices-0-DELETE": "on", "prices-TOTAL_FORMS": "2"}
    saved = surfer.post(address, fields_of(response, source="ERP", source_id="new", **forged))

    assert saved.status_code == 302
    assert rows(Price) == before
    assert type(owner).objects.get(pk=owner.pk).source_id == "new"


@every_owner
def test_the_form_of_a_new_owner_does_not_speak_of_prices(name, olivia, tenant_a):
    surfer, address = browser(olivia), page(owner_model(name), "add")
    response = surfer.get(address)

    assert "prices" not in response.content.decode()
    assert surfer.post(address, fields_of(response, source="ERP", source_id="new")).status_code == 302
    assert owner_model(name).objects.get(source_id="new").prices.count() == 0


def test_a_page_at_a_time(olivia, tenant_a):
    owner = make_record(owner_model("customer"), tenant_a)
    Price.everything.bulk_create(
        Price(tenant=tenant_a, customer=owner, target_kind="product", target_id=number, type="net", price=1)
        for number in range(1, 61)
    )
    surfer, address = browser(olivia), page(owner_model("customer"), "change", owner.pk)

    first, last = shown(surfer.get(address)), shown(surfer.get(f"{address}?prices-page=3"))

    assert [line[0] for line in first] == [f"Product {number}" for number in range(1, 26)]
    assert [line[0] for line in last] == [f"Product {number}" for number in range(51, 61)]


def test_the_preview_of_a_deletion_counts_them(olivia, tenant_a):
    owner = make_record(owner_model("customer"), tenant_a)
    make_price(owner, target_id=7), make_price(owner, target_id=8), put_in_bin(make_price(owner))

    response = browser(olivia).get(page(owner_model("customer"), "delete", owner.pk))

    assert "These go along 2 prices Product 7: SP 5 % Product 8: SP 5 % Reason" in plain(response.content.decode())
