"""Values in and out of columns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.catalog import Field
from sfsync.localorg.objects.read import make_field
from sfsync.localorg.values import FIRST_DAY, LAST_DAY, stamp, to_csv, to_json, to_stored
from sfsync.localorg.wire import Refusal, json_bytes


def _field(kind: str, **facts: object) -> Field:
    return make_field({"name": "Thing__c", "label": "Thing", "type": kind, **facts})


TEXT = _field("string", length=40)
EMAIL = _field("email", length=80)
MONEY = _field("currency", precision=18, scale=2)
WHOLE = _field("double", precision=4, scale=0)
COUNT = _field("int", digits=8)
DAY = _field("date")
TIME = _field("datetime")
FLAG = _field("boolean")
LIST = _field("picklist", length=40, values=["Hot", "Cold"], also="restricted")
PARENT = _field("reference", to=["Account"])


def _refused(field: Field, value: object) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        to_stored(field, value)
    return caught.value.code, caught.value.message


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_text_comes_back_trimmed_and_empty_is_null(text: str) -> None:
    """Leading and trailing blanks go, an empty text is null, every other letter stays."""
    assert to_json(TEXT, to_stored(TEXT, text)) == (text.strip() or None)


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
def test_money_keeps_every_digit(amount: Decimal) -> None:
    """A number within the field's digits is exact in the database, in CSV and in JSON, however it was given."""
    stored = to_stored(MONEY, amount)
    assert stored == to_stored(MONEY, str(amount)) == int(amount * 100)
    assert Decimal(to_csv(MONEY, stored)) == amount
    assert Decimal(json_bytes(to_json(MONEY, stored)).decode()) == amount


@given(st.datetimes(datetime.fromisoformat("1700-01-01"), datetime.fromisoformat("3999-12-30")), st.integers(-720, 840))
def test_times_are_kept_as_whole_seconds_of_utc(local: datetime, minutes: int) -> None:
    """Any zone is taken; what is kept is UTC, whole seconds, in the form REST shows."""
    instant = local.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    sign, size = ("+" if minutes >= 0 else "-"), abs(minutes)
    for zone in (f"{sign}{size // 60:02}:{size % 60:02}", f"{sign}{size // 60:02}{size % 60:02}"):
        text = local.strftime("%Y-%m-%dT%H:%M:%S") + f".{local.microsecond // 1000:03}{zone}"
        if stamp(instant)[:10] >= FIRST_DAY:
            assert to_stored(TIME, text) == stamp(instant)


@given(st.dates())
def test_days_stay_the_days_they_are(day: object) -> None:
    """A date passes through no time zone; days before 1700 and after 4000 are refused."""
    text = str(day)
    if FIRST_DAY <= text <= LAST_DAY:
        assert to_stored(DAY, text) == text
    else:
        assert _refused(DAY, text)[0] == "NUMBER_OUTSIDE_VALID_RANGE"


@pytest.mark.parametrize(
    ("value", "shown", "csv"),
    [(Decimal("12.5"), 12.5, "12.5"), (12, 12.0, "12.0"), ("1E3", 1000.0, "1000.0"), (0, 0.0, "0.0")],
)
def test_money_is_shown_with_a_point_always(value: object, shown: float, csv: str) -> None:
    """currency, double and percent show as 12.0, never as 12."""
    stored = to_stored(MONEY, value)
    assert repr(to_json(MONEY, stored)) == repr(shown)
    assert to_csv(MONEY, stored) == csv


def test_whole_numbers_are_shown_without_a_point() -> None:
    """int shows as 12."""
    assert repr(to_json(COUNT, to_stored(COUNT, 12))) == "12"
    assert to_csv(COUNT, -3) == "-3"


def test_numbers_are_rounded_half_up_to_the_fields_scale() -> None:
    """12.345 in a field with two decimals is 12.35, and a score of 79.5 is 80."""
    assert to_stored(MONEY, Decimal("12.345")) == 1235
    assert to_stored(MONEY, Decimal("-12.345")) == -1235
    assert to_stored(WHOLE, Decimal("79.5")) == 80


def test_mail_addresses_are_lower_case() -> None:
    """E-mail is lower-cased on save."""
    assert to_stored(EMAIL, " GOB.Bluth@Example.com ") == "gob.bluth@example.com"


