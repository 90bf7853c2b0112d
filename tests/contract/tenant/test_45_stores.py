"""45, in part: stores are read only. Section 5.4: their members."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tenants.models import Store
from tests.api.caller import Caller

MOMENT = datetime(2026, 11, 23, 8, 30, 0, 120_999, tzinfo=UTC)


def test_a_store(caller: Caller, make_store: Callable[..., Store]):
    make_store(
        "oslo",
        name="Oslo S",
        address="Karl Johans gate 1",
        postal_code="0154",
        city="Oslo",
        country="NO",
        email="oslo@shops.example",
        phone="+47 22 00 00 00",
        external_id="S-1",
        created_at=MOMENT,
        modified_at=MOMENT,
    )

    answer = caller.get("/tenants/a/stores/oslo")

    assert answer.status == 200
    assert list(answer.body.items()) == [
        ("storeUid", "oslo"),
        ("name", "Oslo S"),
        ("organizationUid", "org-a"),
        ("address", "Karl Johans gate 1"),
        ("postalCode", "0154"),
        ("city", "Oslo"),
        ("countryCode", "NO"),
        ("email", "oslo@shops.example"),
        ("phone", "+47 22 00 00 00"),
        ("externalId", "S-1"),
        ("isActive", True),
        ("createdAt", "2026-11-23T08:30:00.120Z"),
        ("lastModifiedAt", "2026-11-23T08:30:00.120Z"),
    ]
    assert caller.get("/tenants/a/stores").body["items"] == [answer.body]


@pytest.mark.parametrize("uid", ["nowhere", "Oslo", "oslo%0A", "%00", "x" * 300, "%F0%9F%98%80"])
def test_a_uid_that_no_store_has(caller: Caller, stores: list[Store], uid: str):
    assert caller.get(f"/tenants/a/stores/{uid}").problem == (404, "STORE_NOT_FOUND")


def test_post_on_stores(caller: Caller):
    assert caller.post("/tenants/a/stores", {}).problem == (405, "METHOD_NOT_ALLOWED")
