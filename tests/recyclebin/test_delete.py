"""The verb that puts records in the bin: whom it lets, what it takes, what it keeps, and what it costs."""

import datetime

import pytest

from addresses.models import Address
from contacts.models import Company, Contact
from customers.models import Customer
from recyclebin import policies
from recyclebin.errors import Blocked, NothingLive, ReasonNotText, ReasonRequired, ReasonTooLong, VersionMoved
from recyclebin.models import Deletion
from recyclebin.preview import blockers
from recyclebin.sought import text_of
from recyclebin.verbs import delete
from tenants.actors import staff_actor, system_actor
from tenants.errors import PermissionDenied
from tenants.models import Tenant
from tests.factories import (
    browser,
    integration_of,
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_keyed,
    make_price,
    make_record,
    make_usergroup,
    put_in_bin,
    row,
    rows,
)
from tests.records.admin_pages import page
from tests.recyclebin.declared import below, every_along, every_model

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("who", "left"), [("olivia", []), ("eddie", ["anna"]), ("vera", ["anna"]), ("tom", ["anna"])])
def test_who_may_delete(cast, tenant_a, who, left):
    make_customer(tenant_a, uid="anna")
    actor = staff_actor(cast[who], tenant_a)

    if left:
        with pytest.raises(PermissionDenied, match=r"TENANT\.BACKOFFICE"):
            delete(roots=Customer.objects.all(), actor=actor)
    else:
        delete(roots=Customer.objects.all(), actor=actor)
    assert list(Customer.objects.for_tenant(tenant_a).values_list("uid", flat=True)) == left


@pytest.mark.parametrize(("scope", "allowed"), [("customers:delete", True), ("customers:write", False)])
def test_which_integrations_may_delete(tenant_a, scope, allowed):
    make_customer(tenant_a)
    actor = integration_of(tenant_a, scope)

    if not allowed:
        with pytest.raises(PermissionDenied):
            delete(roots=Customer.objects.all(), actor=actor)
    else:
        deletion = delete(roots=Customer.objects.all(), actor=actor).deletions[0]
        assert (deletion.client, deletion.staff, deletion.origin) == (actor.client, None, "lookup_api")


@every_model
def test_roots_of_another_tenant_are_untouched(model, tenant_a, tenant_b, actor):
    mine, foreign = make_record(model, tenant_a), make_record(model, tenant_b)
    before = row(foreign)

    result = delete(roots=model.everything.filter(pk__in=[mine.pk, foreign.pk]), actor=actor)

    assert [deletion.root_id for deletion in result.deletions] == [mine.pk]
    assert row(foreign) == before
    with pytest.raises(NothingLive):
        delete(roots=model.everything.filter(pk=foreign.pk), actor=actor)
    assert Deletion.objects.for_tenant(tenant_b).count() == 0


@every_model
def test_nothing_live(model, tenant_a, actor):
    binned = make_record(model, tenant_a)
    put_in_bin(binned)
    before = list(Deletion.objects.values())

    for roots in (model.everything.filter(pk=binned.pk), model.objects.none(), model.objects.filter(pk=0), []):
        with pytest.raises(NothingLive, match="none of these records is live"):
            delete(roots=roots, actor=actor)
    assert list(Deletion.objects.values()) == before


@every_model
def test_what_a_deletion_keeps(model, tenant_a, actor):
    record = model.objects.get(pk=make_keyed(model, tenant_a).pk)  # as it is stored

    result = delete(roots=model.objects.filter(pk=record.pk), actor=actor, reason="  two\tlines\r\n of it \n")

    deletion = Deletion.objects.get()
    assert result.deletions == (deletion,)
    kept = {name: value for name, value in vars(deletion).items() if name not in ("_state", "id", "deleted_at")}
    assert kept == {
        "operation": result.operation,
        "tenant_id": tenant_a.pk,
        "label": record.label,
        "root_type": model._meta.label_lower,
        "root_id": record.pk,
        "root_source": "ERP",
        "root_source_id": record.source_id,
        "staff_id": actor.staff.pk,
        "client_id": None,
        "actor": "Olivia",
        "origin": "admin",
        "reason": "two\tlines\r\n of it",
        "counts": {model._meta.label_lower: 1},
        "expires_at": deletion.deleted_at + datetime.timedelta(days=30),
        "state": "binned",
        "restored_at": None,
        "restored_by": "",
        "purge_operation": None,
        "purge_origin": "",
        "purge_reason": "",
        "purged_by": "",
        "purged_at": None,
        "sought": text_of(record, "two\tlines\r\n of it"),
    }
    assert f" {record.source_id.lower()}\n" in kept["sought"]
    assert kept["sought"].endswith(" two lines of it\n")


