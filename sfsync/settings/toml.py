"""Reading TOML files with words for a person where one cannot be read."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from sfsync.errors import Problem, SettingsError, Where
from sfsync.settings.places import Places, dotted, find_places, line_and_column

LARGEST_BYTES = 1_000_000
_TOLD_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")  # how tomllib ends its messages
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_toml(path: Path, name: str | None = None) -> tuple[dict[str, object], Places]:
    """Read one TOML file: its values, and where each stands.

    `name` is what problems call the file, its path if not given.
    Raises SettingsError where there is no such file, or it is not UTF-8 or not TOML.
    """
    file = name or str(path)
    text = _decoded(_bytes(path, file), file)
    places = find_places(text, file)
    if places.twice:
        raise SettingsError.of(_given_twice(places))
    try:
        return tomllib.loads(text), places
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax_problem(error, text, file)) from None
    except RecursionError:
        raise SettingsError("arrays or tables are nested too deeply", where=Where(file=file)) from None


def read_rule_files(folder: Path) -> tuple[dict[str, Mapping[str, object]], dict[str, Places]]:
    """Read every `*.toml` directly in a folder, by file name in order: values, and where each stands.

    Problems name a file as the folder's name and its own: `rules/lead_scoring.toml`.
    Raises SettingsError with the problems of all files, or where there is no such folder.
    """
    if not folder.is_dir():
        raise SettingsError(
            f"there is no folder {folder}",
            todo="make it, or copy the shipped one there with `sfsync init`",
            where=Where(file=str(folder)),
        )
    documents: dict[str, Mapping[str, object]] = {}
    places: dict[str, Places] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            documents[path.name], places[path.name] = read_toml(path, f"{folder.resolve().name}/{path.name}")
        except SettingsError as error:
            problems.extend(error.problems)
    if problems:
        raise SettingsError.of(problems)
    return documents, places


def _bytes(path: Path, file: str) -> bytes:
    where = Where(file=file)
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        todo = "`sfsync init DIR` makes a working folder; --config names a file elsewhere"
        raise SettingsError("there is no such file", todo=todo, where=where) from None
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise SettingsError(f"it cannot be read: {reason}", todo="mend the path or its rights", where=where) from None
    if len(content) > LARGEST_BYTES:
        raise SettingsError(f"it holds more than {LARGEST_BYTES:,} bytes, too much for a TOML file", where=where)
    return content


def _decoded(content: bytes, file: str) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SettingsError("it is UTF-16", todo="save it as UTF-8", where=Where(file=file, line=1, column=1))
    content = content.removeprefix(_BYTE_ORDER_MARK)
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode("utf-8")
        line, column = line_and_column(good, len(good))
        where = Where(file=file, line=line, column=column)
        raise SettingsError(
            f"byte 0x{content[error.start]:02x} is not UTF-8", todo="save it as UTF-8", where=where
        ) from None


def _given_twice(places: Places) -> list[Problem]:
    problems = []
    for path, first, second in places.twice:
        first_line, _ = line_and_column(places.text, first)
        line, column = line_and_column(places.text, second)
        where = Where(file=places.file, line=line, column=column, key=dotted(path))
        problems.append(Problem(f"given twice, first in line {first_line}", "keep one of the two", where))
    return problems


def _syntax_problem(error: tomllib.TOMLDecodeError, text: str, file: str) -> Problem:
    message = str(error)
    told = _TOLD_PLACE.search(message)
    if told is None:
        return Problem(message, "", Where(file=file))
    at_end = line_and_column(text, len(text))
    line, column = at_end if told[1] is None else (int(told[1]), int(told[2]))
    words = message[: told.start()]
    return Problem(f"not TOML: {words[:1].lower()}{words[1:]}", _hint(text, line), Where(file, line, column))


def _hint(text: str, line: int) -> str:
    """Say what is most likely meant where the line looks like one of the usual slips."""
    lines = text.splitlines()
    written = lines[line - 1].strip() if line <= len(lines) else ""
    if re.match(r"[\w.-]+\s*:", written):
        return "write key = value, with an equals sign"
    if re.match(r"[\w.-]+\s*=\s*(?!true|false)[A-Za-z]", written):
        return "put text in quotes"
    if re.match(r"[\w.-]+\s*=\s*\"[^\"]*\"[^\"]*\"", written):
        return "a text that holds double quotes goes in single quotes: '...'"
    return ""
