"""Customers in the lookup API: wiring only."""

from addresses.api import AddressesPart
from addresses.reads import ADDRESS_SHAPE
from customers.contracts import CUSTOMERS, CustomerPayload
from pricing.api import PricingPart
from records.api import RecordViewSet


class CustomerViewSet(RecordViewSet):
    """The endpoints below ``/customers``."""

    resource = CUSTOMERS
    payload = CustomerPayload
    addresses = ADDRESS_SHAPE
    parts = (AddressesPart, PricingPart)
