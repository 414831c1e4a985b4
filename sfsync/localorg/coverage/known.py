"""How something the local org does is known."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How sure it is that a real org does the same."""

    RECORDED = "recorded"  # real answers were compared
    DOCUMENTED = "documented"  # Salesforce's guides, or what clients' own source and tests rely on
    ASSUMED = "assumed"  # neither was found: the likeliest


@dataclass(frozen=True, slots=True)
class Known:
    """One thing, and where it is known from."""

    says: str  # an endpoint ("GET /services/data"), a call, or a sentence
    standing: Standing
    source: str


def recorded(source: str, *says: str) -> tuple[Known, ...]:
    """Give things that were recorded."""
    return tuple(Known(one, Standing.RECORDED, source) for one in says)


def documented(source: str, *says: str) -> tuple[Known, ...]:
    """Give things that are documented."""
    return tuple(Known(one, Standing.DOCUMENTED, source) for one in says)


def assumed(*says: str) -> tuple[Known, ...]:
    """Give things that are assumed."""
    return tuple(Known(one, Standing.ASSUMED, "") for one in says)
