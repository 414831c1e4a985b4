"""The words a person reads."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sfsync.cli.rules_command import rules
from sfsync.counting import counted

RULES = """version = 1
sobject = "Lead"
write = { score = "Score__c" }

[[score]]
name = "Named"
when = "LastName <> ''"
points = 1
"""


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 rows are"), (1, "1 row is"), (2, "2 rows are"), (12_345, "12,345 rows are")]
)
def test_one_is_no_many(number: int, said: str) -> None:
    """A number and what it counts agree, and so does the verb."""
    assert counted(number, "row is", "rows are") == said
    assert counted(number, "row") == said.rsplit(" ", 1)[0]


def test_one_rule_file_is_in_order(tmp_path: Path) -> None:
    """`rules check` speaks of one file as of one."""
    (tmp_path / "one.toml").write_text(RULES)
    assert CliRunner().invoke(rules, ["check", str(tmp_path)]).output == "1 rule file is in order.\n"
