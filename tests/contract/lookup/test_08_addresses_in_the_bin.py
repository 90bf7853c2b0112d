"""Checklists 8 and 9 for addresses: those in the recycle bin, their codes and keys, and owners in the bin."""

import pytest

from addresses.models import Address
from recyclebin.verbs import restore
from tests.api.caller import Caller
from tests.contract.lookup.below import BINNED, HOME, Below
from tests.factories import owner_of, put_in_bin, rows


def test_an_address_in_the_bin(book: Below):
    pk = book.added(code="A")
    assert book.delete(pk).status == 200
    before = book.stored

    message = f"Address with id [{pk}] is not allowed: it is in the recycle bin"
    for reply in (book.get(pk), book.patch(pk, {"city": "X"}), book.patch(pk, {"nonsense": 1}), book.delete(pk)):
        assert reply.error == (*BINNED, [message])
    assert (book.all().data, book.stored) == ([], before)


def test_the_code_of_an_address_in_the_bin_is_not_free(book: Below):
    put_in_bin(Address.objects.get(pk=book.added(code="A")))
    other = book.added(code="B")
    before = book.stored

    message = "Address with code [A] is not allowed: it is in the recycle bin"
    for reply in (book.add(code="A"), book.patch(other, {"code": "A"})):
        assert reply.error == (*BINNED, [message])
    (row,) = book.bulk(HOME | {"code": "A"}).data
    assert row == {
        "action": "update",
        "code": 90008,
        "error": message,
        "key": "A",
        "lookupKey": "code",
        "success": False,
        "type": "AddressNotAllowed",
    }
    assert book.stored == before
    assert book.add(type="invoice", code="A").status == 201


def test_the_key_of_an_address_in_the_bin_is_not_free(book: Below):
    pair = {"source": "ERP", "sourceId": "7"}
    put_in_bin(Address.objects.get(pk=book.added(**pair)))
    other = book.added()

    message = "Address with sourceId [7] is not allowed: it is in the recycle bin"
    for reply in (book.add(**pair), book.patch(other, pair)):
        assert reply.error == (*BINNED, [message])


@pytest.mark.parametrize("key", ["id/{}", "sourceId/KL-42", "sourceId/KL-42?source=ERP"])
def test_an_owner_in_the_bin(book: Below, caller: Caller, key: str):
    pk = book.added(code="A")
    put_in_bin(book.owner)
    before = rows(Address), rows(book.served.model)
    key, _, query = key.format(book.owner.pk).partition("?")
    path = f"/{book.served.name}/{key}/addresses"

    replies = [
        caller.get(f"{path}?{query}"),
        caller.post(f"{path}?{query}", HOME),
        caller.post(f"{path}?{query}", {"nonsense": 1}),
        caller.post(f"{path}/bulk?{query}", {"addresses": [{"code": "A", "city": "X"}]}),
        caller.get(f"{path}/{pk}?{query}"),
        caller.patch(f"{path}/{pk}?{query}", {"city": "X"}),
        caller.delete(f"{path}/{pk}?{query}"),
        caller.get(f"{path}/999999?{query}"),
    ]

    assert [reply.code for reply in replies] == [book.served.binned] * 8
    assert {reply.headers.get("Allow") for reply in replies} == {""}
    assert (rows(Address), rows(book.served.model)) == before


def test_what_was_deleted_on_its_own_stays_in_the_bin_when_its_owner_comes_back(book: Below):
    first, second = book.added(), book.added()
    book.delete(first)
    deletion = put_in_bin(book.owner)

    restore(deletions=[deletion.pk], actor=owner_of(book.owner.tenant))

    assert book.told("id", "isDefault") == [(second, "Y")]
    assert book.get(first).code == BINNED


def test_a_restored_default_steps_back(book: Below):
    first, second = book.added(), book.added()
    book.delete(first)
    deletion = Address.everything.get(pk=first).deletion_id

    restore(deletions=[deletion], actor=owner_of(book.owner.tenant))

    assert book.told("id", "isDefault") == [(first, "N"), (second, "Y")]
