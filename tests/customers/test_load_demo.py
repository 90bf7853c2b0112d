"""``load_demo``: invented people through the upsert engine."""

import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from addresses.models import Address
from contacts.models import Company, Contact
from customers.demo import Tally, load_demo, rows_for
from customers.demo_names import PLACES, mail_name, pools
from customers.demo_rows import customer_key, customer_rows
from customers.models import Customer
from tenants.actors import staff_actor, system_actor
from tenants.errors import PermissionDenied
from tenants.models import Tenant
from tests.factories import make_address, make_customer, put_in_bin, rows
from users.models import User, Usergroup

ROOT = Path(__file__).resolve().parents[2]
MODELS = (Usergroup, Company, Contact, User, Customer, Address)

# What can call nobody (see customers.demo_names.Place).
FICTITIOUS = re.compile(
    r"\+31 (20 0\d\d \d{4}|6 00\d\d \d{4})|\+49 (30 23125 \d{3}|171 39200 \d\d)|\+33 (1 99 00|6 39 98) \d\d \d\d"
    r"|\+48 (22 0\d\d \d\d \d\d|500 0\d\d \d{3})|\+30 (21 0 0\d\d \d{4}|690 0\d\d \d{4})|\+47 1[01] \d\d \d\d \d\d"
    r"|\+44 (20 7946 0\d{3}|7700 900\d{3})|\+90 (212|500) 0\d\d \d\d \d\d"
)


def load(tenant: Tenant, customers: int, seed: int = 1) -> dict[str, Tally]:
    tallies = load_demo(actor=system_actor(tenant, "test"), customers=customers, seed=seed)
    return {tally.resource: tally for tally in tallies}


def stored() -> dict[str, dict[int, dict[str, Any]]]:
    return {model.__name__: rows(model) for model in MODELS}


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def test_customers_come_with_all_that_belongs_to_them(tenant_a: Tenant) -> None:
    tallies = load(tenant_a, 100)

    assert list(tallies.values()) == [
        Tally("usergroups", created=48),
        Tally("companies", created=2),
        Tally("contacts", created=6),
        Tally("users", created=5),
        Tally("customers", created=100),
    ]
    assert rows_for(100) == 2 + 6 + 5 + 100
    counts = {model.__name__: model.everything.filter(tenant=tenant_a).count() for model in MODELS}
    assert counts == {"Usergroup": 48, "Company": 2, "Contact": 6, "User": 5, "Customer": 100, "Address": 107}
    assert Usergroup.objects.filter(parent=None).count() == len(PLACES)
    assert Customer.objects.filter(usergroup=None).count() == 0
    assert Counter(Contact.objects.values_list("company__source_id", flat=True)) == {"B-000001": 3, "B-000002": 3}
    addresses = Counter(Address.objects.values_list("type", "is_default", "code"))
    assert addresses == {("delivery", True, "MAIN"): 100, ("home", True, "MAIN"): 5, ("invoice", True, "MAIN"): 2}
    assert Address.objects.filter(customer=None, user=None, company=None).count() == 0


def test_a_second_load_changes_nothing(tenant_a: Tenant) -> None:
    load(tenant_a, 60)
    before = stored()

    tallies = load(tenant_a, 60)

    assert [(tally.created, tally.changed, tally.refused) for tally in tallies.values()] == [(0, 0, Counter())] * 5
    assert tallies["customers"].unchanged == 60
    assert stored() == before


def test_a_larger_load_begins_with_the_people_of_a_smaller_one(tenant_a: Tenant) -> None:
    load(tenant_a, 50)

    customers = load(tenant_a, 80)["customers"]

    assert (customers.created, customers.changed, customers.unchanged) == (30, 0, 50)


def test_another_seed_gives_other_people(tenant_a: Tenant) -> None:
    load(tenant_a, 20)

    customers = load(tenant_a, 20, seed=2)["customers"]

    assert (customers.created, customers.changed) == (0, 20)


def test_nothing_of_another_tenant_moves(tenant_a: Tenant, tenant_b: Tenant) -> None:
    make_address(make_customer(tenant_b, source="DEMO", source_id=customer_key(1)))
    before = {model.__name__: list(model.everything.filter(tenant=tenant_b).values()) for model in MODELS}

    customers = load(tenant_a, 5)["customers"]

    assert customers.created == 5
    assert {model.__name__: list(model.everything.filter(tenant=tenant_b).values()) for model in MODELS} == before


def test_what_is_in_the_bin_is_refused_and_stays_there(tenant_a: Tenant) -> None:
    load(tenant_a, 5)
    binned = Customer.objects.get(source_id=customer_key(2))
    put_in_bin(binned)
    before = stored()

    customers = load(tenant_a, 5)["customers"]

    sentence = "Customer with sourceId [C-000002] is not allowed: it is in the recycle bin"
    assert (customers.unchanged, customers.refused) == (4, Counter({sentence: 1}))
    assert stored() == before


