"""Writing addresses of one owner on their own (lookup API contract, sections 3, 5 and 7)."""

import pytest

from addresses.models import Address
from addresses.verbs import write_addresses
from records.outcomes import Kind, Outcome, Refusal
from records.upsert import upsert
from tenants.actors import staff_actor
from tenants.errors import PermissionDenied
from tests.factories import make_record, put_in_bin
from tests.factories import row as stored_row
from tests.records.sending import OWNERS, address, home

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("resource", OWNERS, ids=lambda resource: resource.name),
]


@pytest.fixture
def owner(tenant_a, resource):
    return make_record(resource.model, tenant_a)


def invalid(message, pointer):
    return Refusal(Kind.INVALID, "addresses", message, pointer)


def test_each_address_has_an_outcome_of_its_own(actor, resource, owner):
    outcomes = write_addresses(
        owner=resource,
        id=owner.pk,
        rows=[home("a"), home("b", country="ZZ"), home("a", city="Assen"), home("c", email="x", url="y"), home("a")],
        actor=actor,
    )

    (a,) = Address.objects.all()
    assert outcomes == [
        Outcome("create", a.pk),
        Outcome("create", None, False, invalid("[ZZ] is not an ISO 3166-1 alpha-2 country code", "/country")),
        Outcome("update", a.pk, True),
        Outcome(
            "create",
            None,
            False,
            Refusal.of(
                [
                    invalid("[x] is not a valid e-mail address", "/email"),
                    invalid("[y] is not a valid http or https address", "/url"),
                ]
            ),
        ),
        Outcome("update", a.pk, True),
    ]
    assert (a.city, a.version, stored_row(owner)["version"]) == ("Zwolle", 1, 2)


def test_by_id_and_with_the_version_that_was_seen(actor, resource, owner):
    def write(**sent):
        return write_addresses(owner=resource, id=owner.pk, rows=[address(**sent)], actor=actor)[0]

    pk = write_addresses(owner=resource, id=owner.pk, rows=[home("a")], actor=actor)[0].id
    row = address(id=pk, city="Assen")
    row.version = 1

    assert write_addresses(owner=resource, id=owner.pk, rows=[row], actor=actor) == [Outcome("update", pk)]
    (stale,) = write_addresses(owner=resource, id=owner.pk, rows=[row], actor=actor)
    assert stale == Outcome("update", None, False, Refusal(Kind.STALE, "addresses", "Address was changed meanwhile"))
    assert write(id=pk, city="Assen") == Outcome("update", pk, False)
    message = f"Address with id [0] not found for [{resource.name.capitalize()}] with id [{owner.pk}]"
    assert write(id=0) == Outcome("update", None, False, Refusal(Kind.NOT_FOUND, "addresses", message))


def test_a_new_one_is_never_taken_for_one_that_is_there(actor, resource, owner):
    new = [home("a"), home("a", type="invoice"), home("a"), home(""), home("")]
    for row in new:
        row.new = True

    outcomes = write_addresses(owner=resource, id=owner.pk, rows=new, actor=actor)

    exists = Outcome("create", None, False, Refusal(Kind.EXISTS, "addresses", "Address already exists"))
    assert [outcome.success for outcome in outcomes] == [True, True, False, True, True]
    assert outcomes[2] == exists
    bare = address(code="a", city="Assen")
    bare.new = True
    (outcome,) = write_addresses(owner=resource, id=owner.pk, rows=[bare], actor=actor)
    assert outcome == Outcome("create", None, False, invalid("a value is required", "/type"))


def test_a_dry_run_tells_the_same_and_writes_nothing(actor, resource, owner):
    write_addresses(owner=resource, id=owner.pk, rows=[home("a")], actor=actor)
    before = stored_row(owner), list(Address.everything.values())
    rows = [home("a", city="Assen"), home("b"), home("b", city="Assen"), home("c", country="ZZ")]

    dry = write_addresses(owner=resource, id=owner.pk, rows=rows, actor=actor, dry_run=True)

    assert (stored_row(owner), list(Address.everything.values())) == before
    wet = write_addresses(owner=resource, id=owner.pk, rows=rows, actor=actor)
    assert [(o.action, o.changed, o.refusal) for o in dry] == [(o.action, o.changed, o.refusal) for o in wet]
    a, b = Address.objects.order_by("id").values_list("pk", flat=True)
    assert [outcome.id for outcome in dry] == [a, None, None, None]
    assert [outcome.id for outcome in wet] == [a, b, b, None]


def test_more_addresses_than_a_chunk_are_one_change_of_the_owner(actor, resource, owner, monkeypatch):
    monkeypatch.setitem(upsert.__kwdefaults__, "chunk", 3)

    outcomes = write_addresses(owner=resource, id=owner.pk, rows=[home(str(n)) for n in range(10)], actor=actor)

    assert [outcome.id for outcome in outcomes] == list(Address.objects.order_by("id").values_list("pk", flat=True))
    assert stored_row(owner)["version"] == 2
    assert write_addresses(owner=resource, id=owner.pk, rows=[], actor=actor) == []


def test_an_owner_that_is_not_there(actor, resource, owner, tenant_b):
    theirs = make_record(resource.model, tenant_b)
    put_in_bin(owner)

    for pk, kind in ((owner.pk, Kind.NOT_ALLOWED), (theirs.pk, Kind.NOT_FOUND), (2**40, Kind.NOT_FOUND)):
        outcomes = write_addresses(owner=resource, id=pk, rows=[home("a"), home("b", country="ZZ")], actor=actor)
        assert [(o.refusal.kind, o.refusal.resource) for o in outcomes] == [(kind, resource.name)] * 2
    assert Address.everything.count() == 0


def test_only_who_may_edit(vera, tenant_a, resource, owner):
    with pytest.raises(PermissionDenied):
        write_addresses(owner=resource, id=owner.pk, rows=[home()], actor=staff_actor(vera, tenant_a))
    assert Address.everything.count() == 0
