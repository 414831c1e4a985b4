"""What conclusions hang on beside the records, as one short text: while it is the same, they need not be drawn anew.

Whatever is not known to hang on records, people and the day alone has no fingerprint: then all is decided each time.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from sfsync.formula.tree import Call, Node, children
from sfsync.records.schema import SObject
from sfsync.rules.criterion import Criterion
from sfsync.rules.facts import Facts
from sfsync.rules.rewriting import Rewriting
from sfsync.rules.routing import Occasion, Pool, Route, Routing, Target
from sfsync.rules.rulebook import Rulebook
from sfsync.rules.scoring import Band, ScoreFields, ScoreRule, Scoring
from sfsync.rules.turns import Member

_KNOWN = (Scoring, ScoreRule, ScoreFields, Band, Rewriting, Routing, Occasion, Route, Target, Pool, Member)
_BY_THE_MINUTE = frozenset({"NOW", "TIMENOW"})  # functions whose value is another each time
_BY_THE_DAY = frozenset({"TODAY"})


class _Unknown(Exception):
    """Something whose dependence on time is not known, or that is another each time."""


def fingerprint(rulebook: Rulebook, schema: SObject, facts: Facts) -> str | None:
    """Give the fingerprint of an sObject's conclusions; None where they may be others each time."""
    rules = (rulebook.scoring.get(schema.name), rulebook.routing.get(schema.name))
    if any("." in path and not path.startswith("Owner.") for path in rulebook.fields(schema.name)):
        return None  # a parent may move while the record stays
    try:
        parts = [_plain(rules), repr(schema), *_people(facts), repr(facts.first_complete_at)]
    except _Unknown:
        return None
    if any(map(_daily, _all(rules))):
        parts.append(facts.now.astimezone(facts.zone).date().isoformat())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _people(facts: Facts) -> Iterator[str]:
    yield facts.people.me
    yield from (repr(one) for _, one in sorted(facts.people.users.items()))
    yield from (repr(one) for _, one in sorted(facts.people.queues.items()))
    yield str(facts.zone)


def _plain(value: object) -> str:
    """Write a part of the rules down. Raises _Unknown."""
    if isinstance(value, Criterion):
        if _calls(value) & _BY_THE_MINUTE:
            raise _Unknown
        return repr(value.source)
    if is_dataclass(value) and isinstance(value, _KNOWN):
        return f"{type(value).__name__}({', '.join(_plain(getattr(value, one.name)) for one in fields(value))})"
    if isinstance(value, Mapping):
        return repr(sorted((str(key), _plain(one)) for key, one in value.items()))
    if isinstance(value, (tuple, list)):
        return repr([_plain(one) for one in value])
    if value is None or isinstance(value, (str, int, Enum)):
        return repr(value)
    raise _Unknown


def _all(value: object) -> Iterator[object]:
    """Give all parts of the rules, each one's own parts behind it."""
    yield value
    parts: Iterable[object] = ()
    if isinstance(value, _KNOWN):
        parts = [getattr(value, one.name) for one in fields(value)]
    elif isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, (tuple, list)):
        parts = value
    for part in parts:
        yield from _all(part)


def _daily(part: object) -> bool:
    if isinstance(part, Criterion):
        return bool(_calls(part) & _BY_THE_DAY)
    return (isinstance(part, Rewriting) and part.daily) or (isinstance(part, Member) and part.cap_per_day is not None)


def _calls(criterion: Criterion) -> set[str]:
    found: set[str] = set()
    left: list[Node] = [criterion.tree]
    while left:
        node = left.pop()
        if isinstance(node, Call):
            found.add(node.name.upper())
        left.extend(children(node))
    return found
