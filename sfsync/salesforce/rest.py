"""Reading from an org over REST: who it is, what it holds, queries page by page, deletes, records by id."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sfsync.errors import IncompleteAnswer, OrgRefused
from sfsync.records.ids import to_18
from sfsync.records.query import Compare, Condition, DailyQuery, Day, Query
from sfsync.records.schema import RecordTypes, SObject, sobject_from_describe
from sfsync.records.values import Kind, from_text
from sfsync.salesforce.port import ApiUsage, Deleted, OrgIdentity, Page
from sfsync.salesforce.soql import GROUPS_AT_ONCE, by_query_all, count_soql, daily_soql, name, parts, path, soql
from sfsync.salesforce.wire import Json, Wire, as_count, as_list, as_object, as_text, picker, readable

RETRIEVE_AT_ONCE = 2_000
"""Ids in one collections retrieve by POST (REST guide, Get Records with POST)."""


class RestReads:
    """The reading half of the adapter."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._identity: OrgIdentity | None = None

    def identity(self) -> OrgIdentity:
        """Say which org this is and as whom we are in it."""
        if self._identity is None:
            self._identity = self._asked_identity()
        return self._identity

    def _asked_identity(self) -> OrgIdentity:
        org = self._only(Query("Organization", ("Id", "Name", "IsSandbox"), limit=1))
        login = self._wire.session.sign_in.current()
        user = self._only(Query("User", ("Id", "Username"), (Condition("Id", Compare.EQUAL, login.user_id),)))
        with readable("identity"):
            return OrgIdentity(
                org_id=to_18(as_text(org[0])),
                name=as_text(org[1]),
                is_sandbox=org[2] is True,
                instance_url=login.instance_url,
                user_id=to_18(as_text(user[0])),
                username=as_text(user[1]),
            )

    def _only(self, query: Query) -> list[object]:
        rows = [row for page in self.pages(query) for row in page.rows]
        if len(rows) != 1:
            raise OrgRefused(
                f"the org does not show its {query.sobject} to the user sfsync signs in as",
                todo="give that user the permission to read it",
            )
        return rows[0]

    def server_time(self) -> datetime | None:
        """Give the org's time now, by the last answer."""
        return self._wire.session.server_time()

    def usage(self) -> ApiUsage | None:
        """Say how many API calls are used, from the last answer."""
        return self._wire.session.usage

    def calls_made(self) -> int:
        """Give how many API calls were made so far."""
        return self._wire.session.calls

    def sobject_names(self) -> tuple[str, ...]:
        """Give the names of all sObjects the user can see."""
        answer = self._wire.asked("sobjects")
        with readable("sobjects"):
            return tuple(as_text(as_object(entry)["name"]) for entry in as_list(answer["sobjects"]))

    def describe(self, sobject: str) -> SObject:
        """Give an sObject's schema. Raises OrgRefused where there is none of that name."""
        answer = self._wire.asked(f"sobjects/{name(sobject)}/describe")
        with readable(f"describe of {sobject}"):
            return sobject_from_describe(answer)

    def record_types(self, sobject: str) -> RecordTypes:
        """Give what the record types of an sObject offer (REST guide, sObject Layouts)."""
        answer = self._wire.asked(f"sobjects/{name(sobject)}/describe/layouts")
        with readable(f"the record types of {sobject}"):
            mappings = [as_object(one) for one in as_list(answer["recordTypeMappings"])]
            default = [one for one in mappings if one.get("defaultRecordTypeMapping") is True]
            return RecordTypes(
                to_18(as_text(default[0]["recordTypeId"])) if default else None,
                {to_18(as_text(one["recordTypeId"])): _offers(one) for one in mappings},
            )

    def count(self, query: Query) -> int:
        """Count the records a query would give."""
        total = 0
        asked, all_of_them = by_query_all(query)
        for part in parts(asked):
            answer = self._wire.asked("queryAll/" if all_of_them else "query/", params={"q": count_soql(part)})
            with readable("a count"):
                total += as_count(answer["totalSize"])
        return total

    def days(self, query: DailyQuery) -> list[Day]:
        """Give what each day has; there are no pages of groups, so that after 2,000 days it asks from there on."""
        days: list[Day] = []
        while True:
            since = days[-1].day_on + timedelta(days=1) if days else None
            resource = "queryAll/" if query.archived_too else "query/"
            answer = self._wire.asked(resource, params={"q": daily_soql(query, since)})
            with readable(f"the days of {query.sobject}"):
                more = [_day(as_object(entry)) for entry in as_list(answer["records"])]
            days += more
            if len(more) < GROUPS_AT_ONCE:
                return days

    def pages(self, query: Query, *, deleted_too: bool = False, position: str | None = None) -> Iterator[Page]:
        """Give a query's pages; with `position`, from there on."""
        return _Pages(self._wire, *by_query_all(query, deleted_too), position)

    def deleted(self, sobject: str, since: datetime, until: datetime) -> Deleted:
        """Give what was deleted in a window; one of a minute or less covers nothing and makes no call."""
        start, end = since.replace(second=0, microsecond=0), until.replace(second=0, microsecond=0)
        if end - start <= timedelta(minutes=1):
            return Deleted((), since)
        window = {"start": start.isoformat(), "end": end.isoformat()}
        answer = self._wire.asked(f"sobjects/{name(sobject)}/deleted/", params=window)
        with readable(f"the deletes of {sobject}"):
            return deleted_in(answer)

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Mapping[str, object] | None]:
        """Read any number of records by id, 2,000 a call, in the order of the ids."""
        wanted = list(dict.fromkeys(to_18(one) for one in ids))
        found: dict[str, Mapping[str, object] | None] = {}
        for start in range(0, len(wanted), RETRIEVE_AT_ONCE):
            some = wanted[start : start + RETRIEVE_AT_ONCE]
            found.update(zip(some, self._retrieved(sobject, some, fields), strict=True))
        return [found[to_18(one)] for one in ids]

    def _retrieved(self, sobject: str, ids: list[str], fields: Sequence[str]) -> list[Mapping[str, object] | None]:
        asked = list(dict.fromkeys(["Id", *(path(field) for field in fields)]))
        picks = {field: picker(field) for field in fields}
        resource = f"composite/sobjects/{name(sobject)}"
        with readable(f"records of {sobject}"):
            wanted = {"ids": ids, "fields": asked}
            answer = as_list(self._wire.calls.restful(resource, method="POST", json=wanted))
            if len(answer) != len(ids):
                raise IncompleteAnswer(f"{len(ids)} records of {sobject} were asked for, {len(answer)} answered")
            return [_picked(picks, one, of) for one, of in zip(answer, ids, strict=True)]


