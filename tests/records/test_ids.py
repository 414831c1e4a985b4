"""Record ids: 15 and 18 characters name one record, and a mistyped id is noticed."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.records.ids import is_id, prefix, to_18

ID15 = st.text(string.ascii_letters + string.digits, min_size=15, max_size=15)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("000000000000000", "000000000000000AAA"),
        ("00D000000000001", "00D000000000001EAA"),
        ("AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA555"),
        ("aBcDeFgHiJkLmNo", "aBcDeFgHiJkLmNoKVK"),
    ],
)
def test_the_suffix_carries_the_case(short: str, long: str) -> None:
    """Each block of five letters gives one letter: bit i is set where letter i is a capital."""
    assert to_18(short) == long


@given(ID15)
def test_both_forms_name_the_same_record(short: str) -> None:
    """Making an id long is done once: the long form stays as it is, whatever the case of its suffix."""
    long = to_18(short)
    assert long.startswith(short)
    assert to_18(long) == long
    assert to_18(short + long[15:].lower()) == long
    assert prefix(long) == short[:3]


@given(ID15)
def test_an_id_that_lost_its_case_gets_it_back(short: str) -> None:
    """Spreadsheets that change case do no harm to a long id."""
    long = to_18(short)
    assert to_18(long.upper()) == long
    assert to_18(long.lower()) == long


@given(ID15, st.integers(0, 14), st.sampled_from(string.ascii_uppercase), st.sampled_from(string.digits))
def test_a_digit_in_place_of_a_capital_is_noticed(short: str, at: int, capital: str, digit: str) -> None:
    """A slip of the pen makes an id that is refused, because its suffix is of another."""
    good = to_18(short[:at] + capital + short[at + 1 :])
    with pytest.raises(ValueError, match="do not belong"):
        to_18(good[:at] + digit + good[at + 1 :])


@pytest.mark.parametrize(
    "text", ["", "00Q", "00Q00000000000", "00Q0000000000001", "00Q000000000001AAAA", "00Q00000000000é"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """A wrong length or a strange character is an error in words."""
    assert not is_id(text)
    with pytest.raises(ValueError, match="is not a record id"):
        to_18(text)


@pytest.mark.parametrize("text", ["00Q0000 00000001", "00Q000000000001\n", "00Q00000000000' OR"])
def test_nothing_but_letters_and_digits_passes(text: str) -> None:
    """An id that is taken is safe in a query and in a URL."""
    assert not is_id(text)
