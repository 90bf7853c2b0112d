"""What may be sent in a story: bodies of any kind, drawn by hypothesis, with what is wrong now and then."""

from typing import Any

from hypothesis import strategies as st

from tests.integrity.paper.things import KINDS

SOURCES, KEYS = ("ERP", "SHOP"), ("K0", "K1", "K2", "K3")

kinds = st.sampled_from(sorted(KINDS))
numbers = st.sampled_from(range(40))
NOBODY = 39
"""The number that chooses what is not there."""
sometimes = st.sampled_from([False, False, False, True])
pairs = st.tuples(st.sampled_from(SOURCES), st.sampled_from(KEYS))


def mostly(*usual: Any, rarely: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """One of the usual values, now and then another one: rows with several values should mostly be written."""
    return st.sampled_from([*usual * (10 * len(rarely) // len(usual) + 1), *rarely])


texts = mostly("Anna", "Bert", "Ångström 7", "Cees", "", None, rarely=("bell\x07",))
values = st.fixed_dictionaries(
    {},
    optional={
        "text": texts,
        "gender": st.sampled_from(["f", "F", "m", "", None]),
        "budget": st.sampled_from(["h", "Y", "", None]),
        "email": mostly("anna@people.example", "bert@people.example", "", None, rarely=("no address",)),
        "login": st.sampled_from(["anna", "", None]),
        "company": st.sampled_from(["Bakker", "", None]),
        "department": st.sampled_from(["Inkoop", "", None]),
    },
)
# How a parent is named; the number chooses one of those that there are.
parents = st.one_of(
    mostly(None, "", rarely=({}, {"id": 10**12}, {"source": "ERP", "sourceId": "none"})),
    *[st.tuples(st.sampled_from(["id", "id", "pair", "pair", "bare"]), numbers)] * 3,
)
address_pairs = mostly(
    *({"source": "ERP", "sourceId": key} for key in ("A0", "A1", "A2", "A3", "A4", "A5")),
    {"source": "", "sourceId": ""},
    rarely=({"source": "ERP"}, {"sourceId": "A0"}),
)


@st.composite
def addresses(draw: Any, *, whole: bool = False) -> dict[str, Any]:
    """An address; a whole one can be created. One that is not often changes one, or is refused."""
    body: dict[str, Any] = {}
    if whole or draw(st.integers(0, 5)) > 0:
        body = {"type": "delivery", "city": "Assen", "country": "NL"}
    body |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(["delivery", "invoice"]),
                "city": mostly("Borne", "Cuijk", rarely=("", "bell\x07")),
                "country": mostly("nl", "DE", rarely=("XX",)),
                "code": st.sampled_from(["a", "a", "b", "c", "", None]),
                "street": mostly("Weg", "Laan", rarely=(None,)),
                "isDefault": st.sampled_from(["Y", "Y", "N", "", None]),
            },
        )
    )
    if draw(st.integers(0, 3)) == 0:
        body |= draw(address_pairs)
    return body


@st.composite
def bodies(draw: Any) -> dict[str, Any]:
    """What is said of a record, in words of no kind; ``worded`` puts them into those of one."""
    body = dict(draw(values))
    if draw(st.booleans()):
        body["parent"] = draw(parents)
    if draw(st.integers(0, 2)) == 0:
        body["addresses"] = draw(st.lists(addresses(), max_size=3) | st.none())
    return body


key_changes = st.one_of(
    st.just({}),
    st.just({}),
    pairs.map(lambda pair: {"source": pair[0], "sourceId": pair[1]}),
    st.sampled_from([{"source": "", "sourceId": ""}, {"sourceId": ""}, {"source": "ERP"}]),
)


def worded(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The same in the members of a kind; what it does not have is left out."""
    shape = KINDS[kind]
    known = {shape.text if name == "text" else name: value for name, value in body.items()}
    also = {"parent", "source", "sourceId", "id"} | ({"addresses"} if shape.addresses else set())
    return {name: value for name, value in known.items() if name in shape.members or name in also}
