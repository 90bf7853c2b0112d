"""Checklist 25 for addresses: an ETag of their own, and If-Match."""

import pytest

from tests.contract.lookup.below import STALE, Below


@pytest.mark.parametrize("sent", ['"{}-1"', '"9-9", "{}-1"', "*", "", 'W/"x", "{}-1"'])
def test_a_match_goes_through(book: Below, sent: str):
    pk = book.added()

    reply = book.patch(pk, {"city": "X"}, if_match=sent.format(pk))

    assert (reply.status, reply.headers["ETag"]) == (200, f'"{pk}-2"')
    assert book.delete(pk, if_match=sent.replace("-1", "-2").format(pk)).status == 200


@pytest.mark.parametrize("sent", ['"{}-2"', "{}-1", 'W/"{}-1"', '"1"', "x", '"é"'])
def test_no_match_writes_nothing(book: Below, sent: str):
    pk = book.added()
    before = book.stored

    message = f'If-Match does not match: the ETag of the Address is "{pk}-1"'
    for reply in (
        book.patch(pk, {"city": "X"}, if_match=sent.format(pk)),
        book.patch(pk, {"nonsense": 1}, if_match=sent.format(pk)),
        book.delete(pk, if_match=sent.format(pk)),
    ):
        assert reply.error == (*STALE, [message])
    assert book.stored == before


def test_the_etag_of_the_owner_does_not_open_its_addresses(book: Below):
    pk = book.added()
    owner = book.caller.get(f"/{book.served.name}/id/{book.owner.pk}").headers["ETag"]

    assert book.patch(pk, {"city": "X"}, if_match=owner).code == STALE


def test_the_etag_moves_with_real_changes_only(book: Below):
    pk, other = book.added(), book.added()

    tags = [book.patch(pk, {"city": value}).headers["ETag"] for value in ("A", "A", "B")]

    assert tags == [f'"{pk}-2"', f'"{pk}-2"', f'"{pk}-3"']
    assert book.get(pk).headers["ETag"] == tags[-1]
    book.patch(other, {"isDefault": "Y"})  # another default: this one steps back, which is a change
    assert book.get(pk).headers["ETag"] == f'"{pk}-4"'
    assert book.get(other).headers["ETag"] == f'"{other}-2"'
