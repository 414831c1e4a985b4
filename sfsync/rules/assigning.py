"""Naming an owner for one record after another: is it up for routing, which route holds, who is there to take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sfsync.formula import EvalContext
from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.records.values import Plain, Value
from sfsync.rules.facts import Facts, User, is_person
from sfsync.rules.routing import Route, Routing, Target, To
from sfsync.rules.turns import Member, Turns

OWNER = "OwnerId"


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody who can take a record."""

    owner_id: str | None  # None: whoever has it keeps it
    words: str
    detail: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(slots=True)
class Assigner:
    """The routing of one sObject at work; only the turns of its pools change."""

    routing: Routing
    facts: Facts
    turns: dict[str, Turns]  # by pool name
    sources: frozenset[str]  # ids of queues that records are taken from
    lenders: frozenset[str]  # ids of users whose records may be taken

    @classmethod
    def begin(cls, routing: Routing, facts: Facts) -> "Assigner":
        """Take up the turns where the last deciding left them."""
        people = facts.people
        today = facts.now.astimezone(facts.zone).date()
        turns = {pool: Turns(facts.turns.get(pool, {}), today) for pool in routing.pools}
        queues = (people.queue(occasion.queue) for occasion in routing.occasions if occasion.queue)
        users = (people.user(name) for name in routing.from_users)
        lenders = {user.id for user in users if user} | {people.me}
        return cls(routing, facts, turns, frozenset(queue.id for queue in queues if queue), frozenset(lenders))

    def decide(self, record: Record, values: Mapping[str, object], context: EvalContext) -> Decision:
        """Say who should own a record; `values` are its fields with parent paths and $ names."""
        hindrance = self._hindrance(record)
        if hindrance:
            return self._decision(record, {}, f"{self.routing.name}: {hindrance}", {}, [])
        tried: list[str] = []
        for route in self.routing.routes:
            failure = route.when.failure(values, context) if route.when else None
            taker = self._taker(route.label, route.to, record, tried) if failure is None else None
            if taker:
                return self._assign(record, route.label, route.to, taker, tried, route)
            if failure:
                tried.append(f"{route.label}: {failure}")
        if self.routing.otherwise:
            label = f"{self.routing.name}/otherwise"
            taker = self._taker(label, self.routing.otherwise, record, tried)
            if taker:
                return self._assign(record, label, self.routing.otherwise, taker, tried)
        return self._decision(record, {}, f"{self.routing.name}: no route holds", {}, tried)

    def _hindrance(self, record: Record) -> str | None:
        """Say why a record is not up for routing; None where it is."""
        owner = record.fields[OWNER]
        held = isinstance(owner, str) and is_person(owner) and owner not in self.lenders
        if held and not self.routing.take_from_people:
            user = self.facts.people.users.get(str(owner))
            return f"{user.name if user else owner} owns it, and nothing is taken from people"
        if owner in self.sources or (self._takes_new and self._is_new(record)):
            return None
        return f"not up for routing ({', '.join(map(str, self.routing.occasions))})"

    @property
    def _takes_new(self) -> bool:
        return any(occasion.queue is None for occasion in self.routing.occasions)

    def _is_new(self, record: Record) -> bool:
        """Tell whether a record came after the first pull, and was not given an owner by the rules before."""
        if record.id in self.facts.made_here:
            return True
        first = self.facts.first_complete_at
        created = record.fields.get("CreatedDate")
        came_later = first is not None and isinstance(created, datetime) and created > first
        return came_later and (record.id, OWNER) not in self.facts.last_written

    def _taker(self, label: str, target: Target, record: Record, tried: list[str]) -> Taker | None:
        """Find who takes a record; None where nobody of the target can, with the reasons added to `tried`."""
        match target.to:
            case To.KEEP:
                return Taker(None, "its owner keeps it")
            case To.QUEUE:
                queue = self.facts.people.queue(target.name)
                if queue is None:
                    tried.append(f"{label}: the org has no queue {target.name}")
                return Taker(queue.id, f"to queue {queue.name}") if queue else None
            case To.USER:
                user = self._user(label, target.name, tried)
                return Taker(user.id, f"to {user.name}") if user else None
            case To.POOL:
                return self._from_pool(label, target.name, record, tried)

    def _user(self, label: str, name: str, tried: list[str]) -> User | None:
        user = self.facts.people.user(name)
        if user is None:
            tried.append(f"{label}: the org has no user {name}")
        elif not user.active:
            tried.append(f"{label}: {name} is not active")
        return user if user and user.active else None

    def _from_pool(self, label: str, pool: str, record: Record, tried: list[str]) -> Taker | None:
        hours, turns = self.routing.pools[pool].hours, self.turns[pool]
        if hours and not hours.open_at(self.facts.now):
            tried.append(f"{label}: nobody of pool {pool} is there at this hour")
            return None
        there: dict[Member, User] = {}
        for member in self.routing.pools[pool].members:
            user = self._user(label, member.user, tried)
            if user and user.id == record.fields[OWNER]:
                return Taker(user.id, f"{user.name} of pool {pool} has it", {"pool": pool, "member": member.user})
            if user and turns.full(member):
                tried.append(f"{label}: {member.user} has had {member.cap_per_day} today")
            elif user:
                there[member] = user
        if not there:
            tried.append(f"{label}: nobody of pool {pool} can take it")
            return None
        chosen = turns.give(tuple(there))
        words = f"to {there[chosen].name}, whose turn it is in pool {pool}"
        return Taker(there[chosen].id, words, {"pool": pool, "member": chosen.user})

    def _assign(
        self, record: Record, label: str, target: Target, taker: Taker, tried: list[str], route: Route | None = None
    ) -> Decision:
        detail: dict[str, Plain] = {"route": label.partition("/")[2], "to": str(target), **taker.detail}
        if route and route.first_touch_minutes:
            detail["first_touch_minutes"] = route.first_touch_minutes
        stays = taker.owner_id in (None, record.fields[OWNER])
        wanted: dict[str, Value] = {} if stays else {OWNER: taker.owner_id}
        words = f"{taker.words}, as it is" if stays and taker.owner_id else taker.words
        return self._decision(record, wanted, f"{label}: {words}", detail, tried)

    def _decision(
        self, record: Record, wanted: Mapping[str, Value], because: str, detail: Mapping[str, Plain], tried: list[str]
    ) -> Decision:
        return Decision(self.routing.sobject, record.id, "owner", wanted, (because,), dict(detail), tuple(tried))
