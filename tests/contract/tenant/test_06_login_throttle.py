"""6. Wrong logins answer alike; five failures of a pair, or thirty of a device, in any 15 minutes are the last."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from api.models import LoginAttempts
from api.tenant import account
from tenants.models import StaffAccount, Tenant
from tenants.token_verbs import link_device
from tests.api.caller import Caller, Reply
from tests.contract.tenant.conftest import PASSWORD, token_caller
from tests.factories import make_staff, owner_of


def log_in(till: Caller, code: str, password: str = PASSWORD) -> Reply:
    return till.post("/account", {"userCode": code, "password": password})


def minutes_pass(minutes: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE api_loginattempts SET until = until - make_interval(mins => %(m)s), failures ="
            " ARRAY(SELECT one - make_interval(mins => %(m)s) FROM unnest(failures) one ORDER BY one)",
            {"m": minutes},
        )


@pytest.fixture(autouse=True)
def fast_hashes(settings) -> Iterator[None]:
    """Argon2 takes its time by design; how often a password is looked at is what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    account._nobodys_password.cache_clear()
    yield
    account._nobodys_password.cache_clear()


def test_what_is_wrong_is_not_told(till: Caller, eddies_code: str, olivia: StaffAccount, tenant_b: Tenant):
    make_staff("Theirs", (tenant_b, "owner"), password=PASSWORD).memberships.update(user_code="99")
    sacked = make_staff("Sacked", (Tenant.objects.get(uid="a"), "editor"), password=PASSWORD, is_active=False)
    sacked.memberships.update(user_code="66")
    wrong = [("nobody", PASSWORD), (eddies_code, "wrong"), ("99", PASSWORD), ("66", PASSWORD), ("17 ", PASSWORD)]

    answers = [log_in(till, *one) for one in wrong]

    assert [answer.problem for answer in answers] == [(401, "INVALID_CREDENTIALS")] * 5
    assert [{**answer.body, "requestId": ""} for answer in answers] == [{**answers[0].body, "requestId": ""}] * 5


def test_an_unknown_code_costs_a_hash_as_well(till: Caller, eddies_code: str, monkeypatch: pytest.MonkeyPatch):
    looked: list[str] = []
    real = account.check_password
    monkeypatch.setattr(account, "check_password", lambda *given: looked.append(given[1]) or real(*given))

    for code in ("nobody", eddies_code):
        log_in(till, code, "wrong")

    assert [encoded.partition("$")[0] for encoded in looked] == [looked[0].partition("$")[0]] * 2


@pytest.mark.parametrize("code", ["17", "nobody"])
def test_five_failures_of_a_pair(till: Caller, eddies_code: str, code: str):
    failed = [log_in(till, code, "wrong").status for _ in range(5)]
    answers = [log_in(till, code, "wrong"), log_in(till, code)]

    assert failed == [401] * 5
    assert [answer.problem for answer in answers] == [(429, "LOGIN_THROTTLED")] * 2
    assert 890 <= int(answers[0].headers["Retry-After"]) <= 900


def test_others_are_not_held_back(till: Caller, eddies_code: str, tenant_a: Tenant):
    elsewhere = token_caller(link_device(actor=owner_of(tenant_a), name="Till 2").text)
    for _ in range(5):
        log_in(till, "nobody", "wrong")

    assert log_in(till, eddies_code).status == 200
    assert log_in(elsewhere, "nobody", "wrong").problem == (401, "INVALID_CREDENTIALS")


def test_it_is_any_fifteen_minutes(till: Caller, eddies_code: str):
    def fail(times: int) -> list[int]:
        return [log_in(till, eddies_code, "wrong").status for _ in range(times)]

    assert fail(1) == [401]
    minutes_pass(14)
    assert fail(5) == [401, 401, 401, 401, 429]
    minutes_pass(2)
    assert fail(2) == [401, 429]
    minutes_pass(16)
    assert log_in(till, eddies_code).status == 200


def test_a_success_clears_the_pair(till: Caller, eddies_code: str):
    for _ in range(3):
        assert [log_in(till, eddies_code, "wrong").status for _ in range(4)] == [401] * 4
        assert log_in(till, eddies_code).status == 200


def test_thirty_failures_of_a_device(till: Caller, eddies_code: str):
    statuses = [log_in(till, f"guess-{number}", "wrong").status for number in range(31)]

    assert statuses == [401] * 30 + [429]
    assert log_in(till, eddies_code).problem == (429, "LOGIN_THROTTLED")
    minutes_pass(15)
    assert log_in(till, eddies_code).status == 200


def test_a_success_does_not_count_for_the_device(till: Caller, eddies_code: str):
    assert [log_in(till, eddies_code).status for _ in range(31)] == [200] * 31


def test_old_rows_are_swept(till: Caller):
    log_in(till, "nobody", "wrong")
    minutes_pass(90)
    log_in(till, "somebody", "wrong")

    assert LoginAttempts.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_twenty(till: Caller, eddies_code: str):
    def guess(number: int) -> int:
        try:
            return log_in(token_caller(till.token), eddies_code, f"guess {number}").status
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(guess, range(20)))

    assert statuses == [401] * 5 + [429] * 15
