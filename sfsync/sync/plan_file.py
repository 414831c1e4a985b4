"""Plans kept in files, and shown as pages: written and read change by change, however many there are."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from sfsync.errors import FileError, file_error
from sfsync.mirror.scratch import Scratch
from sfsync.plan.page import plan_page
from sfsync.plan.pieces import json_pieces
from sfsync.plan.plan import Plan, change_from_plain, check_version, plan_from_plain, plan_to_plain
from sfsync.records.schema import SObject
from sfsync.sync.json_file import JsonFile

_LISTS = ("conflicts", "refused", "changes")
_MAKE_ONE = "make one with `sfsync plan --out FILE`"


def write_plan(path: Path, plan: Plan) -> None:
    """Keep a plan in a file, 0600, whole or not at all, a change a line. Raises FileError where that cannot be."""
    _write(path, json_pieces(plan_to_plain(plan), "\n "))


def write_page(path: Path, plan: Plan, org: str) -> None:
    """Write a plan as an HTML page, 0600, whole or not at all. Raises FileError where that cannot be."""
    _write(path, [plan_page(plan_to_plain(plan), org)])


def _write(path: Path, pieces: Iterable[str]) -> None:
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.touch(mode=0o600)
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
            file.write("\n")
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise file_error(path, error, "choose another place") from error


def read_plan(path: Path, schema_of: Callable[[str], SObject | None]) -> Plan:
    """Read a plan that was kept. Raises FileError where it is none, or was edited."""
    try:
        return _read(path, cache(schema_of))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}", todo=_MAKE_ONE) from error
    except ValueError as error:
        raise FileError(f"{path} is no plan: {error}", todo=_MAKE_ONE) from error
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileError(f"{path} is no plan", todo=_MAKE_ONE) from error


def _read(path: Path, schema_of: Callable[[str], SObject | None]) -> Plan:
    plain: dict[str, Any] = {}
    changes = Scratch(path.parent).changes()
    with path.open(encoding="utf-8") as file:
        for key, value in JsonFile(file).members(_LISTS):
            if key == "changes":
                changes.add([change_from_plain(value, schema_of(value["sobject"]))])
            elif key not in _LISTS:
                plain[key] = value
            if key == "version":
                check_version(value)  # what follows may be of other shapes
    return plan_from_plain(plain, changes.all())
