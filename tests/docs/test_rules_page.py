"""rules/README.md names every key a rule file may hold."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sfsync.rules.rulebook import read_rulebook
from sfsync.rules.table import Table
from tests.docs.pages import CHECKOUT

PAGE = (CHECKOUT / "rules/README.md").read_text(encoding="utf-8")
SCORING: dict[str, Any] = {
    "version": 1, "sobject": "Lead", "write": {"score": "Score__c"},
    "score": [{"name": "one", "when": "TRUE", "points": 1}], "grade": [{"name": "A", "at_least": 0}],
}  # fmt: skip
ROUTING: dict[str, Any] = {
    "version": 1, "sobject": "Lead", "on": ["created"], "otherwise": "keep",
    "route": [{"name": "one", "to": "pool:emea"}],
    "pool": {"emea": {
        "members": ["ana@example.com", {"user": "ben@example.com"}],
        "hours": {"zone": "UTC", "days": "Mon-Fri", "from": "09:00", "to": "18:00"},
    }},
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The keys that the readers of rule files ask for."""
    seen: set[str] = set()
    finish = Table.finish

    def noted(table: Table) -> None:
        seen.update(table.asked)
        finish(table)

    monkeypatch.setattr(Table, "finish", noted)
    yield seen


def test_every_key_of_a_rule_file_is_explained(asked: set[str]) -> None:
    """Whatever key a reader looks for in a scoring or a routing file stands on the page."""
    rulebook, problems = read_rulebook({"scoring.toml": SCORING, "routing.toml": ROUTING}, {})
    assert rulebook is not None, problems
    assert {"points", "at_least", "otherwise", "members", "cap_per_day", "zone", "take_from_people"} <= asked
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]*`", PAGE))))
    assert asked - words == set()
