"""Checklist 11: one misspelt key refuses the whole request, and the message says where."""

import pytest

from tests.api.caller import Caller
from tests.contract.lookup.served import Served
from tests.factories import rows


def test_in_bulk_the_message_names_row_and_key(served: Served, caller: Caller):
    good = {"source": "E", "sourceId": "1"}

    reply = caller.bulk(served.name, [good, good | {"sourceId": "2", "emial": "x"}, good | {"attributes": []}])

    assert reply.error == (
        400,
        10007,
        "SchemaValidationException",
        [
            f"#/{served.name}/1: extraneous key [emial] is not permitted",
            f"#/{served.name}/2: extraneous key [attributes] is not permitted",
        ],
    )
    assert rows(served.model) == {}


KEYS = ["id", "dateCreated", "dateModified", "sources", "uid", "version", "tenant", "usergroup", "firstname"]


@pytest.mark.parametrize("key", [*KEYS, "name"])
def test_read_only_and_unknown_keys(served: Served, caller: Caller, key: str):
    if key == "name" and not served.is_person:
        key = "fullName"  # organisations have a name of their own
    message = f"#: extraneous key [{key}] is not permitted"

    assert caller.post(f"/{served.name}", {key: 1}).error[3] == [message]
    made = caller.post(f"/{served.name}", {})
    assert caller.patch(f"/{served.name}/id/{made.data['id']}", {key: 1}).error[3] == [message]


def test_an_id_is_extraneous_where_the_sourceid_is_the_key(served: Served, caller: Caller):
    reply = caller.bulk(served.name, [{"id": 1, "source": "E", "sourceId": "1"}])

    assert reply.error[3] == [f"#/{served.name}/0: extraneous key [id] is not permitted"]


def test_beside_the_rows(served: Served, caller: Caller):
    body = {"customer": [], served.name: [{"source": "E", "sourceId": "1"}]}

    assert caller.post(f"/{served.name}/bulk/sourceId", body).error[3] == [
        "#: extraneous key [customer] is not permitted"
    ]
    missing = f"#: required key [{served.name}] not found"
    assert caller.post(f"/{served.name}/bulk/sourceId", {}).error[3] == [missing]
