"""The API versions the org serves, and their names."""

FIRST, LAST = 31, 68  # older ones are retired, newer ones do not exist yet
_FIRST_YEAR = 14  # version 31 is Summer '14
_SEASONS = ("Summer", "Winter", "Spring")


def served() -> list[str]:
    """Give the versions served, ascending, as "59.0"."""
    return [f"{number}.0" for number in range(FIRST, LAST + 1)]


def label(version: str) -> str:
    """Give the season a version came out in: "Winter '24" for 59.0; three come a year, Winter opens the next one."""
    since = int(version.split(".")[0]) - FIRST
    season = since % 3
    year = _FIRST_YEAR + (since + 2) // 3
    apostrophe = "’" if version == "42.0" else "'"  # Salesforce's own list has a curly one here
    return f"{_SEASONS[season]} {apostrophe}{year}"


def number_of(version: str) -> float:
    """Give a version as a number, to compare it with others."""
    return float(version)
