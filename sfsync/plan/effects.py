"""What saving records of an sObject sets off in the org, as far as the org lets it be read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that may run when a record is saved; a kind that could not be read has no name."""

    sobject: str
    kind: str  # trigger, flow, validation rule, duplicate rule, assignment rule
    name: str
    when: str  # for a person: when it runs, or why it could not be read