class _Pages(Iterator[Page]):
    """The pages of a query. An error leaves it where it is: `next` then asks for the same page again."""

    def __init__(self, wire: Wire, query: Query, deleted_too: bool, position: str | None) -> None:
        self._wire = wire
        self._deleted_too = deleted_too
        self._questions = list(parts(query))
        self._picks = [picker(field) for field in query.fields]
        self._number, self._reading = _start(position)

    def __next__(self) -> Page:
        if self._number >= len(self._questions):
            raise StopIteration
        question, reading = self._questions[self._number], self._reading
        with readable(f"a query of {question.sobject}"):
            answer = as_object(self._asked(question, reading.next_path))
            rows = [[pick(as_object(record)) for pick in self._picks] for record in as_list(answer["records"])]
            reading.take(answer, question.sobject)
        if reading.over:
            self._number, self._reading = self._number + 1, _Reading()
        return Page(rows, reading.total, self._position())

    def _asked(self, question: Query, next_path: str | None) -> object:
        if next_path is None:
            return self._wire.calls.query(soql(question), include_deleted=self._deleted_too)
        return self._wire.calls.query_more(next_path, identifier_is_url=True)

    def _position(self) -> str | None:
        if self._number == len(self._questions):
            return None
        return f"{self._number}:{self._reading.seen}:{self._reading.next_path or ''}"


