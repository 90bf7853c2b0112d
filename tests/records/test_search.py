"""Finding records by what people type, and the index that makes it quick (lookup API contract, section 8)."""

import json
from itertools import product

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records import search_text
from records.jobs import take_in_search_text
from records.models import SearchText, SearchTextChange
from records.search import change, found_by, holding, matching
from records.search_index import take_in
from records.search_text import digits, digits_of_all, fold, fold_all
from records.writes import address_row, write
from tenants.actors import staff_actor
from tests.factories import make_customer, owner_of, put_in_bin
from tests.records.search_texts import search_texts
from tests.records.sending import home, push, row

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
@pytest.mark.parametrize("taken_in", [False, True])
def test_matching(people, tenant_a, typed, found, taken_in):
    if taken_in:
        take_in_search_text(timestamp=0)

    rows = matching(Customer.objects.for_tenant(tenant_a), type="customer", tenant=tenant_a.pk, text=typed)

    assert list(rows.order_by("source_id").values_list("source_id", flat=True)) == found


def found(tenant, text):
    rows = matching(Customer.objects.for_tenant(tenant), type="customer", tenant=tenant.pk, text=text)
    return list(rows.values_list("source_id", flat=True))


@pytest.mark.parametrize("taken_in", list(product([False, True], repeat=3)))
def test_what_is_found_never_depends_on_what_was_taken_in(actor, tenant_a, taken_in):
    """One field changes after the other; each time the earlier words are gone and those that were kept are not."""
    steps = [
        ({"first_name": "Zoe", "last_name": "Berg", "phone": "020-123"}, ["zoe berg", "020123"], ["assen"]),
        ({"last_name": "Dahl"}, ["zoe dahl", "dahl 020123"], ["berg"]),
        ({"first_name": "", "phone": "030-456"}, ["dahl", "dahl 030456"], ["zoe", "020123", "berg"]),
    ]
    pk = write(CUSTOMERS, {"source": "ERP", "source_id": "K-1"}, actor=actor).id
    for (values, words, gone), at_once in zip(steps, taken_in, strict=True):
        assert write(CUSTOMERS, values, actor=actor, id=pk).success
        if at_once:
            take_in_search_text(timestamp=0)
        assert [found(tenant_a, text) for text in words] == [["K-1"]] * len(words)
        assert [found(tenant_a, text) for text in gone] == [[]] * len(gone)


def test_changes_of_another_tenant_and_type_hide_nothing(people, tenant_a, tenant_b):
    take_in_search_text(timestamp=0)
    pk = Customer.objects.for_tenant(tenant_a).get(source_id="K-1").pk
    for tenant, type in ((tenant_b, "customer"), (tenant_a, "user")):
        change(type=type, tenants=[tenant.pk], ids=[pk], columns={"first_name": ["secret"]})

    assert (found(tenant_a, "ostby"), found(tenant_a, "secret")) == (["K-1"], [])