def test_without_retention_nothing_expires(tenant_a, actor):
    Tenant.objects.update(retention_days=None)
    tenant_a.refresh_from_db()
    make_customer(tenant_a)

    deletion = delete(roots=Customer.objects.all(), actor=system_actor(tenant_a, "tidying")).deletions[0]
    assert (deletion.expires_at, deletion.actor, deletion.origin) == (None, "tidying", "command")


@every_model
def test_the_label_reads_nothing_more_than_its_columns(model, tenant_a, django_assert_num_queries):
    """A column that label uses and label_fields forgets would cost one more statement per root."""
    record = make_keyed(model, tenant_a)
    narrow = model.objects.only("pk", *model.label_fields).get(pk=record.pk)

    with django_assert_num_queries(0):
        assert narrow.label == record.label


def test_a_label_longer_than_the_column_is_cut(tenant_a):
    customer = make_customer(tenant_a, first_name="a" * 255, middle_name="b" * 255, last_name="c" * 255)

    assert put_in_bin(customer).label == customer.name[:600]


def test_reasons(tenant_a, actor):
    Tenant.objects.update(reason_rule="mandatory")
    tenant_a.refresh_from_db()
    for _ in range(3):
        make_customer(tenant_a)
    strict = staff_actor(actor.staff, tenant_a)
    first, second, third = (Customer.objects.filter(pk=pk) for pk in Customer.objects.values_list("pk", flat=True))

    with pytest.raises(ReasonRequired, match="needs a reason"):
        delete(roots=first, actor=strict, reason=" \t")
    with pytest.raises(ReasonTooLong, match="at most 500"):
        delete(roots=first, actor=strict, reason="x" * 501)
    for mark in ("\x00", "\x1b", "\x85", "\ud800"):
        with pytest.raises(ReasonNotText, match="control character"):
            delete(roots=first, actor=strict, reason=f"because {mark} of")
    assert Deletion.objects.count() == 0
    assert delete(roots=first, actor=strict, reason="x" * 500 + " ").deletions[0].reason == "x" * 500
    # An integration and a command cannot be asked. The name of the first is as much of an answer as there is.
    integration = integration_of(tenant_a)
    assert delete(roots=second, actor=integration).deletions[0].reason == integration.client.name
    assert delete(roots=third, actor=system_actor(tenant_a, "tidying")).deletions[0].reason == ""


@pytest.mark.parametrize("rule", ["off", "optional"])
def test_where_reasons_are_not_mandatory_staff_may_give_one_or_none(tenant_a, actor, rule):
    Tenant.objects.update(reason_rule=rule)
    tenant_a.refresh_from_db()
    free = staff_actor(actor.staff, tenant_a)
    silent, told = make_customer(tenant_a), make_customer(tenant_a)

    assert put_in_bin(silent, actor=free).reason == ""
    assert put_in_bin(told, actor=free, reason="Twice").reason == "Twice"


def test_expected_version(tenant_a, actor):
    customer = make_customer(tenant_a, version=4)
    roots = Customer.objects.filter(pk=customer.pk)

    with pytest.raises(VersionMoved, match="was changed in the meantime"):
        delete(roots=roots, actor=actor, expected_version=3)
    assert list(roots) == [customer]
    assert delete(roots=roots, actor=actor, expected_version=4).total == 1


@every_along
def test_what_goes_along(link, tenant_a, tenant_b, actor):
    owner, other, foreign = (make_record(link.owner, tenant) for tenant in (tenant_a, tenant_a, tenant_b))
    child = below(link, owner)
    stays = [row(below(link, other)), row(below(link, foreign))]

    deletion = put_in_bin(owner)

    assert row(child)["deletion_id"] == deletion.pk
    assert [values for values in rows(link.model).values() if values["deletion_id"] is None] == stays


def test_companies_take_contacts_addresses_and_the_prices_of_both(tenant_a, actor):
    company = make_company(tenant_a)
    inside, outside = make_contact(tenant_a, company=company), make_contact(tenant_a)
    make_address(company), make_address(company)
    make_price(company), make_price(inside), make_price(outside)

    assert put_in_bin(company).counts == {
        "contacts.company": 1,
        "contacts.contact": 1,
        "addresses.address": 2,
        "pricing.price": 2,
    }


