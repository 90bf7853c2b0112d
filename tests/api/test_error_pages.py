"""The pages behind moreInfo."""

import pytest
from django.test import Client
from django.utils.html import escape

from api import catalogue
from api.tenant import catalogue as problems
from tests.api.caller import Caller


@pytest.mark.parametrize("entry", catalogue.BY_CODE.values(), ids=lambda entry: str(entry.code))
def test_each_code_has_its_page(db: None, entry: catalogue.Entry):
    response = Client().get(f"/docs/errors/{entry.code}")

    page = response.content.decode()
    assert response.status_code == 200
    for text in (entry.type, entry.status, entry.meaning, entry.remedy):
        assert escape(str(text)) in page


def test_the_index_links_to_every_page(db: None):
    page = Client().get("/docs/errors/").content.decode()

    assert [f'href="/docs/errors/{code}"' in page for code in catalogue.BY_CODE] == [True] * len(catalogue.BY_CODE)


@pytest.mark.parametrize("code", ["1", "10001", "99999999999999999999", "x"])
def test_other_numbers_have_none(db: None, code: str):
    assert Client().get(f"/docs/errors/{code}").status_code == 404


def test_more_info_leads_there(caller: Caller):
    link = caller.get("/nothing").body["error"]["moreInfo"]

    assert Client().get(link).status_code == 200


@pytest.mark.parametrize("entry", problems.PROBLEMS, ids=lambda entry: entry.code)
def test_each_problem_of_the_tenant_api_has_its_page(db: None, entry: problems.Entry):
    response = Client().get(f"/docs/errors/{entry.slug}")

    page = response.content.decode()
    assert response.status_code == 200
    for text in (entry.code, entry.status, entry.title, entry.type, entry.meaning, entry.remedy):
        assert escape(str(text)) in page
    faults = [code for code in problems.FAULTS if f"<code>{code}</code>" in page]
    assert faults == (list(problems.FAULTS) if entry is problems.VALIDATION_FAILED else [])


def test_the_index_links_to_every_problem(db: None):
    page = Client().get("/docs/errors").content.decode()

    assert [f'href="/docs/errors/{entry.slug}"' in page for entry in problems.PROBLEMS] == [True] * len(
        problems.PROBLEMS
    )


def test_other_names_have_none(db: None):
    assert [Client().get(f"/docs/errors/{slug}").status_code for slug in ("nothing", "NOT_FOUND")] == [404, 404]
