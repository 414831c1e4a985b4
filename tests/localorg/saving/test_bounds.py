"""What no record can be: above itself, off the globe, surer than sure."""

from typing import Any

import pytest

from tests.localorg.conftest import Org

CIRCLE = ("CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints")


@pytest.mark.parametrize(("sobject", "field"), [("Account", "ParentId"), ("Contact", "ReportsToId")])
def test_nobody_is_above_themselves(org: Org, sobject: str, field: str) -> None:
    """A record cannot be its own parent, nor that of its ancestors; another place in the tree is taken."""
    top, middle, low = org.make(sobject), org.make(sobject), org.make(sobject)
    for child, parent in ((middle, top), (low, middle)):
        assert org.ask("PATCH", f"sobjects/{sobject}/{child}", {field: parent}).status == 204
    for child, parent in ((top, top), (top, low), (middle, low)):
        refused = org.ask("PATCH", f"sobjects/{sobject}/{child}", {field: parent})
        assert (refused.status, refused.error()) == (400, CIRCLE)
    assert org.ask("PATCH", f"sobjects/{sobject}/{low}", {field: top}).status == 204


def test_two_records_of_one_call_do_not_become_each_others_parent(org: Org) -> None:
    """The first that closes the circle is refused, the other saved."""
    one, two = org.make("Account"), org.make("Account")
    records = [
        {"attributes": {"type": "Account"}, "id": one, "ParentId": two},
        {"attributes": {"type": "Account"}, "id": two, "ParentId": one},
    ]
    told: Any = org.ask("PATCH", "composite/sobjects", {"records": records}).body
    assert [each["success"] for each in told] == [False, True]
    assert told[0]["errors"][0]["statusCode"] == CIRCLE[0] and told[0]["errors"][0]["fields"] == ["ParentId"]


@pytest.mark.parametrize(
    ("sobject", "field", "taken", "refused"),
    [
        ("Lead", "Latitude", -90, 90.5),
        ("Account", "BillingLongitude", 180, -180.001),
        ("Opportunity", "Probability", 100, 101),
        ("Opportunity", "Probability", 0, -1),
    ],
)
def test_a_number_stays_in_its_bounds(org: Org, sobject: str, field: str, taken: float, refused: float) -> None:
    """Degrees of latitude and longitude, and percent of a probability."""
    record = org.make(sobject, **{field: taken})
    code, text = org.ask("PATCH", f"sobjects/{sobject}/{record}", {field: refused}).error()
    assert code == "NUMBER_OUTSIDE_VALID_RANGE"
    assert text.endswith(f"value outside of valid range on numeric field: {float(refused)}")


def test_no_two_users_have_one_name(org: Org) -> None:
    """User names are mail addresses, told apart without case; nicknames are unique too; one's own name stays."""
    profile: Any = org.state.one('SELECT Id FROM "Profile"')
    user = {
        **{"Username": "ana@example.com", "LastName": "Ana", "Alias": "ana", "Email": "ana@example.com"},
        **{"CommunityNickname": "ana", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "ProfileId": profile["Id"]},
        **{"EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US"},
    }
    made = org.make("User", **user)
    assert org.ask("PATCH", f"sobjects/User/{made}", {"Username": "Ana@example.com"}).status == 204
    for change, code in (
        ({"Username": "ANA@example.com"}, "DUPLICATE_USERNAME"),
        ({"Username": "ben@example.com"}, "DUPLICATE_COMM_NICKNAME"),
        ({"Username": "ben"}, "INVALID_EMAIL_ADDRESS"),
    ):
        assert org.ask("POST", "sobjects/User", {**user, **change}).error()[0] == code
