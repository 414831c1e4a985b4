"""What rules name: the matching rules of a duplicate rule, the process of a record type."""

from collections.abc import Iterator, Sequence

from sfsync.localorg.rules import kept
from sfsync.localorg.rules.record_types import PROCESS, RECORD_TYPE
from sfsync.localorg.rules.standard_matching import STANDARD
from sfsync.localorg.state import State

_CALLED = {kept.MATCHING: "matching rule", PROCESS: "process"}


def missing(state: State, kind: str, sobject: str, facts: kept.Facts) -> Sequence[str]:
    """Say which rules and processes a rule names that are not there: "Lead has no process 'Short'"."""
    there = {(one["kind"], one["sobject"], one["name"]) for one in kept.listed(state)}
    there |= {(kept.MATCHING, owner, name) for owner, name in STANDARD}
    return [
        f"{owner} has no {_CALLED[needed]} {name!r}"
        for needed, owner, name in _named(state, kind, sobject, facts)
        if (needed, owner, name) not in there
    ]


def _named(state: State, kind: str, sobject: str, facts: kept.Facts) -> Iterator[tuple[str, str, str]]:
    """Give kind, sObject and name of what a rule names."""
    listed = facts.get("matches")
    if kind == kept.DUPLICATE and isinstance(listed, list):
        for one in listed:
            yield kept.MATCHING, _spelt(state, str(one.get("sobject") or sobject)), str(one.get("rule"))
    if kind == RECORD_TYPE and facts.get("process"):
        yield PROCESS, _spelt(state, sobject), str(facts["process"])


def _spelt(state: State, sobject: str) -> str:
    found = state.catalog.sobject(sobject)
    return sobject if found is None else found.name
