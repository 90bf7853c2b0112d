"""Checklist 10 for groups of groups: parents that are rows of the same request, in any order, and chains that loop."""

import random

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.factories import make_usergroup, put_in_bin, rows
from users.models import Usergroup

LOOP = "#/parent: this parent would close a loop: a usergroup cannot be below itself"


def group(name: str, parent: str | None = "", **members: object) -> dict:
    """A row of a group, below the one of that name; "" sends no parent, None clears it."""
    above = {"source": "ERP", "sourceId": parent} if parent else None
    return {"source": "ERP", "sourceId": name, **({} if parent == "" else {"parent": above}), **members}


def missing(name: str) -> tuple[int, str, str]:
    return 20006, "UsergroupNotFound", f"Usergroup with sourceId [{name}] not found"


def refusals(answers: list[dict]) -> list[tuple[int, str, str] | None]:
    """Code, type and text of each row, None for one that is written."""
    return [None if row["success"] else (row["code"], row["type"], row["error"]) for row in answers]


def tree() -> dict[str, str | None]:
    return dict(Usergroup.everything.values_list("source_id", "parent__source_id"))


CHAIN = [group("top"), group("middle", "top"), group("low", "middle"), group("leaf", "low"), group("other", "top")]
TREE = {"top": None, "middle": "top", "low": "middle", "leaf": "low", "other": "top"}


@pytest.mark.parametrize("seed", range(8))
def test_a_parent_may_be_any_row_of_the_request(caller: Caller, seed: int):
    sent = random.Random(seed).sample(CHAIN, len(CHAIN))

    dry = caller.bulk("usergroups", sent, query="?dryRun=true").data
    assert tree() == {}
    wet = caller.bulk("usergroups", sent).data

    assert dry == [row | {"id": None} for row in wet]
    assert [(row["action"], row["success"], row["key"]) for row in wet] == [
        ("create", True, row["sourceId"]) for row in sent
    ]
    assert tree() == TREE
    again = caller.bulk("usergroups", sent).data
    assert [(row["action"], row["changed"]) for row in again] == [("update", False)] * len(CHAIN)


def test_a_parent_of_the_request_by_its_source_id_alone(caller: Caller):
    sent = [group("leaf", parent="") | {"parent": {"sourceId": "top"}}, group("top")]

    assert refusals(caller.bulk("usergroups", sent).data) == [None, None]
    assert tree() == {"leaf": "top", "top": None}


def test_several_rows_of_the_request_could_be_meant(caller: Caller):
    twins = [{"source": source, "sourceId": "twin"} for source in ("ERP", "POS")]
    leaf = {"source": "ERP", "sourceId": "leaf", "parent": {"sourceId": "twin"}}

    answers = caller.bulk("usergroups", [leaf, *twins]).data

    text = "Multiple usergroups found. Please provide additional filters"
    assert refusals(answers) == [(20005, "UsergroupMultipleFound", text), None, None]


def test_a_parent_of_the_request_by_an_id_of_the_callers_choice(caller: Caller):
    sent = [
        {"id": 7001, "parent": {"id": 7002}},
        {"id": 7002, "parent": {"id": 7003}},
        {"id": 7003, "source": "ERP", "sourceId": "top"},
        {"id": 7004, "parent": {"source": "ERP", "sourceId": "top"}},
        {"id": 7005, "parent": {"id": 7006}},
    ]

    answers = caller.bulk("usergroups", sent, "id").data

    assert refusals(answers) == [None] * 4 + [(20006, "UsergroupNotFound", "Usergroup with id [7006] not found")]
    stored = Usergroup.objects.order_by("id").values_list("id", "parent")
    assert list(stored) == [(7001, 7002), (7002, 7003), (7003, None), (7004, 7003)]


def test_stored_and_new_groups_mix(caller: Caller, tenant_a: Tenant, tenant_b: Tenant):
    make_usergroup(tenant_b, source="ERP", source_id="new")
    make_usergroup(tenant_a, source="ERP", source_id="old")

    answers = caller.bulk("usergroups", [group("old", "new"), group("new", "newer"), group("newer")]).data

    assert [(row["action"], row["success"]) for row in answers] == [
        ("update", True),
        ("create", True),
        ("create", True),
    ]
    assert {name: above for name, above in tree().items() if above} == {"old": "new", "new": "newer"}


@pytest.mark.parametrize("reverse", [False, True])
def test_a_row_below_a_refused_one_is_refused_and_so_on_down(caller: Caller, reverse: bool):
    sent = [group("top", notes="rings\x07"), group("middle", "top"), group("leaf", "middle"), group("fine")]
    expected = [
        (10017, "PayloadValidationError", "#/notes: control character U+0007 is not permitted"),
        missing("top"),
        missing("middle"),
        None,
    ]
    order = list(reversed(range(4))) if reverse else list(range(4))

    answers = caller.bulk("usergroups", [sent[index] for index in order]).data

    assert refusals(answers) == [expected[index] for index in order]
    assert tree() == {"fine": None}


def test_a_refused_parent_that_is_stored_already_is_there_all_the_same(caller: Caller, tenant_a: Tenant):
    make_usergroup(tenant_a, source="ERP", source_id="top")

    answers = caller.bulk("usergroups", [group("leaf", "top"), group("top", notes="rings\x07")]).data

    assert [row["success"] for row in answers] == [True, False]
    assert tree() == {"leaf": "top", "top": None}


