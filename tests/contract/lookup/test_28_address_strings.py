"""Checklist 28 for addresses: every string comes back byte for byte, or is refused with a pointer."""

import pytest

from tests.contract.lookup.below import HOME, Below
from tests.contract.lookup.test_28_naughty_strings import CONTROLS, TEXTS, TOO_LONG

MEMBERS = (
    *("code", "street", "number", "numberExtension", "postalCode", "city", "region", "firstName", "middleName"),
    *("lastName", "company", "phone", "mobile", "fax", "notes"),
)
MULTILINE = ("tab\t", "line\nbreak")
REFUSED = (*CONTROLS, *TOO_LONG, *MULTILINE)


@pytest.mark.parametrize("member", MEMBERS)
def test_every_string_survives_or_is_refused(book: Below, member: str):
    rows = [HOME | {"code": f"N-{number}"} | {member: text} for number, text in enumerate(TEXTS)]

    written = book.bulk(*rows)

    assert [row["success"] for row in written.data] == [True] * len(TEXTS)
    assert dict(book.told("id", member)) == {row["id"]: text for row, text in zip(written.data, TEXTS, strict=True)}
    pk = written.data[0]["id"]
    for text in REFUSED:
        if member == "notes" and text in MULTILINE:
            assert book.patch(pk, {member: text}).data[member] == text
            continue
        for reply in (book.add(**{member: text}), book.patch(pk, {member: text})):
            assert (reply.code[1] in {10007, 10017}, reply.error[3][0].startswith(f"#/{member}: ")) == (True, True)


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) <= 64])
def test_every_key_survives(book: Below, text: str):
    made = book.add(source=text, sourceId=text, code=text)

    assert (made.data["source"], made.data["sourceId"], made.data["code"]) == (text, text, text)
    (row,) = book.bulk({"code": text, "source": text, "sourceId": text}).data
    assert row | {"key": text} == {
        "action": "update", "changed": False, "id": made.data["id"], "key": text, "lookupKey": "code", "success": True,
    }  # fmt: skip


@pytest.mark.parametrize("member", ["type", "country", "gender", "icp", "email", "url", "isDefault"])
def test_what_is_no_free_text_is_refused_with_a_pointer(book: Below, member: str):
    pk = book.added()
    before = book.stored

    for text in (*TEXTS, *REFUSED):
        reply = book.patch(pk, {member: text})
        assert (reply.status, reply.error[3][0].partition(":")[0]) == (400, f"#/{member}")
    assert book.stored == before
