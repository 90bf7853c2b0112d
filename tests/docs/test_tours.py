"""What the README and the tutorial tell a newcomer to type, typed, and what they say comes back."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from addresses.models import Address
from contacts.models import Company, Contact
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.writes import write
from recyclebin.models import Deletion
from recyclebin.verbs import delete, restore
from tenants.actors import system_actor
from tenants.models import Tenant
from tests.docs.markdown import ROOT, Step, page, steps
from tests.factories import browser, make_customer, rows
from tests.records.feed import wait_until_over

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

END = "-- end of block --"
PATIENCE = 60


class Terminal:
    """A shell in a folder of its own. What one block defines, the next one knows, as in a reader's terminal."""

    def __init__(self, folder: Path, server: str, environment: dict[str, str]) -> None:
        self.server = server
        self.errors = folder / "errors.txt"
        with self.errors.open("w") as errors:
            self.shell = subprocess.Popen(
                ["bash"],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
            )

    def type(self, block: str) -> list[str]:
        """Run a block. Returns the lines that it prints."""
        assert self.shell.stdin
        assert self.shell.stdout
        self.shell.stdin.write(f"{{\n{self._here(block)}\n}} </dev/null\necho; echo '{END}'\n")
        self.shell.stdin.flush()
        printed = "".join(iter(self.shell.stdout.readline, f"{END}\n"))
        errors = self.errors.read_text(encoding="utf-8")
        assert "Traceback" not in errors, errors
        return printed.removesuffix("\n").splitlines()

    def _here(self, block: str) -> str:
        """The block for this interpreter, this server, and another folder than the project's."""
        push = "examples/push_people.py"
        block = block.replace(".venv/bin/python", sys.executable).replace("manage.py", f"{ROOT}/manage.py")
        block = block.replace(push, f"{ROOT}/{push} --base-url {self.server}")
        return block.replace("http://127.0.0.1:8000", self.server)

    def close(self) -> None:
        self.shell.communicate(timeout=PATIENCE)


@pytest.fixture
def terminal(tmp_path: Path, live_server) -> Iterator[Terminal]:
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    opened = Terminal(
        tmp_path, live_server.url, os.environ | {"DATABASE_URL": database, "BACKOFFICE_MODE": "development"}
    )
    yield opened
    opened.close()


def follow(terminal: Terminal, told: list[Step], others: dict[str, Callable[[], None]]) -> None:
    """Do all steps in order; what is shown must be how the output begins, with ``…`` for anything."""
    for step in told:
        if step.told:
            others[step.told]()
            continue
        printed = terminal.type(step.typed)
        if "create_api_client" in step.typed:
            names = ("BACKOFFICE_CLIENT_ID", "BACKOFFICE_CLIENT_SECRET")
            values = [line.rpartition(" ")[2] for line in printed]
            terminal.type("export " + " ".join(map("=".join, zip(names, values, strict=True))))
        pattern = "\n".join(re.escape(line).replace("…", ".*") for line in step.shown)
        assert re.fullmatch(pattern, "\n".join(printed[: len(step.shown)])), "\n".join(printed)


class Staff:
    """What the README tells staff to do in the admin, through its pages."""

    def __init__(self, olivia) -> None:
        self.browser = browser(olivia)
        self.list = "/admin/customers/customer/"
        self.message = ""
        self.before: object = None

    def delete(self) -> None:
        self.before = stored()
        ticked = re.findall(r'name="_selected_action" value="(\d+)"', self.browser.get(self.list).content.decode())[:10]
        chosen = {"action": "delete_selected", "select_across": "0", "_selected_action": ticked}
        asked = self.browser.post(self.list, chosen).content.decode()
        hidden = dict(re.findall(r'name="(tenant|expected|chosen)" value="([^"]*)"', asked))
        done = self.browser.post(f"{self.list}delete-selected/", hidden | {"reason": "wrong list"}, follow=True)
        self.message = done.content.decode()
        assert "10 customers are in the recycle bin, with 10 related records." in self.message

    def restore(self) -> None:
        (undo,) = re.findall(r'action="([^"]*/undo/[^"]*)"', self.message)
        assert "10 records are back" in self.browser.post(undo, follow=True).content.decode()
        assert stored() == self.before


def stored() -> tuple[object, object]:
    return rows(Customer), rows(Address)


def test_the_tour_of_the_readme(terminal: Terminal, olivia, integration):
    told = steps(page("README.md").partition("## How it is built")[0])
    assert len(told) == 16
    terminal.type(f"export BACKOFFICE_CLIENT_ID={integration.client_id} BACKOFFICE_CLIENT_SECRET=secret")
    staff = Staff(olivia)

    follow(terminal, told, {"delete": staff.delete, "restore": staff.restore})

    binned = Customer.everything.exclude(deletion=None)
    assert list(binned.values_list("source_id", "deletion__reason")) == [("KL-42", "duplicate")]
    (company,), (contact,) = Company.everything.all(), Contact.everything.all()
    assert (company.deletion.reason, contact.deletion) == ("closed down", company.deletion)


def test_the_examples_of_the_lookup_api(terminal: Terminal, integration):
    told = steps(page("docs/reference/lookup-api.md"))
    assert told
    terminal.type(f"export BACKOFFICE_CLIENT_ID={integration.client_id} BACKOFFICE_CLIENT_SECRET=secret")

    follow(terminal, told, {})


def test_keeping_a_copy_up_to_date(terminal: Terminal, integration, actor):
    tenant = integration.tenant
    first, second, _ = (make_customer(tenant, source="ERP", source_id=f"K-{number}") for number in (1, 2, 3))
    wait_until_over()
    terminal.type(f"export BACKOFFICE_CLIENT_ID={integration.client_id} BACKOFFICE_CLIENT_SECRET=secret")

    def change_and_delete() -> None:
        write(CUSTOMERS, {"last_name": "Anders"}, actor=actor, id=first.pk)
        delete(roots=Customer.objects.filter(pk=second.pk), actor=actor)
        wait_until_over()

    follow(terminal, steps(page("docs/how-to/follow-the-changes.md")), {"change and delete": change_and_delete})


def test_the_tutorial(terminal: Terminal, tenant_a: Tenant):
    def actor():
        return system_actor(Tenant.objects.get(uid="books"), "tutorial")

    def delete_june() -> None:
        delete(roots=Customer.objects.filter(source_id="1003"), actor=actor(), reason="by mistake")

    def bring_her_back() -> None:
        restore(deletions=Deletion.objects.all(), actor=actor())

    follow(
        terminal,
        steps(page("docs/tutorial/first-customers.md")),
        {"delete 1003": delete_june, "restore": bring_her_back},
    )

    people = Customer.objects.order_by("source_id").values_list("tenant__uid", "source_id", "last_name", "version")
    assert list(people) == [
        ("books", "1001", "Łęcka", 1),
        ("books", "1002", "Benali", 2),
        ("books", "1003", "Okafor", 1),
    ]
    assert Customer.objects.for_tenant(tenant_a).count() == 0
