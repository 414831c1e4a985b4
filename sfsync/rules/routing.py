"""Routing: which records are up for a new owner, and the ordered rules that name one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sfsync.rules.criterion import Criterion
from sfsync.rules.hours import Hours
from sfsync.rules.turns import Member


class To(Enum):
    """The kinds of target a route may have."""

    QUEUE = "queue"
    USER = "user"
    POOL = "pool"
    KEEP = "keep"  # the owner stays


@dataclass(frozen=True, slots=True)
class Target:
    """Who is to own a record."""

    to: To
    name: str = ""  # of the queue, user or pool

    def __str__(self) -> str:
        return f"{self.to.value}:{self.name}" if self.name else self.to.value


@dataclass(frozen=True, slots=True)
class Occasion:
    """What makes a record be up for routing: that it is new, or, with a queue, that the queue owns it."""

    queue: str | None = None

    def __str__(self) -> str:
        return "created" if self.queue is None else f"in_queue:{self.queue}"


@dataclass(frozen=True, slots=True)
class Route:
    """One rule that names an owner where its formula holds."""

    label: str  # "lead_routing/hot, EMEA"
    when: Criterion | None  # None: it always holds
    to: Target
    first_touch_minutes: int | None = None  # how soon the owner should have been in touch

    @property
    def catches_all(self) -> bool:
        """Whether it holds for every record."""
        return self.when is None or self.when.catches_all


@dataclass(frozen=True, slots=True)
class Pool:
    """People who take turns, and when they are there."""

    members: tuple[Member, ...]
    hours: Hours | None = None  # None: always


@dataclass(frozen=True, slots=True)
class Routing:
    """The routing of one sObject."""

    file: str
    name: str  # of the file, without its ending
    sobject: str
    occasions: tuple[Occasion, ...]
    routes: tuple[Route, ...]
    pools: Mapping[str, Pool]
    otherwise: Target | None = None  # where no route holds
    take_from_people: bool = False
    from_users: tuple[str, ...] = ()  # users whose records may be taken, as an integration's

    def reads(self) -> frozenset[str]:
        """Give the names its formulas use, parent paths and $ names among them."""
        return frozenset[str]().union(*(route.when.reads for route in self.routes if route.when))
