"""The History tab of every kind of record, putting values back, and the page of an operation."""

import uuid

import pytest
from django.db import connection

from addresses.models import Address
from contacts.models import Company, Contact
from customers.contracts import CUSTOMERS
from customers.models import Customer
from pricing.models import Price
from pricing.verbs import delete_prices, set_prices
from records import admin_operations, events, operations
from records.admin_history import HistoryMixin
from records.writes import address_row, write
from recyclebin.verbs import restore
from tenants.actors import begin_operation, staff_actor
from tests.factories import (
    browser,
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_keyed,
    make_price,
    make_staff,
    make_user,
    make_usergroup,
    put_in_bin,
    row,
)
from tests.pricing.sending import percent
from tests.records.admin_pages import page, texts
from tests.records.sending import home, push
from tests.records.sending import row as sent
from users.models import User, Usergroup

pytestmark = pytest.mark.django_db

PAGED = (Customer, User, Contact, Usergroup, Company)


@pytest.fixture(params=PAGED, ids=lambda model: model.__name__)
def model(request):
    return request.param


def text_field(model) -> str:
    return "last_name" if hasattr(model, "last_name") else "name"


def history(client, record, **query):
    return client.get(page(type(record), "history", record.pk), query)


def told(response):
    """Every entry of the page: what, about which row below, and the values before and after."""
    return [
        (entry.what, entry.subject, [(one.label, one.before, one.after) for one in entry.changes])
        for moment in response.context_data["page"].moments
        for entry in moment.entries
    ]


def way_back(record, *, kind=None, event=None, **query):
    """The address of the page that puts the record back to what it was at first, or behind an event."""
    made = event or type(record).pgh_event_model.objects.filter(pgh_obj_id=record.pk).order_by("pgh_id").first().pgh_id
    address = page(type(record), "put_back", record.pk, kind or record._meta.model_name, made)
    return f"{address}?{'&'.join(f'field={name}' for name in query.get('fields', ()))}"


def send(client, address, *fields, **changes):
    """Tick these boxes on the page at this address and send it."""
    form = client.get(address).context_data["form"]
    hidden = {name: form[name].value() for name in form.fields}
    return client.post(address, hidden | {"field": fields} | changes)


def change(record, actor, **values):
    """Change a record through its verb."""
    from records.resources import resource_of

    outcome = write(resource_of(type(record)), values, actor=actor, id=record.pk)
    assert outcome.success
    record.refresh_from_db()


# The tab


@pytest.mark.parametrize(("who", "status"), [("vera", 200), ("eddie", 200), ("olivia", 200), ("tom", 404)])
def test_who_may_look(cast, tenant_a, model, who, status):
    record = make_keyed(model, tenant_a)

    assert history(browser(cast[who]), record).status_code == status


def test_strangers_are_sent_to_log_in(client, tenant_a, model):
    assert history(client, make_keyed(model, tenant_a)).status_code == 302


def test_the_tab_stands_on_the_page_of_the_record(vera, tenant_a, model):
    record = make_keyed(model, tenant_a)
    content = browser(vera).get(page(model, "change", record.pk)).content.decode()

    assert f'<a href="{page(model, "history", record.pk)}">History</a>' in content


def test_a_record_to_which_nothing_happened(vera, tenant_a, model):
    response = history(browser(vera), make_keyed(model, tenant_a))

    assert [what for what, _, _ in told(response)] == ["Created"]
    assert "Nothing has changed since it was created." in response.content.decode()


def test_before_and_after_with_labels(eddie, tenant_a, model):
    record = make_keyed(model, tenant_a)
    name = text_field(model)
    before = getattr(record, name)
    change(record, staff_actor(eddie, tenant_a, request_id="req-7"), **{name: "After"})

    response = history(browser(eddie), record)

    (moment, _made) = response.context_data["page"].moments
    assert (moment.who, moment.origin, moment.request) == ("Eddie", "Admin", "req-7")
    assert told(response)[0] == ("Changed", "", [(model._meta.get_field(name).verbose_name, before, "After")])
    content = response.content.decode()
    assert "Nothing has changed" not in content
    assert "just now" in content
    assert f'datetime="{moment.at.isoformat()}"' in content


