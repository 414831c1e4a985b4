"""When a score that a record already holds is written anew, so that small moves do not cost calls and history."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sfsync.rules.facts import Facts

SYNTAX = 'write "always", or one or more of "band changes", "by N" and "daily" joined by "or"'
_BY = re.compile(r"by ([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Held:
    """A score and grade, as a record holds them or as the rules find them."""

    score: Decimal | None
    grade: str | None


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The conditions of which one has to hold before a held score is replaced."""

    always: bool = False
    band_changes: bool = False
    by: int | None = None  # least difference in points
    daily: bool = False  # at most once a day, however small the difference

    def refusal(self, held: Held, found: Held, written_at: datetime | None, facts: Facts) -> str | None:
        """Say why a differing score is not written yet; None where it is to be written.

        `written_at` is when the program itself last wrote the score, None where it never did.
        """
        if self.always or held.score is None or found.score is None:
            return None
        if self.band_changes and held.grade != found.grade:
            return None
        if self.by is not None and abs(found.score - held.score) >= self.by:
            return None
        if self.daily and (written_at is None or _day(written_at, facts) < _day(facts.now, facts)):
            return None
        return f"{found.score} is too near to {held.score} to be written now ({self})"

    def __str__(self) -> str:
        parts = (
            "band changes" if self.band_changes else "",
            f"by {self.by}" if self.by is not None else "",
            "daily" if self.daily else "",
        )
        return "always" if self.always else " or ".join(part for part in parts if part)


def parse_rewriting(text: str) -> Rewriting:
    """Read `band changes or by 5 or daily`. Raises ValueError, naming the part that is not understood."""
    found: dict[str, bool | int] = {}
    for part in re.split(r"\s+or\s+", " ".join(text.split())):
        by = _BY.fullmatch(part)
        if by:
            found["by"] = int(by[1])
        elif part in ("always", "band changes", "daily"):
            found[part.replace(" ", "_")] = True
        else:
            raise ValueError(f"{part!r} says nothing about when a score is written")
    return Rewriting(
        always="always" in found,
        band_changes="band_changes" in found,
        by=int(found["by"]) if "by" in found else None,
        daily="daily" in found,
    )


def _day(instant: datetime, facts: Facts) -> str:
    return instant.astimezone(facts.zone).date().isoformat()
