"""The questions that are asked of the database can be answered with no: each rule is broken once, around the verbs."""

from dataclasses import replace

import pytest
from django.db import connection

from contacts.contracts import COMPANIES, CONTACTS
from contacts.models import Company
from customers.models import Customer
from records.rows import ParentKey
from records.search_index import take_in
from recyclebin.models import Deletion
from recyclebin.verbs import delete, restore
from tenants.models import Tenant
from tests.factories import integration_of, make_tenant
from tests.integrity.invariants import broken, rule_of, rules
from tests.integrity.test_purged import SABOTAGE as SABOTAGE_OF_PURGES
from tests.pricing.sending import agree, net
from tests.records.sending import home, push, row
from users.contracts import USERGROUPS, USERS

SABOTAGE = {
    "a key is there once": "DROP INDEX customer_key; UPDATE customers_customer SET source_id = 'K'",
    "a key has both parts or none": (
        "ALTER TABLE users_user DROP CONSTRAINT user_key_both_or_none; UPDATE users_user SET source = ''"
    ),
    "no id is ahead of the sequence": "SELECT setval('contacts_contact_id_seq', 1, false)",
    "what is in the bin has a deletion that holds it": "UPDATE recyclebin_deletion SET state = 'restored'",
    "the last event is the row": "UPDATE users_user SET title = 'Dr'",
    "the history is whole": "UPDATE customers_customerevent SET last_name = 'Other' WHERE deletion_id IS NOT NULL",
    "the version counts the changes": "UPDATE customers_customer SET version = version + 1",
    "a record changes once in an operation": (
        "UPDATE customers_customerevent SET pgh_context_id = (SELECT max(id::text) FROM pghistory_context)::uuid"
    ),
    "every event says who, where and by what": "UPDATE contacts_companyevent SET pgh_context_id = NULL",
    "nothing live is below a binned owner": "UPDATE contacts_contact SET deletion_id = NULL",
    "an owner is of the same tenant": "UPDATE contacts_company SET tenant_id = {other}",
    "a parent is of the same tenant": "UPDATE users_usergroup SET tenant_id = {other} WHERE source_id = 'G'",
    "a search text for each record": "DELETE FROM records_searchtextchange WHERE type = 'user'",
    "a deletion in the bin counts the rows that carry its id": "UPDATE addresses_address SET deletion_id = NULL",
    "a deletion counts the rows that went by it": "UPDATE recyclebin_deletion SET counts = '{{}}'",
    "rows go by the operation of their deletion": "UPDATE recyclebin_deletion SET operation = gen_random_uuid()",
    "all rows of a deletion come back in one operation": (
        "UPDATE recyclebin_deletion SET state = 'restored', restored_at = now() WHERE state = 'binned'"
    ),
    "the root is among the rows of its deletion": "UPDATE recyclebin_deletion SET root_id = -1",
    "what goes along is below what it went with": "UPDATE contacts_contact SET company_id = NULL",
    "one default address for each owner and type that has live ones": "UPDATE addresses_address SET is_default = false",
    "a code is there once for each owner and type": (
        "DROP INDEX address_user_code; UPDATE addresses_address SET code = 'a' WHERE user_id IS NOT NULL"
    ),
    "a change of an address is one of its owner": (
        "UPDATE addresses_addressevent SET pgh_context_id = gen_random_uuid() WHERE user_id IS NOT NULL"
    ),
    "an owner has one price for each target and shop": (
        "DROP INDEX price_customer_target; UPDATE pricing_price SET target_id = 1"
    ),
    "no group is below itself": "UPDATE users_usergroup SET parent_id = id",
    "no search text of what is not there": "UPDATE records_searchtext SET record = -record",
}
"""By rule, whatever table it is about: what breaks it."""


@pytest.fixture
def house(db: None) -> Tenant:
    """A bit of everything, made by the verbs: live, in the bin, restored."""
    tenant = make_tenant("a")
    actor = replace(integration_of(tenant), request_id="one")
    push(actor, row("G", resource=USERGROUPS), row("H", resource=USERGROUPS), resource=USERGROUPS)
    take_in()
    group, company = (ParentKey(source="ERP", source_id=key) for key in "GC")
    push(actor, row("H", resource=USERGROUPS, parent=group), resource=USERGROUPS)
    push(actor, row("C", resource=COMPANIES, parent=group, addresses=(home(),)), resource=COMPANIES)
    push(actor, row("P", resource=CONTACTS, parent=company), resource=CONTACTS)
    push(actor, row("U", resource=USERS, addresses=(home("a"), home("b"))), resource=USERS)
    push(actor, row("K", addresses=(home(),)), row("L"))
    push(actor, row("K", last_name="Changed", addresses=(home(city="Assen"),)))
    agree(actor, Customer.objects.get(source_id="K"), net(1, "1"), net(2, "2"))
    gone = delete(roots=Customer.objects.all(), actor=actor)
    restore(deletions=[gone.deletions[0].pk], actor=actor)
    delete(roots=Company.objects.all(), actor=actor)
    assert sorted(Deletion.objects.values_list("state", flat=True)) == ["binned", "binned", "restored"]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return tenant


def test_a_house_that_the_verbs_made_is_sound(house: Tenant):
    assert broken() == {}


@pytest.mark.parametrize("rule", SABOTAGE)
def test_a_rule_that_is_broken_is_told(house: Tenant, rule: str):
    other = make_tenant("b")
    with connection.cursor() as cursor:
        # Neither triggers nor foreign keys stand in the way: this is the database that nobody wants to see.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(SABOTAGE[rule].format(other=other.pk))

    assert rule in set(map(rule_of, broken()))


def test_every_rule_is_broken_once():
    assert {rule_of(name) for name, _ in rules()} == {*SABOTAGE, *SABOTAGE_OF_PURGES}