@pytest.mark.django_db(transaction=True)
def test_what_hangs_below_is_told_and_what_others_have_is_not(actor, tenant_a, tenant_b, vera):
    customer, other = make_customer(tenant_a), make_customer(tenant_a)
    make_address(other, city="Elsewhere")
    make_price(other)
    # Owners of different kinds share their ids with others.
    make_address(make_user(tenant_a, id=customer.pk), city="Not here")
    write(CUSTOMERS, {}, actor=actor, id=customer.pk, addresses=[_home(city="Assen")])
    address = Address.objects.get(customer=customer)
    write(CUSTOMERS, {}, actor=actor, id=customer.pk, addresses=[address_row({"city": "Zwolle"}, id=address.pk)])
    set_prices(owner=Customer, owner_id=customer.pk, shop=None, rows=[_price("5")], actor=actor)
    set_prices(owner=Customer, owner_id=customer.pk, shop=None, rows=[_price("7.5")], actor=actor)
    delete_prices(owner=Customer, owner_id=customer.pk, actor=actor)

    entries = told(history(browser(vera), customer))

    assert [(what, subject) for what, subject, _ in entries] == [
        ("Deleted permanently", "price Product 42: SP 7.5 %"),
        ("Changed", "price Product 42: SP 7.5 %"),
        ("Created", "price Product 42: SP 5 %"),
        ("Changed", "address Lange Weg 1, Zwolle"),
        ("Created", "address Lange Weg 1, Assen"),
        ("Created", ""),
    ]
    assert entries[1][2] == [("percentage", "5.0000", "7.5000")]
    assert entries[3][2] == [("city", "Assen", "Zwolle")]


@pytest.mark.parametrize("make", [make_customer, make_user, make_usergroup, make_company, make_contact])
def test_every_owner_tells_of_its_prices(actor, tenant_a, vera, make):
    owner = make(tenant_a)
    set_prices(owner=type(owner), owner_id=owner.pk, shop=None, rows=[_price("5")], actor=actor)

    assert {(what, subject) for what, subject, _ in told(history(browser(vera), owner))} == {
        ("Created", "price Product 42: SP 5 %"),
        ("Created", ""),
    }


def test_links_are_told_by_name(actor, tenant_a, vera):
    first, second = make_usergroup(tenant_a, name="Retail"), make_usergroup(tenant_a, name="Wholesale")
    customer = make_customer(tenant_a, usergroup=first)
    write(CUSTOMERS, {}, actor=actor, id=customer.pk, parent=second.pk)
    put_in_bin(second)

    assert told(history(browser(vera), customer))[0] == ("Changed", "", [("usergroup", "Retail", "Wholesale")])


@pytest.mark.parametrize("who", ["vera", "eddie", "olivia"])
def test_social_security_numbers_are_shown_to_nobody(cast, actor, tenant_a, who):
    customer = make_customer(tenant_a, ssn="123456782")
    change(customer, actor, ssn="987654329")
    client = browser(cast[who])

    response = history(client, customer)

    assert told(response)[0] == ("Changed", "", [("social security number", "••••", "••••")])
    for content in (response.content, client.get(way_back(customer)).content):
        assert b"123456782" not in content
        assert b"987654329" not in content


def test_operations_group_what_they_changed(actor, tenant_a, vera):
    customer = make_customer(tenant_a)
    write(CUSTOMERS, {"title": "dr."}, actor=actor, id=customer.pk, addresses=[_home(), _home(code="b")])

    moments = history(browser(vera), customer).context_data["page"].moments

    assert [[(entry.what, bool(entry.subject)) for entry in moment.entries] for moment in moments] == [
        [("Changed", False), ("Created", True), ("Created", True)],
        [("Created", False)],
    ]


def test_the_bin_and_the_way_back_are_told(actor, tenant_a, vera, model):
    record = make_keyed(model, tenant_a)
    deletion = put_in_bin(record, actor=actor)
    client = browser(vera)

    binned = history(client, record)
    assert [what for what, _, _ in told(binned)] == ["Moved to the recycle bin", "Created"]
    assert "This record is in the recycle bin." in binned.content.decode()

    restore(deletions=[deletion.pk], actor=actor)
    assert [what for what, _, _ in told(history(client, record))] == [
        "Restored from the recycle bin", "Moved to the recycle bin", "Created",
    ]  # fmt: skip


