"""Checklist 30: the examples of the document are real. Each is sent, and what comes back is what is shown."""

from typing import Any

import jsonschema
import pytest

from records.openapi.members import NEW_ID
from records.resources import resource_named
from tests.api.caller import NOTHING, make_caller
from tests.contract.lookup import openapi_world
from tests.contract.lookup.openapi_world import OPERATIONS, Told, make_world, resolved, told
from tests.contract.lookup.served import BY_NAME

CASES = [
    pytest.param(operation, name, id=f"{operation.id} {name}".strip())
    for operation in OPERATIONS
    for name in operation.request_examples
    if operation.operation.get("security") != [{}, {"basic": []}]
]
STAMPS = ("dateCreated", "dateModified")


def same(answered: Any, shown: Any) -> Any:
    """The answer with what is different each time as the example shows it: stamps, and the ids of new records."""
    if isinstance(answered, list) and isinstance(shown, list) and len(answered) == len(shown):
        return [same(*pair) for pair in zip(answered, shown, strict=True)]
    if isinstance(answered, dict) and isinstance(shown, dict):
        return {name: same(value, shown.get(name)) for name, value in answered.items()} | {
            name: shown[name]
            for name, value in answered.items()
            if (name in STAMPS and shown.get(name)) or (name == "id" and shown.get("id") == NEW_ID and value)
        }
    return answered


@pytest.mark.django_db
@pytest.mark.parametrize(("operation", "name"), CASES)
def test_a_request_example_succeeds(operation: Told, name: str, tenant_a):
    resource = operation.path.split("/")[2]
    if resource in BY_NAME:
        make_world(tenant_a, resource_named(resource))
    path, headers = operation.request()
    body = operation.request_examples[name]
    status, response = operation.success

    reply = make_caller(tenant_a).call(
        operation.method, path.removeprefix("/v2"), NOTHING if body is openapi_world.NOTHING else body, **headers
    )

    assert reply.status == status, reply.body
    media = response["content"][reply.headers["Content-Type"].partition(";")[0]]
    answered = reply.content.decode() if reply.body is None else reply.body
    jsonschema.Draft202012Validator({**media["schema"], "components": told()["components"]}).validate(answered)
    required = {header for header, meant in response["headers"].items() if resolved(meant).get("required")}
    assert required <= set(reply.headers)
    if name == next(iter(operation.request_examples)) and resource in BY_NAME and not is_of_committed(operation):
        shown = next(iter(media["examples"].values()))["value"]
        assert same(reply.body, shown) == shown


def is_of_committed(operation: Told) -> bool:
    """Whether it tells of what was committed, which nothing of this test ever is."""
    return operation.path.endswith(("/changes", "/export"))
