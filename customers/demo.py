"""Demo data: invented people, companies and usergroups, written through the upsert engine like any other load."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from contacts.contracts import COMPANIES, CONTACTS
from customers.contracts import CUSTOMERS
from customers.demo_rows import (
    CONTACTS_PER_COMPANY,
    company_rows,
    contact_rows,
    country_rows,
    customer_rows,
    group_rows,
    user_rows,
)
from records.outcomes import Outcome
from records.resources import Resource
from records.rows import Row
from records.upsert import upsert
from tenants.actors import Actor
from users.contracts import USERGROUPS, USERS

CHUNK = 5_000
"""Rows in one transaction. Progress is told after each."""


@dataclass
class Tally:
    """What became of the rows of one resource. ``refused`` counts by sentence."""

    resource: str
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.refusal is not None:
                self.refused[outcome.refusal.message] += 1
            elif outcome.action == "create":
                self.created += 1
            elif outcome.changed:
                self.changed += 1
            else:
                self.unchanged += 1


def companies_for(customers: int) -> int:
    """How many companies come with so many customers."""
    return max(customers // 50, 1) if customers else 0


def users_for(customers: int) -> int:
    """How many webshop users come with so many customers."""
    return customers // 20


def rows_for(customers: int) -> int:
    """How many rows of all kinds, usergroups apart, come with so many customers."""
    return customers + users_for(customers) + companies_for(customers) * (1 + CONTACTS_PER_COMPANY)


def load_demo(
    *, actor: Actor, customers: int, seed: int, progress: Callable[[int], object] = lambda rows: None
) -> list[Tally]:
    """Write so many customers with a delivery address each, and what belongs around them.

    Equal arguments write equal rows, so a second load changes nothing; another seed changes the same records.
    ``progress`` is called with the number of rows after each chunk. Memory does not grow with ``customers``.

    Returns: a tally for each resource, in the order in which they were written: parents before children.
    Errors:  PermissionDenied when the actor may not edit. A refused row, such as one whose record is in the recycle
             bin, is counted and stops nothing.
    """
    companies = companies_for(customers)
    kinds: tuple[tuple[Resource, Iterator[Row]], ...] = (
        (USERGROUPS, country_rows(seed)),
        (USERGROUPS, group_rows(seed)),
        (COMPANIES, company_rows(companies, seed)),
        (CONTACTS, contact_rows(companies, seed)),
        (USERS, user_rows(users_for(customers), seed)),
        (CUSTOMERS, customer_rows(customers, seed)),
    )
    tallies: dict[str, Tally] = {}
    for resource, rows in kinds:
        tally = tallies.setdefault(resource.name, Tally(resource.name))
        while chunk := list(islice(rows, CHUNK)):
            tally.add(upsert(resource=resource, rows=chunk, by="sourceId", actor=actor))
            if resource is not USERGROUPS:
                progress(len(chunk))
    return list(tallies.values())
