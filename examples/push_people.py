#!/usr/bin/env python3
"""Push a CSV file of people to the back office. Copy this file and change `person()` to suit yours.

    export BACKOFFICE_CLIENT_ID=… BACKOFFICE_CLIENT_SECRET=…
    python push_people.py people.csv
    python push_people.py people.csv --to contacts

The file has a header with the columns rec_id, given_name, surname, street_number, address_1, address_2, suburb,
postcode, state, date_of_birth (YYYYMMDD) and soc_sec_id; `manage.py sample_people` prints one. Each line becomes one
customer, or user, or contact, whose key is the pair (source, rec_id). Pushing is safe to repeat: what is there already
and has not changed is left alone, so run it again after a failure, or every night.

Exit code: 0 all rows accepted, 1 some rows failed, 2 the request was refused or the server was out of reach.
Needs: pip install httpx tqdm
"""

import argparse
import csv
import gzip
import itertools
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

ATTEMPTS = 6
EXAMPLES = 3
RESOURCES = ("customers", "users", "contacts")


class Refused(Exception):
    """The server said no to a whole request, or could not be reached."""


def person(line: dict[str, str], source: str, resource: str) -> dict[str, Any]:
    """One line of the file as one row of the request. This mapping is what you change for your own data."""
    born = line["date_of_birth"]
    row: dict[str, Any] = {
        "source": source,
        "sourceId": line["rec_id"],
        "firstName": line["given_name"],
        "lastName": line["surname"],
        # The server checks whether the date exists and answers for this row alone.
        "dateOfBirth": f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else born,
    }
    # Users have no social security number, contacts no addresses: the company that they belong to has them.
    if resource != "users":
        row["ssn"] = line["soc_sec_id"]
    if resource != "contacts":
        row["addresses"] = [
            {
                # With a code the address is found again next time; without one it would be added again.
                "code": "home",
                "type": "delivery",
                "number": line["street_number"],
                "street": line["address_1"] or "-",  # street and city are required
                "city": line["suburb"] or "-",
                "postalCode": line["postcode"],
                "region": line["state"],
                "country": "AU",
            }
        ]
    return row


