"""Who may do what on the admin pages of every record type: one suite, run for each of them."""

import pytest
from django.contrib import admin
from django.test import Client

from contacts.models import Company, Contact
from customers.models import Customer
from records.models import Record
from tenants.models import StaffAccount
from tests.factories import browser, make_keyed, make_record, make_staff, put_in_bin, row
from tests.records.admin_pages import errors_of, fields_of, page, shown
from users.models import User, Usergroup

MODELS = [Customer, User, Contact, Usergroup, Company]


@pytest.fixture(params=MODELS, ids=lambda model: model._meta.model_name)
def model(request):
    return request.param


@pytest.fixture
def records(model, tenant_a, tenant_b):
    """A live and a binned record of tenant A, and a live one of tenant B."""
    live, binned = make_keyed(model, tenant_a), make_keyed(model, tenant_a)
    deletion = put_in_bin(binned)
    return {"live": live, "binned": binned, "foreign": make_keyed(model, tenant_b), "deletion": deletion}


@pytest.fixture
def people(cast, tenant_a) -> dict[str, StaffAccount]:
    """The cast, and Sue, who is a superuser and works in tenant A, the first by name."""
    return cast | {"sue": make_staff("Sue", is_superuser=True)}


@pytest.fixture
def surf(people):
    """A logged-in browser for somebody of the cast."""
    return lambda who: browser(people[who])


def text_field(model: type[Record]) -> str:
    return "last_name" if hasattr(model, "last_name") else "name"


@pytest.mark.parametrize(
    ("who", "sees"),
    [("vera", "live"), ("eddie", "live"), ("olivia", "live"), ("sue", "live"), ("tom", "foreign")],
)
def test_a_list_shows_the_live_rows_of_the_current_tenant(surf, records, model, who, sees):
    response = surf(who).get(page(model, "changelist"))

    assert shown(response) == [records[sees]]


@pytest.mark.parametrize(
    ("who", "status", "editable"),
    [("vera", 200, False), ("eddie", 200, True), ("olivia", 200, True), ("sue", 200, True), ("tom", 302, None)],
)
def test_the_page_of_a_record(surf, records, model, who, status, editable):
    response = surf(who).get(page(model, "change", records["live"].pk))

    assert response.status_code == status
    if status == 200:
        assert (b'name="_save"' in response.content) is editable


@pytest.mark.parametrize(
    ("who", "status", "saved"),
    [("vera", 403, False), ("eddie", 302, True), ("olivia", 302, True), ("sue", 302, True), ("tom", 302, False)],
)
def test_changing_a_record(surf, records, model, who, status, saved):
    before = row(records["live"])
    fields = fields_of(surf("olivia").get(page(model, "change", records["live"].pk)), **{text_field(model): "Changed"})

    response = surf(who).post(page(model, "change", records["live"].pk), fields)

    after = row(records["live"])
    assert response.status_code == status
    assert after[text_field(model)] == ("Changed" if saved else before[text_field(model)])
    assert after["version"] == before["version"] + saved


@pytest.mark.parametrize(
    ("who", "status", "made"),
    [("vera", 403, {}), ("eddie", 302, {"a": 1}), ("olivia", 302, {"a": 1}), ("sue", 302, {"a": 1}), ("tom", 200, {})],
)
def test_adding_a_record(surf, records, model, tenant_a, who, status, made):
    """Tom posts what Olivia's page held, its tenant included: nothing is made in his tenant by mistake."""
    fields = fields_of(surf("olivia").get(page(model, "add")), **{text_field(model): "Brand New"})

    response = surf(who).post(page(model, "add"), fields)

    found = model.everything.filter(**{text_field(model): "Brand New"})
    assert response.status_code == status
    assert {str(record.tenant.uid): 1 for record in found.select_related("tenant")} == made


@pytest.mark.parametrize(
    ("who", "status", "gone"),
    [("vera", 403, False), ("eddie", 403, False), ("olivia", 302, True), ("sue", 302, True), ("tom", 302, False)],
)
def test_deleting_a_record(surf, records, model, tenant_a, who, status, gone):
    address = page(model, "delete", records["live"].pk)

    assert surf(who).get(address).status_code == (200 if gone else status)
    response = surf(who).post(address, {"tenant": tenant_a.pk, "expected": 1, "reason": "Twice"})

    assert response.status_code == status
    assert (row(records["live"])["deletion_id"] is not None) is gone


