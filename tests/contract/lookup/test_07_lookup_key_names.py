"""Checklist 7: names of lookup keys."""

import pytest

from tests.api.caller import Caller
from tests.contract.lookup.served import Served


@pytest.mark.parametrize("key", ["sourceid", "SourceId", "ID", "uid", "source_id", "%20id", "😀"])
def test_another_name_is_refused(served: Served, caller: Caller, key: str):
    shown = key.replace("%20", " ")
    message = f"Invalid lookup key [{shown}], key must contain one of the following values: [id,sourceId]"

    for method, sent in (("GET", {}), ("PATCH", {"body": {}}), ("DELETE", {})):
        reply = caller.call(method, f"/{served.name}/{key}/1", **sent)
        assert reply.error == (400, 10006, "InvalidLookupKey", [message])
    assert caller.bulk(served.name, [{}], key).error == (400, 10006, "InvalidLookupKey", [message])


@pytest.mark.parametrize(
    "value", ["x", "-1", "+1", "1.0", "01", "0", "1e3", "9223372036854775808", "9" * 300, "%EF%BC%91", "%00"]
)
def test_an_id_that_is_no_number_is_not_found(served: Served, caller: Caller, value: str):
    assert caller.get(f"/{served.name}/id/{value}").code == served.absent


@pytest.mark.parametrize("path", ["bulk", "search/x", "export/x", "changes/x/y", "bulk/id/1", "bulk/", "search//"])
def test_reserved_words_are_never_lookup_keys(served: Served, caller: Caller, path: str):
    assert caller.get(f"/{served.name}/{path}").code == (404, 10008, "NotFound")
