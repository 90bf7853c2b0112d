"""Stores over the tenant API (contract, sections 3 and 5.4): read only, they are looked after in the back office."""

from typing import Any

from api.responses import Answer, answer
from api.tenant import catalogue
from api.tenant.lists import Column, answer_list, list_parameters
from api.tenant.members import instant
from api.tenant.problems import Problem
from api.tenant.routes import TENANT, Endpoint, Operation
from api.tenant.serving import Call
from tenants.models import Store
from tenants.permissions import ACCESS

SORTS = {"name": Column("name"), "storeUid": Column("uid"), "createdAt": Column("created_at", text=False)}


def list_stores(call: Call) -> Answer:
    """A page of the tenant's stores, closed ones as well."""
    return answer_list(call, Store.objects.filter(tenant=call.tenant).select_related("organization"), SORTS, _shape)


def get_store(call: Call) -> Answer:
    """One store. Errors: Problem STORE_NOT_FOUND."""
    uid = call.arguments["storeUid"]
    stores = Store.objects.filter(tenant=call.tenant).select_related("organization")
    # PostgreSQL takes no NUL, and no uid has one.
    store = stores.filter(uid=uid.replace("\x00", "\ufffd")).first()
    if store is None:
        raise Problem(catalogue.STORE_NOT_FOUND, "The tenant has no store with this uid.")
    return answer(_shape(store))


def _shape(store: Store) -> dict[str, Any]:
    return {
        "storeUid": store.uid,
        "name": store.name,
        "organizationUid": store.organization.uid,
        "address": store.address,
        "postalCode": store.postal_code,
        "city": store.city,
        "countryCode": store.country,
        "email": store.email,
        "phone": store.phone,
        "externalId": store.external_id,
        "isActive": store.is_active,
        "createdAt": instant(store.created_at),
        "lastModifiedAt": instant(store.modified_at),
    }


ENDPOINTS = (
    Endpoint(
        path=f"{TENANT}/stores",
        operations={"GET": Operation(act=list_stores, permission=ACCESS, parameters=list_parameters(SORTS))},
    ),
    Endpoint(path=f"{TENANT}/stores/{{storeUid}}", operations={"GET": Operation(act=get_store, permission=ACCESS)}),
)