@pytest.mark.parametrize(
    ("who", "status", "gone"),
    [("vera", 403, False), ("eddie", 403, False), ("olivia", 302, True), ("sue", 302, True), ("tom", 200, False)],
)
def test_deleting_all_that_match(surf, records, model, tenant_a, who, status, gone):
    """Tom posts what Olivia's page held: he works in another tenant, so his own records stay, too."""
    response = surf(who).post(page(model, "delete_selected"), {"tenant": tenant_a.pk, "expected": 1, "chosen": ""})

    assert response.status_code == status
    assert (row(records["live"])["deletion_id"] is not None) is gone
    assert row(records["foreign"])["deletion_id"] is None


@pytest.mark.parametrize("who", ["vera", "eddie"])
def test_the_delete_action_is_offered_to_owners_only(surf, records, model, who):
    assert surf(who).get(page(model, "changelist")).context_data["action_form"] is None
    action_form = surf("olivia").get(page(model, "changelist")).context_data["action_form"]
    assert [value for value, _ in action_form.fields["action"].choices] == ["", "delete_selected"]


def test_somebody_without_a_tenant_sees_nothing(records, model):
    stranger = browser(make_staff("Stranger"))

    assert stranger.get(page(model, "changelist")).status_code == 403
    assert stranger.get("/admin/").context_data["cards"] == []


def test_nobody_enters_without_logging_in(records, model):
    response = Client().get(page(model, "change", records["live"].pk))

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


def test_a_record_in_the_bin_leads_to_its_deletion(surf, records, model):
    response = surf("vera").get(page(model, "change", records["binned"].pk))

    assert response.url == f"/admin/recyclebin/deletion/{records['deletion'].pk}/change/"


def test_a_key_that_a_binned_record_holds_is_refused_at_its_field(surf, records, model):
    fields = fields_of(
        surf("eddie").get(page(model, "add")),
        **{text_field(model): "New", "source": "ERP", "source_id": records["binned"].source_id},
    )

    response = surf("eddie").post(page(model, "add"), fields)

    told = "The record with this key is in the recycle bin. Restore it there, or choose another key."
    assert errors_of(response) == {"source_id": [told]}
    assert model.everything.filter(**{text_field(model): "New"}).count() == 0


def test_someone_elses_change_in_the_meantime_is_not_overwritten(surf, records, model):
    address = page(model, "change", records["live"].pk)
    fields = fields_of(surf("eddie").get(address), **{text_field(model): "Slow"})
    surf("olivia").post(address, fields_of(surf("olivia").get(address), **{text_field(model): "Fast"}))

    response = surf("eddie").post(address, fields)

    label = str(model._meta.get_field(text_field(model)).verbose_name)
    told = f"Olivia changed this record while you edited it ({label}). Nothing was saved: reload and try again."
    assert errors_of(response) == {"__all__": [told]}
    assert row(records["live"])[text_field(model)] == "Fast"


def test_nothing_of_a_request_stays_on_the_shared_admin(surf, records, model):
    shared = admin.site.get_model_admin(model)
    before = dict(vars(shared))

    olivia = surf("olivia")
    olivia.get(page(model, "changelist"), {"q": "x"})
    olivia.get(page(model, "change", records["live"].pk))
    olivia.get(page(model, "delete", records["live"].pk))

    assert vars(shared) == before


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_statements_of_a_list(surf, model, tenant_a, tenant_b, django_assert_num_queries, rows):
    put_in_bin(make_record(model, tenant_a))
    make_record(model, tenant_b)
    for _ in range(rows):
        make_record(model, tenant_a)
    olivia = surf("olivia")

    # session, account, access; savepoint, time limit, count, keys, rows, release; the other tenants for the menu
    with django_assert_num_queries(10):
        response = olivia.get(page(model, "changelist"))

    assert len(shown(response)) == rows
