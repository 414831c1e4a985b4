"""Org to mirror: every change once, and none missed.

One look tells first how far the org is sure of itself (`getDeleted` gives the start of the oldest open transaction),
whether anything moved, and whether a schema is another. What moved since the last watermark is read then, deleted
records too, and the watermark moves with the last page.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sfsync.counting import counted
from sfsync.errors import OrgRefused, Problem, SettingsError, Where
from sfsync.mirror.taken import Taken
from sfsync.mirror.watermarks import Watermark
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import SObject
from sfsync.salesforce.port import Deleted, Look, Moved
from sfsync.sync.bulk_pull import Reading
from sfsync.sync.context import Context, Target
from sfsync.sync.fields import Asked, asked_of, fill, refresh
from sfsync.sync.gone import bury_told, calls_to_look_at, compare_amounts, settle_missing
from sfsync.sync.org_clock import SKEW, read_from
from sfsync.sync.pulled import Pulled
from sfsync.sync.recompute import ZONE_FIELD, ages_of, recompute
from sfsync.sync.sight import is_unknown, keep_sight, no_longer_seen, shown, unseen_since
from sfsync.sync.transport import Way, read_by, way_for

PEOPLE = (
    Target("User", ("Username", "Name", "Email", "IsActive", "UserType"), (ZONE_FIELD,)),
    Target("Group", ("Name", "DeveloperName", "Type")),
)  # who can own a record: always mirrored, so that owners can be told and checked
BIN_DAYS = 14  # the org forgets deletes after 15 days (getDeleted): an older watermark means a full pull
OVERLAP = timedelta(minutes=15)  # where no deletes are told: longer than a transaction may take (Limits, Apex: 10)
_SHORTEST_WINDOW = timedelta(minutes=2)  # getDeleted wants more than a minute


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found: of which sObjects what moved, as far as that can be told."""

    sobjects: frozenset[str]  # that were looked at
    now: datetime  # by the org's clock, before the look
    moved: Mapping[str, Moved]


def look(context: Context, targets: Sequence[Target]) -> Looked:
    """Look what moved of every target, and of the people who can own records, since the last pull."""
    asked = _with_people(targets)
    with context.mirror.reading() as books:
        hidden = unseen_since(books)
    now = context.org.server_time() or context.clock.now()
    moved = _looked(context, [one for one in asked if one.sobject not in hidden], now)
    return Looked(frozenset(one.sobject for one in asked), now, moved)


def _with_people(targets: Sequence[Target]) -> list[Target]:
    return [*targets, *(people for people in PEOPLE if people.sobject not in {t.sobject for t in targets})]


def pull(
    context: Context,
    targets: Sequence[Target],
    *,
    full: bool,
    run: int,
    consent: bool = False,
    looked: Looked | None = None,
) -> dict[str, Pulled]:
    """Pull every target, and the people who can own records; give what was seen, by sObject.

    `looked` is what a look at them found just now; without it one is made. Raises SettingsError where a field is asked
    for that the org never had, before anything is read; BrakeHit where many records or fields are no longer to be seen;
    with a person's consent such records are taken for deleted.
    """
    asked = _with_people(targets)
    with context.mirror.reading() as books:
        hidden, mirrored = unseen_since(books), books.schemas.names()
    if full:
        now, moved = context.org.server_time() or context.clock.now(), {}
    else:
        looked = looked or look(context, targets)
        now, moved = looked.now, dict(looked.moved)
    now = min(now, context.org.server_time() or now)  # its clock may have gone back since it was last heard
    heard_at, further = context.clock.now(), {} if full else read_from(context, [one.sobject for one in asked])
    schemas, spent = {}, Counter[str]()
    for target in asked:
        with _counted(context, spent, target.sobject):
            if (schema := shown(context.schema, target.sobject, mirrored)) is not None:
                schemas[target.sobject] = schema
    seen = [target for target in asked if target.sobject in schemas]
    again = [one for one in seen if one.sobject in further or one.sobject in hidden]
    if again and not full:
        moved = {name: one for name, one in moved.items() if name not in further}
        moved |= _looked(context, again, now, further)
    with context.mirror.reading() as books:
        known = {target.sobject: books.records.columns(target.sobject) for target in seen}
    check_fields([target for target in targets if target in seen], schemas, known)
    keep_sight(context, schemas, [one.sobject for one in asked if one not in seen], run, now)
    pulling = _Pull(context, run, now, heard_at, further, consent, spent)
    pulled = {
        target.sobject: pulling.one(target, schemas.get(target.sobject), moved.get(target.sobject)) for target in asked
    }
    pulling.settle_idle()
    return _computed(context, pulled, run, now)


