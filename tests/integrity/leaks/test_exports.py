"""No export holds a word of a record in the bin. An export has its own connection, so this world is committed."""

import csv
import io
import json

import pytest

from backoffice.urls import RESOURCES
from tests.api.caller import make_caller
from tests.factories import make_tenant
from tests.integrity.leaks.world import GONE, LIVE, World, build
from tests.records.feed import wait_until_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return build(make_tenant("leaky"), make_tenant("foreign"))


def test_exports_and_change_feeds(world: World):
    caller = make_caller(world.tenant)
    wait_until_over()
    for resource in (viewset.resource for viewset in RESOURCES):
        live = world.live(resource.model)
        for query in ("format=ndjson", "format=csv", "format=csv&spreadsheet=true"):
            for narrowed, found in (("", live), (f"&query={LIVE}", live), (f"&query={GONE}", [])):
                reply = caller.get(f"/{resource.name}/export?{query}{narrowed}")
                text = reply.content.decode()
                rows = (
                    [json.loads(line) for line in text.splitlines()]
                    if "ndjson" in query
                    else list(csv.DictReader(io.StringIO(text)))
                )
                assert sorted(int(row["id"]) for row in rows) == found
                assert world.leaked(text) == set()
                assert reply.headers["x-items-estimate"] == str(len(found))
        # The feed has to tell that a record is gone; it tells its key, and no other word of it.
        changes = caller.get(f"/{resource.name}/changes").body["data"]
        keys = {"action", "id", "source", "sourceId", "at"}
        assert {frozenset(change) for change in changes} == {frozenset(keys)}
        latest = {change["id"]: change for change in changes}
        for pk in world.gone(resource.model):
            assert (latest[pk]["action"], latest[pk]["sourceId"]) == (
                "delete",
                f"key{world.words[resource.model, pk]}",
            )
        assert {pk for pk, change in latest.items() if change["action"] != "delete"} == set(live)
