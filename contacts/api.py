"""Contacts and companies in the lookup API: wiring only."""

from addresses.api import AddressesPart
from addresses.reads import ADDRESS_SHAPE
from contacts.contracts import COMPANIES, CONTACTS, CompanyPayload, ContactPayload
from pricing.api import PricingPart
from records.api import RecordViewSet


class ContactViewSet(RecordViewSet):
    """The endpoints below ``/contacts``."""

    resource = CONTACTS
    payload = ContactPayload
    parts = (PricingPart,)


class CompanyViewSet(RecordViewSet):
    """The endpoints below ``/companies``."""

    resource = COMPANIES
    payload = CompanyPayload
    addresses = ADDRESS_SHAPE
    parts = (AddressesPart, PricingPart)
