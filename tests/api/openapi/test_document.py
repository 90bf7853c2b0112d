"""The OpenAPI document: valid, whole, and true of the routes (lookup API contract, section 11)."""

import gzip
import json
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import catalogue
from api.openapi.generator import DocumentGenerator
from api.routes import PATHS, Router
from tenants.scopes import SCOPES
from tests.contract.lookup.openapi_world import OPERATIONS, Told, resolved, told

LOOKUP = [operation for operation in OPERATIONS if "clientCredentials" in str(operation.operation.get("security"))]


def router() -> Router:
    (found,) = [
        pattern.callback.router for pattern in get_resolver().url_patterns if hasattr(pattern.callback, "router")
    ]
    return found


def test_the_document_is_valid_openapi():
    assert told()["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(told()).iter_errors()] == []


def served() -> set[tuple[str, str]]:
    """Every path and method that the router serves, with the lookup keys in place of ``:key``."""
    found = set()
    for resource, endpoints in router().resources.items():
        for name, view in endpoints.views.items():
            for key in ("id", "sourceId"):
                path = PATHS[name].replace("/:key/:value", f"/{key}/{{{key}}}").replace(":key", key)
                path = path.replace(":member", "{addressId}")
                found |= {(f"/v2/{resource}{path}", method) for method in view.handlers}
    return found


def test_every_route_of_the_router_is_described_and_nothing_else_is():
    """An endpoint that is new here needs a ``describe_…`` in the ``schema`` of its view."""
    beside = {("/oauth2/token", "POST"), ("/v2/openapi.json", "GET")}
    assert {(operation.path, operation.method) for operation in OPERATIONS} == served() | beside


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_operation_is_described_in_full(operation: Told):
    described = operation.operation
    assert described["summary"]
    assert described["description"].endswith(".")
    assert described["tags"]
    for parameter in operation.parameters:
        assert parameter["description"], parameter["name"]
    for status, response in operation.responses.items():
        assert response["description"], status
        assert "x-request-id" in response["headers"]
        assert ("content" in response) == (status != "304")
        for media in response.get("content", {}).values():
            assert media["schema"]
            assert media["examples"], status
    for media in described.get("requestBody", {"content": {}})["content"].values():
        assert media["examples"]
    variables = {part.strip("{}") for part in operation.path.split("/") if part.startswith("{")}
    assert {parameter["name"] for parameter in operation.parameters if parameter["in"] == "path"} == variables


@pytest.mark.parametrize("operation", LOOKUP, ids=lambda operation: operation.id)
def test_what_every_operation_behind_a_token_may_answer_is_described(operation: Told):
    ((_, scopes),) = operation.operation["security"][0].items()
    assert set(scopes) <= set(SCOPES)
    assert scopes
    expected = {"401", "403", "500", "503"}
    if "requestBody" in operation.operation:
        expected |= {"400", "413", "415"}
    assert expected <= set(operation.responses)
    assert set(operation.responses["401"]["headers"]) >= {"WWW-Authenticate"}
    assert set(operation.responses["503"]["headers"]) >= {"Retry-After"}


def test_operations_have_names_of_their_own():
    names = [operation.id for operation in OPERATIONS]
    assert sorted(names) == sorted(set(names))


def examples() -> list[Any]:
    """Every example beside the schema that it has to fit."""
    found = []
    for operation in OPERATIONS:
        contents = [operation.operation.get("requestBody", {}).get("content", {})]
        contents += [response.get("content", {}) for response in operation.responses.values()]
        for content in contents:
            for media in content.values():
                found += [
                    pytest.param(media["schema"], example["value"], id=f"{operation.id} {name}")
                    for name, example in media["examples"].items()
                ]
        for parameter in operation.parameters:
            if "example" in parameter:
                name = f"{operation.id} {parameter['name']}"
                found.append(pytest.param(parameter["schema"], parameter["example"], id=name))
    return found


def test_every_example_fits_its_schema():
    components = {"components": told()["components"]}
    for case in examples():
        schema, value = case.values
        jsonschema.Draft202012Validator({**schema, **components}, format_checker=jsonschema.FormatChecker()).validate(
            value
        )


def test_the_errors_are_those_of_the_catalogue():
    for operation in LOOKUP:
        for status, response in operation.responses.items():
            if status < "300":
                continue
            (media,) = response["content"].values()
            narrowed = media["schema"]["allOf"][1]["properties"]["error"]["properties"]
            entries = [catalogue.BY_CODE[code] for code in narrowed["code"]["enum"]]
            assert {str(entry.status) for entry in entries} == {status}
            assert narrowed["type"]["enum"] == [entry.type for entry in entries]
            shown = [example["value"]["error"] for example in media["examples"].values()]
            assert [error["code"] for error in shown] == [entry.code for entry in entries]
            assert all(error["messages"][0] for error in shown)


def test_the_security_scheme_names_every_scope():
    schemes = told()["components"]["securitySchemes"]
    flow = schemes["clientCredentials"]["flows"]["clientCredentials"]
    assert flow == {"tokenUrl": "/oauth2/token", "scopes": SCOPES}


def test_nothing_is_left_over_among_the_components():
    whole = json.dumps(told())
    unused = [
        f"{kind}/{name}"
        for kind, components in told()["components"].items()
        for name in components
        if kind != "securitySchemes" and f'"#/components/{kind}/{name}"' not in whole
    ]
    assert unused == []


def test_a_reference_leads_somewhere():
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                assert resolved(node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(told())


def test_the_older_prefix_has_the_same_document():
    older = json.dumps(told("/v1")).replace("/v1/", "/v2/")
    assert json.loads(older) == json.loads(json.dumps(told()).replace("/v1/", "/v2/"))
    assert [path for path in told("/v1")["paths"] if path.startswith("/v2")] == []


def test_it_is_the_same_each_time_it_is_made():
    assert DocumentGenerator(prefix="/v2").get_schema(public=True) == DocumentGenerator(prefix="/v2").get_schema(
        public=True
    )


class TestServing:
    @pytest.mark.parametrize("path", ["/v2/openapi.json", "/v2/openapi.json/", "/v1/openapi.json"])
    def test_it_is_served_to_everybody(self, client: Client, path: str):
        answer = client.get(path)

        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert answer.headers["x-request-id"]
        assert json.loads(answer.content) == told(path[:3])

    def test_who_has_it_is_told_so(self, client: Client):
        first = client.get("/v2/openapi.json")
        again = client.get("/v2/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

        assert (again.status_code, again.content) == (304, b"")

    def test_it_is_compressed_for_who_wants_that(self, client: Client):
        answer = client.get("/v2/openapi.json", headers={"Accept-Encoding": "gzip"})

        assert answer.headers["Content-Encoding"] == "gzip"
        assert json.loads(gzip.decompress(answer.content)) == told()

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
    def test_it_can_only_be_got(self, client: Client, method: str):
        answer = client.generic(method, "/v2/openapi.json")

        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
        if method != "HEAD":
            assert json.loads(answer.content)["error"]["code"] == catalogue.METHOD_NOT_ALLOWED.code
