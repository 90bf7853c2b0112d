"""The settings of a tenant: its owners change them, the others and other tenants do not."""

import pytest
from django.core.exceptions import ValidationError

from tenants.actors import staff_actor
from tenants.errors import PermissionDenied
from tenants.models import Tenant, TenantSettings
from tenants.verbs import change_settings
from tests.factories import browser
from tests.records.admin_pages import errors_of, fields_of, page, texts

pytestmark = pytest.mark.django_db


def address(tenant):
    return page(TenantSettings, "change", tenant.pk)


@pytest.mark.parametrize(
    ("who", "status", "kept"), [("olivia", 302, "mandatory"), ("eddie", 403, "optional"), ("vera", 403, "optional")]
)
def test_owners_say_whether_a_reason_is_needed(cast, tenant_a, tenant_b, who, status, kept):
    answer = browser(cast[who]).post(address(tenant_a), {"reason_rule": "mandatory"})

    assert answer.status_code == status
    assert dict(Tenant.objects.values_list("uid", "reason_rule")) == {"a": kept, "b": "optional"}


def test_the_page_says_that_it_saved_and_changes_nothing_else(olivia, tenant_a):
    client = browser(olivia)
    before = Tenant.objects.values().get(pk=tenant_a.pk)

    saved = client.post(address(tenant_a), fields_of(client.get(address(tenant_a)), reason_rule="off"), follow=True)

    assert texts(saved) == ["The settings are saved."]
    assert Tenant.objects.values().get(pk=tenant_a.pk) == before | {"reason_rule": "off"}


def test_a_rule_that_does_not_exist_is_refused_at_its_field(olivia, tenant_a):
    answer = browser(olivia).post(address(tenant_a), {"reason_rule": "sometimes"})

    assert list(errors_of(answer)) == ["reason_rule"]


def test_the_settings_of_another_tenant_are_not_found(tom, tenant_a, tenant_b):
    client = browser(tom)

    assert client.get(address(tenant_a)).status_code == 302
    client.post(address(tenant_a), {"reason_rule": "off"})
    assert Tenant.objects.get(pk=tenant_a.pk).reason_rule == "optional"


@pytest.mark.parametrize(("who", "status"), [("olivia", 302), ("eddie", 403), ("vera", 403)])
def test_the_way_there_leads_to_the_one_page(cast, tenant_a, who, status):
    answer = browser(cast[who]).get(page(TenantSettings, "changelist"))

    assert answer.status_code == status
    if status == 302:
        assert answer.url == address(tenant_a)


def test_the_verb_asks_for_the_right_and_the_rule(cast, tenant_a):
    with pytest.raises(PermissionDenied):
        change_settings(actor=staff_actor(cast["eddie"], tenant_a), reason_rule="off")
    with pytest.raises(ValidationError) as refused:
        change_settings(actor=staff_actor(cast["olivia"], tenant_a), reason_rule="sometimes")
    assert list(refused.value.message_dict) == ["reason_rule"]
