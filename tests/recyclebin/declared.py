"""What the record types declare, as parameters: a type that joins later joins these tests without being named here."""

from typing import NamedTuple

import pytest

from records.models import Record
from recyclebin.policies import Link, graph, type_name
from tenants.models import Tenant
from tests.factories import make_keyed, make_record, put_in_bin

MODELS = graph().models
LINKS = tuple(link for link in graph().links if link.model in MODELS)
ALONG = tuple(link for link in LINKS if link.policy == "along")
KEEP = tuple(link for link in LINKS if link.policy == "keep")

every_model = pytest.mark.parametrize("model", MODELS, ids=type_name)
every_link = pytest.mark.parametrize("link", LINKS, ids=str)
every_along = pytest.mark.parametrize("link", ALONG, ids=str)
every_keep = pytest.mark.parametrize("link", KEEP, ids=str)


def accessor(link: Link) -> str:
    """The name by which an owner reaches its rows along the link."""
    return link.model._meta.get_field(link.field).remote_field.get_accessor_name()


def below(link: Link, owner: Record, **fields: object) -> Record:
    """A live record that hangs below the owner."""
    return make_record(link.model, owner.tenant, **{link.field: owner} | fields)


class Hanging(NamedTuple):
    """An owner of tenant A with one live row and one in the bin; the other tenant has a live pair as well."""

    owner: Record
    live: Record
    binned: Record
    foreign: Record


def hanging(link: Link, tenant: Tenant, other: Tenant) -> Hanging:
    """The data that could leak through a link."""
    owner = make_keyed(link.owner, tenant)
    live, binned = below(link, owner), below(link, owner)
    put_in_bin(binned)
    owner.refresh_from_db()
    return Hanging(owner, live, binned, below(link, make_keyed(link.owner, other)))
