"""The members of addresses in words, for the OpenAPI document (lookup API contract, section 3)."""

from addresses.contracts import ADDRESSES
from records.openapi.members import Member, tell

_KEPT_AS_SENT = "Text or an integer; kept as sent, as text."

tell(
    ADDRESSES,
    {
        "id": Member("Given by us and never used again.", 5),
        "active": Member("Always `Y`.", "Y"),
        "type": Member("`delivery`, `invoice` or `home`. A new address needs one.", "delivery"),
        "code": Member("Your own name for the address: unique for its owner and type, the recycle bin included.", "HQ"),
        "name": Member("First, middle and last name, joined.", "Zoë de Wit"),
        "firstName": Member("", "Zoë"),
        "middleName": Member(""),
        "lastName": Member("", "de Wit"),
        "gender": Member("`m`, `f` or `u` for unknown, in either case; read in lower case.", "f"),
        "street": Member("A new address needs one, and it cannot be cleared.", "Havenstraat"),
        "number": Member(_KEPT_AS_SENT, "12"),
        "numberExtension": Member(_KEPT_AS_SENT, "a"),
        "postalCode": Member(_KEPT_AS_SENT, "3511 AB"),
        "city": Member("A new address needs one, and it cannot be cleared.", "Utrecht"),
        "region": Member(""),
        "country": Member(
            "A code of ISO 3166-1 alpha-2, in either case; read in upper case. A new address needs one.", "NL"
        ),
        "icp": Member("Whether the rules for trade within the European Union apply: `Y` or `N`.", "N"),
        "url": Member("An address of the web, http or https."),
        "isDefault": Member(
            "One address of each type is the owner's default. The first one becomes it, a new default takes its place;"
            " the default itself cannot be set to `N`.",
            "Y",
        ),
        "notes": Member("May hold tabs and line breaks."),
        "source": Member("The system that `sourceId` comes from. The two go together."),
        "sourceId": Member("The key of the address in that system, kept exactly as sent."),
    },
)
