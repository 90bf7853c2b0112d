"""Random requests against a plain model in memory: whatever is sent, in chunks of any size, both come to the same."""

import os
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addresses.contracts import ADDRESSES
from addresses.models import Address
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.rebuilding import rebuild_search_text
from records.rows import AddressRow, Directives, ParentKey, Row
from records.upsert import upsert
from recyclebin.models import Deletion
from recyclebin.verbs import delete, restore
from tenants.actors import staff_actor, system_actor
from tenants.models import Tenant
from tests.factories import make_customer, make_staff, make_tenant, make_usergroup, put_in_bin
from tests.records.search_texts import search_texts
from tests.records.sending import values
from tests.records.upsert_model import Record, Request, SentAddress, SentRow, World

EXAMPLES = int(os.environ.get("UPSERT_EXAMPLES", "40"))
"""Each costs about a fifth of a second. ``UPSERT_EXAMPLES=2000`` for a long look."""

NAMES = ["K0", "K1", "K2", "K3"]
CHOSEN = ["new0", "new1"]
HELD, GONE = "HELD", "GONE"

columns = st.fixed_dictionaries(
    {},
    optional={
        "first_name": st.sampled_from(["Anna", "Eva", "", None, "\x00"]),
        "debtor_id": st.sampled_from(["7", "", None]),
        "date_of_birth": st.sampled_from(["1987-03-04", "04/03/1987", "31/12/1999", "", None, "1999-02-30"]),
        "gender": st.sampled_from(["f", "F", "m", "", None, "?"]),
        "email": st.sampled_from(["a@example.com", "b@example.com", "", None, "no address"]),
        "login": st.sampled_from(["own", "a@example.com", "", None]),
    },
)
# Each code has a key pair of its own, for which owners compete. No address gives one up: see ``Book``.
PAIRS = {"a": ("S", "A"), "b": ("S", "B")}


@st.composite
def addresses(draw: Any) -> SentAddress:
    place = {"type": "delivery", "city": "Zwolle", "country": "NL"}
    more = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(["delivery", "invoice", "?"]),
                "city": st.sampled_from(["Assen", "Zwölle", "\u0301", "", "\x00"]),
                "country": st.sampled_from(["nl", "DE", "XX"]),
            },
        )
    )
    default = draw(st.sampled_from([None, None, True, False]))
    if draw(st.integers(0, 4)) == 0:
        return SentAddress(more, default=default, id=draw(st.integers(0, 3)))
    code = draw(st.sampled_from([None, "", "a", "a", "b"]))
    whole = draw(st.integers(0, 5)) > 0
    pair = PAIRS.get(code or "") if draw(st.integers(0, 3)) == 0 else None
    sent = (place if whole else {}) | more | ({} if code is None else {"code": code})
    return SentAddress(sent, default=default, pair=pair)


parents = st.sampled_from(
    ["absent"] * 6
    + ["none", "empty", "id:G0", "id:G1", "pair:G0", "pair:G1", "bare:G0"]
    + ["id:binned", "pair:binned", "bare:binned", "id:missing", "pair:missing", "bare:missing", "bare:twice"]
)


@st.composite
def requests(draw: Any) -> Request:
    by = draw(st.sampled_from(["sourceId", "sourceId", "id"]))
    names = NAMES if by == "sourceId" else [*NAMES, *CHOSEN, "foreign"]
    rows = draw(
        st.lists(
            st.builds(
                SentRow, st.sampled_from(names), columns, parents, st.lists(addresses(), max_size=3) | st.just([])
            ),
            min_size=1,
            max_size=8,
        )
    )
    if by == "id":
        number = draw(st.integers(0, 10**9))
        for place, row in enumerate(rows):
            row.pair = draw(st.sampled_from([None, None, None, row.name, HELD, GONE, "", f"F{number}-{place}"]))
    return Request(
        rows,
        by,
        mode=draw(st.sampled_from(["upsert", "upsert", "update"])),
        kept=draw(
            st.frozensets(st.sampled_from(["firstName", "gender", "dateOfBirth", "login", "debtorId", "parent"]))
        ),
        skip_move=draw(st.sampled_from([False, False, True])),
        skip_create=draw(st.sampled_from([False, False, False, True])),
        may_choose=draw(st.sampled_from([True, True, False])),
        dry_run=draw(st.sampled_from([False, False, False, True])),
    )


