"""Default addresses through the recycle bin (lookup API contract, section 3), for every type of owner."""

import datetime

import pytest
from django.utils import timezone

from addresses.models import OWNERS, Address
from recyclebin.verbs import delete, restore
from tests.factories import make_address, make_customer, make_record, put_in_bin, row

pytestmark = pytest.mark.django_db

OWNER_MODELS = [Address._meta.get_field(owner).related_model for owner in OWNERS]
every_owner = pytest.mark.parametrize("owner_model", OWNER_MODELS, ids=OWNERS)


@pytest.fixture
def owner(owner_model, tenant_a, tenant_b):
    """An owner of the type; others of both tenants have defaults that nothing here may touch."""
    for tenant in (tenant_a, tenant_b):
        make_address(make_record(owner_model, tenant), is_default=True)
    return make_record(owner_model, tenant_a)


def others(owner):
    """All rows of other owners, to compare before and after."""
    return [row(address) for address in Address.everything.exclude(**{str(owner._meta.model_name): owner})]


def defaults(owner):
    return list(owner.addresses.filter(is_default=True).order_by("type"))


@every_owner
def test_deleting_the_default_hands_it_to_the_oldest_left(owner):
    default = make_address(owner, is_default=True)
    newer = make_address(owner, version=7)
    day = datetime.timedelta(days=1)
    oldest = make_address(owner, created_at=newer.created_at - day, modified_at=newer.modified_at - day)
    put_in_bin(make_address(owner, created_at=newer.created_at - 2 * day))
    make_address(owner, type="invoice", created_at=newer.created_at - 3 * day)
    before, stays = row(oldest), [*others(owner), row(newer)]

    put_in_bin(default)

    assert defaults(owner) == [oldest]
    after = row(oldest)
    assert after.pop("modified_at") > before.pop("modified_at")
    assert after == before | {"is_default": True, "version": 2}
    assert [*others(owner), row(newer)] == stays


@every_owner
def test_the_deleted_default_stays_what_it_was_in_the_bin(owner):
    default = make_address(owner, is_default=True)
    make_address(owner)
    before = row(default)

    deletion = put_in_bin(default)

    assert row(default) == before | {"deletion_id": deletion.pk}


@every_owner
@pytest.mark.parametrize("is_default", [True, False])
def test_an_address_that_goes_or_comes_alone_changes_its_owner_once(owner, actor, is_default):
    first, second = make_address(owner, is_default=is_default), make_address(owner)
    before, stays = row(owner), others(owner)

    result = delete(roots=Address.objects.filter(pk__in=[first.pk, second.pk]), actor=actor)
    gone = row(owner)
    restore(deletions=[deletion.pk for deletion in result.deletions], actor=actor)
    back = row(owner)

    times = [values.pop("modified_at") for values in (before, gone, back)]
    assert times == sorted(set(times))
    assert [gone, back] == [before | {"version": 2}, before | {"version": 3}]
    assert others(owner) == stays


@every_owner
def test_an_address_that_goes_with_its_owner_changes_nothing_else(owner, actor):
    default, other = make_address(owner, is_default=True), make_address(owner)
    before = [row(record) for record in (owner, default, other)]

    deletion = put_in_bin(owner)
    assert [row(record) for record in (owner, default, other)] == [
        values | {"deletion_id": deletion.pk} for values in before
    ]
    restore(deletions=[deletion.pk], actor=actor)
    assert [row(record) for record in (owner, default, other)] == before


@every_owner
def test_a_restored_default_steps_back_when_another_became_it(owner, actor):
    default, heir = make_address(owner, is_default=True), make_address(owner)
    before = row(default)
    deletion = put_in_bin(default)
    heir_before = row(heir)

    assert restore(deletions=[deletion.pk], actor=actor).restored == (deletion,)

    after = row(default)
    assert after.pop("modified_at") > before.pop("modified_at")
    assert after == before | {"is_default": False, "version": 2}
    assert (defaults(owner), row(heir)) == ([heir], heir_before)