@pytest.mark.parametrize("address", ["bad", "a@b", "a b@c.com", "a@@c.com", "@c.com", "a@c..com", "a@c.com."])
def test_a_bad_mail_address_is_refused_by_its_label(address: str) -> None:
    """The message names the label, as Salesforce's does."""
    assert _refused(EMAIL, address) == ("INVALID_EMAIL_ADDRESS", f"Thing: invalid email address: {address}")


def test_booleans_are_never_null() -> None:
    """null is false; words and digits are taken; anything else is not."""
    assert [to_stored(FLAG, one) for one in (True, False, None, "TRUE", "false", "1", "0")] == [1, 0, 0, 1, 0, 1, 0]
    assert to_json(FLAG, 1) is True and to_csv(FLAG, 0) == "false"
    assert _refused(FLAG, "yes")[0] == "JSON_PARSER_ERROR"


@pytest.mark.parametrize(
    ("field", "value", "start"),
    [
        (TEXT, 1, "Cannot deserialize instance of string from VALUE_NUMBER_INT value 1 or"),
        (TEXT, True, "Cannot deserialize instance of string from VALUE_TRUE value true or"),
        (TEXT, {"a": 1}, "Cannot deserialize instance of string from START_OBJECT value { or"),
        (MONEY, "much", "Cannot deserialize instance of double from VALUE_STRING value much or"),
        (MONEY, Decimal("Infinity"), "Cannot deserialize instance of double from VALUE_NUMBER_FLOAT value Infinity or"),
        (COUNT, Decimal("1.5"), "Cannot deserialize instance of int from VALUE_NUMBER_FLOAT value 1.5 or"),
        (DAY, "24.11.2026", "Cannot deserialize instance of date from VALUE_STRING value 24.11.2026 or"),
        (TIME, "2026-11-24", "Cannot deserialize instance of datetime from VALUE_STRING value 2026-11-24 or"),
        (PARENT, 5, "Cannot deserialize instance of id from VALUE_NUMBER_INT value 5 or"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_parser_error(field: Field, value: object, start: str) -> None:
    """The message says what was found and what was wanted."""
    code, message = _refused(field, value)
    assert code == "JSON_PARSER_ERROR" and message.startswith(start)


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        (TEXT, "x" * 41, "STRING_TOO_LONG", f"Thing: data value too large: {'x' * 41} (max length=40)"),
        (
            LIST,
            "Warm",
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Thing: bad value for restricted picklist field: Warm",
        ),
        (WHOLE, 12345, "NUMBER_OUTSIDE_VALID_RANGE", "Thing: value outside of valid range on numeric field: 12345.0"),
        (COUNT, 10**8, "NUMBER_OUTSIDE_VALID_RANGE", "Thing: value outside of valid range on numeric field: 100000000"),
        (MONEY, Decimal("1E40"), "NUMBER_OUTSIDE_VALID_RANGE", None),
    ],
)
def test_what_does_not_fit_is_refused_with_the_real_words(field: Field, value: object, code: str, message: str) -> None:
    """Length, restricted picklist and range have their own codes and texts."""
    refused = _refused(field, value)
    assert refused[0] == code
    assert message is None or refused[1] == message


def test_null_and_csv_blanks_are_null() -> None:
    """null stays null for all kinds but booleans, and an empty CSV cell is null too."""
    for field in (TEXT, EMAIL, MONEY, COUNT, DAY, TIME, LIST, PARENT):
        assert to_stored(field, None) is None and to_stored(field, "  ") is None
        assert to_json(field, None) is None and to_csv(field, None) == ""


def test_ids_are_kept_in_their_long_form() -> None:
    """A 15-character id becomes the 18-character one."""
    assert to_stored(PARENT, "001D000000IqhSL") == "001D000000IqhSLIAZ"


def test_csv_times_end_in_z() -> None:
    """Bulk shows UTC as Z where REST shows +0000."""
    stored = to_stored(TIME, "2026-11-24T13:30:45+01:00")
    assert to_json(TIME, stored) == "2026-11-24T12:30:45.000+0000"
    assert to_csv(TIME, stored) == "2026-11-24T12:30:45.000Z"
