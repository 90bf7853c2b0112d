"""Taking paths apart."""

import pytest

from api.routes import BULK, COLLECTION, ITEM, Route, parse

NESTED = frozenset({"addresses", "pricing"})


@pytest.mark.parametrize(
    ("rest", "route"),
    [
        ("", Route(COLLECTION, {})),
        ("bulk/id", Route(BULK, {"key": "id"})),
        ("bulk/anything", Route(BULK, {"key": "anything"})),
        ("bulk", None),
        ("bulk/id/1", None),
        ("search", Route("search", {})),
        ("export", Route("export", {})),
        ("changes", Route("changes", {})),
        ("search/", None),
        ("search/1", None),
        ("id", None),
        ("id/", None),
        ("id/5", Route(ITEM, {"key": "id", "value": "5"})),
        ("sourceId/a/b", Route(ITEM, {"key": "sourceId", "value": "a/b"})),
        ("sourceId//a", Route(ITEM, {"key": "sourceId", "value": "/a"})),
        ("sourceId/a/", Route(ITEM, {"key": "sourceId", "value": "a/"})),
        ("sourceId/a\nb", Route(ITEM, {"key": "sourceId", "value": "a\nb"})),
        ("sourceId/addresses", Route(ITEM, {"key": "sourceId", "value": "addresses"})),
        ("sourceId/a/addresses", Route("addresses", {"key": "sourceId", "value": "a"})),
        ("sourceId/a\n/addresses", Route("addresses", {"key": "sourceId", "value": "a\n"})),
        ("sourceId/a/addresses/7", Route("addresses/member", {"key": "sourceId", "value": "a", "member": "7"})),
        ("sourceId/a/addresses/bulk", Route("addresses/bulk", {"key": "sourceId", "value": "a"})),
        ("sourceId/a/addresses/b/c", Route(ITEM, {"key": "sourceId", "value": "a/addresses/b/c"})),
        ("sourceId/a/addresses/b/addresses", Route("addresses", {"key": "sourceId", "value": "a/addresses/b"})),
        ("sourceId/a/pricing", Route("pricing", {"key": "sourceId", "value": "a"})),
        ("sourceId/a/pricing/1", Route(ITEM, {"key": "sourceId", "value": "a/pricing/1"})),
        ("sourceId/a/prices", Route(ITEM, {"key": "sourceId", "value": "a/prices"})),
    ],
)
def test_parse(rest: str, route: Route | None):
    assert parse(rest, NESTED) == route


def test_a_suffix_that_the_resource_does_not_have_is_part_of_the_value():
    assert parse("id/a/addresses", frozenset({"pricing"})) == Route(ITEM, {"key": "id", "value": "a/addresses"})