def test_usergroups_leave_members_and_child_groups(tenant_a, actor):
    group = make_usergroup(tenant_a)
    make_address(group)
    stay = [make_usergroup(tenant_a, parent=group), make_customer(tenant_a, usergroup=group)]
    before = [row(record) for record in stay]

    assert put_in_bin(group).counts == {"users.usergroup": 1, "addresses.address": 1}
    assert [row(record) for record in stay] == before


def test_mixed_roots_belong_to_the_root_that_takes_them_along(tenant_a, actor):
    """Company with contact and address, a loose contact, and the address of a customer who stays: one operation."""
    company, customer = make_company(tenant_a), make_customer(tenant_a)
    inside, loose = make_contact(tenant_a, company=company), make_contact(tenant_a)
    along, alone = make_address(company), make_address(customer)

    result = delete(
        roots=[Address.objects.all(), Contact.objects.all(), Company.objects.all()], actor=actor, reason="closing"
    )

    found = {deletion.root_id: deletion for deletion in result.deletions}
    by_root = {(deletion.root_type, deletion.root_id): deletion.counts for deletion in result.deletions}
    assert by_root == {
        ("contacts.company", company.pk): {"contacts.company": 1, "contacts.contact": 1, "addresses.address": 1},
        ("contacts.contact", loose.pk): {"contacts.contact": 1},
        ("addresses.address", alone.pk): {"addresses.address": 1},
    }
    assert {deletion.operation for deletion in result.deletions} == {result.operation}
    held = found[company.pk].pk
    assert [row(record)["deletion_id"] for record in (company, inside, along)] == [held, held, held]
    assert list(Customer.objects.all()) == [customer]


def test_any_queryset_will_do(tenant_a, actor):
    """Ordered, distinct, sliced, joined, united: what the list of the admin hands over."""
    group = make_usergroup(tenant_a, name="Old")
    customers = [make_customer(tenant_a, usergroup=group) for _ in range(8)]
    joined = Customer.objects.filter(usergroup__name="Old").select_related("usergroup").distinct().order_by("last_name")
    one, two = Customer.objects.filter(pk=customers[5].pk), Customer.objects.filter(pk=customers[6].pk)

    for roots, number in ((joined[:2], 2), (one.union(two), 2), (joined.filter(addresses=None), 4)):
        assert len(delete(roots=roots, actor=actor).deletions) == number
    assert Customer.objects.count() == 0


def test_several_calls_can_be_one_operation(tenant_a, actor):
    first, second = make_customer(tenant_a), make_customer(tenant_a)
    result = delete(roots=Customer.objects.filter(pk=first.pk), actor=actor)
    delete(roots=Customer.objects.filter(pk=second.pk), actor=actor, operation=result.operation)

    roots = Deletion.objects.of_operation(result.operation).order_by("root_id").values_list("root_id", flat=True)
    assert list(roots) == [first.pk, second.pk]


@pytest.fixture
def contacts_block(monkeypatch):
    """As if contacts forbade deleting their company: no link of today's types says block."""
    monkeypatch.setitem(Contact.bin_policies, "company", "block")
    policies.graph.cache_clear()
    yield
    monkeypatch.undo()
    policies.graph.cache_clear()


def test_a_blocking_link_names_the_blockers(contacts_block, tenant_a, actor):
    company, idle = make_company(tenant_a), make_company(tenant_a)
    contact = make_contact(tenant_a, company=company, last_name="Doorman")
    put_in_bin(make_contact(tenant_a, company=idle))
    before = rows(Company)

    with pytest.raises(Blocked, match="This record stands in the way: contact Robin Doorman") as blocked:
        delete(roots=Company.objects.all(), actor=actor)
    assert blocked.value.blockers == (f"contact {contact.label}",)
    assert rows(Company) == before
    # Whoever is about to delete is told before.
    assert blockers(Company.objects.all(), actor) == blocked.value.blockers
    assert blockers(Company.objects.filter(pk=idle.pk), actor) == ()
    assert blockers([Company.objects.all(), Contact.objects.all()], actor) == ()
    confirmation = browser(actor.staff).get(page(Company, "delete", company.pk))
    assert confirmation.context_data["blockers"] == blocked.value.blockers
    assert confirmation.content.decode().count("Robin Doorman") == 1
    assert browser(actor.staff).get(page(Company, "delete", idle.pk)).context_data["blockers"] == ()
    # What goes in the same operation blocks nothing, nor does what went before.
    result = delete(roots=[Company.objects.all(), Contact.objects.all()], actor=actor)
    assert result.counts == {"contacts.company": 2, "contacts.contact": 1}
