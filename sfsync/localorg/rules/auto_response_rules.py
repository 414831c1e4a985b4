"""Auto-response rules as data: entries, of which the first that fits a new lead says what it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.rules.conditions import Condition, RuleProblem, condition_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a rule."""

    condition: Condition
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AutoResponseRule:
    """A rule ready to be asked."""

    entries: tuple[Entry, ...]


def make_auto_response_rule(
    catalog: Catalog, sobject: SObject, name: str, facts: Mapping[str, object]
) -> AutoResponseRule:
    """Make a rule of `{"entries": [{criteria or formula, "template", "senderEmail", "senderName", "replyTo"}]}`.

    Raises RuleProblem.
    """
    listed = facts.get("entries")
    if not isinstance(listed, list):
        raise RuleProblem("an auto-response rule needs entries")
    return AutoResponseRule(tuple(Entry(condition_of(catalog, sobject, one), one) for one in listed))
