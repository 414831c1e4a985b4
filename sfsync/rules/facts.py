"""What rules may know besides the record: who works in the org, what time it is, what happened before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import TypeVar

from sfsync.records.ids import prefix
from sfsync.records.values import Value

Named = TypeVar("Named")

QUEUE_PREFIX = "00G"  # key prefix of Group; a queue is a Group of type Queue


@dataclass(frozen=True, slots=True)
class User:
    """A user of the org."""

    id: str  # 18 characters
    username: str
    name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: a Group of type Queue that may own records."""

    id: str  # 18 characters
    name: str  # its label, which two queues may share
    developer_name: str


@dataclass(frozen=True)
class People:
    """The users and queues of the org, found by the names an admin calls them."""

    users: Mapping[str, User]  # by id
    queues: Mapping[str, Queue]  # by id
    me: str = ""  # id of the user the program is signed in as

    def user(self, name: str) -> User | None:
        """Find a user by username or, where only one active user has it, by e-mail address; case does not matter."""
        return self._users_by_name.get(name.lower())

    def queue(self, name: str) -> Queue | None:
        """Find a queue by its developer name or, where only one queue has it, by its label; case does not matter."""
        return self._queues_by_name.get(name.lower())

    def owner_fields(self, owner_id: Value) -> Mapping[str, Value]:
        """Give what is known of an owner as parent paths: Owner.Name and, of a user, Username, Email and IsActive."""
        user = self.users.get(str(owner_id))
        if user is not None:
            return {
                "Owner.Name": user.name,
                "Owner.Username": user.username,
                "Owner.Email": user.email,
                "Owner.IsActive": user.active,
            }
        queue = self.queues.get(str(owner_id))
        return {"Owner.Name": queue.name} if queue else {}

    @cached_property
    def _users_by_name(self) -> Mapping[str, User]:
        by_email = _unique((user.email, user) for user in self.users.values() if user.active)
        return by_email | {user.username.lower(): user for user in self.users.values()}

    @cached_property
    def _queues_by_name(self) -> Mapping[str, Queue]:
        by_label = _unique((queue.name, queue) for queue in self.queues.values())
        return by_label | {queue.developer_name.lower(): queue for queue in self.queues.values()}


def _unique(pairs: Iterable[tuple[str, Named]]) -> dict[str, Named]:
    """Index by name in lower case, without the names that several have."""
    found: dict[str, list[Named]] = {}
    for name, one in pairs:
        found.setdefault(name.lower(), []).append(one)
    return {name: those[0] for name, those in found.items() if name and len(those) == 1}


@dataclass(frozen=True, slots=True)
class Facts:
    """What one deciding goes by; nothing else reaches the rules, so the same facts give the same decisions."""

    people: People
    now: datetime  # aware
    zone: tzinfo = UTC  # of the org, for what a day is
    first_complete_at: datetime | None = None  # when the first pull of the sObject was complete
    made_here: frozenset[str] = frozenset()  # ids of records this run made
    turns: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # by pool, as the last deciding left them
    last_written: Mapping[tuple[str, str], datetime] = field(default_factory=dict)  # by id and field: our own writes


def is_person(owner_id: str) -> bool:
    """Tell whether an owner is a person: anything that is not surely a queue counts as one."""
    return prefix(owner_id) != QUEUE_PREFIX
