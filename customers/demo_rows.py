"""Invented customers, users, companies, contacts and usergroups as rows for the upsert engine.

Equal seeds give equal rows. Each kind has random numbers of its own and each record takes its turn, so the first
thousand of a hundred thousand customers are the same people as in a load of a thousand.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec import UNSET

from addresses.contracts import ADDRESSES
from contacts.contracts import COMPANIES, CONTACTS
from customers.contracts import CUSTOMERS
from customers.demo_names import Pool, fill, pools, repeatable
from records.resources import Resource
from records.rows import AddressRow, ParentKey, Row
from users.contracts import USERGROUPS, USERS

SOURCE = "DEMO"
GROUPS = ("Newsletter", "Loyalty card", "Wholesale", "Staff discount", "Closed accounts")
TRADES = ("Bakery", "Bicycles", "Books", "Flowers", "Furniture", "Garden", "Lighting", "Paints", "Shoes", "Tools")
CONTACTS_PER_COMPANY = 3

_mail_domains = ("example.com", "example.org", "example.net")
_first_birth = date(1940, 1, 1)
_births = (date(2006, 12, 31) - _first_birth).days


def country_rows(seed: int) -> Iterator[Row]:
    """A usergroup for each country."""
    for pool in pools(seed):
        place = pool.place
        yield _row(USERGROUPS, place.country, {"name": f"Customers {place.country}", "language": place.language})


def group_rows(seed: int) -> Iterator[Row]:
    """Five usergroups below each of ``country_rows``."""
    for pool in pools(seed):
        place = pool.place
        for number, name in enumerate(GROUPS, start=1):
            values = {"name": f"{name} {place.country}", "language": place.language}
            yield _row(USERGROUPS, _group(pool, number), values, parent=place.country)


def company_rows(count: int, seed: int) -> Iterator[Row]:
    """Companies, each with an invoice address and a usergroup."""
    random = repeatable(seed, "companies")
    for number in range(1, count + 1):
        pool = random.choice(pools(seed))
        owner = random.choice(pool.last["m"])
        trade = random.choice(TRADES)
        values = {
            "name": f"{owner.text} {trade}",
            "language": pool.place.language,
            "tax_number": f"{pool.place.country}000{random.randrange(10**6):06d}B01",
            "debtor_id": f"{20_000_000 + number}",
            "phone": fill(pool.place.phone, random),
            "email": f"office.{owner.mail}{number}@{random.choice(_mail_domains)}",
        }
        address = _address(pool, random, "invoice", {"company_name": values["name"]})
        yield _row(COMPANIES, f"B-{number:06d}", values, parent=_group(pool, 3), addresses=(address,))


def contact_rows(companies: int, seed: int) -> Iterator[Row]:
    """Three contacts for each company of ``company_rows``."""
    random = repeatable(seed, "contacts")
    for number in range(1, companies * CONTACTS_PER_COMPANY + 1):
        pool = random.choice(pools(seed))
        company = (number - 1) // CONTACTS_PER_COMPANY + 1
        yield _row(CONTACTS, f"P-{number:06d}", _person(pool, random, number), parent=f"B-{company:06d}")


def user_rows(count: int, seed: int) -> Iterator[Row]:
    """Webshop users, each with a home address and a usergroup."""
    random = repeatable(seed, "users")
    for number in range(1, count + 1):
        pool = random.choice(pools(seed))
        values = _person(pool, random, number)
        address = _address(pool, random, "home", {})
        yield _row(USERS, f"U-{number:06d}", values, parent=_group(pool, 1), addresses=(address,))


def customer_rows(count: int, seed: int) -> Iterator[Row]:
    """Customers, each with a delivery address and a usergroup; some lack a phone, an e-mail or a date of birth."""
    random = repeatable(seed, "customers")
    for number in range(1, count + 1):
        pool = random.choice(pools(seed))
        values = _person(pool, random, number)
        values["debtor_id"] = f"{10_000_000 + number}"
        group = _group(pool, random.randrange(len(GROUPS) + 1))
        address = _address(pool, random, "delivery", {})
        yield _row(CUSTOMERS, customer_key(number), values, parent=group, addresses=(address,))


def customer_key(number: int) -> str:
    """The sourceId of the demo customer with this number; numbers begin at 1."""
    return f"C-{number:06d}"


def _person(pool: Pool, random: Random, number: int) -> dict[str, Any]:
    gender = random.choice("fm")
    first, last = random.choice(pool.first[gender]), random.choice(pool.last[gender])
    gaps = random.random()
    born = _first_birth + timedelta(days=random.randrange(_births))
    return {
        "first_name": first.text,
        "last_name": last.text,
        "gender": gender,
        "date_of_birth": None if gaps < 0.3 else born.isoformat(),
        "email": "" if 0.2 < gaps < 0.3 else f"{first.mail}.{last.mail}{number}@{random.choice(_mail_domains)}",
        "phone": "" if gaps > 0.6 else fill(pool.place.phone, random),
        "mobile": "" if gaps < 0.1 else fill(pool.place.mobile, random),
        "primary_language": pool.place.language,
    }


def _address(pool: Pool, random: Random, kind: str, more: dict[str, Any]) -> AddressRow:
    """An address with a code: without one every load would add it once more."""
    town = random.choice(pool.towns)
    values = {
        "type": kind,
        "code": "MAIN",
        "street": random.choice(pool.streets),
        "number": str(random.randrange(1, 200)),
        "number_extension": random.choice("ABCD") if random.random() < 0.1 else "",
        "postal_code": town.postal_code,
        "city": town.name,
        "country": pool.place.country,
    }
    return AddressRow(values=_aligned(ADDRESSES, values | more))


def _row(
    resource: Resource,
    key: str,
    values: dict[str, Any],
    *,
    parent: str | None = None,
    addresses: tuple[AddressRow, ...] = (),
) -> Row:
    return Row(
        values=_aligned(resource, values),
        source=SOURCE,
        source_id=key,
        parent=UNSET if parent is None else ParentKey(source=SOURCE, source_id=parent),
        addresses=addresses,
        key=key,
    )


def _aligned(resource: Resource, values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple([values.get(column.name, UNSET) for column in resource.columns])


def _group(pool: Pool, number: int) -> str:
    """The key of a country's usergroup; 0 is the one above the others."""
    return f"{pool.place.country}-{number}" if number else pool.place.country