def test_nobody_can_be_reached(tenant_a: Tenant) -> None:
    load(tenant_a, 400)

    reached = [
        person
        for model in (Customer, User, Contact, Company)
        for person in model.objects.values("email", "phone", *(["mobile"] if model is not Company else []))
    ]
    mails = {person["email"].rpartition("@")[2] for person in reached if person["email"]}
    phones = {person[field] for person in reached for field in ("phone", "mobile") if person.get(field)}
    assert mails == {"example.com", "example.org", "example.net"}
    assert len(phones) > 300
    assert [phone for phone in phones if not FICTITIOUS.fullmatch(phone)] == []


def test_people_come_from_eight_countries_in_their_own_letters(tenant_a: Tenant) -> None:
    load(tenant_a, 400)

    countries = set(Address.objects.values_list("country", "customer__primary_language").exclude(customer=None))
    assert countries == {(place.country, place.language) for place in PLACES}
    names = "".join(first + last for first, last in Customer.objects.values_list("first_name", "last_name"))
    assert [letter for letter in "öłøığα" if letter not in names.lower()] == []
    gaps = Customer.objects.filter(date_of_birth=None).count(), Customer.objects.filter(email="").count()
    assert (80 < gaps[0] < 160, 20 < gaps[1] < 60) == (True, True)


@pytest.mark.parametrize(
    ("name", "mail"),
    [
        ("Özgür", "ozgur"),
        ("van der Łęcki", "vanderlecki"),
        ("Ψάλτης", "psaltis"),
        ("Søren-Ærø", "sorenaero"),
        ("柳", "x"),
    ],
)
def test_names_become_letters_that_an_address_may_hold(name: str, mail: str) -> None:
    assert mail_name(name) == mail


@pytest.mark.django_db
def test_the_number_of_statements_does_not_depend_on_the_number_of_customers(
    tenant_a: Tenant, tenant_b: Tenant
) -> None:
    counts = []
    for tenant, customers in ((tenant_a, 100), (tenant_b, 1000)):
        pools(1)
        with CaptureQueriesContext(connection) as statements:
            load(tenant, customers)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_equal_seeds_give_equal_people_in_every_process() -> None:
    program = (
        "import django; django.setup()\n"
        "from customers.demo_rows import customer_rows\n"
        "import hashlib; print(hashlib.sha256(repr(list(customer_rows(200, 7))).encode()).hexdigest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=os.environ
            | {"PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "backoffice.settings", "LOG_LEVEL": "ERROR"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(printed) == 1
    assert list(customer_rows(30, 7)) == list(customer_rows(200, 7))[:30]


def test_who_may_not_edit_may_not_load(vera, tenant_a: Tenant) -> None:
    with pytest.raises(PermissionDenied):
        load_demo(actor=staff_actor(vera, tenant_a), customers=5, seed=1)
    assert Usergroup.objects.count() == 0


def test_the_command_tells_what_it_did(tenant_a: Tenant) -> None:
    printed = run("--customers", "20", "--tenant", "a").splitlines()

    assert printed[:5] == [
        "usergroups         48 created        0 changed        0 unchanged        0 refused",
        "companies           1 created        0 changed        0 unchanged        0 refused",
        "contacts            3 created        0 changed        0 unchanged        0 refused",
        "users               1 created        0 changed        0 unchanged        0 refused",
        "customers          20 created        0 changed        0 unchanged        0 refused",
    ]
    assert re.fullmatch(r"Loaded into Shops of A in \d+\.\d seconds\.", printed[5])
    put_in_bin(Customer.objects.get(source_id=customer_key(1)))
    assert run("--customers", "20", "--tenant", "a").splitlines()[4:6] == [
        "customers           0 created        0 changed       19 unchanged        1 refused",
        "  1 customers refused, for example: "
        "Customer with sourceId [C-000001] is not allowed: it is in the recycle bin",
    ]


def test_the_command_for_a_program(tenant_a: Tenant) -> None:
    printed = json.loads(run("--customers", "10", "--tenant", "a", "--json"))

    assert printed.pop("seconds") >= 0
    none = {"created": 0, "changed": 0, "unchanged": 0, "refused": {}}
    assert printed == {
        "tenant": "a",
        "usergroups": none | {"created": 48},
        "companies": none | {"created": 1},
        "contacts": none | {"created": 3},
        "users": none,
        "customers": none | {"created": 10},
    }


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_the_command_wants_a_number(tenant_a: Tenant, number: str) -> None:
    with pytest.raises(CommandError, match=f"'{number}' is not a number from 1 up"):
        run(f"--customers={number}", "--tenant", "a")


def test_the_command_names_the_tenants(tenant_a: Tenant) -> None:
    with pytest.raises(CommandError, match=r"No tenant has the uid \[demo\]\. There are: a\."):
        run("--customers", "10")
