"""The addresses of an owner on paper (lookup API contract, sections 3 and 5)."""

from typing import Any

from tests.integrity.paper.things import ABSENT, BAD, Address, Record, Refused, cleaned_pair

Pair = tuple[str, str]
REQUIRED = ("type", "city", "country")


class Holders:
    """Who holds which key among the addresses of a tenant: when the request began, and by now."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.begun = {address.pair: address for record in records for address in record.addresses if address.pair[1]}

    def check(self, pair: Pair, own: Address | None, owner: Record) -> None:
        """A key must be free or one's own. One that is given up in the same request is not free yet."""
        if not pair[1]:
            return
        begun = self.begun.get(pair)
        if begun is not None and begun is not own:
            raise Refused("exists" if begun.live else "binned", "addresses")
        owners = self.records if any(owner is record for record in self.records) else [*self.records, owner]
        if any(held is not own and held.pair == pair for record in owners for held in record.addresses):
            raise Refused("exists", "addresses")


def write(
    owner: Record,
    body: dict[str, Any],
    holders: Holders,
    *,
    new: bool = False,
    id: int | None = None,
) -> Address:
    """Create or change one address. Errors: Refused, and nothing has changed."""
    sent = _cleaned(body)
    pair = cleaned_pair(body)
    address = _by_id(owner, id) if id is not None else _by_code(owner, sent, new=new)
    if pair is not ABSENT:
        holders.check(pair, address, owner)
        sent["pair"] = pair
    default = {"Y": True, "N": False}.get(body.get("isDefault") or "")
    if address is None:
        return _create(owner, sent, default)
    _change(owner, address, sent, default)
    return address


def action(owner: Record, body: dict[str, Any]) -> str:
    """What a row is about to do, though it is refused: whether there is an address with its code, binned or not."""
    code, kind = body.get("code"), body.get("type", ABSENT)
    same = [a for a in owner.addresses if code and a.code == code and kind in (ABSENT, a.type)]
    return "update" if same else "create"


def default_of(owner: Record, kind: str) -> Address | None:
    return next((a for a in owner.addresses if a.live and a.is_default and a.type == kind), None)


def give_default(owner: Record, kind: str) -> Address | None:
    """The oldest live address of a type becomes the default, if there is none."""
    if default_of(owner, kind):
        return None
    heir = next((address for address in owner.addresses if address.live and address.type == kind), None)
    if heir:
        heir.is_default = True
    return heir


def _cleaned(body: dict[str, Any]) -> dict[str, Any]:
    sent = {}
    for name in ("type", "city", "country", "code", "street"):
        if name not in body:
            continue
        value = body[name]
        if value in (*BAD, "XX") or (name != "code" and value in (None, "")):
            raise Refused("invalid")
        sent[name] = value.upper() if name == "country" else value or ""
    return sent


def _by_id(owner: Record, id: int) -> Address:
    found = next((address for address in owner.addresses if address.id == id), None)
    if found is None:
        raise Refused("not found", "addresses")
    if not found.live:
        raise Refused("binned", "addresses")
    return found


def _by_code(owner: Record, sent: dict[str, Any], *, new: bool) -> Address | None:
    if not sent.get("code"):
        return None
    same = [a for a in owner.addresses if a.code == sent["code"] and sent.get("type", a.type) == a.type]
    live = [address for address in same if address.live]
    if live and new:
        raise Refused("exists", "addresses")
    if len(live) > 1:
        raise Refused("invalid")
    if same and not live:
        raise Refused("binned", "addresses")
    return live[0] if live else None


def _create(owner: Record, sent: dict[str, Any], default: bool | None) -> Address:
    if not all(name in sent for name in REQUIRED):
        raise Refused("invalid")
    address = Address(of=owner, **sent)
    current = default_of(owner, address.type)
    if default or current is None:
        if current:
            current.is_default = False
        address.is_default = True
    owner.addresses.append(address)
    return address


def _change(owner: Record, address: Address, sent: dict[str, Any], default: bool | None) -> None:
    if default is False and address.is_default:
        raise Refused("invalid")
    place = sent.get("type", address.type), sent.get("code", address.code)
    for other in owner.addresses:
        if other is not address and place[1] and (other.type, other.code) == place:
            raise Refused("exists" if other.live else "binned", "addresses")
    before, was_default = address.type, address.is_default
    for name, value in sent.items():
        setattr(address, name, value)
    if address.type != before:
        address.is_default = False
        if was_default:
            give_default(owner, before)
    if default or default_of(owner, address.type) is None:
        current = default_of(owner, address.type)
        if current:
            current.is_default = False
        address.is_default = True
