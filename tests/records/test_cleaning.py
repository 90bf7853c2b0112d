"""From sent values to stored ones (lookup API contract, section 3)."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from addresses.contracts import ADDRESSES
from contacts.contracts import COMPANIES
from customers.contracts import CUSTOMERS
from records import cleaning
from records.cleaned import clean_columns, clean_rows
from records.cleaning import Invalid
from records.outcomes import Kind, Refusal
from records.people import Gender, OrderListAllowAll
from records.resources import Resource
from tests.naughty_strings import KEPT, KEPT_IN_NOTES, REFUSED
from tests.records.sending import values

TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_text_is_kept_as_it_is(text):
    assert cleaning.text(text) == text
    assert cleaning.notes(text) == text


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_control_characters_are_named(text):
    for clean in (cleaning.text, cleaning.notes):
        with pytest.raises(Invalid, match=r"control character U\+[0-9A-F]{4} is not permitted"):
            clean(text)


@pytest.mark.parametrize("text", KEPT_IN_NOTES.values(), ids=KEPT_IN_NOTES)
def test_notes_may_have_lines(text):
    assert cleaning.notes(text) == text
    with pytest.raises(Invalid, match=r"U\+000"):
        cleaning.text(text)


@pytest.mark.parametrize("number", [0, -7, 10**254, 10**255 - 1], ids=["zero", "negative", "large", "largest"])
def test_integers_become_their_decimal_text(number):
    assert cleaning.text(number) == str(number)


@pytest.mark.parametrize("number", [10**255, -(10**255), 10**10_000], ids=["over", "under", "beyond str()"])
def test_integers_that_no_column_can_hold(number):
    with pytest.raises(Invalid, match="more than 255 digits"):
        cleaning.text(number)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("1987-03-04", datetime.date(1987, 3, 4)),
        ("04/03/1987", datetime.date(1987, 3, 4)),
        ("29/02/2000", datetime.date(2000, 2, 29)),
        ("1850-01-01", datetime.date(1850, 1, 1)),
        (TODAY.isoformat(), TODAY),
        (datetime.date(1987, 3, 4), datetime.date(1987, 3, 4)),
    ],
)
def test_dates_of_birth(sent, stored):
    assert cleaning.date_of_birth(sent) == stored


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("1999-02-29", "[1999-02-29] is not a date that exists"),
        ("0000-01-01", "[0000-01-01] is not a date that exists"),
        ("13/13/1999", "[13/13/1999] is not a date that exists"),
        ("1849-12-31", "[1849-12-31] is before 1850-01-01"),
        ((TODAY + datetime.timedelta(days=1)).isoformat(), f"[{TODAY + datetime.timedelta(days=1)}] is in the future"),
        ("9999-12-31", "[9999-12-31] is in the future"),
        ("1987-3-4", "[1987-3-4] is not a date, use YYYY-MM-DD or DD/MM/YYYY"),
        ("1987-03-04T00:00", "[1987-03-04T00:00] is not a date, use YYYY-MM-DD or DD/MM/YYYY"),
        ("1987-03-04\n", "[1987-03-04\n] is not a date, use YYYY-MM-DD or DD/MM/YYYY"),
        ("١٩٨٧-٠٣-٠٤", "[١٩٨٧-٠٣-٠٤] is not a date, use YYYY-MM-DD or DD/MM/YYYY"),
        ("x" * 100, f"[{'x' * 40}] is not a date, use YYYY-MM-DD or DD/MM/YYYY"),
    ],
)
def test_dates_that_are_refused(sent, message):
    with pytest.raises(Invalid) as refused:
        cleaning.date_of_birth(sent)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "address",
    ["a@example.com", "A.B+c_d-e@Sub.Example.co", '"quoted"@example.com', "o'neill@example.com",
     "x@xn--nxasmq6b.example", "a@[127.0.0.1]"],
)  # fmt: skip
def test_mail_addresses_are_kept_as_sent(address):
    assert cleaning.email(address) == address


@pytest.mark.parametrize(
    "address", ["a", "a@", "@b.com", "a@b", "a b@example.com", "a@exa mple.com", "a@example.com\n", "a..b@example.com",
                "a@-example.com", "a@example..com"]
)  # fmt: skip
def test_mail_addresses_that_are_none(address):
    with pytest.raises(Invalid):
        cleaning.email(address)


@pytest.mark.parametrize("address", ["http://example.com", "https://example.com:8443/a?b=c#d", "HTTPS://EXAMPLE.com/"])
def test_web_addresses(address):
    assert cleaning.url(address) == address


@pytest.mark.parametrize(
    "address", ["example.com", "ftp://example.com", "javascript:alert(1)", "http://", "http://a b.com", "//example.com"]
)
def test_web_addresses_that_are_none(address):
    with pytest.raises(Invalid, match="is not a valid http or https address"):
        cleaning.url(address)


@pytest.mark.parametrize(("sent", "stored"), [("nl", "NL"), ("NL", "NL"), ("eN", "EN")])
def test_languages(sent, stored):
    assert cleaning.language(sent) == stored


@pytest.mark.parametrize(("sent", "stored"), [("nl", "NL"), ("De", "DE")])
def test_countries(sent, stored):
    assert cleaning.country(sent) == stored


# The upper case of a sharp s is "SS", that of the ligature fi is "FI": South Sudan and Finland.
@pytest.mark.parametrize("code", ["XX", "N", "NLD", "\u00df", "\ufb01", "\uff46\uff52", " NL", "N\u0131", "12"])
def test_codes_that_do_not_exist(code):
    with pytest.raises(Invalid, match="ISO 639-1"):
        cleaning.language(code)
    with pytest.raises(Invalid, match="ISO 3166-1"):
        cleaning.country(code)


def test_enum_letters_come_in_either_case():
    gender, orders = cleaning.one_of(Gender.values), cleaning.one_of(OrderListAllowAll.values)

    assert [gender(letter) for letter in "mMfFuU"] == list("mmffuu")
    assert [orders(letter) for letter in "nNyYaAuUpP"] == list("NNYYAAUUPP")


@pytest.mark.parametrize("sent", ["x", "mf", "male", "\u212a", " m", 1, "m" * 100])
def test_enum_letters_that_do_not_exist(sent):
    with pytest.raises(Invalid) as refused:
        cleaning.one_of(Gender.values)(sent)
    assert str(refused.value) == f"{str(sent)[:40]} is not a valid enum value"


# Columns of rows


def cleaned(resource: Resource, *rows):
    columns, faults = clean_rows(resource, [values(resource, named) for named in rows])
    names = [column.name for column in resource.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)], faults


def test_absent_stays_absent_and_null_and_empty_become_neutral():
    rows, faults = cleaned(
        CUSTOMERS,
        {"first_name": "Anna", "gender": "F", "date_of_birth": "1987-03-04"},
        {"first_name": None, "gender": None, "date_of_birth": None},
        {"first_name": "", "gender": "", "date_of_birth": ""},
    )

    picked = [(row["first_name"], row["gender"], row["date_of_birth"], row["title"]) for row in rows]
    assert picked == [("Anna", "f", datetime.date(1987, 3, 4), UNSET), ("", "u", None, UNSET), ("", "u", None, UNSET)]
    assert faults == {}


def test_faults_are_told_by_row_and_place():
    rows, faults = cleaned(
        COMPANIES,
        {"name": "a\x00", "email": "x", "budget": "?"},
        {"name": "fine"},
        {"name": "n" * 256, "notes": "n" * 4001, "email": "e" * 243 + "@example.com", "phone": 12},
    )

    assert faults == {
        0: [
            Refusal(Kind.INVALID, "companies", "control character U+0000 is not permitted", "/name"),
            Refusal(Kind.INVALID, "companies", "? is not a valid enum value", "/budget"),
            Refusal(Kind.INVALID, "companies", "[x] is not a valid e-mail address", "/email"),
        ],
        2: [
            Refusal(Kind.INVALID, "companies", "expected maxLength: 255, actual: 256", "/name"),
            Refusal(Kind.INVALID, "companies", "expected maxLength: 4000, actual: 4001", "/notes"),
            Refusal(Kind.INVALID, "companies", "expected maxLength: 254, actual: 255", "/email"),
        ],
    }
    assert (rows[1]["name"], rows[2]["phone"]) == ("fine", "12")


@pytest.mark.parametrize("value", [None, ""])
def test_what_an_address_needs_cannot_be_cleared(value):
    _, faults = cleaned(ADDRESSES, {"type": value, "city": value, "country": value, "street": value, "region": value})

    message = "a value is required, it cannot be cleared"
    assert faults == {0: [Refusal(Kind.INVALID, "addresses", message, f"/{member}")
                          for member in ("type", "street", "city", "country")]}  # fmt: skip


def test_no_rows():
    for clean, nothing in ((clean_rows, []), (clean_columns, [()] * len(CUSTOMERS.columns))):
        columns, faults = clean(CUSTOMERS, nothing)
        assert ([list(column) for column in columns], faults) == ([[]] * len(CUSTOMERS.columns), {})


def one_by_one(clean, values):
    try:
        return [clean(value) if value else value for value in values]
    except Invalid:
        return None


mails = st.sampled_from(
    ["a@b.nl", "", "A.b+c@x-y.example", "a@b", "@b.nl", "a..b@c.nl", "a@b.nl ", "é@b.nl", "a\nb@c.nl"]
)
births = st.sampled_from(
    [
        *("1987-03-04", "1850-01-01", "1849-12-31", TODAY.isoformat(), (TODAY + datetime.timedelta(1)).isoformat()),
        *("2001-02-29", "04/03/1987", "1987-3-4", "1987-03-04 ", "2020-W01-1", "20200101", "1987-03-0४", "", "-"),
    ]
)


@given(st.lists(mails, min_size=1, max_size=4))
def test_mails_cleaned_together_are_what_they_are_one_by_one(values):
    together = cleaning.emails(values)

    assert together in (None, one_by_one(cleaning.email, values))
    if set(values) <= {"a@b.nl", "", "A.b+c@x-y.example"}:
        assert together == values


@given(st.lists(births, min_size=1, max_size=4))
def test_dates_cleaned_together_are_what_they_are_one_by_one(values):
    together = cleaning.dates_of_birth(values)

    assert together in (None, one_by_one(cleaning.date_of_birth, values))
    if set(values) <= {"1987-03-04", "1850-01-01", TODAY.isoformat()}:
        assert together == [datetime.date.fromisoformat(value) for value in values]
