"""DISTANCE and GEOLOCATION."""

from typing import Any

import pytest

Asked = Any
_MADRID, _BARCELONA, _LISBON = (404168, -37038), (413874, 21686), (387223, -91393)  # in ten-thousandths of a degree
_FROM_MADRID = "DISTANCE(Address, GEOLOCATION(40.4168, -3.7038), '{}')"


@pytest.fixture
def leads(org: Asked) -> Asked:
    """Leads in three towns, and one nowhere."""
    rows: list[dict[str, Any]] = [
        {"Name": name, "Latitude": latitude * 10**11, "Longitude": longitude * 10**11}
        for name, (latitude, longitude) in (("m", _MADRID), ("b", _BARCELONA), ("l", _LISBON))
    ]
    org.insert("Lead", *rows, {"Name": "nowhere"})
    return org


def test_records_are_found_by_how_far_they_are(leads: Asked) -> None:
    """Madrid to Barcelona is some 505 km, to Lisbon 502, or 314 miles; what is nowhere is found by neither sign."""
    assert sorted(leads.column(f"SELECT Name FROM Lead WHERE {_FROM_MADRID.format('km')} < 504")) == ["l", "m"]
    assert sorted(leads.column(f"SELECT Name FROM Lead WHERE {_FROM_MADRID.format('km')} > 504")) == ["b"]
    assert sorted(leads.column(f"SELECT Name FROM Lead WHERE {_FROM_MADRID.format('mi')} > 313")) == ["b"]


def test_records_are_ordered_by_how_far_they_are(leads: Asked) -> None:
    """Nearest first, and told under the alias given."""
    order = _FROM_MADRID.format("km")
    rows = leads.records(f"SELECT Name, {order} far FROM Lead WHERE Latitude != null ORDER BY {order}")
    assert [one["Name"] for one in rows] == ["m", "l", "b"]
    assert [round(one["far"]) for one in rows] == [0, 502, 505]


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (f"{_FROM_MADRID.format('km')} = 5", "INVALID_QUERY_FILTER_OPERATOR"),
        (f"{_FROM_MADRID.format('ft')} < 5", "MALFORMED_QUERY"),
        ("DISTANCE(Name, GEOLOCATION(1, 1), 'km') < 5", "INVALID_FIELD"),
        ("DISTANCE(Address, 1, 'km') < 5", "MALFORMED_QUERY"),
    ],
)
def test_other_distances_are_refused(org: Asked, where: str, code: str) -> None:
    """Any sign but smaller and greater, other units, fields that are no place, points that are none."""
    assert org.refusal(f"SELECT Id FROM Lead WHERE {where}").code == code


def test_a_bare_count_takes_no_order_and_no_groups(org: Asked) -> None:
    """COUNT() stands for itself; COUNT(Id) is for groups."""
    assert org.refusal("SELECT COUNT() FROM Lead ORDER BY Name").code == "MALFORMED_QUERY"
    assert org.refusal("SELECT COUNT(), Status FROM Lead GROUP BY Status").code == "MALFORMED_QUERY"
