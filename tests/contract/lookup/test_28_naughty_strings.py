# ruff: noqa: RUF001 (characters that look like others are the point)
"""Checklists 28 and 29: strings that break software, in bodies and in paths."""

from urllib.parse import quote

import pytest

from tests.api.caller import Caller
from tests.contract.lookup.served import Served

NAUGHTY = (
    *("", " ", "  leading and trailing  ", "undefined", "null", "NULL", "true", "0", "-1", "1/0", "NaN", "0x0"),
    *("1e308", "Ω≈ç√∫˜µ≤≥÷", "åß∂ƒ©˙∆˚¬…æ", "社會科學院語學研究所", "التوحيد", "ʇnqɐʇᴉɔuƃɐɯ", "Ｔｈｅ ｗｉｄｅ"),
    *("ﬀﬁ ligatures", "\U0001f469\U0001f3fd\u200d\U0001f467", "\U0001f1f3\U0001f1f1", "e\u0301 and é"),
    *("Z\u0351\u036b\u0343a\u0334\u0335l\u0320\u0368g\u0334\u033b\u0348o", "\u2028\u2029", "\u200b\u200c\u200d\ufeff"),
    *("\u202eright to left", "\ufffe\uffff", "\U0001f4a9", "\ud7ff\ue000", "'; DROP TABLE customers_customer; --"),
    *('" OR ""="', "%s%s%n", "{0} {x} {{y}}", "$(reboot)", "`id`", "\\N", "\\.", "<script>alert(1)</script>"),
    *("<![CDATA[x]]>", "&amp;&#0;", "=1+1", "+1", "@SUM(A1)", "../../etc/passwd", "C:\\", "a/b", "\\u0000"),
    *("\\", "\\\\", '"', "x" * 255, "é" * 255, "😀" * 255, "\x7e\xa0\xad"),
)
REFUSED = ("\x01", "\x1f", "\x7f", "\x80", "\x9f", "tab\t", "line\nbreak", "\r", "x" * 256, "😀" * 256)


@pytest.mark.parametrize(
    "member", ["firstName", "lastName", "title", "login", "phone", "debtorId", "ssn", "pricelistAmount"]
)
def test_every_string_survives_or_is_refused(caller: Caller, member: str):
    rows = [{"source": "E", "sourceId": str(index), member: text} for index, text in enumerate(NAUGHTY)]

    written = caller.bulk("customers", rows)

    assert [row["success"] for row in written.data] == [True] * len(NAUGHTY)
    for index, text in enumerate(NAUGHTY):
        assert caller.get(f"/customers/sourceId/{index}").data[member] == text
    for text in REFUSED:
        assert caller.post("/customers", {member: text}).code[1] in {10007, 10017}


def test_notes_of_an_address_may_hold_tabs_and_line_breaks(caller: Caller):
    address = {"type": "home", "street": "S", "city": "C", "country": "NL", "notes": "een\n\ttwee"}

    made = caller.post("/customers", {"addresses": [address]})

    read = caller.get(f"/customers/id/{made.data['id']}?expands=addresses").data["addresses"]
    assert read[0]["notes"] == "een\n\ttwee"


KEYS = [
    *("a/b", "a//b", "/a", "%", "%2F", "%25", "a+b", "a b", " a ", "?x=1", "#x", "é", "e\u0301", "社會"),
    *("\U0001f469\U0001f3fd\u200d\U0001f467", "'", '"', "\\", "bulk", "search", "id", "sourceId", "addresses"),
    *("pricing", "a/addressesx", "&", "=", ";", "a,b", "..", "x" * 255, "null"),
]


@pytest.mark.parametrize("key", KEYS)
def test_29_lookup_values(served: Served, caller: Caller, key: str):
    made = caller.post(f"/{served.name}", {"source": "ERP", "sourceId": key})

    path = f"/{served.name}/sourceId/{quote(key, safe='')}"
    assert caller.get(path).data["id"] == made.data["id"]
    assert caller.get(f"{path}/?source=ERP").data["sourceId"] == key
    if key == quote(key):
        assert caller.get(f"/{served.name}/sourceId/{key}").data["id"] == made.data["id"]


def test_29_keys_are_compared_exactly(served: Served, caller: Caller):
    caller.post(f"/{served.name}", {"source": "ERP", "sourceId": "Aé"})

    for other in ("aé", "AÉ", "Ae\u0301", "Aé ", " Aé", "A"):
        assert caller.get(f"/{served.name}/sourceId/{quote(other)}").code == served.absent


@pytest.mark.parametrize("value", ["%00", "a%00b", "%ff%fe", "x" * 256, "x" * 5000, "%F0%9F"])
def test_29_values_that_nothing_can_have(served: Served, caller: Caller, value: str):
    assert caller.get(f"/{served.name}/sourceId/{value}").code == served.absent


@pytest.mark.parametrize("rest", ["addresses", "addresses/", "addresses/5", "addresses/bulk", "pricing"])
def test_29_a_sub_resource_is_not_part_of_the_value(served: Served, caller: Caller, rest: str):
    caller.post(f"/{served.name}", {"source": "ERP", "sourceId": f"x/{rest}".removesuffix("/")})

    reply = caller.get(f"/{served.name}/sourceId/x/{rest}")

    if rest == "pricing":
        assert reply.code == (404, 10008, "NotFound")
    elif served.has_addresses:
        bulk = (405, 10023, "MethodNotAllowed")
        assert reply.code == (bulk if rest.endswith("bulk") else served.code(7, "Parent…NotFound", 404))
    else:  # contacts have no addresses: the suffix says nothing there
        assert reply.data["sourceId"] == f"x/{rest}".removesuffix("/")