steps = st.lists(
    st.one_of(
        requests(),
        requests(),
        st.tuples(st.just("delete"), st.lists(st.sampled_from(NAMES), min_size=1, max_size=2)),
        st.tuples(st.just("delete address"), st.sampled_from(NAMES), st.integers(0, 2)),
        st.just(("restore",)),
    ),
    min_size=1,
    max_size=5,
)


class House:
    """A tenant in the database, and how rows of the model become rows of the engine."""

    def __init__(self, *, numbering: bool) -> None:
        self.tenant: Tenant = make_tenant(debtor_numbering=numbering, next_debtor_number=100)
        other = make_tenant()
        self.staff = staff_actor(make_staff("", (self.tenant, "owner")), self.tenant)
        self.system = system_actor(self.tenant, "import")
        make_customer(self.tenant, source="ERP", source_id=HELD)
        put_in_bin(make_customer(self.tenant, source="ERP", source_id=GONE))
        for name in (*NAMES, HELD):
            foreign = make_customer(other, source="ERP", source_id=name)
        self.groups = {
            name: make_usergroup(self.tenant, source="ERP", source_id=name) for name in ("G0", "G1", "binned")
        }
        put_in_bin(self.groups["binned"])
        for source in ("ERP", "SHOP"):
            make_usergroup(self.tenant, source=source, source_id="twice")
        self.fixed = {HELD, GONE}
        base = foreign.pk + 1000
        self.ids = {"foreign": foreign.pk} | {name: base + place for place, name in enumerate([*NAMES, *CHOSEN])}

    def run(self, request: Request, chunk: int) -> list[Any]:
        return upsert(
            resource=CUSTOMERS,
            rows=[self.row(row, request) for row in request.rows],
            actor=self.system if request.may_choose else self.staff,
            by=request.by,
            mode=request.mode,
            directives=Directives(request.kept, request.skip_move, request.skip_create),
            dry_run=request.dry_run,
            chunk=chunk,
        )

    def row(self, sent: SentRow, request: Request) -> Row:
        key = sent.name if request.by == "sourceId" else sent.pair
        pair = {} if key is None else {"source": "ERP" if key else "", "source_id": key}
        return Row(
            values=values(CUSTOMERS, sent.values),
            id=self.ids[sent.name] if request.by == "id" else None,
            addresses=tuple(self.address(sent.name, address) for address in sent.addresses),
            **pair,
            **({} if sent.parent == "absent" else {"parent": self.parent(sent.parent)}),
        )

    def address(self, owner: str, sent: SentAddress) -> AddressRow:
        named = dict(sent.values)
        if sent.pair:
            named |= dict(zip(("source", "source_id"), sent.pair, strict=True))
        pk = None
        if sent.id is not None:
            own = Address.everything.filter(customer=self.ids[owner]).order_by("id").values_list("pk", flat=True)
            pk = own[sent.id] if sent.id < len(own) else 0
        return AddressRow(values=values(ADDRESSES, named), default=sent.default, id=pk)

    def parent(self, sent: str) -> ParentKey | None:
        match sent.split(":"):
            case ["none"]:
                return None
            case ["empty"]:
                return ParentKey()
            case ["id", name]:
                return ParentKey(id=self.groups[name].pk if name in self.groups else 2**40)
            case ["pair", name]:
                return ParentKey(source="ERP", source_id=name)
            case [_, name]:
                return ParentKey(source_id=name)
        raise AssertionError(sent)

    def stored(self) -> dict[int, dict[str, Any]]:
        return {values["id"]: values for values in Customer.everything.filter(tenant=self.tenant).values()}

    def told(self, record: Record, *, versions: bool) -> Any:
        """What the model says of a record, as ``seen`` reads it."""
        parent = self.groups[record.parent].pk if record.parent else None
        addresses = [
            (a.type, a.code, a.city, a.country, a.pair or ("", ""), a.is_default, a.binned or record.binned,
             a.version if versions else None)
            for a in record.addresses
        ]  # fmt: skip
        return record.key, record.values, parent, record.binned, record.version if versions else None, addresses

    def seen(self, row: dict[str, Any], columns: Any, *, versions: bool) -> Any:
        found = Address.everything.filter(customer=row["id"]).order_by("id")
        addresses = [
            (a.type, a.code, a.city, a.country, (a.source, a.source_id), a.is_default, a.deletion_id is not None,
             a.version if versions else None)
            for a in found
        ]  # fmt: skip
        named = {name: row[name] for name in columns}
        binned = row["deletion_id"] is not None
        return row["source_id"], named, row["usergroup_id"], binned, row["version"] if versions else None, addresses


