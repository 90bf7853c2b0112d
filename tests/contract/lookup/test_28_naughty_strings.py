"""Checklists 28 and 29: strings that break software, in every text of every resource, in its addresses and in paths."""

from urllib.parse import quote

import pytest

from tests.api.caller import Caller, Reply
from tests.contract.lookup.members import writable
from tests.contract.lookup.served import BY_NAME, Served
from tests.factories import rows
from tests.naughty_strings import KEPT, KEPT_IN_NOTES, REFUSED

FULL = {"as long as may be": "x" * 255, "as many as may be": "é" * 255, "as wide as may be": "😀" * 255}
TEXTS = list({**KEPT, **FULL}.values())
CONTROLS = [text for text in REFUSED.values() if ("\x00" not in text and text.isascii()) or text == "a\x85b"]
UNREADABLE = [text for text in REFUSED.values() if text not in CONTROLS]
TOO_LONG = ["x" * 256, "😀" * 256]

ADDRESS = {"type": "home", "street": "Lange Weg", "city": "Winterdorp", "country": "NL"}
ADDRESS_TEXTS = (
    *("code", "street", "number", "numberExtension", "postalCode", "city", "region", "firstName", "middleName"),
    *("lastName", "company", "phone", "mobile", "fax", "notes", "sourceId"),
)
ADDRESS_OTHERS = ("type", "gender", "country", "icp", "email", "url", "isDefault")
REFUSALS = {(400, 10007, "SchemaValidationException"), (400, 10017, "PayloadValidationError")}


def texts_of(served: Served) -> list[str]:
    """The members of a resource that take any text."""
    return [member.name for member in writable(served.name) if member.free]


def others_of(served: Served) -> list[str]:
    """The members that take only some texts: dates, letters, addresses."""
    return [member.name for member in writable(served.name) if not member.free]


def pointers(reply: Reply) -> list[str]:
    """Which members the messages of a refusal are about."""
    assert reply.code in REFUSALS
    return [message.partition(": ")[0] for message in reply.error[3]]


def check_texts(served: Served, caller: Caller, texts: list[str]) -> None:
    """Each text in every member at once, as sourceId too, alone and in bulk: byte for byte back."""
    names = texts_of(served)
    sent = [{"source": "bulk", "sourceId": text, **dict.fromkeys(names, text)} for text in texts]

    answers = caller.bulk(served.name, sent).data

    for text, row in zip(texts, answers, strict=True):
        expected = dict.fromkeys(names, text)
        assert (row["success"], row["key"]) == (True, text)
        single = caller.post(f"/{served.name}", {"source": "one", "sourceId": text} | expected)
        patched = caller.patch(f"/{served.name}/id/{single.data['id']}", expected | {"source": text, "sourceId": text})
        read = caller.get(f"/{served.name}/id/{row['id']}").data
        for data in (read, single.data, patched.data if len(text) <= 64 else single.data):
            assert {name: data[name] for name in names} == expected
            assert data["sourceId"] == text
        if len(text) <= 64:
            assert patched.data["source"] == text
        else:
            assert pointers(patched) == ["#/source"]


def check_addresses(served: Served, caller: Caller, texts: list[str]) -> None:
    """Each text in every member of an address at once."""
    addresses = [ADDRESS | dict.fromkeys(ADDRESS_TEXTS, text) | {"source": "one"} for text in texts]
    others = [address | {"source": "bulk"} for address in addresses]

    made = caller.post(f"/{served.name}", {"addresses": addresses})
    row = caller.bulk(served.name, [{"source": "E", "sourceId": "1", "addresses": others}]).data[0]

    for pk in (made.data["id"], row["id"]):
        read = caller.get(f"/{served.name}/id/{pk}?expands=addresses").data["addresses"]
        assert [{name: address[name] for name in ADDRESS_TEXTS} for address in read] == [
            dict.fromkeys(ADDRESS_TEXTS, text) for text in texts
        ]


def check_others(served: Served, caller: Caller, texts: list[str]) -> None:
    """Each text in the members that take only some: stored, or refused with the member's name."""
    for text in texts:
        sent = dict.fromkeys(others_of(served), text)
        check_some(served, caller, sent, "#/")
        if served.has_addresses:
            check_some(served, caller, dict.fromkeys(ADDRESS_OTHERS, text), "#/addresses/1/")


def check_some(served: Served, caller: Caller, sent: dict[str, str], at: str) -> None:
    """Leave out what is refused, until the rest is accepted; that must read as it was sent, but for its case."""
    while True:
        reply = caller.post(f"/{served.name}", {"addresses": [ADDRESS, ADDRESS | sent]} if "addresses" in at else sent)
        if reply.status == 201:
            break
        refused = [pointer.removeprefix(at) for pointer in pointers(reply)]
        assert refused
        assert set(refused) <= sent.keys()
        sent = {name: text for name, text in sent.items() if name not in refused}
    expand = "?expands=addresses" if "addresses" in at else ""
    read = caller.get(f"/{served.name}/id/{reply.data['id']}{expand}").data
    shown = read["addresses"][1] if expand else read
    assert {name: str(shown[name]).casefold() for name, text in sent.items() if text} == {
        name: text.casefold() for name, text in sent.items() if text
    }