def _computed(context: Context, pulled: Mapping[str, Pulled], run: int, now: datetime) -> dict[str, Pulled]:
    """Add what became of the formula fields that are worked out here, and how fresh each calculated field is."""
    came = {name for name, one in pulled.items() if one.asked != "nothing" or one.taken.changed_ids}
    found = recompute(context, run, now, came)
    with context.mirror.reading() as books:
        ages = ages_of(books)
    told = dict(pulled)
    for name in found.keys() | ages.keys() & pulled.keys():
        one = told.get(name, Pulled())
        taken = one.taken + replace(found.get(name, Taken()), seen=0)
        told[name] = replace(one, taken=taken, calculated=ages.get(name, ()))
    return told


@contextmanager
def _counted(context: Context, spent: Counter[str], sobject: str) -> Iterator[None]:
    """Count the API calls that are made for an sObject while inside."""
    made = context.org.calls_made()
    try:
        yield
    finally:
        spent[sobject] += context.org.calls_made() - made


def check_fields(
    targets: Iterable[Target], schemas: Mapping[str, SObject], known: Mapping[str, frozenset[str]] = {}
) -> None:
    """Raise SettingsError with every field that is asked for, not there and not known, each with its key.

    `known` are fields the mirror has a column for: the org showed them once.
    """
    problems = []
    for target in targets:
        schema = schemas[target.sobject]
        once = {name.lower() for name in known.get(target.sobject, ())}
        for place, name in enumerate(target.fields):
            if schema.find(name) is None and name.lower() not in once:
                problems.append(no_field(schema, name, Where(key=f"sobjects.{target.sobject}.fields[{place}]")))
    if problems:
        raise SettingsError.of(problems)


def no_field(schema: SObject, name: str, where: Where) -> Problem:
    """Tell that settings name a field which an sObject has not, with what was probably meant."""
    near = schema.closest(name)
    todo = f"did you mean {near}?" if near else "remove it, or let the user see it"
    return Problem(f"the org has no field {name} on {schema.name}", todo, where)


def _looked(
    context: Context, targets: Sequence[Target], now: datetime, since: Mapping[str, datetime] = {}
) -> dict[str, Moved]:
    """Look what moved of those sObjects whose first pull is complete; their schemas go to the context.

    `since` are times to look from that are not those of the watermarks.
    """
    looks = []
    with context.mirror.reading() as books:
        for target in targets:
            schema, mark = books.schemas.get(target.sobject), books.watermarks.get(target.sobject)
            begins = since.get(target.sobject, mark.covered_until) if mark is not None else None
            if schema is None or begins is None or now - begins > timedelta(days=BIN_DAYS):
                continue
            if schema.replicateable:
                context.known.setdefault(target.sobject, schema)
                looks.append(Look(target.sobject, begins, now, begins, exact=target not in PEOPLE))
    found = _found(context, looks)
    for sobject, moved in found.items():
        if moved.schema is not None:
            context.known[sobject] = moved.schema
    for look in looks:
        if look.sobject not in found:
            context.known.pop(look.sobject, None)
    return found


