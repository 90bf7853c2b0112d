"""How deep and how wide a JSON document is, told from its bytes before anything is built from them."""

import re

MOST_CONTAINERS = 650_000
MOST_PARTS = 4_200_000
"""More objects, lists and members than 32 MiB of meaningful rows can hold. Each becomes a Python object, an object one
of some 250 bytes: without these limits 32 MiB of ``{},{},…`` would take gigabytes."""
TOO_MANY = (
    f"The body is larger than the limit of {MOST_CONTAINERS} objects and lists, or of {MOST_PARTS} values, for one"
    " request. Send smaller requests, or hand the file to an import job in the back office"
)
_SUSPICIOUS_CONTAINERS = 200_000

# A string that does not end is matched too: otherwise each quote in it would be tried anew, to the end.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_OPEN_AND_CLOSE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def too_many_parts(body: bytes) -> bool:
    """Whether the document is wider than the limits. Cheap for all but suspicious bodies."""
    if body.count(b"{") + body.count(b"[") <= _SUSPICIOUS_CONTAINERS and body.count(b",") <= MOST_PARTS:
        return False
    bare = _STRING.sub(b"", body)
    return bare.count(b"{") + bare.count(b"[") > MOST_CONTAINERS or bare.count(b",") > MOST_PARTS


def deeper_than(body: bytes, limit: int) -> bool:
    """Whether the document is nested deeper than ``limit`` levels."""
    depth = 0
    for bracket in _STRING.sub(b"", body).translate(_OPEN_AND_CLOSE, _NO_BRACKETS):
        depth += 1 if bracket == 0x5B else -1
        if depth > limit:
            return True
    return False