def test_the_history_outlives_the_record(tenant_a, vera, tom, model):
    record = make_keyed(model, tenant_a)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('backoffice.purge', 'on', true)")
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [record.pk])

    response = history(browser(vera), record)

    assert [what for what, _, _ in told(response)] == ["Deleted permanently", "Created"]
    assert "This record was deleted permanently." in response.content.decode()
    assert history(browser(tom), record).status_code == 404


@pytest.mark.parametrize("address", ["0/history/", "99999999/history/", "x/history/", "9999999999999999999/history/"])
def test_what_never_was_is_not_found(vera, address):
    assert browser(vera).get(f"/admin/customers/customer/{address}").status_code == 404


def test_pages_tell_everything_once(actor, tenant_a, vera, monkeypatch):
    customer = make_customer(tenant_a)
    for number in range(6):
        change(customer, actor, title=str(number))
        set_prices(owner=Customer, owner_id=customer.pk, shop=number, rows=[_price("5")], actor=actor)
    client = browser(vera)
    every = told(history(client, customer))
    monkeypatch.setattr(HistoryMixin, "history_per_page", 4)

    pages, query = [], {}
    while True:
        response = history(client, customer, **query)
        pages.append(told(response))
        older = response.context_data["older"]
        if not older:
            break
        # What comes in meanwhile is not on the pages that follow.
        make_price(customer)
        query = {"before": older}

    assert [len(found) for found in pages] == [4, 4, 4, 1]
    assert [entry for found in pages for entry in found] == every
    assert f"?before={'-'.join(['1'] * 3)}" not in response.content.decode()


@pytest.mark.parametrize("before", ["", "x", "1", "1-2-3-4-5-6", "-1", "9" * 30])
def test_a_place_that_nobody_gave_out_leads_to_the_newest(tenant_a, vera, before):
    response = history(browser(vera), make_customer(tenant_a), before=before)

    assert [what for what, _, _ in told(response)] == ["Created"]


@pytest.mark.parametrize("changes", [1, 30])
def test_the_number_of_statements(actor, tenant_a, vera, django_assert_num_queries, changes):
    groups = [make_usergroup(tenant_a), make_usergroup(tenant_a)]
    customer = make_customer(tenant_a)
    for number in range(changes):
        write(CUSTOMERS, {"title": str(number)}, actor=actor, id=customer.pk, parent=groups[number % 2].pk)
    client = browser(vera)

    # session, account, access, record; events of the record, of its addresses and of its prices; usergroups; menu
    with django_assert_num_queries(9):
        history(client, customer)


# Speed at any size: tests/records/test_history_plans.py


# Putting back


def test_one_value_is_put_back(eddie, actor, tenant_a, model):
    record = make_keyed(model, tenant_a)
    name = text_field(model)
    before = row(record)
    change(record, actor, **{name: "After", "source": "ERP", "source_id": "NEW"})
    client = browser(eddie)
    address = way_back(record, fields=[name])

    lines = client.get(address).context_data["form"].lines
    assert [
        (line.name, line.now, line.then, ticked) for line, ticked, _ in sorted(lines, key=lambda one: one[0].name)
    ] == [
        *sorted([(name, "After", before[name], True), ("source_id", "NEW", before["source_id"], False)]),
    ]
    response = send(client, address, name)

    assert response.url == page(model, "history", record.pk)
    assert texts(client.get(page(model, "changelist"))) == [f"Put back: {model._meta.get_field(name).verbose_name}."]
    after = row(record)
    assert (after[name], after["source_id"], after["version"]) == (before[name], "NEW", 3)
    (moment, *_) = history(client, record).context_data["page"].moments
    assert (moment.who, moment.origin) == ("Eddie", "Put back")


