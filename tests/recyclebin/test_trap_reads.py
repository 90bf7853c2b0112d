"""Traps 1 to 9 of the catalogue (style.md, section 7): no way of reading reaches the bin unless it asks for it."""

import pytest
from django.db.models import Count, Exists, Max, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from addresses.models import Address
from customers.models import Customer
from tests.factories import make_address, make_customer, make_keyed, make_record, put_in_bin, row
from tests.recyclebin.declared import MODELS, accessor, below, every_keep, every_link, every_model, hanging

pytestmark = pytest.mark.django_db


@every_link
def test_trap_01_prefetch_finds_live_rows_only(link, tenant_a, tenant_b, django_assert_num_queries):
    data = hanging(link, tenant_a, tenant_b)

    with django_assert_num_queries(2):
        owner = link.owner.objects.prefetch_related(accessor(link)).get(pk=data.owner.pk)
        assert list(getattr(owner, accessor(link)).all()) == [data.live]
    with_live = link.owner.objects.all().with_live(accessor(link)).get(pk=data.owner.pk)
    assert list(getattr(with_live, accessor(link)).all()) == [data.live]


@every_link
def test_trap_02_reverse_manager_lists_live_rows_only(link, tenant_a, tenant_b):
    data = hanging(link, tenant_a, tenant_b)
    related = getattr(data.owner, accessor(link))

    assert list(related.all()) == [data.live]
    assert (related.count(), related.exists(), related.first()) == (1, True, data.live)
    assert list(related.values_list("pk", flat=True)) == [data.live.pk]
    assert not related.filter(pk=data.binned.pk).exists()
    with pytest.raises(link.model.DoesNotExist):
        related.get(pk=data.binned.pk)


@every_link
def test_trap_02_reverse_manager_never_writes_to_the_bin(link, tenant_a, tenant_b):
    data = hanging(link, tenant_a, tenant_b)
    before = row(data.binned)

    assert getattr(data.owner, accessor(link)).update(source="Other", source_id="1") == 1
    assert row(data.binned) == before


@every_keep
def test_trap_03_forward_key_into_the_bin(link, tenant_a, tenant_b):
    """A plain key reaches the row, so that restoring changes nothing; a reader who shows it asks with_live()."""
    owner = make_keyed(link.owner, tenant_a)
    child = below(link, owner)
    put_in_bin(owner)

    plain = link.model.objects.select_related(link.field).get(pk=child.pk)
    assert (getattr(plain, link.field), getattr(plain, link.field).deletion_id) == (owner, owner.deletion_id)
    shown = link.model.objects.all().with_live(link.field).get(pk=child.pk)
    assert (getattr(shown, link.field), getattr(shown, link.column)) == (None, owner.pk)


@every_keep
def test_trap_03_live_forward_key_is_loaded_in_one_statement(link, tenant_a, django_assert_num_queries):
    owner = make_keyed(link.owner, tenant_a)
    children = [below(link, owner), below(link, owner)]

    with django_assert_num_queries(2):
        shown = link.model.objects.filter(pk__in=[child.pk for child in children]).with_live(link.field)
        assert [getattr(child, link.field) for child in shown] == [owner, owner]


def test_trap_04_many_to_many_links_are_records_of_their_own():
    """A hidden table of links has no column for a deletion, so the check of policies refuses it; none is there."""
    assert [field for model in MODELS for field in model._meta.many_to_many] == []


@every_link
def test_trap_05_filter_through_a_relation(link, tenant_a, tenant_b):
    data = hanging(link, tenant_a, tenant_b)
    owners, rows = link.owner.objects.for_tenant(tenant_a), link.model.objects.for_tenant(tenant_a)

    assert list(owners.having(accessor(link), pk=data.live.pk)) == [data.owner]
    assert list(owners.having(accessor(link), pk=data.binned.pk)) == []
    assert list(owners.having(accessor(link), pk=data.foreign.pk)) == []
    assert list(rows.having(link.field, source_id=data.owner.source_id)) == [data.live]


@every_keep
def test_trap_05_filter_through_a_key_into_the_bin(link, tenant_a):
    owner = make_keyed(link.owner, tenant_a)
    below(link, owner)
    put_in_bin(owner)

    assert list(link.model.objects.all().having(link.field, source_id=owner.source_id)) == []


