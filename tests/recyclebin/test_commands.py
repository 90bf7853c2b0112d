"""``list_deletions`` and ``restore_deletion``: what they print, and what they say when they refuse."""

import io
import json
import uuid

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from recyclebin.models import Deletion, State
from recyclebin.verbs import delete, restore
from tests.factories import make_address, make_customer, make_tenant, put_in_bin

pytestmark = pytest.mark.django_db


def run(*arguments):
    """Run a command; what it wrote to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def refusal(*arguments):
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    return str(refused.value), refused.value.returncode


@pytest.fixture
def deletion(tenant_a, tenant_b, actor):
    """A customer of tenant A with an address; tenant B has a deletion, tenant A a restored one too."""
    put_in_bin(make_customer(tenant_b))
    restore(deletions=[put_in_bin(make_customer(tenant_a, first_name="Otto")).pk], actor=actor)
    customer = make_customer(tenant_a, first_name="Lena", last_name="Winter", source="ERP", source_id="KL-42")
    make_address(customer)
    roots = Customer.objects.filter(pk=customer.pk)
    return delete(roots=roots, actor=actor, reason="doubled,\nsays the shop").deletions[0]


def test_list_for_programs(deletion):
    out, err = run("list_deletions", "--tenant", "a", "--json")

    assert (json.loads(out), err) == (
        [
            {
                "id": str(deletion.pk),
                "operation": str(deletion.operation),
                "label": "Lena Winter",
                "type": "customers.customer",
                "rootId": deletion.root_id,
                "source": "ERP",
                "sourceId": "KL-42",
                "deletedAt": deletion.deleted_at.isoformat(),
                "deletedBy": "Olivia",
                "origin": "admin",
                "reason": "doubled,\nsays the shop",
                "counts": {"customers.customer": 1, "addresses.address": 1},
                "expiresAt": deletion.expires_at.isoformat(),
                "state": "binned",
                "restoredAt": None,
                "restoredBy": "",
            }
        ],
        "",
    )


def test_list_for_people(deletion):
    when = deletion.deleted_at.strftime("%Y-%m-%d %H:%M")

    assert run("list_deletions", "--tenant", "a") == (
        f"{deletion.pk}  {when}  customer Lena Winter +1  by Olivia: doubled, says the shop\n",
        "1 deletion of Shops of A.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        (["--state", "restored"], ["Otto Meander"]),
        (["--state", "all"], ["Lena Winter", "Otto Meander"]),
        (["--state", "all", "--limit", "1"], ["Lena Winter"]),
        (["--limit", "0"], []),
        (["--limit", "-1"], []),
        (["--matching", "winter KL"], ["Lena Winter"]),
        (["--matching", "nobody"], []),
    ],
)
def test_list_narrowed(deletion, arguments, labels):
    listed = json.loads(run("list_deletions", "--tenant", "a", "--json", *arguments)[0])

    assert [" ".join(one["label"].split()[:2]) for one in listed] == labels


def test_list_of_nothing(db):
    make_tenant("empty", name="Empty")

    assert run("list_deletions", "--tenant", "empty") == ("", "0 deletions of Empty.\n")
    assert json.loads(run("list_deletions", "--tenant", "empty", "--json")[0]) == []


def test_list_of_an_unknown_tenant(tenant_a):
    assert refusal("list_deletions", "--tenant", "nowhere") == ("No tenant has the uid [nowhere]. There are: a.", 1)


def test_restore(deletion, tenant_a):
    assert run("restore_deletion", str(deletion.pk)) == ("Restored Lena Winter (2 records).\n", "")
    assert list(Customer.objects.for_tenant(tenant_a).with_key("ERP", "KL-42").values_list("pk", flat=True)) == [
        deletion.root_id
    ]
    assert Deletion.objects.get(pk=deletion.pk).restored_by == "restore_deletion"
    # Asked twice it is still as wished, which is no failure.
    assert run("restore_deletion", str(deletion.pk)) == ("Lena Winter: It was restored before.\n", "")


def test_restore_for_programs(deletion):
    answer = json.loads(run("restore_deletion", str(deletion.pk), "--json")[0])

    assert uuid.UUID(answer.pop("operation"))
    assert answer == {
        "restored": [str(deletion.pk)],
        "skipped": [],
        "failed": [],
        "counts": {"customers.customer": 1, "addresses.address": 1},
    }


def test_restore_below_a_binned_owner(tenant_a):
    customer = make_customer(tenant_a, first_name="Lena", last_name="Winter")
    address = put_in_bin(make_address(customer, street="Lange Weg", number="1", city="Winterdorp"))
    owner = put_in_bin(customer)
    reason = "It belongs to Lena Winter, which is in the recycle bin. Restore that first, or both together."

    assert refusal("restore_deletion", str(address.pk)) == (
        f"Lange Weg 1, Winterdorp was not restored. {reason} --with-owners restores Lena Winter too.",
        1,
    )
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("restore_deletion", str(address.pk), "--json", stdout=out)
    assert json.loads(out.getvalue())["failed"] == [
        {"id": str(address.pk), "label": address.label, "reason": reason, "owners": [str(owner.pk)]}
    ]
    assert run("restore_deletion", str(address.pk), "--with-owners") == (
        "Restored Lange Weg 1, Winterdorp (1 record).\nRestored Lena Winter (1 record).\n",
        "",
    )


@pytest.mark.parametrize("state", [State.PURGING, State.PURGED])
def test_restore_of_what_is_gone(deletion, state):
    Deletion.objects.update(state=state)

    message, code = refusal("restore_deletion", str(deletion.pk))
    assert message.startswith("Lena Winter was not restored. It ")
    assert code == 1


def test_restore_of_what_never_was(db):
    unknown = uuid.uuid4()

    assert refusal("restore_deletion", "KL-42") == (
        "[KL-42] is not the id of a deletion: list_deletions prints them.",
        1,
    )
    assert refusal("restore_deletion", str(unknown)) == (
        f"There is no deletion with the id [{unknown}]: list_deletions prints them.",
        1,
    )


@pytest.mark.parametrize("command", ["list_deletions", "restore_deletion"])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(command, "--help")
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
