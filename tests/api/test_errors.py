"""Every code of the contract's table (section 1.3) that can be reached by now, and that errors reveal nothing."""

import logging

import pytest
from django.db import close_old_connections, connection, connections

from api import catalogue
from records.outcomes import Kind
from records.resources import resource_named
from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.factories import make_customer, make_tenant

CONTRACT = """
10000 InternalError 500 · 10005 InvalidJSONPayload 400 · 10006 InvalidLookupKey 400
10007 SchemaValidationException 400 · 10008 NotFound 404 · 10015 PaginatedResponseException 400
10016 LookupKeyNotFound 400 · 10017 PayloadValidationError 400 · 10021 Unauthorized 401 · 10022 Forbidden 403
10023 MethodNotAllowed 405 · 10024 UnsupportedMediaType 415 · 10025 PayloadTooLarge 413
10026 PreconditionFailed 412 · 10027 IdempotencyKeyReused 422 · 10028 IdempotencyKeyInProgress 409
10029 TooManyRequests 429 · 10030 ServiceUnavailable 503 · 10031 CursorExpired 410
20004 UsergroupExists 400 · 20005 UsergroupMultipleFound 400 · 20006 UsergroupNotFound 404
20007 ParentUsergroupNotFound 404 · 20008 UsergroupNotAllowed 405
40004 CompanyExists 400 · 40005 CompanyMultipleFound 400 · 40006 CompanyNotFound 404
40007 ParentCompanyNotFound 404 · 40008 CompanyNotAllowed 405
50004 ContactExists 400 · 50005 ContactMultipleFound 400 · 50006 ContactNotFound 404
50007 ParentContactNotFound 404 · 50008 ContactNotAllowed 404
60004 CustomerExists 400 · 60005 CustomerMultipleFound 400 · 60006 CustomerNotFound 404
60007 ParentCustomerNotFound 404 · 60008 CustomerNotAllowed 405
70004 UserExists 400 · 70005 UserMultipleFound 400 · 70006 UserNotFound 404
70007 ParentUserNotFound 404 · 70008 UserNotAllowed 405
90004 AddressExists 400 · 90006 AddressNotFound 404 · 90008 AddressNotAllowed 404
"""


def test_the_catalogue_is_the_contracts_table():
    table = sorted(
        (int(code), kind, int(status))
        for code, kind, status in (entry.split() for entry in CONTRACT.strip().replace("\n", " · ").split(" · "))
    )

    assert sorted((entry.code, entry.type, entry.status) for entry in catalogue.BY_CODE.values()) == table


def test_every_kind_of_refusal_has_a_code():
    for resource in catalogue.RESOURCES:
        for kind in Kind:
            if resource == "addresses" and kind in {Kind.MULTIPLE_FOUND, Kind.PARENT_NOT_FOUND}:
                continue  # an address is found through its owner only
            assert catalogue.entry_for(kind.value, resource) in catalogue.BY_CODE.values()
        assert resource_named(resource).name == resource


@pytest.mark.parametrize(
    "path", ["", "/", "/nothing", "/customers/id", "/Customers", "/customers/bulk", "//customers", "/a/b/c/d"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("base", ["/v1", "/v2"])
def test_unknown_routes(db: None, caller: Caller, base: str, method: str, path: str):
    caller.base = base
    caller.token = ""

    reply = caller.call(method, path)

    assert reply.error == (404, 10008, "NotFound", [f"There is nothing at [{base}{path}]"])


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/customers", ["POST", "GET"]),
        ("/customers/", ["POST", "GET"]),
        ("/customers/id/1", ["GET", "PATCH", "DELETE"]),
        ("/customers/bulk/sourceId", ["POST"]),
        ("/customers/bulk/id/", ["POST"]),
    ],
)
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "TRACE", "POST", "PATCH", "GET"])
def test_methods(caller: Caller, path: str, allowed: list[str], method: str):
    reply = caller.call(method, path)

    if method in allowed:
        assert reply.status != 405
    else:
        assert (reply.status, reply.headers["Allow"]) == (405, ", ".join(allowed))
        assert method == "HEAD" or reply.error[1:3] == (10023, "MethodNotAllowed")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
)
def test_another_media_type(caller: Caller, content_type: str):
    for path in ("/customers", "/customers/bulk/sourceId"):
        assert caller.post(path, b"{}", content_type=content_type).code == (415, 10024, "UnsupportedMediaType")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;x=y", ""]
)
def test_the_right_media_type(caller: Caller, content_type: str):
    assert caller.post("/customers", b"{}", content_type=content_type).status == 201


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x"])
def test_another_encoding(caller: Caller, encoding: str):
    assert caller.post("/customers", b"{}", content_encoding=encoding).code == (415, 10024, "UnsupportedMediaType")


@pytest.fixture
def impatient(transactional_db: None):
    """A connection whose statements give up at once when they have to wait, as a statement timeout makes them."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
    yield
    connection.close()


def test_a_statement_that_takes_too_long(impatient: None):
    tenant = make_tenant("a")
    caller, customer = make_caller(tenant), make_customer(tenant)
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM customers_customer WHERE id = %s FOR UPDATE", [customer.pk])
            reply = caller.patch(f"/customers/id/{customer.pk}", {"lastName": "X"})
    finally:
        other.rollback()
        other.close()

    assert (reply.code, reply.headers["Retry-After"]) == ((503, 10030, "ServiceUnavailable"), "5")
    assert "lock" not in str(reply.body)
    assert caller.patch(f"/customers/id/{customer.pk}", {"lastName": "X"}).status == 200


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away():
    tenant = make_tenant("a")
    caller, customer = make_caller(tenant), make_customer(tenant)
    path = f"/customers/id/{customer.pk}"
    assert caller.get(path).status == 200
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()

    reply = caller.get(path)
    close_old_connections()  # as a server does between two requests, and the test client does not

    assert (reply.code, reply.headers["Retry-After"]) == ((503, 10030, "ServiceUnavailable"), "5")
    assert caller.get(path).status == 200


def test_an_unexpected_error_tells_its_request_id_and_nothing_else(
    tenant_a: Tenant, caller: Caller, caplog: pytest.LogCaptureFixture
):
    customer = make_customer(tenant_a, ssn="123456782")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE customers_customer ADD CONSTRAINT odd CHECK (last_name <> 'Onverwacht')")

    with caplog.at_level(logging.ERROR):
        reply = caller.patch(f"/customers/id/{customer.pk}", {"lastName": "Onverwacht"}, x_request_id="it-was-me")

    assert reply.error == (500, 10000, "InternalError", ["Internal error, request id [it-was-me]"])
    assert "it-was-me" in caplog.text
    # PostgreSQL quotes the whole row in its message; no log may hold a social security number.
    assert "123456782" not in caplog.text
    assert "Onverwacht" not in caplog.text


def test_too_many_query_parameters(tenant_a: Tenant, caller: Caller):
    query = "&".join(["a=1"] * 2000)

    reply = caller.get(f"/customers/id/{make_customer(tenant_a).pk}?{query}")

    assert reply.code == (400, 10017, "PayloadValidationError")
