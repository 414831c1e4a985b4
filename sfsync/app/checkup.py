"""What `doctor` looks at: settings, rules, org, user's rights on fields, mirror, and what is left to send."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache

from sfsync.app.named_fields import check_named_fields
from sfsync.app.watching import watch_of
from sfsync.app.wiring import placed, read_rules, targets_of
from sfsync.audit.doctor import Check
from sfsync.audit.watchdog import alarms, to_approve
from sfsync.counting import counted
from sfsync.dataload.columns import KEY_FIELD
from sfsync.errors import MirrorError, OrgRefused, Problem, SettingsError, Where
from sfsync.mirror.entries import EntryState
from sfsync.mirror.open import Mirror
from sfsync.records.schema import SObject
from sfsync.records.values import Kind
from sfsync.rules.check_people import check_people
from sfsync.salesforce.port import Org
from sfsync.settings.shapes import Settings
from sfsync.sync.facing import people_of
from sfsync.sync.fields import no_longer_shown
from sfsync.sync.pull import check_fields
from sfsync.sync.recompute import ages_of
from sfsync.sync.sight import no_longer_seen, shown, unseen_since

OpenMirror = Callable[..., AbstractContextManager[Mirror]]
Schemas = Callable[[], tuple[dict[str, SObject], list[str]]]
"""Gives the schemas of what is to be mirrored, as `_schemas` does."""


def checks_of(
    settings: Settings, org: Callable[[], Org], mirror: OpenMirror, now: Callable[[], datetime]
) -> Sequence[Check]:
    """Give the checks of one working folder, in the order a person mends things."""
    schemas = cache(lambda: _schemas(settings, org(), mirror))  # three checks need them, each a call an sObject
    return (
        Check("settings", lambda: _settings(settings)),
        Check("rules", lambda: _rules(settings)),
        Check("org", lambda: _org(settings, org())),
        Check("fields", lambda: _fields(settings, schemas, mirror), needs=("org",), alarms=True),
        Check("rule fields", lambda: _rule_fields(settings, schemas), needs=("rules", "fields")),
        Check("pause", lambda: _pause(settings, org()), needs=("org",)),
        Check("keys", lambda: _keys(schemas), needs=("fields",)),
        Check("API calls", lambda: _usage(org()), needs=("org",)),
        Check("mirror", lambda: _mirror(mirror, now())),
        Check("mirrored org", lambda: _mirrored_org(org(), mirror), needs=("org", "mirror")),
        Check("formulas", lambda: _formulas(mirror), needs=("mirror",)),
        Check("people", lambda: _people(settings, org(), mirror), needs=("rule fields", "mirrored org")),
        Check("outbox", lambda: _outbox(mirror), needs=("mirror",)),
        Check("plans", lambda: _plans(settings, mirror, now()), needs=("mirror",)),
        Check("watch", lambda: _watch(settings, mirror, now()), needs=("mirror",), alarms=True),
    )


def _settings(settings: Settings) -> str:
    names = ", ".join(settings.sobjects) or "no sObjects"
    schedules = counted(len(settings.schedules), "schedule")
    return f"{settings.file} is in order: {names}; {schedules}"


def _rules(settings: Settings) -> str | Sequence[Problem]:
    _, warnings = read_rules(settings.rules_folder, {})
    return warnings or f"{settings.rules_folder.name}/ is in order"


def _org(settings: Settings, org: Org) -> str:
    known = org.identity()
    kind = "local" if settings.org.local else "sandbox" if known.is_sandbox else "production"
    return f"{known.name} ({known.org_id}, {kind}) at {known.instance_url}, as {known.username}"


def _schemas(settings: Settings, org: Org, mirror: OpenMirror) -> tuple[dict[str, SObject], list[str]]:
    """Give the schemas of what is to be mirrored, and what the org no longer shows and no pull has found yet.

    Of what it no longer shows the schema is as it was last seen.
    """
    try:
        with mirror(writable=False) as opened, opened.reading() as books:
            kept, told = books.schemas.every(), unseen_since(books)
    except MirrorError:  # told where the mirror is looked at
        kept, told = {}, {}
    found = {target.sobject: shown(org.describe, target.sobject, kept) for target in targets_of(settings)}
    unseen = [name for name, schema in found.items() if schema is None and name not in told]
    return {name: schema or kept[name] for name, schema in found.items()}, unseen


def _fields(settings: Settings, described: Schemas, mirror: OpenMirror) -> str | Sequence[Problem]:
    targets = targets_of(settings)
    try:
        schemas, unseen = described()
        check_fields(targets, schemas, _pulled_once(mirror, schemas))
        check_named_fields(settings, schemas)
    except SettingsError as error:
        raise SettingsError.of([placed(settings, problem) for problem in error.problems]) from error
    lost = [(one.sobject, name) for one in targets for name in one.fields if schemas[one.sobject].find(name) is None]
    if unseen or lost:
        return [*map(no_longer_seen, unseen), *(no_longer_shown(sobject, name) for sobject, name in lost)]
    return f"the org has all {counted(sum(len(target.fields) for target in targets), 'field')} asked for"


def _pulled_once(mirror: OpenMirror, sobjects: Iterable[str]) -> dict[str, frozenset[str]]:
    """Give the fields the mirror has a column for, by sObject."""
    try:
        with mirror(writable=False) as opened, opened.reading() as books:
            return {name: books.records.columns(name) for name in sobjects}
    except MirrorError:  # told where the mirror is looked at
        return {}


def _rule_fields(settings: Settings, described: Schemas) -> str | Sequence[Problem]:
    _, warnings = read_rules(settings.rules_folder, described()[0])
    return warnings or "the org has every field that rules read or write"


def _pause(settings: Settings, org: Org) -> str:
    named = settings.serve.pause_field
    if named is None:
        return "no checkbox in the org pauses the daemon"
    sobject, name = named
    try:
        field = org.describe(sobject).find(name)
    except OrgRefused:
        field = None
    if field is None or field.kind is not Kind.BOOLEAN:
        where = settings.places.where(("serve", "pause_field"))
        raise SettingsError(
            f"{sobject} has no checkbox {name} that sfsync can see, so the daemon begins nothing",
            todo="make it in Setup and let the user sfsync signs in as read it, or take pause_field out",
            where=where,
        )
    return f"the daemon stands still while {sobject}.{name} is ticked"


def _keys(described: Schemas) -> str | Sequence[Problem]:
    lacking = []
    for name, schema in described()[0].items():
        field = schema.find(KEY_FIELD)
        if field is None or not (field.external_id and field.unique and field.createable):
            todo = (
                f"in Setup, add {KEY_FIELD}: Text, 64 characters, External ID, Unique; until then creates are refused"
            )
            lacking.append(Problem(f"{name} has no field {KEY_FIELD} to create records by", todo, Where(sobject=name)))
    return lacking or f"every sObject has {KEY_FIELD}, so nothing is created twice"


def _usage(org: Org) -> str | Sequence[Problem]:
    usage = org.usage()
    if usage is None:
        return "not told yet"
    words = f"{usage.used:,} of {usage.allowed:,} used in the last 24 hours"
    return [Problem(words, "wait, or find out who uses them")] if usage.used > usage.allowed * 0.8 else words


def _mirror(mirror: OpenMirror, now: datetime) -> str | Sequence[Problem]:
    with mirror(writable=True) as opened, opened.reading() as books:
        names = books.schemas.names()
        marks = {name: mark for name in names if (mark := books.watermarks.get(name))}
        counts = ", ".join(f"{books.records.count(name):,} {name}" for name in names)
    if not marks:
        return [Problem("nothing is mirrored yet", "run `sfsync pull`")]
    oldest = min(mark.covered_until for mark in marks.values())
    minutes = max(int((now - oldest).total_seconds() // 60), 0)
    return f"{counts}; complete up to {oldest:%Y-%m-%d %H:%M:%S} UTC, {counted(minutes, 'minute')} ago"


def _mirrored_org(org: Org, mirror: OpenMirror) -> str:
    with mirror(writable=True) as opened:
        opened.belong_to(org.identity().org_id)
    return "the mirror is of this org"


def _formulas(mirror: OpenMirror) -> str:
    with mirror(writable=False) as opened, opened.reading() as books:
        ages = [(name, age) for name, those in ages_of(books).items() for age in those]
    told = [f"{name}.{age.field} as of {age.as_of:%Y-%m-%d %H:%M}" for name, age in ages if age.as_of]
    ours = sum(age.by == "formula" for _, age in ages)
    if not told:
        return "no calculated fields are mirrored"
    return f"{ours} of {len(ages)} calculated fields are worked out here; {', '.join(told)} UTC"


def _people(settings: Settings, org: Org, mirror: OpenMirror) -> str | Sequence[Problem]:
    with mirror(writable=False) as opened, opened.reading() as books:
        people = people_of(books, org.identity().user_id)
        schemas = books.schemas.every()
    if not people.users:
        return "not looked for yet: the first pull brings them"
    rulebook, _ = read_rules(settings.rules_folder, schemas)
    unknown = check_people(rulebook, people)
    found = [Problem(one.message, one.next, Where(file=f"{settings.rules_folder.name}/{one.file}")) for one in unknown]
    amounts = f"{counted(len(people.users), 'user')}, {counted(len(people.queues), 'queue')}"
    return found or f"all users and queues that rules name are among {amounts}"


def _plans(settings: Settings, mirror: OpenMirror, now: datetime) -> str | Sequence[Problem]:
    with mirror(writable=False) as opened, opened.reading() as books:
        return to_approve(books, now, watch_of(settings, books)) or "none waits for an approval"


def _watch(settings: Settings, mirror: OpenMirror, now: datetime) -> str | Sequence[Problem]:
    with mirror(writable=False) as opened, opened.reading() as books:
        return alarms(books, now, watch_of(settings, books)) or "pulls complete, and bring about as much as usual"


def _outbox(mirror: OpenMirror) -> str | Sequence[Problem]:
    with mirror(writable=False) as opened, opened.reading() as books:
        waiting = sum(n for state, n in books.outbox.counts().items() if not EntryState(state).settled)
        dead = len(books.outbox.dead_letters(1000))
    found = []
    if waiting:
        todo = "`sfsync sync` settles what rules planned, `sfsync import --resume RUN` an import"
        found.append(Problem(f"{counted(waiting, 'entry is', 'entries are')} not settled", todo))
    if dead:
        found.append(Problem(counted(dead, "dead letter"), "look at them with `sfsync outbox list --state REJECTED`"))
    return found or "nothing waits, and there are no dead letters"