def test_changes_are_taken_in_by_batches(people, tenant_a):
    count = SearchTextChange.objects.count()

    assert [take_in(batch=2) for _ in range(count // 2 + 1)] == [2] * (count // 2) + [count % 2]
    assert found(tenant_a, "ostby") == ["K-1"]


def test_every_character_that_json_or_copy_escapes_is_found(actor, tenant_a):
    for number, text in enumerate(('a"b"c', "a\\b\\n", "tab{}", "[null]", "é\u2028x", "😀😀😀")):
        write(CUSTOMERS, {"last_name": text, "source": "ERP", "source_id": f"K-{number}"}, actor=actor)
        assert found(tenant_a, text) == [f"K-{number}"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [("  Anna\t BERG ", "anna berg"), ("Łódź", "lodz"), ("STRASSE ß", "strasse ss"), ("ﬁne", "fine"), ("İı", "ii")],
)
def test_folding(text, folded):
    assert fold(text) == folded


@given(st.lists(st.text(st.sampled_from("aB 0é\u00a0\u2028ßΣς+-"), max_size=6), max_size=5))
def test_folding_together_is_folding_one_by_one(texts):
    assert fold_all(texts) == [fold(text) for text in texts]
    assert digits_of_all(texts) == [digits(text) for text in texts]


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


def plan_at_five_thousand(statement, parameters):
    """The plan of a statement where so many others have text, each its own key, address and number."""
    take_in_search_text(timestamp=0)
    with connection.cursor() as cursor:
        made = {"record": "-n"} | {field: f"{field} || n" for field in ("source_id", "email", "phone")}
        columns = ", ".join(("tenant_id", "type", "record", *search_text.FIELDS))
        values = ", ".join(made.get(column, column) for column in columns.split(", "))
        cursor.execute(
            f"INSERT INTO records_searchtext ({columns})"
            f" SELECT {values} FROM records_searchtext, generate_series(1, 5000) n"
            " WHERE source_id = 'k-1' AND tenant_id = %s; ANALYZE records_searchtext",
            [parameters[0]],
        )
        take_in_search_text(timestamp=0)
        cursor.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_a_part_of_three_characters_is_served_by_the_index(people, tenant_a):
    statement, parameters = found_by(type="customer", tenant=tenant_a.pk, text="berg")

    assert "searchtext_trigrams" in plan_at_five_thousand(statement, parameters)


@pytest.mark.parametrize(("field", "folded"), [("email", "zoe@example.com17"), ("phone", "17")])
def test_a_whole_address_or_number_is_served_by_an_index_of_its_own(people, tenant_a, field, folded):
    """Parts of it are everywhere: a million records have the trigrams of ".com"."""
    statement, parameters = holding(type="customer", tenant=tenant_a.pk, field=field, folded=folded)

    plan = plan_at_five_thousand(statement, parameters)

    assert f"Index Scan using searchtext_{field} on records_searchtext" in plan
    assert "searchtext_trigrams" not in plan


def test_an_address_that_folds_to_more_than_an_index_holds(actor, tenant_a):
    """Neither is the job stopped by it, nor is it taken for another one that begins alike."""
    for source_id, end in (("K-1", "a"), ("K-2", "b")):
        write(CUSTOMERS, {"source": "ERP", "source_id": source_id, "email": "zoe@example.com"}, actor=actor)
        customer = Customer.objects.get(source_id=source_id)
        text = fold("\ufdfa" * 253 + end)
        change(type="customer", tenants=[tenant_a.pk], ids=[customer.pk], columns={"email": [text]})
    take_in_search_text(timestamp=0)

    statement, parameters = holding(type="customer", tenant=tenant_a.pk, field="email", folded=text)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.fetchall() == [(Customer.objects.get(source_id="K-2").pk,)]


def scans(plan, table):
    """How often each scan of a table is run."""
    if plan.get("Relation Name") == table:
        yield plan["Actual Loops"]
    for inner in plan.get("Plans", ()):
        yield from scans(inner, table)


def test_changes_are_looked_through_once_however_little_the_planner_knows(actor, tenant_a):
    """After a large push nothing has been taken in or analysed yet."""
    push(actor, *(row(f"K-{number}", first_name="Anna", addresses=(home(),)) for number in range(3000)))
    rows = matching(Customer.objects.for_tenant(tenant_a), type="customer", tenant=tenant_a.pk, text="anna zwolle")

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10s'")  # once for each record would be minutes
    plans = [json.loads(found.explain(analyze=True, format="json"))[0]["Plan"] for found in (rows, rows.order_by("id"))]

    assert [max(scans(plan, "records_searchtextchange")) for plan in plans] == [1, 1]


def test_taking_changes_in_leaves_nothing_for_the_next_time(people):
    changes = SearchTextChange.objects.count()

    assert (take_in_search_text(timestamp=0), take_in_search_text(timestamp=0)) == (changes, 0)
    assert (SearchTextChange.objects.count(), SearchText.objects.count()) == (0, 5)


def test_rebuilding_brings_back_exactly_what_the_verbs_wrote(people, capsys):
    before = list(search_texts().order_by("record").values())
    SearchText.objects.update(first_name="", city="lost")
    SearchText.objects.filter(source_id="k-2").delete()

    call_command("rebuild_search_text", "customers")

    assert list(search_texts().order_by("record").values()) == before
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
