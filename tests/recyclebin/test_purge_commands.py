"""``purge_deletion``, ``purge_expired`` and ``find_purged``: what they print, and what they say when they refuse."""

import builtins
import io
import json
import sys
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.models import Customer
from recyclebin.models import Deletion
from recyclebin.purging import purge
from recyclebin.verbs import restore
from tests.factories import make_address, make_customer, put_in_bin

pytestmark = pytest.mark.django_db


def run(*arguments):
    """Run a command; what it wrote to standard output."""
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO(), no_color=True)
    return out.getvalue()


def refusal(*arguments):
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    return str(refused.value), refused.value.returncode


@pytest.fixture
def deletion(tenant_a, actor):
    customer = make_customer(tenant_a, first_name="Lena", last_name="Winter", source="ERP", source_id="KL-42")
    make_address(customer)
    return put_in_bin(customer, actor=actor)


def test_purge(deletion):
    assert run("purge_deletion", str(deletion.pk), "--no-input", "--reason", "asked to") == (
        "Deleted permanently: 1 deletion with 2 records.\n"
    )
    deletion.refresh_from_db()
    assert (deletion.state, deletion.purged_by, deletion.purge_reason, deletion.purge_origin) == (
        *("purged", "purge_deletion"),
        *("asked to", "command"),
    )
    # Asked twice it is still as wished, which is no failure.
    assert run("purge_deletion", str(deletion.pk), "--no-input") == "Deleted permanently: 0 deletions with 0 records.\n"


def test_purge_for_programs(deletion):
    answer = json.loads(run("purge_deletion", str(deletion.pk), "--no-input", "--json"))

    assert uuid.UUID(answer.pop("operation"))
    assert answer == {
        "purged": [str(deletion.pk)],
        "notPurged": [],
        "counts": {"addresses.address": 1, "customers.customer": 1},
    }


def test_what_was_restored_is_refused_and_the_others_go(deletion, tenant_a, actor):
    back = put_in_bin(make_customer(tenant_a, first_name="Otto", last_name="Zomer"))
    restore(deletions=[back.pk], actor=actor)

    assert refusal("purge_deletion", str(back.pk), str(deletion.pk), "--no-input") == (
        "Otto Zomer was not deleted. It was restored before.",
        1,
    )
    deletion.refresh_from_db()
    assert deletion.state == "purged"


@pytest.mark.parametrize(("typed", "state"), [("1", "purged"), (" 1 ", "purged"), ("yes", "binned"), ("", "binned")])
def test_it_asks(deletion, monkeypatch, typed, state):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "input", lambda question: typed)

    if state == "purged":
        run("purge_deletion", str(deletion.pk))
    else:
        assert refusal("purge_deletion", str(deletion.pk)) == ("Nothing was deleted.", 1)
    deletion.refresh_from_db()
    assert deletion.state == state


def test_with_nobody_to_ask_it_refuses(deletion):
    assert refusal("purge_deletion", str(deletion.pk)) == (
        "There is nobody to ask: add --no-input when you are sure.",
        1,
    )


def test_what_it_refuses(deletion, tenant_b):
    foreign, unknown = put_in_bin(make_customer(tenant_b)), uuid.uuid4()

    assert refusal("purge_deletion", "KL-42")[0] == "[KL-42] is not the id of a deletion: list_deletions prints them."
    assert refusal("purge_deletion", str(unknown), "--no-input")[0] == (
        f"There is no deletion with the id [{unknown}]: list_deletions prints them."
    )
    assert refusal("purge_deletion", str(deletion.pk), str(foreign.pk), "--no-input")[0] == (
        "These deletions belong to several tenants. Name those of one tenant at a time."
    )
    assert refusal("purge_deletion", str(deletion.pk), "--no-input", "--reason", "x" * 501)[0] == (
        "The reason is too long: at most 500 characters are kept."
    )
    assert set(Deletion.objects.values_list("state", flat=True)) == {"binned"}


def test_expired(deletion, tenant_b):
    put_in_bin(make_customer(tenant_b))
    assert run("purge_expired") == "Deleted permanently: 0 deletions with 0 records.\n"
    Deletion.objects.update(expires_at=timezone.now())

    assert run("purge_expired", "--tenant", "a", "--dry-run") == "1 deletion expired.\n"
    assert json.loads(run("purge_expired", "--dry-run", "--json")) == {"expired": 2}
    assert json.loads(run("purge_expired", "--tenant", "a", "--json")) == {"purged": 1, "records": 2}
    assert run("purge_expired") == "Deleted permanently: 1 deletion with 1 record.\n"
    assert not Customer.everything.exists()
    assert refusal("purge_expired", "--tenant", "x") == ("No tenant has the uid [x]. There are: a, b.", 1)


def test_find(deletion, tenant_a, tenant_b, actor):
    nothing = "No record of Shops of A with this key was deleted permanently.\n"
    assert run("find_purged", "KL-42", "--tenant", "a") == nothing
    purge(deletions=[deletion.pk], actor=actor, reason="asked\nto")
    deletion.refresh_from_db()

    when = deletion.purged_at.strftime("%Y-%m-%d %H:%M")
    assert run("find_purged", "KL-42", "--tenant", "a") == (
        f"customers.customer {deletion.root_id}  deleted permanently {when} by Olivia: asked to\n"
    )
    assert json.loads(run("find_purged", "KL-42", "--tenant", "a", "--source", "ERP", "--json")) == [
        {
            "type": "customers.customer",
            "id": deletion.root_id,
            "source": "ERP",
            "deletion": str(deletion.pk),
            "deletedAt": deletion.deleted_at.isoformat(),
            "deletedBy": "Olivia",
            "purgedAt": deletion.purged_at.isoformat(),
            "purgedBy": "Olivia",
            "reason": "asked\nto",
        }
    ]
    assert run("find_purged", "KL-42", "--tenant", "a", "--source", "shop") == nothing
    assert json.loads(run("find_purged", "KL-42", "--tenant", "b", "--json")) == []


def test_find_without_the_secret(deletion, actor, settings):
    purge(deletions=[deletion.pk], actor=actor)
    settings.TOMBSTONE_KEYS = ("another secret, of which nobody knew",)

    message, code = refusal("find_purged", "KL-42", "--tenant", "a")
    assert message.startswith("No such record was found, but some tombstones were made with a secret")
    assert code == 1


@pytest.mark.parametrize("command", ["purge_deletion", "purge_expired", "find_purged"])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(command, "--help")
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