def test_the_whole_record_is_put_back(eddie, actor, tenant_a):
    first, second = make_usergroup(tenant_a), make_usergroup(tenant_a)
    customer = make_customer(
        tenant_a,
        usergroup=first,
        source="ERP",
        source_id="K",
        date_of_birth="1980-02-01",
        gender="f",
        ssn="1",
        title="dr.",
    )
    before = row(customer)
    values = {
        "source": "SHOP",
        "source_id": "L",
        "date_of_birth": None,
        "gender": "m",
        "ssn": "",
        "title": "",
        "phone": "1",
    }
    write(CUSTOMERS, values | {"first_name": "Eva"}, actor=actor, id=customer.pk, parent=second.pk)
    client = browser(eddie)

    form = client.get(way_back(customer)).context_data["form"]
    assert form.chosen == {*values, "first_name", "usergroup"}
    response = send(client, way_back(customer), *form.chosen)

    assert response.status_code == 302
    moved = {"version": 3, "modified_at": row(customer)["modified_at"]}
    assert row(customer) == before | moved


def test_an_address_is_put_back(eddie, actor, tenant_a):
    push(actor, sent("K", addresses=(home("a"), home("b", city="Ommen"))))
    push(actor, sent("K", addresses=(home("a", city="Assen", street="Markt"),)))
    customer, address = Customer.objects.get(), Address.objects.get(code="a")
    first = Address.pgh_event_model.objects.filter(pgh_obj_id=address.pk).earliest("pgh_id").pgh_id
    client = browser(eddie)

    response = send(client, way_back(customer, kind="address", event=first), "city")

    assert response.status_code == 302
    assert (row(address)["city"], row(address)["street"]) == ("Zwolle", "Markt")
    customer.refresh_from_db()
    assert customer.version == 3


def test_a_default_that_another_address_took_is_put_back(eddie, actor, tenant_a):
    push(actor, sent("K", addresses=(home("a"), home("b"))))
    push(actor, sent("K", addresses=(home("b", default=True),)))
    customer, address = Customer.objects.get(), Address.objects.get(code="a")
    first = Address.pgh_event_model.objects.filter(pgh_obj_id=address.pk).earliest("pgh_id").pgh_id

    send(browser(eddie), way_back(customer, kind="address", event=first), "is_default")

    assert list(Address.objects.order_by("code").values_list("code", "is_default")) == [("a", True), ("b", False)]


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("tom", 404)])
def test_who_may_not_put_back(cast, actor, tenant_a, model, who, status):
    record = make_keyed(model, tenant_a)
    change(record, actor, **{text_field(model): "After"})
    before = row(record)
    client = browser(cast[who])

    assert client.get(way_back(record)).status_code == status
    sent_blind = {"version": record.version, "tenant": tenant_a.pk, "field": [text_field(model)]}
    assert client.post(way_back(record), sent_blind).status_code == status
    assert row(record) == before
    if who == "vera":
        assert "Put back" not in history(client, record).content.decode()


def test_nobodys_newer_change_is_lost(eddie, olivia, actor, tenant_a, model):
    record = make_keyed(model, tenant_a)
    name = text_field(model)
    first = getattr(record, name)
    change(record, actor, **{name: "After"})
    client = browser(eddie)
    form = client.get(way_back(record)).context_data["form"]
    change(record, actor, **{name: "Newer"})

    posted = {"tenant": tenant_a.pk, "field": [name]}
    response = client.post(way_back(record), posted | {"version": form["version"].value()})

    shown = response.context_data["form"]
    assert response.status_code == 200
    assert [text.startswith("Olivia changed this record while you edited it") for text in shown.general] == [True]
    assert [(line.now, line.then) for line, _, _ in shown.lines] == [("Newer", first)]
    assert row(record)[name] == "Newer"
    # The page shows the newer state: whoever sends it again has seen it.
    again = client.post(way_back(record), posted | {"version": shown["version"].value()})
    assert again.status_code == 302
    assert row(record)[name] == first


def test_a_key_that_another_one_took_is_said_where_it_stands(eddie, actor, tenant_a, model):
    record = make_keyed(model, tenant_a)
    key, name = record.source_id, text_field(model)
    change(record, actor, source="ERP", source_id="MOVED", **{name: "After"})
    make_keyed(model, tenant_a, source_id=key)
    before = row(record)
    client = browser(eddie)

    response = send(client, way_back(record), "source_id", name)

    faults = {line.name: (ticked, faults) for line, ticked, faults in response.context_data["form"].lines}
    assert faults == {"source_id": (True, ["Another record has this key already."]), name: (True, [])}
    assert row(record) == before
    assert send(client, way_back(record), name).status_code == 302
    assert row(record)["source_id"] == "MOVED"


