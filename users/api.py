"""Users and usergroups in the lookup API: wiring only."""

from addresses.api import AddressesPart
from addresses.reads import ADDRESS_SHAPE
from pricing.api import PricingPart
from records.api import RecordViewSet
from users.contracts import USERGROUPS, USERS, UsergroupPayload, UserPayload


class UserViewSet(RecordViewSet):
    """The endpoints below ``/users``."""

    resource = USERS
    payload = UserPayload
    addresses = ADDRESS_SHAPE
    parts = (AddressesPart, PricingPart)


class UsergroupViewSet(RecordViewSet):
    """The endpoints below ``/usergroups``."""

    resource = USERGROUPS
    payload = UsergroupPayload
    addresses = ADDRESS_SHAPE
    parts = (AddressesPart, PricingPart)