def test_a_parent_whose_address_is_refused(caller: Caller):
    address = {"type": "home", "street": "S", "city": "C", "country": "ZZ"}

    answers = caller.bulk("usergroups", [group("leaf", "top"), group("top", addresses=[address])]).data

    assert refusals(answers)[0] == missing("top")
    assert answers[1]["error"].startswith("#/addresses/0/country: ")
    assert tree() == {}


def test_a_binned_group_of_the_request_is_no_parent(caller: Caller, tenant_a: Tenant):
    put_in_bin(make_usergroup(tenant_a, source="ERP", source_id="top"))

    answers = caller.bulk("usergroups", [group("top"), group("leaf", "top")]).data

    text = "Usergroup with sourceId [top] is not allowed: it is in the recycle bin"
    assert refusals(answers) == [(20008, "UsergroupNotAllowed", text)] * 2


def test_skip_create_leaves_no_parent_to_be_found(caller: Caller):
    answers = caller.bulk("usergroups", [group("leaf", "top"), group("top")], directives={"skipCreate": []}).data

    assert [row["code"] for row in answers] == [20006, 20006]
    assert tree() == {}


# Loops


@pytest.fixture
def abc(tenant_a: Tenant, tenant_b: Tenant) -> dict[str, Usergroup]:
    """A above B above C. The other tenant has the same the other way round."""
    theirs = make_usergroup(tenant_b, source="ERP", source_id="B")
    make_usergroup(tenant_b, source="ERP", source_id="A", parent=theirs)
    a = make_usergroup(tenant_a, source="ERP", source_id="A")
    b = make_usergroup(tenant_a, source="ERP", source_id="B", parent=a)
    return {"A": a, "B": b, "C": make_usergroup(tenant_a, source="ERP", source_id="C", parent=b)}


@pytest.mark.parametrize("parent", ["A", "B", "C"])
def test_a_group_is_never_below_itself(caller: Caller, abc: dict[str, Usergroup], parent: str):
    before = rows(Usergroup)
    error = (400, 10017, "PayloadValidationError", [LOOP])

    for key in ({"id": abc[parent].pk}, {"source": "ERP", "sourceId": parent}, {"sourceId": parent}):
        assert caller.patch(f"/usergroups/id/{abc['A'].pk}", {"parent": key, "name": "X"}).error == error
        by_key = caller.bulk("usergroups", [{"source": "ERP", "sourceId": "A", "parent": key}]).data[0]
        by_id = caller.bulk("usergroups", [{"id": abc["A"].pk, "parent": key}], "id").data[0]
        for row in (by_key, by_id):
            assert (row["action"], row["code"], row["error"]) == ("update", 10017, LOOP)
    assert rows(Usergroup) == before


def test_a_new_group_is_not_below_itself(caller: Caller):
    single = caller.post("/usergroups", group("self", "self"))
    bulk = caller.bulk("usergroups", [group("self", "self"), group("fine")]).data

    assert single.error == (400, 10017, "PayloadValidationError", [LOOP])
    assert (bulk[0]["code"], bulk[1]["success"]) == (10017, True)
    assert tree() == {"fine": None}


def test_a_loop_that_new_rows_make_together(caller: Caller):
    answers = caller.bulk("usergroups", [group("a", "b"), group("b", "c"), group("c", "a"), group("d")]).data

    # The last one closes the loop. Refused, it leaves no parent to those before it.
    assert refusals(answers) == [missing("b"), missing("c"), (10017, "PayloadValidationError", LOOP), None]
    assert tree() == {"d": None}


@pytest.mark.usefixtures("abc")
def test_a_loop_that_stored_rows_make_together(caller: Caller, tenant_a: Tenant):
    make_usergroup(tenant_a, source="ERP", source_id="D")

    answers = caller.bulk("usergroups", [group("D", "C"), group("A", "D")]).data

    assert refusals(answers) == [None, (10017, "PayloadValidationError", LOOP)]


@pytest.mark.usefixtures("abc")
def test_a_tree_is_turned_round_in_one_request(caller: Caller, tenant_a: Tenant):
    answers = caller.bulk("usergroups", [group("C", None), group("B", "C"), group("A", "B")]).data

    assert refusals(answers) == [None] * 3
    own = Usergroup.objects.for_tenant(tenant_a).values_list("source_id", "parent__source_id")
    assert dict(own) == {"A": "B", "B": "C", "C": None}


def test_a_chain_leads_through_the_bin(caller: Caller, abc: dict[str, Usergroup]):
    """B keeps its place while it is in the bin: when it is restored, nothing may loop."""
    put_in_bin(abc["B"])

    reply = caller.patch("/usergroups/sourceId/A", {"parent": {"sourceId": "C"}})

    assert reply.error == (400, 10017, "PayloadValidationError", [LOOP])


def test_ten_thousand_groups_in_one_chain(caller: Caller):
    """The deepest tree that a request can ask for, worst order first."""
    sent = [group(str(number), str(number + 1) if number < 9999 else "") for number in range(10_000)]

    answers = caller.bulk("usergroups", sent).data

    assert all(row["success"] for row in answers)
    assert Usergroup.objects.filter(parent=None).count() == 1
    again = caller.bulk("usergroups", [*sent[:-1], group("9999", "0")]).data
    assert [row["success"] for row in again] == [True] * 9999 + [False]
    assert again[-1]["error"] == LOOP
