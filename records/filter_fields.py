"""From what a filter was sent to what is asked of the database (lookup API contract, section 8)."""

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from records import cleaning
from records.reads import LONGEST_KEY, MAX_BIGINT
from records.search_text import digits, fold

MAX_VALUES = 1_000
MAX_WORDS = 10

_moment = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


class FilterField(forms.Field):
    """One value; no value, null and "" are no filter. ``clean_value`` raises ``cleaning.Invalid``."""

    def __init__(self, *, clean_value: Callable[[Any], Any], **kwargs: Any) -> None:
        self.clean_value = clean_value
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        return "" if value is None or value == "" else self.checked(value)

    def checked(self, value: Any) -> Any:
        """The clean value. Errors: ValidationError with what is wrong with it."""
        try:
            return self.clean_value(value)
        except cleaning.Invalid as invalid:
            raise ValidationError(str(invalid)) from None


class FilterListField(FilterField):
    """Several values, of which a record has one."""

    def to_python(self, value: Iterable[Any] | None) -> Any:
        sent = () if value is None else tuple(value)
        if len(sent) > MAX_VALUES:
            raise ValidationError(
                f"{len(sent)} values are over the limit of {MAX_VALUES}. Ask in several requests, or for an export"
            )
        return tuple(dict.fromkeys(map(self.checked, sent)))


def identifier(value: int | str) -> int:
    """An id, as a number or as its decimal text."""
    if re.fullmatch(r"[1-9][0-9]{0,18}", str(value)) and (number := int(value)) <= MAX_BIGINT:
        return number
    raise cleaning.Invalid(f"[{str(value)[:40]}] is not an id: a positive integer of at most 19 digits")


def key_text(value: int | str) -> str:
    """Text that is compared exactly, such as a key."""
    text = cleaning.text(value)
    if not text:
        raise cleaning.Invalid("an empty value finds nothing")
    if len(text) > LONGEST_KEY:
        raise cleaning.Invalid(f"expected maxLength: {LONGEST_KEY}, actual: {len(text)}")
    return text


def phone_digits(value: int | str) -> str:
    """The digits of a phone number, without the international prefix."""
    if found := digits(key_text(value)):
        return found
    raise cleaning.Invalid(f"[{str(value)[:40]}] has no digits")


def search_words(value: str) -> str:
    """Words to look for, of which there may be ten: more would be left out silently."""
    text = cleaning.notes(value)
    if len(text) > LONGEST_KEY:
        raise cleaning.Invalid(f"expected maxLength: {LONGEST_KEY}, actual: {len(text)}")
    if (count := len(fold(text).split())) > MAX_WORDS:
        raise cleaning.Invalid(f"{count} words are over the limit of {MAX_WORDS}")
    return text


def moment_from(value: str) -> datetime.datetime:
    """The first instant that a date-time or a date names."""
    return _span(value)[0]


def moment_to(value: str) -> datetime.datetime:
    """The instant at which the second, or the day, that a date-time or a date names is over."""
    return _span(value)[1]


def _span(value: str) -> tuple[datetime.datetime, datetime.datetime]:
    """From the beginning of what is named to the beginning of what follows. Without an offset it is UTC."""
    found = _moment.fullmatch(value.strip())
    if found is None:
        raise cleaning.Invalid(
            f"[{value[:40]}] is not a date-time, use YYYY-MM-DDTHH:mm:ssZ or YYYY-MM-DD (in a URL + is sent as %2B)"
        )
    day, minutes, seconds, fraction, offset = found.groups()
    zone = (offset or "Z").upper().replace("Z", "+00:00")
    try:
        start = datetime.datetime.fromisoformat(f"{day}T{minutes or '00:00'}:{seconds or '00'}{zone}")
        length = datetime.timedelta(seconds=1) if seconds else datetime.timedelta(minutes=1)
        end = start + (length if minutes else datetime.timedelta(days=1))
        start += datetime.timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
        return start.astimezone(datetime.UTC), end.astimezone(datetime.UTC)
    except OverflowError:
        raise cleaning.Invalid(f"[{value[:40]}] is out of range") from None
    except ValueError:
        raise cleaning.Invalid(f"[{value[:40]}] is not a date-time that exists") from None
