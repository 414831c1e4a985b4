"""What a person wants of an sObject's fields: who wins where two sides changed one, and what is never written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from sfsync.errors import Problem, Where
from sfsync.plan.converted import ConvertedLeads
from sfsync.records.change import Action, Change


class Stance(Enum):
    """Who wins where the org and the rules both moved a field away from what was last agreed."""

    ORG = "org"  # what somebody wrote in the org stays, whatever the rules want
    OURS = "ours"  # the rules win, within the brakes
    NEWEST = "newest"  # whichever came later: the change in the org, or the conclusion of the rules
    ASK = "ask"  # nothing is written until a person has decided


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one sObject."""

    otherwise: Stance = Stance.ASK  # for the fields that `stances` does not name
    stances: Mapping[str, Stance] = field(default_factory=dict)  # by field, in lower case
    protected: frozenset[str] = frozenset()  # fields that are never written, in lower case
    never_blank: frozenset[str] = frozenset()  # fields that are never cleared, in lower case
    converted: ConvertedLeads = ConvertedLeads.LEAVE  # what becomes of changes to leads that were converted

    def stance(self, name: str) -> Stance:
        """Give who wins a field."""
        return self.stances.get(name.lower(), self.otherwise)

    def kept_to(self, change: Change) -> tuple[Change | None, list[Problem]]:
        """Give a change without what the policy forbids (None where nothing is left), and a problem for each part.

        A delete writes no field.
        """
        allowed, problems = [], []
        if change.action is Action.DELETE:
            return change, []
        for part in change.fields:
            complaint = self._complaint(part.field, clears=part.after is None and part.before is not None)
            if complaint is None:
                allowed.append(part)
            else:
                where = Where(sobject=change.sobject, id=change.id, field=part.field, row=change.row)
                problems.append(Problem(f"{part.field} {complaint}, so it is left as it is", _TODO, where))
        if not problems:
            return change, []
        return (replace(change, fields=tuple(allowed)) if allowed else None), problems

    def _complaint(self, name: str, *, clears: bool) -> str | None:
        if name.lower() in self.protected:
            return "is protected"
        return "is never cleared" if clears and name.lower() in self.never_blank else None


_TODO = "change the rule or the file, or what [sobjects.NAME] in sfsync.toml says of the field"