@pytest.mark.parametrize("gone", ["binned", "purged"])
def test_a_parent_that_is_gone_is_said_where_it_stands(eddie, actor, tenant_a, gone):
    old, new = make_usergroup(tenant_a, name="Retail"), make_usergroup(tenant_a, name="Wholesale")
    customer = make_customer(tenant_a, usergroup=old)
    write(CUSTOMERS, {}, actor=actor, id=customer.pk, parent=new.pk)
    if gone == "binned":
        put_in_bin(old)
        expected = ["Retail is in the recycle bin: restore it first, or leave this out."]
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('backoffice.purge', 'on', true)")
            cursor.execute("DELETE FROM users_usergroup WHERE id = %s", [old.pk])
        expected = [f"#{old.pk} is not there any more: leave this out."]

    response = send(browser(eddie), way_back(customer), "usergroup")

    assert [faults for _, _, faults in response.context_data["form"].lines] == [expected]
    assert row(customer)["usergroup_id"] == new.pk


def test_a_value_that_is_not_allowed_any_more_is_said_where_it_stands(eddie, actor, tenant_a):
    customer = make_customer(tenant_a, email="not an address")
    change(customer, actor, email="eva@people.example")

    response = send(browser(eddie), way_back(customer), "email")

    ((_, _, faults),) = response.context_data["form"].lines
    assert len(faults) == 1
    assert "is not a valid e-mail address" in faults[0]


def test_what_cannot_be_sent(eddie, actor, tenant_a, tenant_b):
    customer = make_customer(tenant_a, title="x")
    change(customer, actor, title="y")
    client = browser(eddie)
    cases = [
        (send(client, way_back(customer)), ["Tick at least one value."]),
        (send(client, way_back(customer), "last_name"), ["Tick at least one value."]),
        (
            send(client, way_back(customer), "title", tenant=tenant_b.pk),
            ["You work in another tenant by now. Nothing was put back."],
        ),
    ]

    assert [response.context_data["form"].general for response, _ in cases] == [expected for _, expected in cases]
    assert row(customer)["title"] == "y"


def test_what_is_like_that_already(eddie, tenant_a, model):
    record = make_keyed(model, tenant_a)

    response = browser(eddie).get(way_back(record))

    assert "It is like that already" in response.content.decode()


def test_events_of_other_records_lead_nowhere(eddie, actor, tenant_a, tenant_b):
    customer, other, foreign = make_customer(tenant_a), make_customer(tenant_a), make_customer(tenant_b)
    address, price = make_address(other), make_price(customer)
    client = browser(eddie)
    wrong = [
        ("customer", other), ("customer", foreign), ("address", address), ("price", price), ("company", customer),
    ]  # fmt: skip

    for kind, record in wrong:
        event = type(record).pgh_event_model.objects.filter(pgh_obj_id=record.pk).first().pgh_id
        assert client.get(way_back(customer, kind=kind, event=event)).status_code == 404


def test_an_address_in_the_bin_is_not_put_back(eddie, tenant_a):
    customer = make_customer(tenant_a)
    address = make_address(customer)
    put_in_bin(address)
    event = Address.pgh_event_model.objects.filter(pgh_obj_id=address.pk).earliest("pgh_id").pgh_id
    client = browser(eddie)

    response = client.get(way_back(customer, kind="address", event=event))

    assert response.url == page(Customer, "history", customer.pk)
    assert texts(client.get(response.url)) == [
        "That address is not there any more. If it is in the recycle bin, restore it."
    ]


def test_prices_have_no_way_back_here(eddie, actor, tenant_a):
    """Other systems agree them, and would overwrite what is put back."""
    customer = make_customer(tenant_a)
    for amount in ("5", "7"):
        set_prices(owner=Customer, owner_id=customer.pk, shop=None, rows=[_price(amount)], actor=actor)

    content = history(browser(eddie), customer).content.decode()

    assert "/history/price/" not in content


# What else changed in this run


def operation_page(client, operation, **query):
    return client.get(f"/admin/operations/{operation}/", query)


