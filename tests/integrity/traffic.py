"""Clients that write to the same few records at once, each in a process of its own, over HTTP.

It speaks the lookup API and imports nothing of the product. What is chosen depends on the seed alone; what comes of it,
on who is faster. Every change that an answer tells of is written down under the request id that was sent with it.
"""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

RESOURCES = ("customers", "users", "contacts", "usergroups", "companies")
TEXT = {"customers": "lastName", "users": "lastName", "contacts": "lastName", "usergroups": "name", "companies": "name"}
PARENTS = {
    "customers": "usergroups", "users": "usergroups", "contacts": "companies", "usergroups": "usergroups",
    "companies": "usergroups",
}  # fmt: skip
WITH_ADDRESSES = ("customers", "users", "usergroups", "companies")
KEYS = 16
TRIES = 12

Change = tuple[str, str, int]
"""A change that was told: the request id, the resource, the id of the record."""


@dataclass
class Report:
    """What one client saw. ``answers`` counts statuses and codes by kind of request, ``odd`` is what must not be."""

    answers: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    told: list[Change] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    again: int = 0


@dataclass
class Client:
    """One writer. ``lead`` begins all of its request ids."""

    http: httpx.Client
    dice: random.Random
    lead: str
    report: Report = field(default_factory=Report)
    numbers: Any = field(default_factory=itertools.count)
    unique: Any = field(default_factory=itertools.count)

    def text(self) -> str:
        """A value that nobody has sent before, so that whoever writes it changes something."""
        return f"{self.lead} {next(self.unique)}"

    def send(self, kind: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request; again, as the contract allows, when the answer is 503. Its id tells of which kind it is."""
        if method != "GET" and self.dice.random() < 0.15:
            headers["idempotency-key"] = self.text().replace(" ", "-")
        for _ in range(TRIES):
            request_id = f"{self.lead}-{next(self.numbers)}-{kind.replace(' ', '-')}"
            sent = {"x-request-id": request_id, **headers}
            response = self.http.request(method, f"/v2/{path}", json=body, headers=sent)
            if response.status_code != 503:
                break
            self.report.again += 1
            if "retry-after" not in response.headers:
                self.report.odd.append(f"{kind}: 503 without Retry-After")
            time.sleep(0.05)
        code = response.json()["error"]["code"] if response.status_code >= 400 else 0
        self.report.answers[kind, response.status_code, code] += 1
        if response.headers.get("x-request-id") != request_id:
            self.report.odd.append(f"{kind}: request id {response.headers.get('x-request-id')}")
        if response.status_code >= 500 or response.status_code in (401, 403, 409, 413, 415, 422, 429):
            self.report.odd.append(f"{kind}: {response.status_code} {response.text[:300]}")
        return response

    def tell(self, response: httpx.Response, resource: str, record: int) -> None:
        self.report.told.append((response.headers["x-request-id"], resource, record))

    # What is sent

    def key(self) -> str:
        return f"K-{self.dice.randrange(KEYS)}"

    def parent(self, resource: str) -> Any:
        if self.dice.random() < 0.15:
            return None
        return {"source": "ERP", "sourceId": self.key()} if self.dice.random() < 0.8 else {"sourceId": self.key()}

    def address(self, *, keyed: float = 0.25) -> dict[str, Any]:
        address: dict[str, Any] = {
            "type": self.dice.choice(["delivery", "invoice"]), "street": self.text(), "country": "NL",
            "city": self.dice.choice(["Assen", "Borne", "Cuijk", "Delft"]),
        }  # fmt: skip
        if self.dice.random() < 0.8:
            address["code"] = self.dice.choice("abc")
        if self.dice.random() < keyed:
            # Keys of addresses are shared by all owners of all resources.
            address |= {"source": "ERP", "sourceId": f"A-{self.dice.randrange(12)}"}
        if self.dice.random() < 0.3:
            address["isDefault"] = "Y"
        return address

    def row(self, resource: str) -> dict[str, Any]:
        row: dict[str, Any] = {TEXT[resource]: self.text()}
        if self.dice.random() < 0.5:
            row["parent"] = self.parent(resource)
        if resource in WITH_ADDRESSES and self.dice.random() < 0.4:
            row["addresses"] = [self.address() for _ in range(self.dice.randrange(1, 4))]
        return row

    def pair(self) -> dict[str, str]:
        return {"source": "ERP", "sourceId": self.key()}

    def item(self, resource: str) -> str:
        return f"{resource}/sourceId/{self.key()}"

    # What is done

    def bulk(self, resource: str) -> None:
        names = self.dice.sample(range(KEYS), self.dice.randrange(5, KEYS))
        rows = [self.row(resource) | {"source": "ERP", "sourceId": f"K-{name}"} for name in names]
        rows += self.dice.sample(rows, 2)  # two keys come twice
        body: dict[str, Any] = {resource: rows}
        if self.dice.random() < 0.3:
            body["directives"] = self.dice.choice(
                [{"skipIfNotEmpty": ["parent"]}, {"skipMoveOnUpdate": []}, {"skipCreate": []}]
            )
        dry = self.dice.random() < 0.05
        response = self.send("bulk", "POST", f"{resource}/bulk/sourceId{'?dryRun=true' if dry else ''}", body)
        self.hear_rows(response, resource, rows, dry=dry)

    def bulk_by_id(self, resource: str) -> None:
        """Rows of records that are there, found by a first request; one of them may take the key of another."""
        known = self.ids(resource)
        if not known:
            return
        rows = [self.row(resource) | {"id": pk} for pk in known]
        if self.dice.random() < 0.5:
            rows[-1] |= self.pair()
        self.hear_rows(self.send("bulk by id", "POST", f"{resource}/bulk/id", {resource: rows}), resource, rows)

    def chosen_id(self, resource: str) -> None:
        """A record under an id of the caller's choice, a little ahead of what the sequence gives."""
        latest = max(self.ids(resource), default=0)
        rows = [self.row(resource) | {"id": latest + self.dice.randrange(1, 40)}]
        self.hear_rows(self.send("chosen id", "POST", f"{resource}/bulk/id", {resource: rows}), resource, rows)

    def hear_rows(self, response: httpx.Response, resource: str, rows: list[Any], *, dry: bool = False) -> None:
        if response.status_code != 200:
            return
        data = response.json()["data"]
        if len(data) != len(rows):
            self.report.odd.append(f"bulk: {len(data)} answers to {len(rows)} rows")
        for row in data:
            if row["success"]:
                self.report.answers["row", 200, 0] += 1
                if not dry and (row["action"] == "create" or row["changed"]):
                    self.tell(response, resource, row["id"])
            else:
                self.report.answers["row", 0, row["code"]] += 1
                # A row is refused for what others did or are, never for a fault of ours.
                if row["code"] % 10 not in (4, 6, 7, 8) and row["code"] != 10017:
                    self.report.odd.append(f"row: {row}")

    def ids(self, resource: str) -> list[int]:
        """The ids of a few records, by a bulk that changes nothing."""
        rows = [{"source": "ERP", "sourceId": f"K-{name}"} for name in self.dice.sample(range(KEYS), 6)]
        body = {resource: rows, "directives": {"skipCreate": []}}
        response = self.send("look", "POST", f"{resource}/bulk/sourceId", body)
        found = [row for row in response.json()["data"] if row["success"]]
        if any(row["changed"] for row in found):
            self.report.odd.append("look: something changed")
        return list(dict.fromkeys(row["id"] for row in found))

    def create(self, resource: str) -> None:
        response = self.send("create", "POST", resource, self.row(resource) | self.pair())
        if response.status_code == 201:
            self.tell(response, resource, response.json()["data"]["id"])

    def change(self, resource: str) -> None:
        row = self.row(resource)
        if self.dice.random() < 0.1:
            row |= self.pair()
        response = self.send("change", "PATCH", self.item(resource), row)
        if response.status_code == 200:
            data = response.json()["data"]
            self.tell(response, resource, data["id"])
            if data[TEXT[resource]] != row[TEXT[resource]]:
                self.report.odd.append(f"change: {row} reads {data}")

    def change_seen(self, resource: str) -> None:
        """Change what was read, unless somebody was faster."""
        seen = self.send("read", "GET", self.item(resource))
        if seen.status_code != 200:
            return
        data, tag = seen.json()["data"], seen.headers["etag"]
        path, row = f"{resource}/id/{data['id']}", self.row(resource)
        response = self.send("change seen", "PATCH", path, row, **{"if-match": tag})
        if response.status_code == 200:
            self.tell(response, resource, data["id"])
            versions = [int(found.strip('"').split("-")[1]) for found in (tag, response.headers["etag"])]
            if versions[1] != versions[0] + 1:
                self.report.odd.append(f"change seen: version {versions[1]} after {versions[0]}")

    def delete(self, resource: str) -> None:
        path = self.item(resource)
        seen = self.send("read", "GET", path)
        if seen.status_code != 200:
            return
        response = self.send("delete", "DELETE", f"{resource}/id/{seen.json()['data']['id']}?reason={self.lead}")
        if response.status_code == 200:
            self.tell(response, resource, seen.json()["data"]["id"])

    def addresses(self, resource: str) -> None:
        """Something with the addresses of one owner."""
        if resource not in WITH_ADDRESSES:
            return
        base = f"{self.item(resource)}/addresses"
        found = self.send("addresses", "GET", base)
        if found.status_code != 200:
            return
        listed = found.json()["data"]
        defaults = Counter(address["type"] for address in listed if address["isDefault"] == "Y")
        if defaults != dict.fromkeys({address["type"] for address in listed}, 1):
            self.report.odd.append(f"addresses: {listed}")
        act = self.dice.choice(["add", "bulk", "change", "delete", "delete"])
        if act == "add":
            self.hear_address(self.send("add address", "POST", base, self.address()))
        elif act == "bulk":
            body = {"addresses": [self.address(keyed=0.4) for _ in range(self.dice.randrange(1, 6))]}
            self.hear_address(self.send("bulk address", "POST", f"{base}/bulk", body))
        elif listed:
            chosen = self.dice.choice(listed)["id"]
            if act == "delete":
                self.hear_address(self.send("delete address", "DELETE", f"{base}/{chosen}"))
            else:
                address = self.address(keyed=0.4)
                self.hear_address(self.send("change address", "PATCH", f"{base}/{chosen}", address))

    def hear_address(self, response: httpx.Response) -> None:
        """Note that the request changed addresses, if it did. Which owner it was, the answer does not tell."""
        if response.status_code >= 400:
            return
        data = response.json()["data"]
        if not isinstance(data, list) or any(row["success"] for row in data):
            self.tell(response, "addresses", 0)

    def prices(self, resource: str) -> None:
        """Agree or withdraw prices of one owner."""
        path = f"{self.item(resource)}/pricing"
        if self.dice.random() < 0.3:
            self.send("withdraw prices", "DELETE", path)
            return
        numbers = self.dice.sample(range(1, 6), 3)
        products = [{"id": n, "pricing": {"type": "net", "price": self.dice.randrange(100) + 0.25}} for n in numbers]
        self.send("agree prices", "POST", path, {"shopId": self.dice.randrange(1, 3), "products": products})


ACTS: dict[Callable[[Client, str], None], int] = {
    Client.bulk: 5, Client.bulk_by_id: 2, Client.chosen_id: 1, Client.create: 3, Client.change: 4,
    Client.change_seen: 2, Client.delete: 2, Client.addresses: 6, Client.prices: 2,
}  # fmt: skip


def drive(url: str, token: str, seed: int, seconds: float, resources: tuple[str, ...] = RESOURCES) -> Report:
    """Write for so many seconds."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        client = Client(http, random.Random(seed), f"writer{seed}")
        acts, weights = list(ACTS), list(ACTS.values())
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            (act,) = client.dice.choices(acts, weights)
            act(client, client.dice.choice(resources))
    return client.report