def read_people(path: Path, source: str, resource: str) -> Iterator[dict[str, Any]]:
    """The rows of the file, one at a time; blanks after the commas do not count."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, skipinitialspace=True, restval="")
        if "rec_id" not in (reader.fieldnames or []):
            raise Refused(f"{path} has no column rec_id. Its first line must name the columns.")
        for line in reader:
            try:
                yield person(line, source, resource)
            except KeyError as missing:
                raise Refused(f"{path} has no column {missing}.") from None


class Backoffice:
    """A connection that gets its token, gets another one when it expires, and waits when it is asked to."""

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=httpx.Timeout(120, connect=10))
        self.credentials = {"client_id": client_id, "client_secret": client_secret}
        self.token = ""

    def push(self, resource: str, rows: list[dict[str, Any]], *, dry_run: bool) -> list[dict[str, Any]]:
        """Upsert up to 10,000 records; the answer has one entry for each row, in the same order."""
        answer = self.send(
            f"/v2/{resource}/bulk/sourceId",
            params={"dryRun": "true"} if dry_run else {},
            content=gzip.compress(json.dumps({resource: rows}).encode(), compresslevel=4),
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        )
        rows_answered: list[dict[str, Any]] = answer["data"]
        return rows_answered

    def send(self, path: str, *, headers: dict[str, str], **request: Any) -> dict[str, Any]:
        """POST with a token. A token lives half an hour: after a 401 a new one is fetched, once."""
        for _ in range(2):
            self.token = self.token or self.fetch_token()
            response = self.post(path, headers=headers | {"Authorization": f"Bearer {self.token}"}, **request)
            if response.status_code != 401:
                break
            self.token = ""
        return accepted(response)

    def fetch_token(self) -> str:
        form = {"grant_type": "client_credentials", **self.credentials}
        return str(accepted(self.post("/oauth2/token", data=form))["access_token"])

    def post(self, path: str, **request: Any) -> httpx.Response:
        """POST; try again while the server is busy (429, 503) or out of reach. Repeating an upsert does no harm."""
        for attempt in range(1, ATTEMPTS + 1):
            reason, wait = "", min(2.0**attempt, 30.0)
            try:
                response = self.http.post(path, **request)
            except httpx.UnsupportedProtocol:
                raise Refused(f"{self.http.base_url} is no address. It begins with https:// or http://.") from None
            except httpx.TransportError as error:
                reason = f"{self.http.base_url} does not answer: {error}"
            else:
                if response.status_code not in (429, 503) or attempt == ATTEMPTS:
                    return response
                reason = explain(response)
                after = response.headers.get("Retry-After", "")
                wait = float(after) if after.isdecimal() else wait
            if attempt < ATTEMPTS:
                tqdm.write(f"{reason} Trying again in {wait:.0f} s.", file=sys.stderr)
                time.sleep(wait)
        raise Refused(reason)


def accepted(response: httpx.Response) -> dict[str, Any]:
    """The body of a successful answer."""
    if not response.is_success:
        raise Refused(explain(response))
    try:
        body: dict[str, Any] = response.json()
    except ValueError:
        raise Refused(f"POST {response.request.url} is not answered in JSON. Is the back office there?") from None
    return body


def explain(response: httpx.Response) -> str:
    """What the server says about a refused request: the error envelope of the API, or of OAuth."""
    lead = f"{response.request.method} {response.request.url.path} was refused with status {response.status_code}"
    try:
        body = response.json()
    except ValueError:
        return f"{lead}."
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        messages = "".join(f"\n  {message}" for message in error.get("messages", []))
        return f"{lead}: {error.get('type')} (code {error.get('code')}){messages}\n  See {error.get('moreInfo')}"
    return f"{lead}: {error} {body.get('error_description', '')}".rstrip() if error else f"{lead}."


class Report:
    """Counts of what became of the rows, and the failed ones grouped by reason."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter(created=0, updated=0, unchanged=0, failed=0)
        self.reasons: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = defaultdict(list)

    def add(self, answer: dict[str, Any]) -> None:
        if not answer["success"]:
            self.counts["failed"] += 1
            # "[1999-02-31] is not a date" and "[1980-04-31] is not a date" are one reason.
            reason = f"{answer['type']} (code {answer['code']}): " + re.sub(r"\[[^\]]*\]", "[…]", answer["error"])
            self.reasons[reason] += 1
            if self.reasons[reason] <= EXAMPLES:
                self.examples[reason].append(f"{answer['key']}: {answer['error']}")
        elif answer["action"] == "create":
            self.counts["created"] += 1
        else:
            self.counts["updated" if answer.get("changed", True) else "unchanged"] += 1

    def __str__(self) -> str:
        lines = [f"{name:<10}{count:>10,}" for name, count in self.counts.items()]
        for reason, count in self.reasons.most_common():
            lines += ["", f"{count:,} x {reason}", *(f"    {example}" for example in self.examples[reason])]
            lines += ["    …"] if count > EXAMPLES else []
        return "\n".join(lines)


def batches(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while batch := list(itertools.islice(rows, size)):
        yield batch


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Push a CSV file of people to the back office.")
    parser.add_argument("file", type=Path, help="CSV file with a header")
    parser.add_argument("--to", choices=RESOURCES, default=RESOURCES[0], help="what they are (%(default)s)")
    parser.add_argument("--source", help="the name of the sending system, first half of each key (default: file name)")
    parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="default: %(default)s")
    parser.add_argument("--batch", type=int, default=5000, help="rows in one request, at most 10000 (%(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
    parser.add_argument("--client-id", default=os.environ.get("BACKOFFICE_CLIENT_ID"))
    # Better in the environment: other users of the machine can read the arguments of a process.
    parser.add_argument("--client-secret", default=os.environ.get("BACKOFFICE_CLIENT_SECRET"))
    options = parser.parse_args(arguments)
    if not options.client_id or not options.client_secret:
        parser.error("set BACKOFFICE_CLIENT_ID and BACKOFFICE_CLIENT_SECRET, or give --client-id and --client-secret")
    if not 1 <= options.batch <= 10_000:
        parser.error("--batch must be between 1 and 10000")

    source = options.source or options.file.stem
    report = Report()
    try:
        total = sum(1 for _ in read_people(options.file, source, options.to))
        backoffice = Backoffice(options.base_url, options.client_id, options.client_secret)
        with tqdm(total=total, unit=" rows", file=sys.stderr) as bar:
            for batch in batches(read_people(options.file, source, options.to), options.batch):
                for answer in backoffice.push(options.to, batch, dry_run=options.dry_run):
                    report.add(answer)
                bar.update(len(batch))
    except (Refused, OSError, UnicodeDecodeError, csv.Error) as error:
        print(report, f"\nStopped: {error}", file=sys.stderr)
        return 2
    print("Dry run, nothing was written:\n" if options.dry_run else "", report, sep="")
    return 1 if report.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
