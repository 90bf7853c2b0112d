"""Checklist 23 with random requests: whatever is sent to the addresses of an owner, a plain model says the same."""

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addresses.models import Address
from recyclebin.verbs import restore
from tests.api.caller import make_caller
from tests.contract.lookup.addresses_model import Owner, Refused
from tests.contract.lookup.below import Below, below
from tests.contract.lookup.served import BY_NAME
from tests.factories import make_tenant, owner_of

EXAMPLES = int(os.environ.get("ADDRESS_EXAMPLES", "40"))
"""``ADDRESS_EXAMPLES=1000`` for a long look."""

changes = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["delivery", "invoice"]),
        "code": st.sampled_from(["A", "B", ""]),
        "city": st.sampled_from(["Assen", "Assen", "Delft", "Delft", "Delft", ""]),
        "country": st.sampled_from(["NL", "NL", "NL", "DE", "DE", "ZZ"]),
        "isDefault": st.sampled_from(["Y", "N"]),
    },
)
whole = st.builds(lambda sent: {"type": "delivery", "city": "Zwolle", "country": "NL"} | sent, changes)
rows = st.one_of(whole, whole, changes)
# What an owner begins with, so that the first request already meets a default with heirs and a code that is taken.
BEGINNING = [
    {"type": "delivery", "city": "Zwolle", "country": "NL", "code": "A"},
    {"type": "delivery", "city": "Zwolle", "country": "NL", "code": "B"},
    {"type": "invoice", "city": "Zwolle", "country": "NL", "code": "A"},
    {"type": "delivery", "city": "Zwolle", "country": "NL"},
]
numbers = st.integers(0, 4)
requests = st.one_of(
    st.tuples(st.just("create"), rows),
    st.tuples(st.just("patch"), numbers, changes),
    st.tuples(st.just("patch"), numbers, changes),
    st.tuples(st.just("bulk"), st.lists(rows, min_size=1, max_size=6)),
    st.tuples(st.just("delete"), numbers),
    st.tuples(st.just("restore"), numbers),
)


def attempt(work: Any, *arguments: Any) -> Any:
    """What the model does, or the code with which it refuses."""
    try:
        return work(*arguments)
    except Refused as refused:
        return refused


class Story:
    """One owner in the database and in the model, and the ids of its addresses in the order of their creation."""

    def __init__(self) -> None:
        tenant = make_tenant()
        self.actor = owner_of(tenant)
        caller = make_caller(tenant)
        served = BY_NAME["customers"]
        pk = caller.post("/customers", {}).data["id"]
        self.book: Below = below(caller, served, served.model.objects.get(pk=pk))
        self.model = Owner()

    @property
    def ids(self) -> list[int]:
        return list(self.book.stored)

    def id_of(self, number: int) -> int:
        return self.ids[number] if number < len(self.ids) else 0

    def play(self, request: tuple[Any, ...]) -> None:
        before = self.stored
        getattr(self, request[0])(*request[1:])
        changed = [values for pk, values in self.book.stored.items() if values != before[1].get(pk)]
        self.model.version += bool(changed)
        assert self.stored[0] == self.model.version
        assert self.book.told("type", "code", "city", "isDefault") == self.model.told()
        assert [values["is_default"] for values in self.book.stored.values()] == [p.default for p in self.model.places]

    @property
    def stored(self) -> tuple[int, dict[int, Any]]:
        owner = type(self.book.owner).objects.get(pk=self.book.owner.pk)
        return owner.version, self.book.stored

    def create(self, sent: dict[str, Any]) -> None:
        told, reply = attempt(self.model.create, sent), self.book.caller.post(self.book.path, sent)
        assert (201 if not isinstance(told, Refused) else told.code) == reply.body.get("error", {}).get("code", 201)

    def patch(self, number: int, sent: dict[str, Any]) -> None:
        told, reply = attempt(self.model.patch, number, sent), self.book.patch(self.id_of(number), sent)
        assert (200 if not isinstance(told, Refused) else told.code) == reply.body.get("error", {}).get("code", 200)

    def bulk(self, sent: list[dict[str, Any]]) -> None:
        told = [attempt(self.model.upsert, row) for row in sent]
        expected = [(*t, None) if not isinstance(t, Refused) else (str(t.__cause__), False, t.code) for t in told]
        seen = self.book.bulk(*sent).data
        assert [(r["action"], r.get("changed", r["success"]), r.get("code")) for r in seen] == expected
        assert [row["key"] for row in seen] == [row.get("code") for row in sent]
        ids = [row["id"] for row in seen if row["success"]]
        assert set(ids) <= set(self.ids)

    def delete(self, number: int) -> None:
        told, reply = attempt(self.model.delete, number), self.book.delete(self.id_of(number))
        assert (200 if told is None else told.code) == reply.body.get("error", {}).get("code", 200)

    def restore(self, number: int) -> None:
        if number < len(self.model.places) and self.model.places[number].binned:
            self.model.restore(number)
            deletion = Address.everything.get(pk=self.id_of(number)).deletion_id
            assert restore(deletions=[deletion], actor=self.actor).failed == ()


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(plan=st.lists(requests, min_size=4, max_size=10))
def test_a_plain_model_says_the_same(plan: list[tuple[Any, ...]]):
    with transaction.atomic():
        story = Story()
        story.play(("bulk", BEGINNING))
        for request in plan:
            story.play(request)
        transaction.set_rollback(True)