class _Reading:
    """Where the reading of one question stands, and what was seen of it."""

    def __init__(self, seen: int = 0, next_path: str | None = None) -> None:
        self.seen = seen
        self.next_path = next_path
        self.over = False
        self.total = -1
        self._ids: set[str] = set()
        self._paths: set[str] = {next_path} if next_path else set()

    def take(self, answer: Json, sobject: str) -> None:
        """Take one page in, once it agrees with what pages said before and says of itself.

        Raises IncompleteAnswer where a page or record comes twice or is of another sObject, the total changes, or the
        sum is not the total.
        """
        ids = [_id(as_object(record), sobject) for record in as_list(answer["records"])]
        total, done = as_count(answer["totalSize"]), answer["done"]
        if not isinstance(done, bool):
            raise TypeError("done is neither true nor false")
        next_path = None if done else as_text(answer["nextRecordsUrl"])
        self._check(ids, total, next_path)
        self.total, self.next_path, self.over = total, next_path, done
        self.seen += len(ids)
        self._ids.update(ids)
        self._paths.add(next_path or "")

    def _check(self, ids: list[str], total: int, next_path: str | None) -> None:
        seen = self.seen + len(ids)
        if self.total not in (-1, total):
            raise IncompleteAnswer(f"the answer first had {self.total} records, then {total}")
        if seen > total or (next_path is None and seen != total):
            raise IncompleteAnswer(f"the answer has {total} records, as the org says, but {seen} came")
        if len(set(ids)) != len(ids) or not self._ids.isdisjoint(ids):
            raise IncompleteAnswer("a record came twice in one answer")
        if next_path in self._paths:
            raise IncompleteAnswer("a page leads back to one that was read before")


def _start(position: str | None) -> tuple[int, _Reading]:
    """Read a position, `part:seen:path`. Raises OrgRefused where it is none of ours."""
    if position is None:
        return 0, _Reading()
    part, _, rest = position.partition(":")
    seen, _, next_path = rest.partition(":")
    known = next_path.startswith("/services/data/") or (next_path == "" and seen == "0")
    if not (part.isdecimal() and seen.isdecimal() and known):
        raise OrgRefused(f"{position[:80]!r} is no place in an answer", todo="pull again from the start")
    return int(part), _Reading(int(seen), next_path or None)


def _id(record: Json, sobject: str) -> str:
    """Give the id of a record by its address, which is there even where Id is not selected.

    Raises IncompleteAnswer where it is of another sObject: then it may be the answer to another question.
    """
    attributes = as_object(record["attributes"])
    if as_text(attributes["type"]).lower() != sobject.lower():
        raise IncompleteAnswer(f"records of {sobject} were asked for, and one of {attributes['type']} came")
    return as_text(attributes["url"]).rpartition("/")[2]


def _picked(picks: Mapping[str, Callable[[Json], object]], entry: object, asked: str) -> Mapping[str, object] | None:
    if entry is None:
        return None
    record = as_object(entry)
    if to_18(as_text(record["Id"])) != asked:
        raise IncompleteAnswer("the answer holds another record than the one asked for")
    return {field: pick(record) for field, pick in picks.items()}


def deleted_in(answer: Json) -> Deleted:
    """Read an answer of getDeleted."""
    entries = [as_object(entry) for entry in as_list(answer["deletedRecords"])]
    ids = tuple((to_18(as_text(entry["id"])), instant_in(entry["deletedDate"])) for entry in entries)
    told_from = answer.get("earliestDateAvailable")
    return Deleted(ids, instant_in(answer["latestDateCovered"]), instant_in(told_from) if told_from else None)


def _day(entry: Json) -> Day:
    latest = entry["latest_at"]
    day_on = date.fromisoformat(as_text(entry["day_on"]))
    return Day(day_on, as_count(entry["records"]), None if latest is None else instant_in(latest))


def instant_in(value: object) -> datetime:
    """Read a time out of an answer. Raises ValueError or TypeError."""
    instant = from_text(Kind.DATETIME, as_text(value))
    if not isinstance(instant, datetime):
        raise TypeError("not a time")
    return instant


def _offers(mapping: Json) -> dict[str, frozenset[str]]:
    """Give the values that a record type offers, by picklist field."""
    lists = [as_object(one) for one in as_list(mapping.get("picklistsForRecordType") or [])]
    return {
        as_text(one["picklistName"]): frozenset(
            as_text(as_object(value)["value"]) for value in as_list(one.get("picklistValues") or [])
        )
        for one in lists
    }
