"""What an address reads as (lookup API contract, section 3)."""

from addresses.contracts import ADDRESSES
from records.reads import make_shape

ADDRESS_SHAPE = make_shape(
    ADDRESSES,
    (
        *("id", "active", "type", "code", "name", "firstName", "middleName", "lastName", "gender", "company"),
        *("street", "number", "numberExtension", "postalCode", "city", "region", "country", "icp"),
        *("phone", "mobile", "fax", "email", "url", "isDefault", "notes", "source", "sourceId"),
    ),
    {
        "active": "'Y'",
        "name": "concat_ws(' ', nullif({t}.first_name, ''), nullif({t}.middle_name, ''), nullif({t}.last_name, ''))",
        "isDefault": "CASE WHEN {t}.is_default THEN 'Y' ELSE 'N' END",
    },
)
