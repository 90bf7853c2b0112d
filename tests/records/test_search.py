"""Finding records by what people type, and the index that makes it quick (lookup API contract, section 8)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records import search_text
from records.jobs import merge_search_index
from records.models import SearchText
from records.search import found_by, matching
from records.search_text import digits, fold
from records.writes import address_row, write
from tenants.actors import staff_actor
from tests.factories import make_customer, owner_of, put_in_bin

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(actor, tenant_b):
    for source_id, values in {
        "K-1": {"first_name": "Zoë", "last_name": "Østby", "email": "zoe@example.com", "mobile": "+47 912 34 567"},
        "K-2": {"first_name": "Anna", "last_name": "van den Berg", "phone": "020-4567890"},
        "K-3": {"first_name": "Ann", "last_name": "O'Neil"},
    }.items():
        home = address_row({"type": "delivery", "city": "Århus", "country": "DK", "postal_code": "8000 AB"})
        outcome = write(CUSTOMERS, values | {"source": "ERP", "source_id": source_id}, actor=actor, addresses=[home])
        assert outcome.success
    other = owner_of(tenant_b)
    write(CUSTOMERS, {"first_name": "Zoë", "last_name": "Østby", "source": "ERP", "source_id": "K-1"}, actor=other)
    write(CUSTOMERS, {"first_name": "Zoë", "last_name": "Østby", "source": "ERP", "source_id": "K-8"}, actor=actor)
    put_in_bin(Customer.objects.get(source_id="K-8"))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ostby", ["K-1"]),
        ("Østby ZOE", ["K-1"]),
        ("zoé arhus", ["K-1"]),
        ("zoe assen", []),
        ("+47 912 34 567", ["K-1"]),
        ("004791234567", ["K-1"]),
        ("91234567", ["K-1"]),
        ("(020) 4567890", ["K-2"]),
        ("k-2", ["K-2"]),
        ("zoe@example", ["K-1"]),
        ("an", ["K-2", "K-3"]),
        ("nn", []),
        ("nna", ["K-2"]),
        ("8000", ["K-1", "K-2", "K-3"]),
        ("%", []),
        ("_oe", []),
        ("\\", []),
        ("o'neil", ["K-3"]),
        ("anna berg zoe", []),
        ("", ["K-1", "K-2", "K-3"]),
        ("   ", ["K-1", "K-2", "K-3"]),
    ],
)
def test_matching(people, tenant_a, typed, found):
    rows = matching(Customer.objects.for_tenant(tenant_a), type="customer", tenant=tenant_a.pk, text=typed)

    assert list(rows.order_by("source_id").values_list("source_id", flat=True)) == found


@pytest.mark.parametrize(
    ("text", "folded"),
    [("  Anna\t BERG ", "anna berg"), ("Łódź", "lodz"), ("STRASSE ß", "strasse ss"), ("ﬁne", "fine"), ("İı", "ii")],
)
def test_folding(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(("text", "number"), [("+31 (0)20-45", "3102045"), ("0031 20", "3120"), ("none", "")])
def test_digits(text, number):
    assert digits(text) == number


def test_the_index_is_built_on_the_expression_that_queries_use():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('searchtext_trigrams'::regclass)")
        (definition,) = cursor.fetchone()
        cursor.execute("CREATE TEMPORARY TABLE probe AS SELECT * FROM records_searchtext")
        cursor.execute(f"CREATE INDEX probe_index ON probe USING gin (tenant_id, ({search_text.INDEXED}) gin_trgm_ops)")
        cursor.execute("SELECT pg_get_indexdef('probe_index'::regclass)")
        (expected,) = cursor.fetchone()
    assert definition.split(" USING ")[1].split(" WITH ")[0] == expected.split(" USING ")[1]


def test_a_part_of_three_characters_is_served_by_the_index(people, tenant_a):
    statement, parameters = found_by(type="customer", tenant=tenant_a.pk, text="ostby")

    with connection.cursor() as cursor:
        columns = ", ".join(f"{field}" for field in search_text.FIELDS)
        cursor.execute(
            f"INSERT INTO records_searchtext (tenant_id, type, record, {columns})"
            f" SELECT tenant_id, type, -n, {columns} FROM records_searchtext, generate_series(1, 5000) n"
            " WHERE source_id = 'k-2'; ANALYZE records_searchtext"
        )
        merge_search_index(timestamp=0)
        cursor.execute(f"EXPLAIN {statement}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "searchtext_trigrams" in plan


def test_merging_the_index_empties_its_waiting_list(people):
    assert merge_search_index(timestamp=0) > 0
    assert merge_search_index(timestamp=0) == 0


def test_rebuilding_brings_back_exactly_what_the_verbs_wrote(people, capsys):
    before = list(SearchText.objects.order_by("record").values())
    SearchText.objects.update(first_name="", city="lost")
    SearchText.objects.filter(source_id="k-2").delete()

    call_command("rebuild_search_text", "customers")

    assert list(SearchText.objects.order_by("record").values()) == before
    assert capsys.readouterr().out == "customers: 5 records are findable.\n"


def test_rebuilding_finds_what_was_written_around_the_verbs(actor, tenant_a, capsys):
    make_customer(tenant_a, first_name="Psql")

    call_command("rebuild_search_text", "--json")

    found = matching(Customer.objects.all(), type="customer", tenant=tenant_a.pk, text="psql")
    assert [customer.first_name for customer in found] == ["Psql"]
    assert '"customers": 1' in capsys.readouterr().out


def test_rebuilding_an_unknown_resource_names_the_known_ones():
    with pytest.raises(CommandError, match=r"Unknown: people\. Use some of .*customers"):
        call_command("rebuild_search_text", "people")


def test_search_finds_only_in_the_tenant_that_asks(people, tenant_b, tom):
    rows = matching(Customer.objects.for_tenant(tenant_b), type="customer", tenant=tenant_b.pk, text="ostby")

    assert [(row.tenant_id, row.source_id) for row in rows] == [(staff_actor(tom, tenant_b).tenant.pk, "K-1")]