def test_trap_05_a_plain_join_reaches_the_bin(tenant_a):
    """Why having() exists: a manager's filter reaches only the first table. Should Django change, this test tells."""
    customer = make_customer(tenant_a)
    put_in_bin(make_address(customer, city="Zomerdorp"))

    assert list(Customer.objects.filter(addresses__city="Zomerdorp")) == [customer]
    assert list(Customer.objects.all().having("addresses", city="Zomerdorp")) == []


@every_link
def test_trap_06_counts_and_aggregates(link, tenant_a, tenant_b):
    data = hanging(link, tenant_a, tenant_b)
    put_in_bin(below(link, data.owner))  # the highest id is in the bin
    related = getattr(data.owner, accessor(link))

    assert related.aggregate(number=Count("pk"), last=Max("pk")) == {"number": 1, "last": data.live.pk}
    owners = link.owner.objects.for_tenant(tenant_a).with_number_of(accessor(link))
    assert owners.get(pk=data.owner.pk).__dict__[f"number_of_{accessor(link)}"] == 1
    grouped = link.model.objects.for_tenant(tenant_a).order_by().values(link.column).annotate(number=Count("pk"))
    assert [group["number"] for group in grouped if group[link.column] == data.owner.pk] == [1]


@every_link
def test_trap_06_no_live_rows_count_as_none(link, tenant_a):
    owner = make_keyed(link.owner, tenant_a)
    put_in_bin(below(link, owner))

    assert link.owner.objects.all().with_number_of(accessor(link), "left").get(pk=owner.pk).left == 0


@every_link
def test_trap_07_subqueries_keep_the_filter(link, tenant_a, tenant_b):
    data = hanging(link, tenant_a, tenant_b)
    put_in_bin(data.live)
    owners = link.owner.objects.for_tenant(tenant_a)
    children = link.model.objects.filter(**{link.column: OuterRef("pk")})

    assert list(owners.filter(pk__in=link.model.objects.values(link.column)).filter(pk=data.owner.pk)) == []
    assert list(owners.filter(Exists(children)).filter(pk=data.owner.pk)) == []
    assert link.model.objects.filter(pk__in=link.model.objects.filter(pk=data.live.pk)).count() == 0


@every_model
def test_trap_08_detail_by_key(model, tenant_a, tenant_b):
    binned = make_keyed(model, tenant_a)
    put_in_bin(binned)
    make_keyed(model, tenant_b)
    found = model.objects.for_tenant(tenant_a)

    with pytest.raises(model.DoesNotExist):
        found.get(pk=binned.pk)
    with pytest.raises(Http404):
        get_object_or_404(model, pk=binned.pk)
    assert not found.with_key("ERP", binned.source_id).exists()
    assert found.in_bulk([binned.pk]) == {}
    assert list(model.everything.for_tenant(tenant_a).in_bin().with_key("ERP", binned.source_id)) == [binned]


@every_model
def test_trap_08_lists(model, tenant_a, tenant_b):
    live, binned = make_keyed(model, tenant_a), make_keyed(model, tenant_a)
    put_in_bin(binned)
    make_keyed(model, tenant_b)
    found = model.objects.for_tenant(tenant_a)

    assert list(found) == [live]
    assert list(found.iterator()) == [live]
    assert list(found.values_list("pk", flat=True)) == [live.pk]
    assert (found.count(), found.last(), found.latest("pk"), found.dates("created_at", "day").count()) == (
        1,
        live,
        live,
        1,
    )
    assert list(found.union(model.objects.for_tenant(tenant_a).filter(pk=binned.pk))) == [live]


@every_model
def test_trap_09_choices_of_a_form_offer_no_binned_row(model, tenant_a):
    live, binned = make_record(model, tenant_a), make_record(model, tenant_a)
    put_in_bin(binned)
    keys = [field for other in MODELS for field in other._meta.local_fields if field.related_model is model]

    for key in keys:
        offered = key.formfield().queryset
        assert (offered.filter(pk=live.pk).count(), offered.filter(pk=binned.pk).count()) == (1, 0)


@every_model
def test_erased_rows_are_not_live_either(model, tenant_a):
    record = make_record(model, tenant_a)
    model.everything.filter(pk=record.pk).update(erased_at=timezone.now())

    assert list(model.objects.for_tenant(tenant_a).filter(pk=record.pk)) == []
    assert list(model.everything.for_tenant(tenant_a).in_bin()) == []


def test_addresses_of_binned_owners_are_gone_everywhere(tenant_a):
    """The row itself carries the sign: no reader has to ask whether the owner is live."""
    address = make_address(make_customer(tenant_a))
    put_in_bin(address.customer)

    assert list(Address.objects.for_tenant(tenant_a)) == []
