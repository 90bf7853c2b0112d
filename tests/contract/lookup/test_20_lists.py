"""Checklist 20: lists and searches, their pages, and what is said of a page that cannot be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from records import pages
from tenants.models import Tenant
from tests.api.caller import Caller, Reply, make_caller
from tests.contract.lookup.served import BY_NAME, Served
from tests.factories import make_address, make_contact, make_customer, make_record, put_in_bin

KEYS = ["data", "messages", "start", "end", "page", "pages", "offset", "total", "itemsFound", "next"]
START = datetime(2024, 5, 1, 12, tzinfo=UTC)

Ask = Callable[..., Reply]


def make_many(served: Served, tenant: Tenant, count: int) -> list[int]:
    """So many records, in the order of their ids; and what no list may show."""
    put_in_bin(make_record(served.model, tenant))
    made = [
        make_record(served.model, tenant, source="ERP", source_id=f"K-{number:03}").pk for number in range(1, count + 1)
    ]
    make_record(served.model, tenant, erased_at=START)
    return made


@pytest.fixture(params=["list", "search"])
def ask(request: pytest.FixtureRequest, served: Served, caller: Caller) -> Ask:
    """Asks for records in both ways in turn: what can be asked of the one can be asked of the other."""

    def by_query(who: Caller = caller, **asked: Any) -> Reply:
        return who.get(f"/{served.name}?{urlencode(asked)}")

    def by_body(who: Caller = caller, **asked: Any) -> Reply:
        return who.post(f"/{served.name}/search", asked)

    return by_query if request.param == "list" else by_body


def shown(reply: Reply) -> list[Any]:
    return [record["id"] for record in reply.data]


def place(reply: Reply) -> tuple[int, ...]:
    assert list(reply.body) == KEYS
    assert (reply.status, reply.body["messages"], reply.body["total"]) == (200, ["Completed"], len(reply.data))
    return tuple(reply.body[name] for name in ("start", "end", "page", "pages", "offset", "itemsFound"))


def test_pages(served: Served, tenant_a: Tenant, tenant_b: Tenant, ask: Ask):
    made = make_many(served, tenant_a, 30)
    make_record(served.model, tenant_b)

    first, third, past = ask(), ask(page=3), ask(page=4)
    wide, exact = ask(page=2, offset=20), ask(page=3, offset=10)

    assert (place(first), shown(first)) == ((1, 12, 1, 3, 12, 30), made[:12])
    assert (place(third), shown(third)) == ((25, 30, 3, 3, 12, 30), made[24:])
    assert (place(past), shown(past)) == ((0, 0, 4, 3, 12, 30), [])
    assert (place(wide), shown(wide)) == ((21, 30, 2, 2, 20, 30), made[20:])
    assert (place(exact), shown(exact)) == ((21, 30, 3, 3, 10, 30), made[20:])
    assert [reply.body["next"] is None for reply in (first, third, past, wide, exact)] == [
        False,
        True,
        True,
        True,
        True,
    ]


def test_nothing_to_list(tenant_b: Tenant, served: Served, ask: Ask):
    make_record(served.model, tenant_b)

    assert place(ask()) == (0, 0, 1, 0, 12, 0)
    assert place(ask(page=1_000_000_000, offset=1000)) == (0, 0, 1_000_000_000, 0, 1000, 0)


def test_a_record_is_listed_as_it_is_read(served: Served, tenant_a: Tenant, caller: Caller, ask: Ask):
    record = make_record(served.model, tenant_a, source="ERP", source_id="1", **{served.second: "Het “eerste” — 🎈"})

    (listed,) = ask().data

    read = caller.get(f"/{served.name}/id/{record.pk}").data
    assert listed == read
    assert list(listed) == list(read)


@pytest.mark.parametrize("name", ["page", "offset"])
def test_a_page_or_an_offset_that_is_no_positive_integer(ask: Ask, name: str):
    for value in ("0", "-1", "1.5", "1e2", " 1", "one", "", "0x1", "\u0661", "01"):
        status, code, kind, (message,) = ask(**{name: value}).error

        assert (status, code, kind) == (400, 10015, "PaginatedResponseException")
        assert message.startswith(f"{name} [{value}] must be a positive integer of at most ")


def test_a_page_or_an_offset_over_its_maximum(ask: Ask):
    assert ask(offset=1000).status == 200
    assert ask(offset=1001).error[3] == [
        "offset [1001] must be a positive integer of at most 1000: it is the page size"
    ]
    assert ask(page=1_000_000_001).error[3] == [
        "page [1000000001] must be a positive integer of at most 1000000000: pages count from 1"
    ]
    assert ask(page="9" * 200).code == (400, 10015, "PaginatedResponseException")


def test_page_and_offset_beside_a_body(served: Served, tenant_a: Tenant, caller: Caller):
    made = make_many(served, tenant_a, 5)
    path = f"/{served.name}/search"

    assert shown(caller.post(f"{path}?page=2&offset=2", {})) == made[2:4]
    assert shown(caller.post(f"{path}?page=2", {"page": 1, "offset": 2, "sort": "id"})) == made[2:4]
    assert shown(caller.post(f"{path}?sort=-id", {"page": None, "offset": "2"})) == [made[4], made[3]]
    assert caller.post(f"{path}?page=x", {}).code == (400, 10015, "PaginatedResponseException")
    assert caller.post(f"{path}?ids=1", {}).error[3] == [
        "Unknown parameter [ids], use one of [cursor,expands,offset,page,sort]"
    ]


def sortable(served: Served) -> dict[str, str]:
    """The orders by what a caller writes, and the attribute of the model."""
    named = ("lastName", "last_name") if served.is_person else ("name", "name")
    return {"id": "pk", "dateCreated": "created_at", "dateModified": "modified_at", named[0]: named[1]}


def test_orders(served: Served, tenant_a: Tenant, ask: Ask):
    """Equal values are in the order of the ids, and a record without a name comes first."""
    name = sortable(served)["lastName" if served.is_person else "name"].removesuffix("pk")
    records = [
        make_record(
            served.model,
            tenant_a,
            created_at=START + timedelta(days=number * 3 % 5),
            modified_at=START + timedelta(days=number * 2 % 5),
            **{name: ("B", "A", "", "B", "C", "A")[number]},
        )
        for number in range(6)
    ]

    for order, attribute in sortable(served).items():
        expected = [record.pk for record in sorted(records, key=lambda one: (getattr(one, attribute), one.pk))]
        assert shown(ask(sort=order)) == expected
        assert shown(ask(sort=f"-{order}")) == expected[::-1]
        assert [*shown(ask(sort=order, offset=4)), *shown(ask(sort=order, offset=4, page=2))] == expected


def test_an_order_that_does_not_exist(served: Served, ask: Ask):
    known = [sign + name for name in sortable(served) for sign in ("", "-")]

    for order in ("email", "ID", "--id", "id,name", "last_name", "name" if served.is_person else "lastName"):
        assert ask(sort=order).error == (
            400,
            10017,
            "PayloadValidationError",
            [f"sort [{order}] must be one of [{','.join(known)}]"],
        )


def test_filters_are_both_or_all(served: Served, tenant_a: Tenant, caller: Caller):
    """Once through each door; tests/records/test_filters.py has each filter."""
    made = make_many(served, tenant_a, 4)
    parent = make_record(BY_NAME[served.parent].model, tenant_a, source="ERP", source_id="P")
    children = [make_record(served.model, tenant_a, **{served.link: parent}).pk for _ in range(2)]

    def both(query: str, body: dict[str, Any]) -> list[int]:
        listed, searched = caller.get(f"/{served.name}?{query}"), caller.post(f"/{served.name}/search", body)
        assert place(listed) == place(searched)
        assert shown(listed) == shown(searched)
        return shown(listed)

    assert both("sourceIds=K-001,K-003&source=ERP", {"sourceIds": ["K-001", "K-003"], "source": "ERP"}) == made[::2]
    assert both("sourceIds=K-001&sourceIds=K-003", {"sourceIds": ["K-001", "K-003"]}) == made[::2]
    assert both(f"ids={made[1]},{made[2]}", {"ids": [made[1], str(made[2])]}) == made[1:3]
    assert both(f"ids={made[1]}&sourceIds=K-001", {"ids": [made[1]], "sourceIds": ["K-001"]}) == []
    assert both("parent.sourceId=P&parent.source=ERP", {"parent": {"sourceId": "P", "source": "ERP"}}) == children
    assert both("parent.sourceId=P", {"parent": {"sourceId": "P"}}) == children
    assert both(f"parent.id={parent.pk}", {"parent": {"id": parent.pk}}) == children
    today = datetime.now(UTC).date().isoformat()
    span = {"from": today, "to": today}
    assert both(f"dateCreated.from={today}&dateCreated.to={today}", {"dateCreated": span})[:4] == made
    assert both("dateModified.to=2020-01-01", {"dateModified": {"to": "2020-01-01"}}) == []
    assert both("source=&name=", {"source": "", "name": None, "dateCreated": {"from": None}, "ids": None})[:4] == made


def test_a_key_that_no_path_or_comma_list_can_name(served: Served, tenant_a: Tenant, caller: Caller):
    keys = [".", "a/addresses", "a,b", "x" * 255]
    made = [make_record(served.model, tenant_a, source="ERP", source_id=key).pk for key in keys]

    assert shown(caller.post(f"/{served.name}/search", {"sourceIds": keys})) == made


def test_parents_that_cannot_be_found(served: Served, tenant_a: Tenant, tenant_b: Tenant, caller: Caller):
    above = BY_NAME[served.parent]
    binned = make_record(above.model, tenant_a, source="ERP", source_id="P-8")
    theirs = make_record(above.model, tenant_b, source="ERP", source_id="P-9")
    for source in ("ERP", "shop"):
        make_record(above.model, tenant_a, source=source, source_id="P-1")
    put_in_bin(binned)

    for query, body, code in (
        (f"parent.id={theirs.pk}", {"id": theirs.pk}, above.absent),
        ("parent.sourceId=P-9", {"sourceId": "P-9"}, above.absent),
        ("parent.id=0", {"id": 0}, above.absent),
        (f"parent.id={binned.pk}", {"id": binned.pk}, above.binned),
        ("parent.sourceId=P-1", {"sourceId": "P-1"}, above.several),
        ("parent.source=ERP", {"source": "ERP"}, (400, 10017, "PayloadValidationError")),
    ):
        assert caller.get(f"/{served.name}?{query}").code == code
        assert caller.post(f"/{served.name}/search", {"parent": body}).code == code
    assert caller.get(f"/{served.name}?parent.id=x").error[3] == ["parent.id: [x] is not an id: a positive integer"]


def test_unknown_filters(served: Served, caller: Caller):
    known = {"ids", "sourceIds", "source", "name", "query", "parent.id", "parent.sourceId", "parent.source"}
    known |= {f"{date}.{end}" for date in ("dateCreated", "dateModified") for end in ("from", "to")}
    known |= {"cursor", "expands", "offset", "page", "sort"}
    known |= {"debtorIds", "email", "phone"} if served.name != "usergroups" else set()
    known |= {"primaryLanguage"} if served.is_person else set()

    for name in ("lastName", "Ids", "parent", "dateModified", "tenant", "deletion", "x" * 100):
        assert caller.get(f"/{served.name}?{name}=1").error == (
            400,
            10017,
            "PayloadValidationError",
            [f"Unknown parameter [{name[:80]}], use one of [{','.join(sorted(known))}]"],
        )
    for name in ("lastName", "Ids", "parent.id", "dateModified.from", "tenant"):
        reply = caller.post(f"/{served.name}/search", {name: 1})
        assert reply.error[1:] == (10007, "SchemaValidationException", [f"#: extraneous key [{name}] is not permitted"])
    for name in {"debtorIds", "email", "phone", "primaryLanguage"} - known:
        assert caller.get(f"/{served.name}?{name}=1").code == (400, 10017, "PayloadValidationError")
        assert caller.post(f"/{served.name}/search", {name: None}).code == (400, 10007, "SchemaValidationException")


def test_wrong_values(served: Served, caller: Caller):
    listed = caller.get(f"/{served.name}?ids=1,x&dateCreated.from=soon&sourceIds=").error
    searched = caller.post(f"/{served.name}/search", {"ids": [1, "x"], "dateCreated": {"from": "soon"}}).error

    no_id = "[x] is not an id: a positive integer of at most 19 digits"
    no_date = "[soon] is not a date-time, use YYYY-MM-DDTHH:mm:ssZ or YYYY-MM-DD (in a URL + is sent as %2B)"
    assert listed[1:] == (
        10017,
        "PayloadValidationError",
        [f"ids: {no_id}", "sourceIds: an empty value finds nothing", f"dateCreated.from: {no_date}"],
    )
    assert searched[1:] == (
        10017,
        "PayloadValidationError",
        [f"#/ids: {no_id}", f"#/dateCreated/from: {no_date}"],
    )
    assert caller.get(f"/{served.name}?source=a&source=b").error[3] == ["source: given 2 times, once is possible"]


WRONG = [
    ({"ids": 1}, "#/ids: expected type: JSONArray, found: Integer"),
    ({"ids": []}, "#/ids: expected minimum item count: 1, found: 0"),
    ({"ids": list(range(1, 1002))}, "#/ids: expected maximum item count: 1000, found: 1001"),
    ({"ids": [True]}, "#/ids/0: expected type: String, found: Boolean"),
    ({"sourceIds": ["x" * 256]}, "#/sourceIds/0: expected maxLength: 255, actual: 256"),
    ({"source": 1}, "#/source: expected type: String, found: Integer"),
    ({"parent": 1}, "#/parent: expected type: JSONObject, found: Integer"),
    ({"parent": {"name": "x"}}, "#/parent: extraneous key [name] is not permitted"),
    ({"dateCreated": "2024-01-01"}, "#/dateCreated: expected type: JSONObject, found: String"),
    ({"dateCreated": {"From": "2024-01-01"}}, "#/dateCreated: extraneous key [From] is not permitted"),
    ({"page": 1.5}, "#/page: expected type: Integer, found: BigDecimal"),
    ([], "#: expected type: JSONObject, found: JSONArray"),
]


def test_bodies_of_the_wrong_shape(served: Served, caller: Caller):
    for body, message in WRONG:
        error = caller.post(f"/{served.name}/search", body).error
        assert error == (400, 10007, "SchemaValidationException", [message])


def test_a_thousand_values_are_possible(served: Served, tenant_a: Tenant, caller: Caller):
    (made,) = make_many(served, tenant_a, 1)
    ids = [made, *range(10**9, 10**9 + 999)]

    assert shown(caller.post(f"/{served.name}/search", {"ids": ids})) == [made]
    assert shown(caller.get(f"/{served.name}?ids={','.join(map(str, ids))}")) == [made]
    assert caller.get(f"/{served.name}?ids={','.join(map(str, [*ids, 1]))}").error[3] == [
        "ids: 1001 values are over the limit of 1000. Ask in several requests, or for an export"
    ]


def test_what_expands_shows(served: Served, tenant_a: Tenant, caller: Caller, ask: Ask):
    parent = make_record(BY_NAME[served.parent].model, tenant_a)
    record = make_record(served.model, tenant_a, source="ERP", source_id="1", **{served.link: parent})
    if served.has_addresses:
        make_address(record)
        put_in_bin(make_address(record))
    if served.name == "companies":
        make_contact(tenant_a, company=record)

    (listed,) = (
        ask(expands="sources,parent,addresses,contacts,nonsense", ids=record.pk, sourceIds="1").data
        if (ask.__name__ == "by_query")
        else ask(expands=["sources", "parent", "addresses", "contacts"], ids=[record.pk]).data
    )

    path = f"/{served.name}/id/{record.pk}?expands=sources,parent,addresses,contacts"
    assert listed == caller.get(path).data
    assert list(listed) == list(caller.get(path).data)


def test_a_scope_for_the_children_that_are_expanded(tenant_a: Tenant):
    narrow = make_caller(tenant_a, "companies:read")

    assert narrow.get("/companies?expands=contacts").code == (403, 10022, "Forbidden")
    assert narrow.post("/companies/search", {"expands": ["contacts"]}).code == (403, 10022, "Forbidden")
    assert narrow.get("/companies?expands=addresses").status == 200


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("expands", ["", "sources,parent,addresses,contacts"])
def test_a_page_is_two_statements_however_many_rows_it_has(
    served: Served, tenant_a: Tenant, caller: Caller, count: int, expands: str
):
    make_many(served, tenant_a, count)
    caller.get(f"/{served.name}")  # from now on the token is remembered

    with CaptureQueriesContext(connection) as queries:
        reply = caller.get(f"/{served.name}?expands={expands}&source=ERP")

    assert len(reply.data) == count
    # Beginning and ending the transaction and limiting its time, the count, the page.
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 3
    assert statements[0].startswith("SELECT set_config('statement_timeout'")


def test_beyond_the_cap_the_count_is_an_estimate(
    served: Served, tenant_a: Tenant, ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    make_many(served, tenant_a, 12)
    monkeypatch.setattr(pages, "COUNTED", 11)

    reply = ask(page=2, offset=5)

    names = [*KEYS[:-1], "itemsFoundIsEstimate", "next"]
    assert list(reply.body) == names
    assert reply.body["itemsFoundIsEstimate"] is True
    assert reply.body["itemsFound"] >= 12
    assert [record["sourceId"] for record in reply.data] == [f"K-{number:03}" for number in range(6, 11)]
    monkeypatch.setattr(pages, "COUNTED", 12)
    assert place(ask(page=2, offset=5)) == (6, 10, 2, 3, 5, 12)


def test_32_numbers_that_the_caller_may_not_read(tenant_a: Tenant, caller: Caller):
    make_customer(tenant_a, ssn="123456782")
    blind = make_caller(tenant_a, "customers:read")

    assert [listed["ssn"] for listed in caller.get("/customers").data] == ["123456782"]
    assert [listed["ssn"] for listed in blind.get("/customers").data] == [""]
    assert [listed["ssn"] for listed in blind.post("/customers/search", {}).data] == [""]
