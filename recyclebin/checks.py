"""System checks: no foreign key to a record without saying what the recycle bin does along it.

Event tables of the change history need no policy: their keys keep, because history outlives the row.
"""

from typing import Any

from django.core import checks

from recyclebin.policies import POLICIES, Graph, Link, graph

HINT = 'Say "along", "keep" or "block" in bin_policies, beside the key.'


def every_key_has_a_bin_policy(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """E001: no policy. E002: a policy that cannot be. E003: records that would go along with themselves."""
    return check_graph(graph())


def check_graph(found: Graph) -> list[checks.CheckMessage]:
    """The messages for one graph, in the order of its links."""
    messages: list[checks.CheckMessage] = [
        checks.Error(f"{link} is a key to a record and has no bin policy.", hint=HINT, obj=link.model, id=_id(1))
        for link in found.links
        if link.policy is None
    ]
    messages += [
        checks.Error(f"{link} has the bin policy {link.policy!r}. {fault}", hint=HINT, obj=link.model, id=_id(2))
        for link in found.links
        if (fault := _fault(link, found))
    ]
    messages += [
        checks.Error(
            f"{model._meta.label}.bin_policies names {name!r}, which is no foreign key to a record.",
            hint="Remove the entry, or correct the name.",
            obj=model,
            id=_id(2),
        )
        for model, name in found.strays
    ]
    return messages + [
        checks.Error(
            f"{link} closes a circle of keys that go along.",
            hint='Owners are locked before the owned, so one key of the circle has to be "keep" or "block".',
            obj=link.model,
            id=_id(3),
        )
        for link in found.loops
    ]


def _id(number: int) -> str:
    return f"recyclebin.E{number:03}"


def _fault(link: Link, found: Graph) -> str:
    if link.policy is None:
        return ""
    if link.policy not in POLICIES:
        return "There is no such policy."
    if link.policy == "along" and link.model not in found.models:
        return "Its table has no key to a deletion, so its rows cannot go to the bin."
    return ""