def check_lookups(served: Served, caller: Caller, texts: list[str]) -> None:
    """Each text as a lookup value, as a source, and as the key of a parent."""
    above = BY_NAME[served.parent]
    caller.bulk(above.name, [{"source": "P", "sourceId": text} for text in texts])
    parents = [
        {"sourceId": text} if index % 2 else {"source": "P", "sourceId": text} for index, text in enumerate(texts)
    ]
    sent = [
        {"source": "E", "sourceId": f"{text} ", "parent": parent} for text, parent in zip(texts, parents, strict=True)
    ]

    answers = caller.bulk(served.name, sent).data

    for text, row in zip(texts, answers, strict=True):
        path = f"/{served.name}/sourceId/{quote(f'{text} ', safe='')}"
        assert caller.get(f"{path}?source=E").data["id"] == row["id"]
        assert caller.get(f"{path}?expands=parent").data["parent"]["sourceId"] == text
        assert caller.get(f"/{served.name}/sourceId/1?source={quote(text, safe='')}").code == served.absent
        key = text.partition("/")[0]
        refused = caller.get(f"/{served.name}/{quote(text, safe='')}/1")
        assert refused.code == (400, 10006, "InvalidLookupKey")
        assert refused.error[3][0].startswith(f"Invalid lookup key [{key}], ")


def test_every_text_survives_in_every_member(served: Served, caller: Caller):
    check_texts(served, caller, TEXTS)


def test_every_text_survives_in_every_member_of_an_address(addressed: Served, caller: Caller):
    check_addresses(addressed, caller, TEXTS)


def test_other_members_take_a_text_or_name_themselves(served: Served, caller: Caller):
    check_others(served, caller, [*TEXTS, *CONTROLS, *TOO_LONG, "M", "n", "NL", "a@people.example"])


def test_every_text_leads_to_its_record_and_parent(served: Served, caller: Caller):
    check_lookups(served, caller, [text for text in TEXTS if len(text) < 255])


@pytest.mark.parametrize("text", CONTROLS, ids=ascii)
def test_control_characters_are_refused_by_name(served: Served, caller: Caller, text: str):
    body = {"source": text, "sourceId": text} | dict.fromkeys(texts_of(served), text)
    expected = sorted(f"#/{name}" for name in body)

    failed, good = caller.bulk(served.name, [body, {"source": "E", "sourceId": "1"}]).data

    assert sorted(pointers(caller.post(f"/{served.name}", body))) == expected
    assert (failed["code"], good["success"]) == (10017, True)
    assert sorted(fault.partition(": ")[0] for fault in failed["error"].split("; ")) == expected
    assert list(served.model.objects.values_list("source_id", flat=True)) == ["1"]


@pytest.mark.parametrize("text", CONTROLS, ids=ascii)
def test_control_characters_of_an_address_are_refused_by_name(addressed: Served, caller: Caller, text: str):
    body = {"addresses": [ADDRESS, ADDRESS | dict.fromkeys((*ADDRESS_TEXTS, "source"), text)]}

    expected = sorted(f"#/addresses/1/{name}" for name in (*ADDRESS_TEXTS, "source"))
    assert sorted(pointers(caller.post(f"/{addressed.name}", body))) == expected
    assert rows(addressed.model) == {}


@pytest.mark.parametrize("text", UNREADABLE, ids=ascii)
def test_what_is_no_text_at_all_is_no_json(served: Served, caller: Caller, text: str):
    for member in (*texts_of(served), "source", "nonsense"):
        assert caller.post(f"/{served.name}", {member: text}).code == (400, 10005, "InvalidJSONPayload")
        assert caller.bulk(served.name, [{}, {member: text}]).code == (400, 10005, "InvalidJSONPayload")
    assert rows(served.model) == {}


@pytest.mark.parametrize("text", KEPT_IN_NOTES.values(), ids=ascii)
def test_only_notes_hold_tabs_and_line_breaks(served: Served, caller: Caller, text: str):
    names = texts_of(served)

    refused = pointers(caller.post(f"/{served.name}", dict.fromkeys(names, text)))

    assert sorted(refused) == sorted(f"#/{name}" for name in names if name != "notes")
    if "notes" in names:
        assert caller.post(f"/{served.name}", {"notes": text}).data["notes"] == text


