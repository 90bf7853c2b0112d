"""What a filter's value is taken for, and what is said of one that is not acceptable (contract section 8)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from records import filter_fields
from records.cleaning import Invalid
from records.filter_fields import FilterField, FilterListField

DAY = datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "start", "length"),
    [
        ("2024-02-29", DAY, timedelta(days=1)),
        ("2024-02-29T10:30", DAY + timedelta(hours=10, minutes=30), timedelta(minutes=1)),
        ("2024-02-29T10:30:05Z", DAY + timedelta(hours=10, minutes=30, seconds=5), timedelta(seconds=1)),
        ("2024-02-29T10:30:05", DAY + timedelta(hours=10, minutes=30, seconds=5), timedelta(seconds=1)),
        ("2024-02-29t10:30:05z", DAY + timedelta(hours=10, minutes=30, seconds=5), timedelta(seconds=1)),
        (" 2024-02-29T12:30:05+02:00 ", DAY + timedelta(hours=10, minutes=30, seconds=5), timedelta(seconds=1)),
        ("2024-02-29T05:30:05-0500", DAY + timedelta(hours=10, minutes=30, seconds=5), timedelta(seconds=1)),
    ],
)
def test_a_moment_is_what_it_names_as_a_whole(sent: str, start: datetime, length: timedelta):
    assert (filter_fields.moment_from(sent), filter_fields.moment_to(sent)) == (start, start + length)


def test_a_part_of_a_second_begins_there_and_ends_with_the_second():
    assert filter_fields.moment_from("2024-02-29T00:00:07.25Z") == DAY + timedelta(seconds=7.25)
    assert filter_fields.moment_from("2024-02-29T00:00:07.123456789Z") == DAY + timedelta(seconds=7.123456)
    assert filter_fields.moment_to("2024-02-29T00:00:07.25Z") == DAY + timedelta(seconds=8)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("yesterday", "is not a date-time, use"),
        ("29/02/2024", "is not a date-time, use"),
        ("2024-02-29T10:30:05 02:00", "(in a URL + is sent as %2B)"),
        ("2024-02-29 10:30:05", "is not a date-time, use"),
        ("20240229", "is not a date-time, use"),
        ("٢٠٢٤-٠٢-٢٩", "is not a date-time, use"),
        ("2024-02-30", "is not a date-time that exists"),
        ("2024-02-29T24:01:00Z", "is not a date-time that exists"),
        ("2024-02-29T10:30:05+99:00", "is not a date-time that exists"),
        ("0000-01-01", "is not a date-time that exists"),
        ("9999-12-31", "is out of range"),
        ("0001-01-01T00:00:00+01:00", "is out of range"),
    ],
)
def test_moments_that_are_none(sent: str, said: str):
    for moment in (filter_fields.moment_from, filter_fields.moment_to):
        with pytest.raises(Invalid) as invalid:
            moment(sent)
        assert str(invalid.value).startswith(f"[{sent}] ")
        assert said in str(invalid.value)


@pytest.mark.parametrize(
    ("clean", "sent", "kept"),
    [
        (filter_fields.identifier, 7, 7),
        (filter_fields.identifier, "7", 7),
        (filter_fields.identifier, 2**63 - 1, 2**63 - 1),
        (filter_fields.key_text, " A/b,c% ", " A/b,c% "),
        (filter_fields.key_text, 12, "12"),
        (filter_fields.key_text, "é" * 255, "é" * 255),
        (filter_fields.phone_digits, "+31 (0)20", "31020"),
        (filter_fields.phone_digits, "0031 20", "3120"),
        (filter_fields.phone_digits, 3120, "3120"),
        (filter_fields.search_words, "one two\tthree\nfour", "one two\tthree\nfour"),
        (filter_fields.search_words, "a b c d e f g h i j", "a b c d e f g h i j"),
    ],
)
def test_values_that_are_taken(clean, sent, kept):
    assert clean(sent) == kept


@pytest.mark.parametrize(
    ("clean", "sent", "said"),
    [
        (filter_fields.identifier, 0, "[0] is not an id: a positive integer of at most 19 digits"),
        (filter_fields.identifier, -1, "[-1] is not an id: a positive integer of at most 19 digits"),
        (filter_fields.identifier, "", "[] is not an id: a positive integer of at most 19 digits"),
        (filter_fields.identifier, "07", "[07] is not an id: a positive integer of at most 19 digits"),
        (filter_fields.identifier, "\u0667", "[\u0667] is not an id: a positive integer of at most 19 digits"),
        (filter_fields.identifier, "7\n", "[7\n] is not an id: a positive integer of at most 19 digits"),
        (filter_fields.identifier, 2**63, f"[{2**63}] is not an id: a positive integer of at most 19 digits"),
        (filter_fields.key_text, "", "an empty value finds nothing"),
        (filter_fields.key_text, "a\x00", "control character U+0000 is not permitted"),
        (filter_fields.key_text, "a\ud800", "control character U+D800 is not permitted"),
        (filter_fields.key_text, "x" * 256, "expected maxLength: 255, actual: 256"),
        (filter_fields.phone_digits, "unknown", "[unknown] has no digits"),
        (filter_fields.search_words, "a\x07", "control character U+0007 is not permitted"),
        (filter_fields.search_words, "x" * 256, "expected maxLength: 255, actual: 256"),
        (filter_fields.search_words, "a b c d e f g h i j k", "11 words are over the limit of 10"),
    ],
)
def test_values_that_are_refused(clean, sent, said: str):
    with pytest.raises(Invalid) as invalid:
        clean(sent)
    assert str(invalid.value) == said


def test_no_value_is_no_filter():
    one = FilterField(clean_value=filter_fields.key_text, required=False)
    many = FilterListField(clean_value=filter_fields.key_text, required=False)

    assert [one.clean(value) for value in (None, "", "a")] == ["", "", "a"]
    assert [many.clean(value) for value in (None, [], ["a", "b", "a"])] == [(), (), ("a", "b")]


def test_a_list_has_a_limit():
    many = FilterListField(clean_value=filter_fields.identifier, required=False)

    assert len(many.clean(range(1, 1001))) == 1000
    with pytest.raises(ValidationError) as error:
        many.clean(range(1, 1002))
    assert error.value.messages == ["1001 values are over the limit of 1000. Ask in several requests, or for an export"]
