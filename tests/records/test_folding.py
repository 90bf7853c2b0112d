"""Rows of one record applied in order in memory (lookup API contract, section 7)."""

import pytest
from msgspec import UNSET

from records.folding import apply_kept, fold_columns, fold_rows, sent_values

NEUTRAL = {"name": "", "gender": "u", "born": None, "group": None}
STORED = {"name": "Anna", "gender": "u", "born": None, "group": 7}


def fold(*rows, stored=None, kept=(), parent=None):
    sent = [row if isinstance(row, tuple) else (row, False) for row in rows]
    numbered = [(index, values, addresses) for index, (values, addresses) in enumerate(sent)]
    return fold_rows(numbered, stored=stored, neutral=NEUTRAL, kept=frozenset(kept), parent=parent)


def test_the_first_row_creates_and_the_others_update():
    assert fold({"name": "Anna"}, {"name": "Anna", "gender": "u"}, {"name": "Eva"}, {}) == (
        {"name": "Eva", "gender": "u"},
        {0: ("create", True), 1: ("update", False), 2: ("update", True), 3: ("update", False)},
    )


def test_rows_of_a_stored_record_all_update():
    assert fold({"name": "Anna"}, {"name": ""}, {"born": None}, stored=STORED) == (
        {"name": "", "born": None},
        {0: ("update", False), 1: ("update", True), 2: ("update", False)},
    )


def test_a_row_that_undoes_another_changed_too():
    merged, verdicts = fold({"name": "Eva"}, {"name": "Anna"}, stored=STORED)

    assert merged == {"name": "Anna"}
    assert verdicts == {0: ("update", True), 1: ("update", True)}


def test_a_change_of_addresses_is_a_change():
    assert fold(({}, True), ({}, False), stored=STORED)[1] == {0: ("update", True), 1: ("update", False)}


def test_kept_columns_are_written_while_they_are_empty():
    rows = {"name": "Eva", "gender": "f"}, {"gender": "m", "born": 1}, {"born": 2, "name": "Ida"}

    merged, verdicts = fold(*rows, stored=STORED, kept=("name", "gender", "born"))

    assert merged == {"gender": "f", "born": 1}
    assert verdicts == {0: ("update", True), 1: ("update", True), 2: ("update", False)}
    assert fold(*rows, kept=("name", "gender", "born"))[0] == {"name": "Eva", "gender": "f", "born": 1}


def test_the_parent_that_must_not_move():
    assert fold({"group": 8, "name": "Eva"}, stored=STORED, parent="group") == (
        {"name": "Eva"}, {0: ("update", True)},
    )  # fmt: skip
    assert fold({"group": 8}, {"group": 9}, parent="group") == (
        {"group": 8}, {0: ("create", True), 1: ("update", False)},
    )  # fmt: skip


def test_what_is_stored_is_not_altered():
    stored = dict(STORED)
    fold({"name": "Eva"}, stored=stored)
    assert stored == STORED


@pytest.mark.parametrize(
    ("stored", "left"),
    [
        ({"name": "", "gender": "u", "born": None}, {"name": "Eva", "gender": "f", "born": 1}),
        ({"name": "Anna", "gender": "m", "born": 2}, {}),
        ({"name": None, "gender": "", "born": 0}, {"name": "Eva"}),
    ],
)
def test_apply_kept(stored, left):
    sent = {"name": "Eva", "gender": "f", "born": 1}
    assert apply_kept(sent, stored, frozenset(sent), NEUTRAL) == left


def test_sent_values_are_those_that_are_there():
    assert sent_values(["name", "gender", "born"], [["Anna", UNSET], [UNSET, "f"], [None, None]], 1) == {
        "gender": "f",
        "born": None,
    }


def test_columns_are_folded_into_the_first_row_of_each_record():
    columns = [["Anna", "Eva", "Ida", UNSET], [UNSET, UNSET, "f", "m"]]

    folded, verdicts = fold_columns(
        ["name", "gender"],
        columns,
        groups={0: [0, 3], 1: (), 2: ()},
        stored={1: {"name": "", "gender": "u"}, 2: {"name": "Ina", "gender": "u"}},
        neutral=NEUTRAL,
        kept=frozenset({"name"}),
        parent=None,
        changed_rows={3},
    )

    assert [list(column)[:3] for column in folded] == [["Anna", "Eva", UNSET], ["m", UNSET, "f"]]
    assert verdicts == {0: ("create", True), 3: ("update", True)}
    assert columns == [["Anna", "Eva", "Ida", UNSET], [UNSET, UNSET, "f", "m"]]