@pytest.mark.parametrize("text", KEPT_IN_NOTES.values(), ids=ascii)
def test_notes_of_an_address_hold_them_too(addressed: Served, caller: Caller, text: str):
    made = caller.post(f"/{addressed.name}", {"addresses": [ADDRESS | {"notes": text}]})

    read = caller.get(f"/{addressed.name}/id/{made.data['id']}?expands=addresses").data["addresses"]
    assert read[0]["notes"] == text
    refused = caller.post(f"/{addressed.name}", {"addresses": [ADDRESS | {"street": text}]})
    assert pointers(refused) == ["#/addresses/0/street"]


def test_control_characters_in_the_key_of_a_parent(served: Served, caller: Caller):
    for text in CONTROLS:
        for key in ({"sourceId": text}, {"source": text, "sourceId": "1"}):
            assert caller.post(f"/{served.name}", {"parent": key}).code in {*REFUSALS, BY_NAME[served.parent].absent}


KEYS = [
    *("a/b", "a//b", "/a", "a/", "a//", "/", "%", "%2F", "%25", "a+b", "a b", " a ", "?x=1", "#x", "é", "e\u0301"),
    *("\U0001f469\U0001f3fd\u200d\U0001f467", "'", '"', "\\", "bulk", "search", "id", "sourceId", "社會"),
    *("addresses", "pricing", "a/addressesx", "&", "=", ";", "a,b", "..", "x" * 255, "null"),
]


@pytest.mark.parametrize("key", KEYS)
def test_29_lookup_values(served: Served, caller: Caller, key: str):
    made = caller.post(f"/{served.name}", {"source": "ERP", "sourceId": key})

    path = f"/{served.name}/sourceId/{quote(key, safe='')}"
    assert caller.get(path).data["id"] == made.data["id"]
    assert caller.get(f"{path}/?source=ERP").data["sourceId"] == key
    if key == quote(key):
        assert caller.get(f"/{served.name}/sourceId/{key}").data["id"] == made.data["id"]


def test_29_a_slash_at_the_end_is_of_the_key_or_of_the_path(served: Served, caller: Caller):
    plain, slashed = (
        caller.post(f"/{served.name}", {"source": "E", "sourceId": key}).data["id"] for key in ("a", "b/")
    )
    path = f"/{served.name}/sourceId"

    assert [caller.get(f"{path}/{value}").data["id"] for value in ("a", "a/", "a%2F")] == [plain] * 3
    assert [caller.get(f"{path}/{value}").data["id"] for value in ("b/", "b%2F", "b//")] == [slashed] * 3
    assert caller.get(f"{path}/b").code == caller.get(f"{path}/a//").code == served.absent
    both = caller.post(f"/{served.name}", {"source": "E", "sourceId": "a/"}).data["id"]
    assert [caller.get(f"{path}/{value}").data["id"] for value in ("a", "a/", "a%2F")] == [plain, both, both]
    assert caller.delete(f"{path}/a%2F").status == 200
    assert caller.get(f"{path}/a/").code == served.binned
    assert caller.get(f"{path}/a").data["id"] == plain


def test_29_keys_are_compared_exactly(served: Served, caller: Caller):
    caller.post(f"/{served.name}", {"source": "ERP", "sourceId": "Aé"})

    for other in ("aé", "AÉ", "Ae\u0301", "Aé ", " Aé", "A"):
        assert caller.get(f"/{served.name}/sourceId/{quote(other)}").code == served.absent


@pytest.mark.parametrize("value", ["%00", "a%00b", "%ff%fe", "x" * 256, "x" * 5000, "%F0%9F"])
def test_29_values_that_nothing_can_have(served: Served, caller: Caller, value: str):
    assert caller.get(f"/{served.name}/sourceId/{value}").code == served.absent


SUFFIXES = ["addresses", "addresses/", "addresses/5", "addresses/bulk", "pricing"]


@pytest.mark.parametrize("rest", SUFFIXES)
def test_29_a_sub_resource_is_not_part_of_the_value(addressed: Served, caller: Caller, rest: str):
    caller.post(f"/{addressed.name}", {"source": "ERP", "sourceId": f"x/{rest}".removesuffix("/")})

    reply = caller.get(f"/{addressed.name}/sourceId/x/{rest}")

    if rest in {"pricing", "addresses/bulk"}:
        assert reply.code == (405, 10023, "MethodNotAllowed")  # they are not for reading
    else:
        assert reply.code == addressed.code(7, "Parent…NotFound", 404)


@pytest.mark.parametrize("rest", SUFFIXES[:4])
def test_29_contacts_have_no_addresses_so_the_suffix_is_part_of_the_value(caller: Caller, rest: str):
    key = f"x/{rest}".removesuffix("/")
    made = caller.post("/contacts", {"source": "ERP", "sourceId": key})

    assert caller.get(f"/contacts/sourceId/x/{rest}").data["id"] == made.data["id"]
