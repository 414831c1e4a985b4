"""How much to fill an org with, and who hears how far that is."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]  # sObject, rows so far, rows in all


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many records of each kind to make."""

    leads: int = 2_000
    accounts: int = 300
    contacts: int = 600
    opportunities: int = 400


def silent(sobject: str, done: int, total: int) -> None:
    """Report nothing."""
