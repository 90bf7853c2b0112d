"""Random trees against a plain model: no order of rows closes a loop, in chunks of any size (lookup API, 3)."""

import os

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.rows import Directives, ParentKey
from tenants.actors import staff_actor
from tests.factories import make_staff, make_tenant, make_usergroup, put_in_bin
from tests.records.sending import home, push, row
from users.contracts import USERGROUPS
from users.models import Usergroup

EXAMPLES = int(os.environ.get("UPSERT_EXAMPLES", "60"))
NAMES = "ABCDEF"

names = st.sampled_from(NAMES)
forests = st.lists(st.tuples(names, st.none() | names), unique_by=lambda pair: pair[0], max_size=6)
rows_sent = st.lists(
    st.tuples(names, st.sampled_from(["absent", "none", *NAMES, *NAMES]), st.sampled_from([None, None, True, False])),
    min_size=1,
    max_size=10,
)


def leads_to(above, node, start):
    while start is not None:
        if start == node:
            return True
        start = above.get(start)
    return False


def apply(above, binned, rows, directives):
    """One row after the other, as the contract says. ``above`` maps each group to its parent; returns what is told."""
    told = []
    for name, parent, good_address in rows:
        exists = name in above
        if parent not in ("absent", "none", name) and parent not in above:
            told.append(("not found", parent))
        elif parent in binned:
            told.append(("not allowed", parent))
        elif name in binned:
            told.append(("not allowed", name))
        elif directives.skip_create and not exists:
            told.append(("not found", name))
        elif good_address is False:
            told.append(("invalid", "/addresses/0/country"))
        else:
            wanted = above.get(name) if parent == "absent" else None if parent == "none" else parent
            keeps = exists and (directives.skip_move_on_update or (directives.skip_if_not_empty and above[name]))
            if not keeps and leads_to(above, name, wanted) and wanted != above.get(name):
                told.append(("invalid", "/parent"))
                continue
            before = above.get(name, "")
            above[name] = before if keeps else wanted
            told.append(("update" if exists else "create", above[name]))
    return told


def loops(above):
    return [node for node in above if leads_to(above, node, above[node])]


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
@given(
    forest=forests,
    gone=st.none() | names,
    rows=rows_sent,
    chunk=st.integers(1, 10),
    directives=st.sampled_from(
        [
            Directives(),
            Directives(),
            Directives(skip_move_on_update=True),
            Directives(skip_create=True),
            Directives(skip_if_not_empty=frozenset({"parent"})),
        ]
    ),
)
def test_the_tree_is_what_the_model_says(forest, gone, rows, chunk, directives):
    above = {name: None for name, _ in forest}
    for name, parent in forest:
        if parent in above and not leads_to(above, name, parent):
            above[name] = parent
    binned = {gone} & set(above)
    expected = dict(above)
    told = apply(expected, binned, rows, directives)
    # Within a chunk a row may also be below a group that a later row creates, of which the model knows nothing.
    waits = any(kind == "not found" and any(later[0] == name for later in rows[place + 1 :])
                for place, (kind, name) in enumerate(told))  # fmt: skip

    with transaction.atomic():
        tenant = make_tenant()
        actor = staff_actor(make_staff("", (tenant, "owner")), tenant)
        groups = {name: make_usergroup(tenant, source="ERP", source_id=name) for name in above}
        for name, parent in above.items():
            Usergroup.objects.filter(pk=groups[name].pk).update(parent=groups.get(parent))
        for name in binned:
            put_in_bin(groups[name])
        sent = [
            row(name, resource=USERGROUPS, addresses=() if good is None else (home(country="NL" if good else "XX"),),
                **({} if parent == "absent" else {"parent": ParentKey(source="ERP", source_id=parent)
                                                 if parent != "none" else None}))
            for name, parent, good in rows
        ]  # fmt: skip

        outcomes = push(actor, *sent, resource=USERGROUPS, chunk=chunk, directives=directives)

        stored = dict(
            Usergroup.everything.filter(tenant=tenant).values_list("source_id", "parent__source_id")
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)

    assert loops(stored) == []
    if chunk == 1 or not waits:
        kinds = [outcome.refusal.kind.value if outcome.refusal else outcome.action for outcome in outcomes]
        # Of a row with a bad address and a bad parent either may be told.
        both = {place for place, (_, _, good) in enumerate(rows) if good is False}
        for place in both:
            assert outcomes[place].refusal
        assert [kind for place, kind in enumerate(kinds) if place not in both] == [
            kind for place, (kind, _) in enumerate(told) if place not in both
        ]
        assert stored == expected
