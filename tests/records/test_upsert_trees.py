"""Groups of groups: chains never loop, and a row may create the parent of another (lookup API contract, 3, 4, 7)."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.outcomes import Kind, Refusal
from records.rows import Directives, ParentKey
from records.writes import write
from tests.factories import integration_of, make_customer, make_usergroup, put_in_bin
from tests.records.sending import CHANGED, CREATED, UNCHANGED, home, push, row, summary
from tests.recyclebin.two_connections import Meanwhile
from users.contracts import USERGROUPS
from users.models import Usergroup

every_chunk = pytest.mark.parametrize("chunk", [1, 100])

LOOP = Refusal(
    Kind.INVALID, "usergroups", "this parent would close a loop: a usergroup cannot be below itself", "/parent"
)
LOOPED = ("update", False, Kind.INVALID)


def group(source_id, parent=None, **named):
    """A row of a usergroup below the one with the key ``parent``; an integer is its id, "" clears it."""
    if isinstance(parent, str):
        named["parent"] = ParentKey(source="ERP", source_id=parent) if parent else None
    elif parent is not None:
        named["parent"] = ParentKey(id=parent)
    return row(source_id, resource=USERGROUPS, **named)


def send(actor, *rows, **options):
    return push(actor, *rows, resource=USERGROUPS, **options)


def tree():
    return dict(Usergroup.everything.values_list("source_id", "parent__source_id"))


@pytest.fixture
def abc(tenant_a, tenant_b):
    """A is above B is above C, D stands alone; the other tenant has groups of the same names."""
    make_usergroup(tenant_b, source="ERP", source_id="A", parent=make_usergroup(tenant_b, source="ERP", source_id="B"))
    a = make_usergroup(tenant_a, source="ERP", source_id="A")
    b = make_usergroup(tenant_a, source="ERP", source_id="B", parent=a)
    c = make_usergroup(tenant_a, source="ERP", source_id="C", parent=b)
    return a, b, c, make_usergroup(tenant_a, source="ERP", source_id="D")


def own(tenant):
    return dict(Usergroup.everything.filter(tenant=tenant).values_list("source_id", "parent__source_id"))


@pytest.mark.django_db
@pytest.mark.parametrize("parent", ["A", "B", "C"])
def test_a_group_is_never_below_itself(actor, tenant_a, abc, parent):
    before = own(tenant_a)

    (outcome,) = send(actor, group("A", parent))

    assert (outcome.action, outcome.changed, outcome.refusal) == ("update", False, LOOP)
    assert own(tenant_a) == before


@pytest.mark.django_db
def test_by_id_and_through_the_forms_too(actor, tenant_a, abc):
    a, _, c, d = abc

    (by_id,) = send(actor, row(id=a.pk, resource=USERGROUPS, parent=ParentKey(id=c.pk)), by="id", mode="update")
    form = write(USERGROUPS, {"name": "New"}, actor=actor, id=a.pk, parent=c.pk)
    fine = write(USERGROUPS, {}, actor=actor, id=a.pk, parent=d.pk)

    assert [by_id.refusal, form.refusal, fine.refusal] == [LOOP, LOOP, None]
    assert own(tenant_a) == {"A": "D", "B": "A", "C": "B", "D": None}


@pytest.mark.django_db
@every_chunk
def test_a_loop_that_several_rows_would_close(actor, tenant_a, abc, chunk):
    outcomes = send(
        actor, group("A", "D"), group("D", "C"), group("D", "B"), group("B", "D"), group("D", ""), chunk=chunk
    )

    assert summary(outcomes) == [CHANGED, LOOPED, LOOPED, CHANGED, UNCHANGED]
    assert own(tenant_a) == {"A": "D", "B": "D", "C": "B", "D": None}


@pytest.mark.django_db
@every_chunk
def test_a_tree_is_turned_round_from_the_top(actor, tenant_a, abc, chunk):
    wrong = send(actor, group("B", "C"), group("A", "B"), chunk=chunk)
    right = send(actor, group("B", ""), group("A", "B"), group("C", ""), group("B", "C"), chunk=chunk)

    assert (summary(wrong), summary(right)) == ([LOOPED] * 2, [CHANGED] * 4)
    assert own(tenant_a) == {"A": "B", "B": "C", "C": None, "D": None}


@pytest.mark.django_db
@every_chunk
def test_a_refused_row_moves_nothing(actor, tenant_a, abc, chunk):
    """The first row would free A, were its address not refused. Addresses of a row with a bad parent go with it."""
    good, bad = home(), home(country="XX")

    outcomes = send(
        actor,
        group("B", "", addresses=(bad,)),
        group("A", "B", addresses=(good,)),
        group("A", "D", addresses=(good,)),
        group("D", "A", addresses=(good,)),
        group("D", name="Still there"),
        chunk=chunk,
    )

    assert summary(outcomes) == [LOOPED, LOOPED, CHANGED, LOOPED, CHANGED]
    assert [o.refusal.pointer for o in outcomes if o.refusal] == ["/addresses/0/country", "/parent", "/parent"]
    assert own(tenant_a) == {"A": "D", "B": "A", "C": "B", "D": None}
    assert [found.addresses.count() for found in abc] == [1, 0, 0, 0]


@pytest.mark.django_db
def test_a_chain_leads_through_the_bin(actor, tenant_a, abc):
    """A binned group keeps its place, so a loop through it would be there when it is restored."""
    put_in_bin(abc[1])

    assert [o.refusal for o in send(actor, group("A", "C"))] == [LOOP]


@pytest.mark.django_db
def test_a_loop_that_is_stored_already_ends(actor, tenant_a, abc):
    a, _, c, _ = abc
    Usergroup.objects.filter(pk=a.pk).update(parent=c)

    outcomes = send(actor, group("D", "A"), group("E", "B"), group("B", "D"), group("C", ""))

    assert summary(outcomes) == [CHANGED, CREATED, LOOPED, CHANGED]
    assert own(tenant_a) == {"A": "C", "B": "A", "C": None, "D": "A", "E": "B"}


@pytest.mark.django_db
def test_other_resources_may_point_where_they_like(actor, tenant_a):
    """A customer has the id of its own group: that is no loop."""
    customer = make_customer(tenant_a, source="ERP", source_id="K")
    same = make_usergroup(tenant_a, id=customer.pk)

    assert summary(push(actor, row("K", parent=ParentKey(id=same.pk)), resource=CUSTOMERS)) == [CHANGED]
    assert Customer.objects.get().usergroup_id == customer.pk


# Parents that other rows of the request create


@pytest.mark.django_db
@every_chunk
def test_a_row_may_create_the_parent_of_a_later_one(actor, tenant_a, tenant_b, abc, chunk):
    make_usergroup(tenant_b, source="ERP", source_id="top")

    outcomes = send(
        actor,
        group("top", "A"),
        group("middle", "top"),
        row("leaf", resource=USERGROUPS, parent=ParentKey(source_id="middle")),
        group("D", "leaf"),
        group("A", "leaf"),
        group("middle", "D"),
        group("middle", "C"),
        chunk=chunk,
    )

    assert summary(outcomes) == [CREATED, CREATED, CREATED, CHANGED, LOOPED, LOOPED, CHANGED]
    assert own(tenant_a) == {
        "A": None, "B": "A", "C": "B", "D": "leaf", "top": "A", "middle": "C", "leaf": "middle",
    }  # fmt: skip


@pytest.mark.django_db
def test_within_a_chunk_the_parent_may_come_later_too(actor):
    outcomes = send(actor, group("leaf", "middle"), group("middle", "top"), group("top"), group("top", "leaf"))

    assert summary(outcomes) == [CREATED, CREATED, CREATED, LOOPED]
    assert tree() == {"leaf": "middle", "middle": "top", "top": None}


@pytest.mark.django_db
def test_new_groups_that_name_each_other(actor):
    outcomes = send(actor, group("self", "self"), group("a", "b"), group("b", "c"), group("c", "a"))

    assert [o.refusal and (o.refusal.kind, o.refusal.pointer) for o in outcomes] == [
        (Kind.INVALID, "/parent"), (Kind.NOT_FOUND, ""), (Kind.NOT_FOUND, ""), (Kind.INVALID, "/parent"),
    ]  # fmt: skip
    assert tree() == {}


@pytest.mark.django_db
@every_chunk
def test_who_names_a_refused_row_is_refused_too(actor, chunk):
    """And so on, down to the last one; with the words that are used for any parent that is not there."""
    outcomes = send(
        actor, group("top", notes="\x00"), group("middle", "top", addresses=(home(),)),
        group("leaf", "middle"), group("fine"), group("leaf", "fine"), chunk=chunk,
    )  # fmt: skip

    missing = [Refusal(Kind.NOT_FOUND, "usergroups", f"Usergroup with sourceId [{name}] not found")
               for name in ("top", "middle")]  # fmt: skip
    assert [o.refusal for o in outcomes[1:]] == [*missing, None, None]
    assert tree() == {"fine": None, "leaf": "fine"}


@pytest.mark.django_db
def test_several_rows_could_be_meant(actor):
    rows = [row("twin", source=source, resource=USERGROUPS) for source in ("ERP", "SHOP")]

    outcomes = send(actor, *rows, row("leaf", resource=USERGROUPS, parent=ParentKey(source_id="twin")))

    assert summary(outcomes) == [CREATED, CREATED, ("create", False, Kind.MULTIPLE_FOUND)]


@pytest.mark.django_db
def test_with_chosen_ids(tenant_a, tenant_b):
    actor, foreign = integration_of(tenant_a), make_usergroup(tenant_b)
    ids = range(foreign.pk + 10, foreign.pk + 13)
    links = ((ids[0], ids[1]), (ids[1], ids[2]), (ids[2], foreign.pk), (ids[2], None), (ids[2], ids[0]))

    outcomes = send(
        actor,
        *(row(id=pk, resource=USERGROUPS, parent=ParentKey(id=parent) if parent else None) for pk, parent in links),
        by="id",
    )

    assert summary(outcomes) == [CREATED, CREATED, ("create", False, Kind.NOT_FOUND), CREATED, LOOPED]
    assert dict(Usergroup.objects.filter(tenant=tenant_a).values_list("id", "parent")) == {
        ids[0]: ids[1], ids[1]: ids[2], ids[2]: None,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_dry_run_and_the_directives(actor, tenant_a, abc):
    rows = group("new", "D"), group("D", "new"), group("C", "new"), group("C", "A")

    dry = send(actor, *rows, dry_run=True)
    kept = send(actor, *rows[2:], group("A", "C"), directives=Directives(skip_move_on_update=True))
    filled = send(
        actor, group("B", "C"), group("D", "C"), group("D", "B"), group("A", "D"), group("E"), group("E", "D"),
        group("E", "A"), dry_run=True, directives=Directives(skip_if_not_empty=frozenset({"parent"})),
    )  # fmt: skip
    absent = send(actor, *rows[:3], directives=Directives(skip_create=True))

    assert summary(dry) == [CREATED, LOOPED, CHANGED, CHANGED]
    assert summary(kept) == [("update", False, Kind.NOT_FOUND), UNCHANGED, UNCHANGED]
    assert summary(filled) == [UNCHANGED, CHANGED, UNCHANGED, LOOPED, CREATED, CHANGED, UNCHANGED]
    assert summary(absent) == [("create", False, Kind.NOT_FOUND), *[("update", False, Kind.NOT_FOUND)] * 2]
    assert own(tenant_a) == {"A": None, "B": "A", "C": "B", "D": None}
    assert summary(send(actor, *rows)) == summary(dry)
    assert own(tenant_a) == {"A": None, "B": "A", "C": "A", "D": None, "new": "D"}


# Size


@pytest.mark.django_db
@pytest.mark.parametrize("count", [5, 500])
def test_the_number_of_statements_depends_on_neither_rows_nor_depth(actor, count):
    chain = [group(str(n), str(n + 1) if n + 1 < count else None) for n in range(count)]

    with CaptureQueriesContext(connection) as creating:
        assert summary(send(actor, *chain)) == [CREATED] * count
    with CaptureQueriesContext(connection) as looping:
        assert summary(send(actor, *chain, group(str(count - 1), "0"))) == [*[UNCHANGED] * count, LOOPED]

    assert (len(creating), len(looping)) == (12, 13)


# Two writers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("many", [False, True], ids=["single writes", "bulks"])
def test_two_writers_cannot_close_a_loop_together(tenant_a, actor, many):
    a, b = (make_usergroup(tenant_a, source="ERP", source_id=name) for name in "AB")
    more = [group("X")] if many else []

    with transaction.atomic():
        first = send(actor, group("A", b.pk), *more)
        second = Meanwhile(lambda: send(actor, group("B", a.pk), *more))
        second.wait_until_blocked()

    assert first[0].refusal is None
    assert second.result()[0].refusal == LOOP
    assert {name: parent for name, parent in own(tenant_a).items() if name != "X"} == {"A": "B", "B": None}


@pytest.mark.django_db(transaction=True)
def test_who_moves_nothing_waits_for_nobody(tenant_a, actor):
    a = make_usergroup(tenant_a, source="ERP", source_id="A")
    make_usergroup(tenant_a, source="ERP", source_id="B")

    with transaction.atomic():
        send(actor, group("A", ""), group("Y"))
        assert Meanwhile(lambda: send(actor, group("B", name="Renamed"))).result()[0].changed
        below = write(USERGROUPS, {"name": "Below A"}, actor=actor, parent=a.pk)

    assert below.action == "create"


@pytest.mark.django_db
def test_rows_that_depend_on_each_other_again_and_again_are_given_up(actor, tenant_a):
    """Each loop that is refused leaves a group where it was, which closes the next loop. Somewhere that has to end."""
    count = 40
    stored = [make_usergroup(tenant_a, source="ERP", source_id=f"S{n}") for n in range(count + 1)]
    for n, found in enumerate(stored[:-1]):
        Usergroup.objects.filter(pk=found.pk).update(parent=stored[n + 1])
    # S(n) is to go below the new N(n), and N(n) below the S before: a loop, when that one stays above S(n) as it is.
    rows = [group("S0", "N0"), group("N0", "S0")]
    for n in range(1, count):
        rows += [group(f"S{n}", f"N{n}"), group(f"N{n}", f"S{n - 1}")]

    outcomes = send(actor, *rows)

    assert {outcome.refusal is None for outcome in outcomes} == {False}
    assert {o.refusal.message.partition(":")[0] for o in outcomes} == {
        "this parent would close a loop",
        *(f"Usergroup with sourceId [N{n}] not found" for n in range(30)),
        "too many parents of this request depend on each other",
    }
    assert tree() == {f"S{n}": f"S{n + 1}" if n < count else None for n in range(count + 1)}


@pytest.mark.django_db
def test_the_refusal_of_a_parent_goes_down_a_deep_chain_at_once(actor):
    chain = [group(str(n), str(n + 1), **({"budget": "?"} if n == 1999 else {})) for n in range(2000)]

    with CaptureQueriesContext(connection) as queries:
        outcomes = send(actor, *chain)

    assert [o.refusal.kind for o in outcomes] == [*[Kind.NOT_FOUND] * 1999, Kind.INVALID]
    assert (len(queries), tree()) == (9, {})


@pytest.mark.django_db(transaction=True)
def test_a_group_that_appears_between_two_attempts_is_seen_with_its_parent(tenant_a, actor):
    """The bulk wants to create N and put P below it; meanwhile N is created below P."""
    parent = make_usergroup(tenant_a, source="ERP", source_id="P")

    with transaction.atomic():
        write(USERGROUPS, {"source": "ERP", "source_id": "N"}, actor=actor, parent=parent.pk)
        bulk = Meanwhile(lambda: send(actor, group("N"), group("P", "N")))
        bulk.wait_until_blocked()

    assert summary(bulk.result()) == [UNCHANGED, LOOPED]
    assert own(tenant_a) == {"P": None, "N": "P"}
