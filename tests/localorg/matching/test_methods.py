"""Promises of the matching methods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.matching.likeness import edit_score, jaro_winkler, sound
from sfsync.localorg.matching.methods import METHODS, match_key


@pytest.mark.parametrize(
    ("method", "left", "right", "matches"),
    [
        ("Exact", "Acme ", "ACME", True),
        ("Exact", "Acme", "Acme Inc", False),
        ("FirstName", "Bob", "Robert", True),
        ("FirstName", "J", "Jane", True),
        ("FirstName", "Jonathon", "Jonathan", True),
        ("FirstName", "Ana", "Bruno", False),
        ("LastName", "Smith", "Smyth", True),
        ("LastName", "García", "Garcia", True),
        ("LastName", "Smith", "Jones", False),
        ("CompanyName", "Acme Inc.", "ACME Corporation", True),
        ("CompanyName", "International Business Machines", "IBM", True),
        ("CompanyName", "Globex Trading", "Globex Tradng GmbH", True),
        ("CompanyName", "Acme", "Initech", False),
        ("Phone", "+1 (415) 555-1234", "415.555.1234", True),
        ("Phone", "415 555 1234", "415 555 9999", True),
        ("Phone", "415 555 1234", "212 555 1234", False),
        ("Zip", "94105-1234", "94105", True),
        ("Zip", "94105", "10001", False),
        ("City", "San Fransisco", "San Francisco", True),
        ("Street", "123 Maple Ave", "123 Maple Ave.", True),
        ("Title", "Chief Executive Officer", "CEO", True),
    ],
)
def test_near_values_match_as_their_method_has_it(method: str, left: str, right: str, matches: bool) -> None:
    """Whichever of the two comes first."""
    one = METHODS[method]
    assert (one.score(left, right) >= one.threshold) is matches
    assert one.score(left, right) == one.score(right, left)


@pytest.mark.parametrize("method", ["FirstName", "LastName", "Phone", "Zip", "City", "Street", "Exact"])
@given(data=st.data())
def test_a_value_shares_its_key_with_itself_in_other_dress(method: str, data: st.DataObject) -> None:
    """Upper case and white space around it do not matter."""
    text = data.draw(st.text("abcdefghij 0123456789", min_size=1, max_size=12))
    assert match_key(method, text) == match_key(method, f" {text.upper()} ")


def test_keys_are_short_as_in_a_real_org() -> None:
    """What a name sounds like, a phone without its last four digits, the beginning of a company."""
    assert (sound("Doe"), sound("Benioff")) == ("t", "pnf")
    assert match_key("Phone", "1-415-555-1234") == "415555"
    assert match_key("CompanyName", "salesforce.com") == "sales"
    assert match_key("Title", "CEO") == ""
    assert match_key("Exact", None) == ""


@given(st.text(max_size=8), st.text(max_size=8))
def test_likeness_is_a_score(left: str, right: str) -> None:
    """From 0 to 100, and 100 only for equal texts."""
    for score in (edit_score(left, right), jaro_winkler(left, right)):
        assert 0 <= score <= 100.000001
        assert left == right or score < 100
    assert not left or edit_score(left, left) == 100 == round(jaro_winkler(left, left))
