"""Promises about numbers on the command line: what makes no sense is refused before anything is done."""

import click
import pytest

from sfsync.cli.amounts import NUMBER, SECONDS
from sfsync.cli.reference import command_contexts
from tests.cli.shell import Shell


def test_every_number_a_command_is_given_has_a_range() -> None:
    """No option and no argument takes just any number: a new one without a range fails here."""
    found = [(context.command_path, one) for context in command_contexts() for one in context.command.params]
    assert sum(one.type in (NUMBER, SECONDS) for _, one in found) > 10
    for words, one in found:
        assert type(one.type) not in (type(click.INT), type(click.FLOAT)), words
        if isinstance(one.type, click.IntRange | click.FloatRange):
            assert one.type.min is not None and one.type.min >= 0, words


@pytest.mark.parametrize(
    "words",
    [
        ("pull", "--wait", "-3"), ("sync", "--wait", "nan"), ("apply", "--wait", "inf"), ("undo", "0"),
        ("retry", "99999999999999999999"), ("outbox", "list", "--run", "-1"), ("outbox", "show", "--", "-1"),
        ("outbox", "cancel", "1", "0"), ("import", "--resume", "-4"), ("runs", "--limit", "-1"),
        ("verify", "--level", "-1"),
    ],
)  # fmt: skip
def test_a_number_that_makes_no_sense_is_a_mistake_of_usage(shell: Shell, words: tuple[str, ...]) -> None:
    """Exit code 2, and the words say which number and what is the matter with it."""
    told = shell.ask(*words)
    assert told.exit == 2 and told.json["state"] == "failed"
    assert any(one in told.json["problems"][0]["message"] for one in ("counted from 1", "is not from 0", "range"))
