"""``examples/push_people.py``, run as a customer would run it, against a served product."""

import csv
import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from addresses.models import Address
from backoffice.sample_people import HEADER, sample_people
from contacts.models import Contact
from customers.models import Customer
from records.people import Person
from recyclebin.verbs import delete, restore
from tenants.actors import Actor
from tenants.models import ApiClient, Tenant
from tests.factories import make_api_client, make_customer, rows
from users.models import User

ROOT = Path(__file__).resolve().parents[2]
PUSH = ROOT / "examples" / "push_people.py"
PEOPLE = 600

pytestmark = pytest.mark.django_db(transaction=True)

Line = dict[str, str]


def people(count: int = PEOPLE) -> list[Line]:
    """Sample people whose date of birth exists or is unknown."""
    made = (dict(zip(HEADER, values, strict=True)) for values in sample_people(rows=2 * count, seed=3))
    return [person for person in made if exists(person["date_of_birth"])][:count]


def exists(date: str) -> bool:
    try:
        return not date or bool(datetime.date(int(date[:4]), int(date[4:6]), int(date[6:])))
    except ValueError:
        return False


def write(path: Path, persons: list[Line]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(persons)
    return path


@pytest.fixture
def push(live_server, integration: ApiClient):
    """Run the script with the credentials of the integration of tenant A; the result has code, out and err."""

    def run(file: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        credentials = {"BACKOFFICE_CLIENT_ID": integration.client_id, "BACKOFFICE_CLIENT_SECRET": "secret"}
        return subprocess.run(
            [sys.executable, str(PUSH), str(file), "--base-url", live_server.url, *arguments],
            env=os.environ | credentials | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """The first four lines of the report."""
    assert "Traceback" not in done.stderr
    return {name: int(number.replace(",", "")) for name, number in map(str.split, done.stdout.splitlines()[:4])}


def report(created: int = 0, updated: int = 0, unchanged: int = 0, failed: int = 0) -> dict[str, int]:
    return {"created": created, "updated": updated, "unchanged": unchanged, "failed": failed}


def stored() -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    return rows(Customer), rows(Address)


def test_the_story_from_the_first_push_to_the_restored_customers(
    tmp_path: Path, push, tenant_a: Tenant, tenant_b: Tenant, actor: Actor
) -> None:
    make_customer(tenant_b, source="people", source_id="rec-1-org")
    persons = people()
    file = write(tmp_path / "people.csv", persons)

    done = push(file, "--batch", "250")
    assert (done.returncode, counts(done)) == (0, report(created=PEOPLE))

    before = stored()
    done = push(file, "--batch", "250")
    assert (done.returncode, counts(done)) == (0, report(unchanged=PEOPLE))
    assert stored() == before

    for person in persons[:60]:
        person["given_name"] = f"Ann {person['given_name']}".strip()
    for person in persons[60:100]:
        person["suburb"] = "Winterdorp"
    write(file, persons)
    done = push(file)
    assert (done.returncode, counts(done)) == (0, report(updated=100, unchanged=PEOPLE - 100))
    assert Customer.objects.filter(tenant=tenant_a, first_name__startswith="Ann", version=2).count() == 60
    assert Address.objects.filter(tenant=tenant_a, city="Winterdorp", customer__version=2).count() == 40

    before = stored()
    keys = [person["rec_id"] for person in persons[95:105]]
    gone = delete(roots=Customer.objects.for_tenant(tenant_a).filter(source_id__in=keys), actor=actor, reason="oops")
    assert (Customer.objects.count(), Address.objects.count()) == (PEOPLE - 10 + 1, PEOPLE - 10)
    binned = stored()
    done = push(file)
    assert (done.returncode, counts(done)) == (1, report(unchanged=PEOPLE - 10, failed=10))
    assert "10 x CustomerNotAllowed (code 60008): Customer with sourceId […] is not allowed: it is in" in done.stdout
    assert f"    {keys[0]}: Customer with sourceId [{keys[0]}] is not allowed: it is in the recycle bin" in done.stdout
    assert stored() == binned

    restore(deletions=[deletion.pk for deletion in gone.deletions], actor=actor)
    assert stored() == before
    done = push(file)
    assert (done.returncode, counts(done)) == (0, report(unchanged=PEOPLE))
    assert stored() == before


def test_every_value_arrives(tmp_path: Path, push, tenant_a: Tenant) -> None:
    values = ("rec-7-org", "Zoë", "Łęcka", "12", "Ştraße ñ", "flat 3", "Ørby", "0801", "nt", "19800229", "1234567")
    person = dict(zip(HEADER, values, strict=True))
    gaps = dict.fromkeys(HEADER, "") | {"rec_id": "rec-8-org"}

    done = push(write(tmp_path / "till.csv", [person, gaps]))

    assert counts(done) == report(created=2)
    people = Customer.objects.order_by("source_id")
    assert list(people.values_list("source", "source_id", "first_name", "last_name", "date_of_birth", "ssn")) == [
        ("till", "rec-7-org", "Zoë", "Łęcka", datetime.date(1980, 2, 29), "1234567"),
        ("till", "rec-8-org", "", "", None, ""),
    ]
    places = Address.objects.order_by("customer__source_id")
    assert list(
        places.values_list("type", "code", "number", "street", "city", "postal_code", "region", "country", "is_default")
    ) == [
        ("delivery", "home", "12", "Ştraße ñ", "Ørby", "0801", "nt", "AU", True),
        ("delivery", "home", "", "-", "-", "", "", "AU", True),
    ]


def test_blanks_after_the_commas_and_a_byte_order_mark_do_not_matter(tmp_path: Path, push, tenant_a: Tenant) -> None:
    file = tmp_path / "people.csv"
    lines = [
        ", ".join(HEADER),
        "rec-1-org, , waller, 6, tullaroop street, willaroo, st james, 4011, wa, 19081209, 69880",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")

    assert counts(push(file, "--source", "CRM")) == report(created=1)
    assert list(Customer.objects.values_list("source", "source_id", "first_name", "last_name", "ssn")) == [
        ("CRM", "rec-1-org", "", "waller", "69880")
    ]


def test_rows_with_impossible_dates_fail_alone_and_are_grouped_by_reason(
    tmp_path: Path, push, tenant_a: Tenant
) -> None:
    persons = people(50)
    for number, date in enumerate(("19800230", "19801305", "19810431", "19810231", "29990101")):
        persons[number]["date_of_birth"] = date

    done = push(write(tmp_path / "people.csv", persons))

    assert (done.returncode, counts(done)) == (1, report(created=45, failed=5))
    assert done.stdout.splitlines()[4:] == [
        "",
        "4 x PayloadValidationError (code 10017): #/dateOfBirth: […] is not a date that exists",
        f"    {persons[0]['rec_id']}: #/dateOfBirth: [1980-02-30] is not a date that exists",
        f"    {persons[1]['rec_id']}: #/dateOfBirth: [1980-13-05] is not a date that exists",
        f"    {persons[2]['rec_id']}: #/dateOfBirth: [1981-04-31] is not a date that exists",
        "    …",
        "",
        "1 x PayloadValidationError (code 10017): #/dateOfBirth: […] is in the future",
        f"    {persons[4]['rec_id']}: #/dateOfBirth: [2999-01-01] is in the future",
    ]
    assert Customer.everything.count() == 45


def test_a_dry_run_writes_nothing(tmp_path: Path, push, tenant_a: Tenant) -> None:
    done = push(write(tmp_path / "people.csv", people(20)), "--dry-run")

    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "Dry run, nothing was written:"
    assert "created           20" in done.stdout
    assert Customer.everything.count() == 0


def test_the_progress_bar_reaches_the_end(tmp_path: Path, push, tenant_a: Tenant) -> None:
    done = push(write(tmp_path / "people.csv", people(30)), "--batch", "7")

    assert "100%" in done.stderr
    assert "30/30" in done.stderr


def test_the_messages_of_a_refused_request_are_shown(tmp_path: Path, push, tenant_a: Tenant) -> None:
    persons = people(3)
    persons[1]["given_name"] = "x" * 256

    done = push(write(tmp_path / "people.csv", persons))

    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "Stopped: POST /v2/customers/bulk/sourceId was refused with status 400: "
        "SchemaValidationException (code 10007)\n"
        "  #/customers/1/firstName: expected maxLength: 255, actual: 256\n"
        "  See "
    ) in done.stderr
    assert Customer.everything.count() == 0


@pytest.mark.parametrize(("resource", "model"), [("users", User), ("contacts", Contact)])
def test_people_of_another_kind(tmp_path: Path, push, tenant_a: Tenant, resource: str, model: type[Person]) -> None:
    sampled = people(40)
    file = write(tmp_path / "people.csv", sampled)

    assert counts(push(file, "--to", resource)) == report(created=40)
    assert counts(push(file, "--to", resource)) == report(unchanged=40)
    assert Customer.everything.count() == 0
    stored = model.objects.order_by("pk")
    assert [(person.source_id, person.first_name) for person in stored] == [
        (line["rec_id"], line["given_name"].strip()) for line in sampled
    ]
    if model is User:
        assert list(Address.objects.order_by("user").values_list("user", flat=True)) == [user.pk for user in stored]
    else:
        assert [contact.ssn for contact in stored] == [line["soc_sec_id"] for line in sampled]


def test_a_wrong_secret_is_told(tmp_path: Path, push, tenant_a: Tenant) -> None:
    done = push(write(tmp_path / "people.csv", people(1)), BACKOFFICE_CLIENT_SECRET="guessed")

    assert done.returncode == 2
    assert "Stopped: POST /oauth2/token was refused with status 401: invalid_client" in done.stderr


def test_a_missing_scope_is_told(tmp_path: Path, push, tenant_a: Tenant) -> None:
    client = make_api_client(tenant_a, "customers:read")

    done = push(write(tmp_path / "people.csv", people(1)), BACKOFFICE_CLIENT_ID=client.client_id)

    assert done.returncode == 2
    assert "was refused with status 403: Forbidden (code 10022)" in done.stderr
    assert Customer.everything.count() == 0


def test_a_client_at_its_limit_waits_as_it_is_told(tmp_path: Path, push, integration: ApiClient) -> None:
    """Two more requests than a minute has: each of them comes two seconds later."""
    ApiClient.objects.filter(pk=integration.pk).update(requests_per_minute=30)
    file = write(tmp_path / "people.csv", people(320))

    done = push(file, "--batch", "10")

    assert (done.returncode, counts(done)) == (0, report(created=320))
    assert 1 <= done.stderr.count("The limit is 30 requests a minute. Try again in ") <= 2
    assert 1 <= done.stderr.count("Trying again in ") <= 2
