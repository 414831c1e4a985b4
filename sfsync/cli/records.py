"""Records and people as commands name them."""

from collections.abc import Mapping
from typing import Any

import click

from sfsync.cli.screen import shown
from sfsync.errors import UsageError

mirror_only = click.option(
    "--mirror-only",
    is_flag=True,
    help="Ask the org nothing: without its field history the path between two pulls is not told.",
)


def record_given(record: str) -> tuple[str, str]:
    """Read a record given as Lead/00Q...: its sObject and id. Raises UsageError."""
    sobject, slash, record_id = record.partition("/")
    if not slash or not sobject or not record_id:
        raise UsageError(f"{record!r} names no record", todo="give it as Lead/00Q...")
    return sobject, record_id


def named(value: object, names: Mapping[str, str]) -> str:
    """Give a value as a person reads it: the name where it is the id of a user or queue."""
    return names.get(value, value) if isinstance(value, str) and value else shown(value)


def hand(line: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Tell who made a change."""
    if line["origin"] == "sfsync":
        return f"run {line['run']}"
    return names.get(line["by"], line["by"] or "somebody")
