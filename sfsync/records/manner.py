"""How writes of one sObject are to be saved: what the org does beside saving them."""

from dataclasses import dataclass

ACTIVE = "active"
"""The assignment rule that is active in the org."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What may happen when records are saved. By itself nothing does, and no double is let pass."""

    assignment: str | None = None  # ACTIVE, or the id of an assignment rule; None: no rule runs
    doubles: bool = False  # whether what a duplicate rule only warns of is saved all the same

    @property
    def rule_id(self) -> str | None:
        """The assignment rule by its id, where it is named by that."""
        return None if self.assignment in (None, ACTIVE) else self.assignment