def _found(context: Context, looks: Sequence[Look]) -> dict[str, Moved]:
    """Look at all at once; where that is refused, at each by itself, and leave out what is refused then."""
    if not looks:
        return {}
    try:
        return dict(zip((look.sobject for look in looks), context.org.look(looks), strict=True))
    except OrgRefused as refused:
        if len(looks) == 1:
            if not is_unknown(refused):
                context.progress.step(f"{looks[0].sobject} is read anew, since {refused}")
            return {}
    return {name: moved for look in looks for name, moved in _found(context, [look]).items()}


@dataclass(slots=True)
class _Pull:
    """One pull under way."""

    context: Context
    run: int
    now: datetime  # by the org's clock
    heard_at: datetime  # when that was, by this machine's
    further: Mapping[str, datetime]  # from when what moved is read, where that is before the watermark, by sObject
    consent: bool  # of a person, that records which are no longer to be seen are gone
    spent: Counter[str]  # API calls made so far, by sObject
    idle: dict[str, datetime] = field(default_factory=dict)  # how far those are covered of which nothing moved

    def one(self, target: Target, schema: SObject | None, moved: Moved | None) -> Pulled:
        """Pull one sObject, and count the API calls that takes. Without a schema it is not to be seen."""
        name = schema.name if schema else target.sobject
        already = self.context.expected[name]
        with _counted(self.context, self.spent, name):
            pulled = self._retried(target, schema, moved) if schema else self._unseen(name)
        return replace(pulled, calls=self.spent[name], expected=self.context.expected[name] - already)

    def _unseen(self, sobject: str) -> Pulled:
        with self.context.mirror.reading() as books:
            since = unseen_since(books)[sobject]
        return Pulled(unseen_since=since, problems=(no_longer_seen(sobject, since),))

    def _retried(self, target: Target, schema: SObject, moved: Moved | None) -> Pulled:
        """Pull one sObject. Where the org does not know it or a field after all, it is described anew, once."""
        try:
            return self._one(target, schema, moved)
        except OrgRefused as refused:
            if refused.code not in ("INVALID_FIELD", "INVALID_TYPE"):
                raise
            self.context.progress.step(f"{schema.name}: asking for its fields anew, since {refused}")
            now = shown(self.context.org.describe, schema.name, [schema.name])
            if now is None:
                keep_sight(self.context, [], [schema.name], self.run, self.now)
                return self._unseen(schema.name)
            self.context.known[schema.name] = now
            return self._one(target, now, moved)

    def _one(self, target: Target, schema: SObject, moved: Moved | None) -> Pulled:
        asked = asked_of(self.context, target, schema, self.run)
        query = Query(schema.name, asked.fields, archived_too=schema.archives)
        with self.context.mirror.reading() as books:
            mark = books.watermarks.get(schema.name)
        if mark is not None and mark.covered_until > self.now + SKEW:
            self._clock_went_back(mark)
            mark = None
        since = self.further.get(schema.name, mark.covered_until) if mark is not None else None
        if since is None or moved is None or self._forgotten(moved.deleted, since):
            pulled = self._all(schema, query, since)
        else:
            pulled = self._changes(asked, query, since, moved)
            settled, problems = compare_amounts(self.context, schema, query, self.run, self.now)
            pulled = replace(pulled, taken=pulled.taken + settled, problems=problems)
        filled = fill(self.context, asked, self.run)
        fresh = refresh(self.context, asked, self.run, self.now, target.refreshed_every, read=pulled.asked == "all")
        pulled = replace(pulled, taken=pulled.taken + replace(filled + fresh, seen=0))
        return replace(pulled, filled=asked.new, problems=(*pulled.problems, *asked.problems()))

    def _clock_went_back(self, mark: Watermark) -> None:
        """Forget a watermark that lies ahead: what happens until the org's clock is there again would not be seen."""
        at = f"{self.now:%Y-%m-%d %H:%M:%S}"
        self.context.progress.step(
            f"{mark.sobject} is read anew: the org's clock went back to {at}, behind what is known"
        )
        with self.context.mirror.writing() as books:
            books.watermarks.reset(mark.sobject)

    def settle_idle(self) -> None:
        """Move the watermarks of all of which nothing moved, in one transaction; a power cut may lose it."""
        if self.idle:
            with self.context.mirror.loading() as books:
                for sobject, covered_until in self.idle.items():
                    books.watermarks.set(sobject, covered_until, run=self.run, heard_at=self.heard_at)

    def _forgotten(self, told: Deleted, since: datetime) -> bool:
        """Tell whether records may have been deleted of which the org knows nothing any more."""
        return told.told_from is not None and since < told.told_from

    def _changes(self, asked: Asked, query: Query, since: datetime, moved: Moved) -> Pulled:
        """Take what moved since the watermark."""
        told = self._believed(moved.deleted)
        if moved.records == 0:
            buried = bury_told(self.context, query, told, self.run)
            self.idle[query.sobject] = told.covered_until
            return Pulled(buried)
        way = way_for(moved.records)
        changes = f"{counted(moved.records, 'change')} since {since:%Y-%m-%d %H:%M:%S}"
        self.context.announce(query.sobject, changes, way.name, way.calls + self.spent[query.sobject])
        taken = self._read(way, query, since, told.covered_until, asked)
        taken += bury_told(self.context, query, told, self.run)
        self._finish(query.sobject, told)
        return Pulled(taken, "changes", way)

    def _read(self, way: Way, query: Query, since: datetime, covered_until: datetime, asked: Asked | None) -> Taken:
        """Take what moved since a time; where that goes on with an older reading, what moved since that one too."""
        moved = replace(query, where=(Condition("SystemModstamp", Compare.AT_LEAST, since),))
        filling = asked.filling if asked else None
        came = read_by(self.context, way, Reading(moved, self.run, covered_until, deleted_too=True, filling=filling))
        if came.begun_at is None:
            return came.taken
        return came.taken + self._read(way_for(0), query, came.begun_at, covered_until, asked)

    def _all(self, schema: SObject, query: Query, since: datetime | None) -> Pulled:
        """Take every record, and settle what became of those that are no longer there."""
        told = self._told(schema, since)
        total = self.context.org.count(query)
        way = way_for(total)
        asked = self.spent[schema.name] + 1 + schema.replicateable  # its description, the count, what was deleted
        calls = asked + way.calls + calls_to_look_at(len(told.ids))
        self.context.announce(schema.name, f"{counted(total, 'record')} in all", way.name, calls)
        came = read_by(self.context, way, Reading(query, self.run, told.covered_until))
        taken = came.taken
        if came.begun_at is not None and "SystemModstamp" in query.fields:
            taken += self._read(way_for(0), query, came.begun_at, told.covered_until, None)
        taken += bury_told(self.context, query, told, self.run)
        gone, problems = settle_missing(self.context, schema, query, came.records, self.run, consent=self.consent)
        self._finish(schema.name, told)
        return Pulled(taken + gone, "all", way, problems=problems)

    def _told(self, schema: SObject, since: datetime | None) -> Deleted:
        """Ask what was deleted since a time, and how far the org is sure of itself."""
        if not schema.replicateable:
            return Deleted((), self.now - OVERLAP)
        start = max(min(since or self.now, self.now - _SHORTEST_WINDOW), self.now - timedelta(days=BIN_DAYS))
        try:
            return self._believed(self.context.org.deleted(schema.name, start, self.now))
        except OrgRefused as refused:
            if refused.code != "NOT_FOUND":
                raise
            return Deleted((), self.now - OVERLAP)  # its schema says more than the org can do

    def _believed(self, told: Deleted) -> Deleted:
        """Never take the org to be sure of what is still to come."""
        return replace(told, covered_until=min(told.covered_until, self.now))

    def _finish(self, sobject: str, told: Deleted) -> None:
        """Move the watermark, with everything before it in the mirror."""
        with self.context.mirror.writing() as books:
            books.watermarks.set(sobject, told.covered_until, run=self.run, heard_at=self.heard_at)
