"""The own profile page."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants.credentials import Token
from tenants.models import StaffAccount
from tenants.token_verbs import MOST_AUTH_TOKENS, find_token, issue_auth_token
from tests.factories import browser
from tests.records.admin_pages import texts

PROFILE, TOKENS = "/admin/profile/", "/admin/profile/tokens/"


@pytest.mark.parametrize("who", ["vera", "eddie", "olivia"])
def test_everybody_makes_tokens_for_themselves(cast: dict[str, StaffAccount], who: str):
    surf = browser(cast[who])

    made = surf.post(TOKENS, {"token_name": "My script"})

    (text,) = re.findall(r'<code class="secret" id="token">([^<]+)</code>', made.content.decode())
    token = find_token(text)
    shown = surf.get(PROFILE).content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert (token.staff, token.kind, token.name) == (cast[who], "auth", "My script")
    assert token.expires_at - token.created_at == pytest.approx(timedelta(days=30), abs=timedelta(seconds=1))
    assert ("My script" in shown, text in shown) == (True, False)
    answer = surf.post(f"{TOKENS}{token.pk}/revoke/", follow=True)
    assert texts(answer) == ["The token is revoked. It stops working within 5 seconds."]
    assert find_token(text) is None


def test_nobody_ends_or_sees_those_of_others(olivia: StaffAccount, eddie: StaffAccount):
    issued = issue_auth_token(staff=eddie, name="Secret script")

    browser(olivia).post(f"{TOKENS}{issued.token.pk}/revoke/")

    assert find_token(issued.text) == issued.token
    assert b"Secret script" not in browser(olivia).get(PROFILE).content


def test_one_that_is_over_is_not_listed(eddie: StaffAccount):
    issue_auth_token(staff=eddie, name="Old script")
    Token.objects.update(expires_at=timezone.now())

    assert b"Old script" not in browser(eddie).get(PROFILE).content


def test_there_are_only_so_many(eddie: StaffAccount):
    for _ in range(MOST_AUTH_TOKENS):
        issue_auth_token(staff=eddie)

    answer = browser(eddie).post(TOKENS, follow=True)

    assert texts(answer) == ["You have 20 tokens. Revoke one first."]
    assert Token.objects.count() == MOST_AUTH_TOKENS


def test_a_get_makes_and_ends_nothing(eddie: StaffAccount):
    issued = issue_auth_token(staff=eddie)
    surf = browser(eddie)

    assert [surf.get(path).status_code for path in (TOKENS, f"{TOKENS}{issued.token.pk}/revoke/")] == [302, 302]
    assert list(Token.objects.all()) == [issued.token]


def test_one_changes_what_tills_are_told(eddie: StaffAccount):
    eddie.memberships.update(user_code="17")
    before = eddie.memberships.get().modified_at
    values = {"first_name": "Eddie", "last_name": "Ek", "mobile": "+47 912 34 567", "language_code": "nb-NO"}

    answer = browser(eddie).post(PROFILE, values, follow=True)

    assert texts(answer) == ["Your profile is saved."]
    assert StaffAccount.objects.filter(pk=eddie.pk).values(*values).get() == values
    assert eddie.memberships.get().modified_at > before
    assert "your user code is 17" in answer.content.decode()


def test_a_language_that_is_none(eddie: StaffAccount):
    answer = browser(eddie).post(PROFILE, {"language_code": "Norwegian"})

    assert "Use a code such as en or nb-NO." in answer.content.decode()
    assert StaffAccount.objects.get(pk=eddie.pk).language_code == ""


def test_it_is_for_those_who_are_logged_in(db: None):
    for path in (PROFILE, TOKENS, f"{TOKENS}1/revoke/"):
        answer = Client().post(path)
        assert (answer.status_code, answer.headers["Location"].startswith("/admin/login/")) == (302, True)


def test_the_menu_leads_there(eddie: StaffAccount):
    assert f'href="{PROFILE}"' in browser(eddie).get("/admin/").content.decode()
