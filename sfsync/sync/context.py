"""What every step of a run is given: the org, the mirror, the clock, and somebody to tell how far it is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sfsync.clock import Clock
from sfsync.counting import counted
from sfsync.errors import OrgRefused
from sfsync.records.schema import RecordTypes, SObject
from sfsync.salesforce.port import Org

if TYPE_CHECKING:  # a command that opens no mirror need not load what a mirror takes
    from sfsync.mirror.open import Mirror


class Progress(Protocol):
    """Hears how far long work is."""

    def step(self, text: str) -> None:
        """Hear that a step begins."""

    def count(self, text: str, done: int, total: int) -> None:
        """Hear how much of a step is done."""


class Silence:
    """Nobody listens."""

    def step(self, text: str) -> None:
        """Hear that a step begins."""

    def count(self, text: str, done: int, total: int) -> None:
        """Hear how much of a step is done."""


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a run."""

    org: Org
    mirror: "Mirror"
    clock: Clock
    progress: Progress
    known: dict[str, SObject] = field(default_factory=dict)  # schemas this run has asked for
    offered: dict[str, RecordTypes | None] = field(default_factory=dict)  # record types this run has asked for
    expected: Counter[str] = field(default_factory=Counter)  # API calls, by sObject, as told before they were made
    giving_back: bool = False  # an undo: a change of owner moves nothing else, teams are kept

    def schema(self, sobject: str) -> SObject:
        """Give an sObject's schema, asked of the org once a run.

        Raises OrgRefused, in words of its own, where there is none such or the user may not see it.
        """
        if sobject not in self.known:
            try:
                self.known[sobject] = self.org.describe(sobject)
            except OrgRefused as refused:
                if refused.code != "NOT_FOUND":
                    raise
                words = f"the org has no sObject {sobject}, or does not show it to the user sfsync signs in as"
                todo = "let that user read it, then run it again"
                raise OrgRefused(words, code=refused.code, todo=todo) from refused
        return self.known[sobject]

    def record_types(self, sobject: str) -> RecordTypes | None:
        """Give what an sObject's record types offer, asked of the org once a run; None where it does not tell."""
        if sobject not in self.offered:
            try:
                self.offered[sobject] = self.org.record_types(sobject)
            except OrgRefused:
                self.offered[sobject] = None
        return self.offered[sobject]

    def announce(self, sobject: str, doing: str, by: str, calls: int) -> None:
        """Tell what is about to be done for an sObject, and about how many API calls that takes."""
        self.progress.step(f"{sobject}: {doing} by {by}, about {counted(calls, 'API call')}")
        self.expected[sobject] += calls

    def check_org(self) -> None:
        """Raise MirrorOfAnotherOrg where the mirror is not of the org that is asked; one that is of none yet passes."""
        if self.mirror.org_id() is not None:
            self.mirror.check_of(self.org.identity().org_id)


@dataclass(frozen=True, slots=True)
class Target:
    """One sObject to mirror, with the fields asked for."""

    sobject: str
    fields: tuple[str, ...]  # each has to be there
    also: tuple[str, ...] = ()  # asked for where the org has them: what rules read
    refreshed_every: timedelta = timedelta(hours=24)  # calculated fields, of all records