def lines(response):
    return [(line.noun, line.label, line.entry.what) for line, _ in response.context_data["lines"]]


def test_what_else_changed(actor, vera, tenant_a, tenant_b):
    make_customer(tenant_a), make_customer(tenant_b)
    push(actor, sent("1", last_name="Ann", addresses=(home(),)), sent("2", last_name="Bo"))
    push(actor, sent("3", last_name="Not in it"))
    customer = Customer.objects.get(source_id="1")
    client = browser(vera)
    operation = history(client, customer).context_data["page"].moments[0].operation

    response = operation_page(client, operation)

    assert lines(response) == [
        ("customer", "Ann", "Created"), ("customer", "Bo", "Created"), ("address", "Zwolle", "Created"),
    ]  # fmt: skip
    assert [str(count) for count in response.context_data["counts"]] == ["2 customers", "1 address"]
    assert response.context_data["operation"].who == "Olivia"
    at = page(Customer, "history", customer.pk)
    assert [address for _, address in response.context_data["lines"]][::2] == [at, at]


def test_a_record_that_changed_twice_is_there_once(actor, vera, tenant_a):
    customer = make_customer(tenant_a)
    operation = begin_operation(actor)
    for title in "abc":
        Customer.objects.filter(pk=customer.pk).update(title=title)

    assert lines(operation_page(browser(vera), operation)) == [("customer", customer.label, "Changed")]


def test_operations_of_others_are_not_there(actor, tom, vera):
    operation = begin_operation(actor)
    make_customer(actor.tenant)

    assert operation_page(browser(tom), operation).status_code == 404
    assert operation_page(browser(vera), operation).status_code == 200
    assert operation_page(browser(vera), uuid.uuid4()).status_code == 404
    assert operation_page(browser(make_staff("Nobody")), operation).status_code == 404


def test_pages_and_counts_of_an_operation_are_bounded(actor, vera, monkeypatch):
    monkeypatch.setattr(operations, "COUNTED", 4)
    monkeypatch.setattr(admin_operations, "PER_PAGE", 3)
    push(actor, *(sent(str(n), last_name=f"{n}", addresses=(home(),)) for n in range(5)))
    client = browser(vera)
    operation = Customer.pgh_event_model.objects.first().pgh_context_id

    pages, after = [], ""
    while after is not None:
        response = operation_page(client, operation, after=after)
        pages.append(lines(response))
        after = response.context_data["further"] or None

    assert [len(found) for found in pages] == [3, 3, 3, 1]
    assert sorted(line for found in pages for line in found) == sorted(
        [("customer", str(n), "Created") for n in range(5)] + [("address", "Zwolle", "Created")] * 5
    )
    assert [str(count) for count in response.context_data["counts"]] == [
        "more than 4 customers", "more than 4 addresses",
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_statements_of_an_operation(actor, vera, django_assert_max_num_queries, rows):
    push(actor, *(sent(str(n), addresses=(home(),)) for n in range(rows)))
    push(actor, *(sent(str(n), title="dr.", addresses=(home(city="Assen"),)) for n in range(rows)))
    operation = Customer.pgh_event_model.objects.latest("pgh_id").pgh_context_id
    client = browser(vera)

    with django_assert_max_num_queries(28):
        operation_page(client, operation)


def _home(**values):
    return address_row(
        {"type": "home", "street": "Lange Weg", "number": "1", "city": "Assen", "country": "NL"} | values
    )


def _price(amount):
    return percent(42, amount)


def test_the_sources_of_a_history():
    """Which rows below a record it tells of: those that have no page of their own."""
    assert {
        found.__name__: [(source.model.__name__, source.column) for source in events.sources_of(found)[1:]]
        for found in PAGED
    } == {
        "Customer": [("Address", "customer_id"), ("Price", "customer_id")],
        "User": [("Address", "user_id"), ("Price", "user_id")],
        "Contact": [("Price", "contact_id")],
        "Usergroup": [("Address", "usergroup_id"), ("Price", "usergroup_id")],
        "Company": [("Address", "company_id"), ("Price", "company_id")],
    }
    assert Price.pgh_event_model._meta.db_table == "pricing_priceevent"