def play(numbering: bool, plan: list[Any], chunk: int | None) -> list[Any]:
    """Send everything, compare with the model after each step. Returns what became of each row."""
    house, world, story = House(numbering=numbering), World(numbering=numbering), []
    world.records += [Record(HELD, HELD, {}), Record(GONE, GONE, {}, binned=True)]
    names: set[str] = set()
    for step in plan:
        before = house.stored()
        if isinstance(step, Request):
            told = world.push(step)
            outcomes = house.run(step, chunk or len(step.rows))
            seen = [
                (
                    o.action,
                    o.changed,
                    o.refusal.kind.value if o.refusal else None,
                    o.refusal.pointer if o.refusal else "",
                )
                for o in outcomes
            ]
            assert seen == told
            for row, outcome in zip(step.rows, outcomes, strict=True):
                if outcome.id is not None and row.name not in names:
                    house.ids[row.name] = outcome.id
                    names.add(row.name)
            story.append(seen)
        else:
            play_in_bin(house, world, step)
        check(house, world, before, versions=chunk is None)
    return story


def play_in_bin(house: House, world: World, step: Any) -> None:
    match step:
        case ("delete", names):
            live = [r.name for r in world.records if r.name in names and not r.binned]
            if live:
                ids = [house.ids[name] for name in live]
                delete(roots=Customer.objects.filter(pk__in=ids, tenant=house.tenant), actor=house.staff)
            world.delete(live)
        case ("delete address", name, number):
            own = list(Address.everything.filter(customer=house.ids[name]).order_by("id"))
            owner = Customer.everything.filter(pk=house.ids[name]).first()
            if owner and not owner.deletion_id and number < len(own) and not own[number].deletion_id:
                delete(roots=Address.objects.filter(pk=own[number].pk), actor=house.staff)
            world.delete_address(name, number)
        case ("restore",):
            roots = Deletion.objects.binned().filter(root_type="customers.customer", tenant=house.tenant)
            restore(deletions=roots.exclude(root_source_id=GONE), actor=house.staff)
            gone = next(record for record in world.records if record.name == GONE)
            world.restore()
            gone.binned = True


def check(house: House, world: World, before: dict[int, dict[str, Any]], *, versions: bool) -> None:
    """The table is what the model says, and everything that hangs on it follows."""
    after = house.stored()
    fixed = {pk for pk, row in after.items() if row["source_id"] in house.fixed}
    own = [row for pk, row in sorted(after.items(), key=lambda item: item[1]["source_id"]) if pk not in fixed]
    expected = sorted((r for r in world.records if r.name not in house.fixed), key=lambda record: record.key)
    shown = [house.seen(row, expected[0].values, versions=versions) for row in own] if expected else own
    told = [house.told(record, versions=versions) for record in expected]
    assert sorted(shown, key=repr) == sorted(told, key=repr)
    for pk, row in after.items():
        if pk in before:
            moved = row["version"] != before[pk]["version"]
            assert (row["modified_at"] != before[pk]["modified_at"]) == moved
    owned = Address.objects.filter(tenant=house.tenant)
    places, defaults = (
        Counter(found.values_list("customer", "type")) for found in (owned, owned.filter(is_default=True))
    )
    assert defaults == dict.fromkeys(places, 1)
    events = Counter(Customer.pgh_event_model.objects.filter(tenant=house.tenant).values_list("pgh_obj_id", "version"))
    assert set(events) >= {(pk, row["version"]) for pk, row in after.items()}
    check_search_text(house)


def check_search_text(house: House) -> None:
    texts = search_texts().filter(tenant=house.tenant, type="customer").order_by("record")
    before = list(texts.values())
    list(rebuild_search_text(CUSTOMERS))
    known = [text["record"] for text in before]
    assert list(texts.filter(record__in=known).values()) == before
    # What was there before the story was made around the verbs and had no search text.
    texts.exclude(record__in=known).delete()


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(numbering=st.booleans(), plan=steps, chunk=st.integers(1, 4))
def test_the_engine_does_what_the_model_does(numbering, plan, chunk):
    stories = []
    for size in (None, chunk):
        with transaction.atomic():
            # Deferred checks are made here too: the transaction is always taken back.
            stories.append(play(numbering, plan, size))
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    assert stories[0] == stories[1]
