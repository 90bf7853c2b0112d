"""Owners are found by their live addresses only, also when one goes or comes alone (style.md, section 7, trap 5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from addresses.models import Address
from records.resources import resource_named, searchable
from records.writes import address_row, write
from recyclebin.verbs import delete, restore
from tests.records.search_texts import search_texts

pytestmark = pytest.mark.django_db

OWNERS = [resource.name for resource in searchable() if resource.address_field]


def places() -> list[tuple[str, str]]:
    return list(search_texts().order_by("record").values_list("city", "postal_code"))


@pytest.mark.parametrize("name", OWNERS)
def test_an_address_that_goes_alone_no_longer_finds_its_owner_until_it_is_back(actor, name):
    addresses = [
        address_row({"type": "delivery", "city": city, "country": "NL", "postal_code": code})
        for city, code in (("Zwolle", "8011 AA"), ("Assen", "9401 BB"))
    ]
    write(resource_named(name), {}, actor=actor, addresses=addresses)
    before = places()

    gone = delete(roots=Address.objects.filter(city="Assen"), actor=actor)
    without = places()
    restore(deletions=[deletion.pk for deletion in gone.deletions], actor=actor)

    assert (before, without) == ([("assen zwolle", "8011 aa 9401 bb")], [("zwolle", "8011 aa")])
    assert places() == before


@pytest.mark.parametrize("count", [1, 30])
def test_the_statements_do_not_depend_on_the_addresses(actor, count):
    home = address_row({"type": "delivery", "city": "Assen", "country": "NL"})
    for _ in range(count):
        write(resource_named("customers"), {}, actor=actor, addresses=[home])

    with CaptureQueriesContext(connection) as queries:
        delete(roots=Address.objects.all(), actor=actor)

    assert len([query for query in queries if "searchtext" in str(query["sql"])]) == 1
    assert places() == [("", "")] * count
