"""One way in which a sync goes wrong, with the order that makes it happen in the local org."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Order = Mapping[str, object]
ORDERED, ITSELF = "ordered", "itself"


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to go wrong; `<name>` in an order stands for what whoever orders it fills in."""

    id: str
    title: str
    orders: Sequence[Order] = ()
    told: str = ""  # what else must be known: how the org does it by itself, or what shows it
    reach: str = ORDERED  # or ITSELF: no order is needed


def by_itself(number: str, title: str, told: str) -> Trial:
    """Make a trial that needs no order."""
    return Trial(number, title, (), told, ITSELF)