@every_owner
def test_a_restored_default_without_rival_is_as_it_was(owner, actor):
    """Another type has a default, another owner too, and the rival of its own type is in the bin."""
    default = make_address(owner, is_default=True)
    make_address(owner, type="invoice", is_default=True)
    before = row(default)
    deletion = put_in_bin(default)
    rival = make_address(owner, is_default=True)
    put_in_bin(rival)

    restore(deletions=[deletion.pk], actor=actor)

    assert row(default) == before


@every_owner
def test_of_several_restored_together_the_one_deleted_last_stays(owner, actor):
    first, second, third = (make_address(owner, is_default=number == 0) for number in range(3))
    deletions = [put_in_bin(address) for address in (first, second, third)]
    assert [row(address)["is_default"] for address in (first, second, third)] == [True, True, True]

    result = restore(deletions=[deletion.pk for deletion in deletions], actor=actor)

    assert (len(result.restored), defaults(owner)) == (3, [third])


@every_owner
def test_an_address_that_comes_back_to_no_default_becomes_it(owner, actor):
    """The default was deleted last, when none was left to take its place. It steps back when it comes back, too."""
    default, first, second = (make_address(owner, is_default=number == 0) for number in range(3))
    other = make_address(owner, type="invoice", is_default=True)
    gone = [put_in_bin(address) for address in (second, first, default)]
    before, stays = row(first), [*others(owner), row(other)]

    restore(deletions=[deletion.pk for deletion in gone[:2]], actor=actor)

    assert defaults(owner) == [first, other]
    after = row(first)
    assert after.pop("modified_at") > before.pop("modified_at")
    assert after == before | {"is_default": True, "version": 2, "deletion_id": None}
    assert (row(second)["is_default"], row(owner)["version"]) == (False, 5)

    restore(deletions=[gone[2].pk], actor=actor)

    assert (defaults(owner), row(default)["is_default"]) == ([first, other], False)
    assert [*others(owner), row(other)] == stays


@every_owner
def test_restored_with_its_owner_the_default_of_the_owner_stays(owner, actor):
    """The first default was deleted alone, the second took over and went with the owner: it was default last."""
    first, second = make_address(owner, is_default=True), make_address(owner)
    own = put_in_bin(first)
    second_before = row(second)
    of_owner = put_in_bin(owner)

    result = restore(deletions=[own.pk], actor=actor, with_owners=True)

    assert result.restored == (own, of_owner)
    assert (defaults(owner), row(second)) == ([second], second_before)
    # The owner has an address more than when it went, so whoever holds its ETag from then must read it again.
    assert row(owner)["version"] == 3


@every_owner
def test_a_default_is_handed_on_for_each_owner_and_type(owner, actor, tenant_a):
    """Several owners and types in one operation; one owner lost only the default of one type."""
    second = make_record(type(owner), tenant_a)
    lost = [
        make_address(owner, is_default=True),
        make_address(owner, type="invoice", is_default=True),
        make_address(second, is_default=True),
    ]
    heirs = [make_address(owner), make_address(owner, type="invoice"), make_address(second)]
    untouched = make_address(second, type="invoice")

    delete(roots=Address.objects.filter(pk__in=[address.pk for address in lost]), actor=actor)

    assert [row(heir)["is_default"] for heir in heirs] == [True, True, True]
    assert row(untouched)["is_default"] is False
    assert [row(record)["version"] for record in (owner, second)] == [2, 2]


def test_heirs_that_go_in_the_same_operation_are_passed_over(tenant_a, actor):
    customer = make_customer(tenant_a)
    going = [make_address(customer, is_default=True), make_address(customer)]
    left = make_address(customer)

    delete(roots=Address.objects.filter(pk__in=[address.pk for address in going]), actor=actor)

    assert defaults(customer) == [left]
    assert [row(address)["is_default"] for address in going] == [True, False]


def test_an_erased_address_is_no_heir(tenant_a):
    customer = make_customer(tenant_a)
    default = make_address(customer, is_default=True)
    erased = make_address(customer, erased_at=timezone.now())
    put_in_bin(default)

    assert (defaults(customer), row(erased)["is_default"]) == ([], False)
