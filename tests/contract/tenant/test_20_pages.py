"""20, and 21 and 22 in part, for stores: pages, orders and cursors."""

from collections.abc import Callable

import pytest

from tenants.models import Store
from tests.api.caller import Caller


def uids(answer) -> list[str]:
    return [item["storeUid"] for item in answer.body["items"]]


def test_a_page_as_it_comes(caller: Caller, stores: list[Store]):
    answer = caller.get("/tenants/a/stores")

    assert uids(answer) == ["bergen", "hamar", "oslo"]
    assert answer.body["paging"] == {
        "pageNumber": 1,
        "pageSize": 50,
        "totalCount": 3,
        "totalCountIsEstimate": False,
        "nextCursor": "",
    }
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("application/json", "no-store")


@pytest.mark.parametrize("query", ["pageSize=1", "pageSize=1000", "pageNumber=1", "unknown=1", "cursors="])
def test_what_is_taken(caller: Caller, stores: list[Store], query: str):
    assert caller.get(f"/tenants/a/stores?{query}").status == 200


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *(
            (f"pageSize={value}", "pageSize")
            for value in ("0", "1001", "-1", "", "1.0", "%2B1", "1_0", "٣", "9" * 5000)
        ),
        *((f"pageNumber={value}", "pageNumber") for value in ("0", "-1", "x", "")),
        *((f"sortBy={value}", "sortBy") for value in ("shoeSize", "", "Name", "createdat")),
        *((f"sortDirection={value}", "sortDirection") for value in ("asc", "", "UP")),
    ],
)
def test_what_is_refused(caller: Caller, query: str, name: str):
    answer = caller.get(f"/tenants/a/stores?{query}")

    assert answer.problem == (400, "INVALID_PARAMETER")
    assert answer.faults == [(f"?{name}", "INVALID_PARAMETER")]


def test_all_that_is_wrong_is_told(caller: Caller):
    answer = caller.get("/tenants/a/stores?pageSize=0&sortBy=shoeSize")

    assert [fault["message"] for fault in answer.body["errors"]] == [
        "pageSize takes a number from 1 to 1000, not [0].",
        "sortBy takes one of name, storeUid, createdAt, not [shoeSize].",
    ]


@pytest.mark.parametrize("page", ["2", "999", "9" * 40])
def test_a_page_past_the_end_is_empty_and_has_the_true_count(caller: Caller, stores: list[Store], page: str):
    answer = caller.get(f"/tenants/a/stores?pageNumber={page}")

    assert (answer.status, answer.body["items"]) == (200, [])
    assert (answer.body["paging"]["pageNumber"], answer.body["paging"]["totalCount"]) == (int(page), 3)


def test_orders(caller: Caller, make_store: Callable[..., Store]):
    made = [make_store("c", name="anna"), make_store("B", name="Berit"), make_store("a", name="ANNA")]

    def order(query: str) -> list[str]:
        return uids(caller.get(f"/tenants/a/stores?{query}"))

    assert order("sortBy=name") == ["c", "a", "B"]
    assert order("sortBy=name&sortDirection=DESC") == ["B", "a", "c"]
    assert order("sortBy=storeUid") == ["a", "B", "c"]
    assert order("sortBy=createdAt") == [store.uid for store in made]
    assert order("sortBy=createdAt&sortDirection=DESC") == [store.uid for store in reversed(made)]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("sort", ["name", "storeUid", "createdAt"])
def test_a_walk_shows_each_store_once_whatever_comes_in(
    caller: Caller, make_store: Callable[..., Store], sort: str, direction: str
):
    for number in range(25):
        make_store(f"s{number}", name=f"Name {number % 4}")
    path = f"/tenants/a/stores?pageSize=4&sortBy={sort}&sortDirection={direction}"
    seen, cursor, page = [], "", 0
    while cursor or not page:
        answer = caller.get(f"{path}&cursor={cursor}" if page else path)
        paging = answer.body["paging"]
        page += 1
        assert (paging["pageNumber"], paging["totalCount"]) == (page, 25)
        seen += uids(answer)
        cursor = paging["nextCursor"]
        make_store(f"new-{page}", name="Name 0")

    assert sorted(uid for uid in seen if uid[0] == "s") == sorted(f"s{number}" for number in range(25))
    assert len(seen) == len(set(seen))


def test_a_cursor_is_good_for_its_own_list_only(caller: Caller, caller_b: Caller, stores: list[Store]):
    cursor = caller.get("/tenants/a/stores?pageSize=1").body["paging"]["nextCursor"]
    theirs = caller_b.get("/tenants/b/stores?pageSize=1").body["paging"]["nextCursor"]
    assert caller.get(f"/tenants/a/stores?cursor={cursor}&pageSize=1000").status == 200

    refused = [f"cursor={cursor}x", f"cursor={cursor}&sortDirection=DESC", f"cursor={cursor}&sortBy=storeUid"]
    refused += [f"cursor={theirs}", "cursor=", f"cursor={'x' * 5000}", "cursor=%00"]
    for query in refused:
        answer = caller.get(f"/tenants/a/stores?{query}")
        assert (answer.problem, answer.faults) == ((400, "INVALID_CURSOR"), [("?cursor", "INVALID_CURSOR")])


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_statements_of_a_page(caller, make_store, django_assert_num_queries, rows):
    for number in range(rows):
        make_store(f"s{number}")
    caller.get("/tenants/a/stores")

    with django_assert_num_queries(2):
        assert len(caller.get("/tenants/a/stores?pageSize=1000").body["items"]) == rows
    with django_assert_num_queries(1):
        assert caller.get("/tenants/a/stores/s0").status == 200
