"""The kinds of value a setting can have: what it is called in the docs, and how it is read.

Each reader takes what TOML holds and gives the value, or raises ValueError with words for a person.
"""

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from sfsync.records.ids import is_id, to_18
from sfsync.records.manner import ACTIVE, OWNER_OPTION_NEEDS, OWNER_OPTIONS
from sfsync.settings.cron import read_cron
from sfsync.settings.freezes import Moment, read_days, read_moment
from sfsync.settings.secrets import check_reference

T_co = TypeVar("T_co", covariant=True)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d{1,6})\s*([smhd])", re.ASCII)
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}", re.ASCII)
_TOML_WORDS = {bool: "a flag", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Kind(Generic[T_co]):
    """A kind of value."""

    words: str  # as the docs call it
    read: Callable[[object], T_co]


def found(value: object) -> str:
    """Say what a TOML value is, for "found ..."."""
    return _TOML_WORDS.get(type(value), "a date or time")


def is_api_name(text: str) -> bool:
    """Tell whether a text has the shape of an sObject's or a field's API name (at most 80 characters)."""
    return _API_NAME.fullmatch(text) is not None


def did_you_mean(written: str, known: list[str]) -> str:
    """Give "did you mean ...?" with the nearest known word, or what there is when none is near."""
    by_lower = {word.lower(): word for word in known}
    near = difflib.get_close_matches(written.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"did you mean {by_lower[near[0]]}?"
    return f"there is {', '.join(known)}" if known else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text in quotes is needed, found {found(value)}")
    if not value.strip():
        raise ValueError("it is empty: give it a value or leave it out")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed (without quotes), found {found(value)}")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"a whole number is needed (without quotes), found {found(value)}")
    if value < 0:
        raise ValueError("it cannot be less than 0")
    return value


def _percent(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError(f"a number from 0 to 100 is needed (without quotes), found {found(value)}")
    if not 0 <= value <= 100:
        raise ValueError(f"a number from 0 to 100 is needed, found {value}")
    return float(value)


def _span(value: object) -> int:
    text = _text(value).strip()
    shape = _SPAN.fullmatch(text)
    if shape is None:
        raise ValueError(f'{text!r} is no span of time: write it as "60s", "5m", "2h" or "1d"')
    seconds = int(shape[1]) * _SECONDS[shape[2]]
    if not 1 <= seconds <= 366 * 86400:
        raise ValueError(f"{text!r} is out of range: one second to 366 days")
    return seconds


def _cron(value: object) -> str:
    return read_cron(_text(value))


def _moment(value: object) -> Moment:
    return read_moment(_text(value))


def _days(value: object) -> frozenset[int]:
    return read_days(_text(value))


def _field_path(value: object) -> tuple[str, str]:
    text = _text(value)
    sobject, _, field = text.partition(".")
    if not (is_api_name(sobject) and is_api_name(field)):
        raise ValueError(f'{text!r} is no field of an sObject: write it as "User.Sfsync_Paused__c"')
    return sobject, field


def _zone(value: object) -> ZoneInfo:
    name = _text(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        hint = f": did you mean {near[0]}?" if near else ""
        raise ValueError(f"{name!r} is no time zone, as Europe/Madrid is{hint}") from None


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f'a list of texts is needed, as ["Name", "OwnerId"], found {found(value)}')
    odd = next((part for part in value if not isinstance(part, str)), None)
    if odd is not None:
        raise ValueError(f"a list of texts is needed, and {found(odd)} is among them")
    if not value:
        raise ValueError("the list is empty")
    return tuple(value)


def _field_names(value: object) -> tuple[str, ...]:
    names = _names(value)
    odd = next((name for name in names if not is_api_name(name)), None)
    if odd is not None:
        raise ValueError(f"{odd!r} is no API name of a field")
    return names


def _stances(value: object) -> Mapping[str, str]:
    """Give who wins by field, in lower case; `otherwise` for all others."""
    if not isinstance(value, dict):
        return {"otherwise": _one_of(*STANCES)(value)}
    odd = next((name for name in value if not is_api_name(name)), None)
    if odd is not None:
        raise ValueError(f"{odd!r} is no API name of a field")
    return {name.lower(): _one_of(*STANCES)(stance) for name, stance in value.items()}


def _allowances(value: object) -> Mapping[tuple[str, str], int | None]:
    """Give how many records of an sObject may be changed in a field, by both names in lower case; None: any number."""
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise ValueError("tables are needed here, as { Lead = { Score__c = 500, OwnerId = 50 } }")
    found: dict[tuple[str, str], int | None] = {}
    for sobject, fields in value.items():
        for name, most in fields.items():
            if not is_api_name(sobject) or not (is_api_name(name) or name == "*"):
                raise ValueError(f"{sobject}.{name} names no field; write a field, create, delete or *")
            found[sobject.lower(), name.lower()] = None if most is True else 0 if most is False else _count(most)
    return found


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if text not in choices:
            raise ValueError(f"{text!r} will not do: {did_you_mean(text, list(choices))}")
        return text

    return read


def _address(value: object, *schemes: str) -> tuple[str, str]:
    """Give a URL up to its host and port, and all that follows; it must hold no sign-in."""
    text = _text(value)
    parts = urlsplit(text)
    if "@" in parts.netloc:
        raise ValueError("a URL here holds no user name or password")
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"{text!r} is no URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if parts.port == 0:
        raise ValueError(f"{text!r} has no port that can be reached")
    address, _, rest = text.partition(parts.netloc)
    return address + parts.netloc.lower(), rest


def _org_url(value: object) -> str:
    address, rest = _address(value, "https")
    if rest.strip("/"):
        raise ValueError("only the org's address is needed: https://acme.my.salesforce.com, nothing behind it")
    return address


def _proxy(value: object) -> str:
    address, rest = _address(value, "http", "https")
    if rest.strip("/"):
        raise ValueError("a proxy is a host and a port: http://proxy:3128")
    return address


def _mirror_url(value: object) -> str:
    text = _text(value)
    if text.startswith("sqlite:///"):
        if not text.removeprefix("sqlite:///").strip("/"):
            raise ValueError("sqlite:/// needs a file: sqlite:///.sfsync/mirror.db")
        return text
    if text.startswith("sqlite:"):
        raise ValueError("a SQLite mirror is written with three strokes: sqlite:///.sfsync/mirror.db")
    return _postgres_url(text)


def _postgres_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        password, reachable = parts.password, parts.hostname or "host=" in parts.query
    except ValueError:
        password, reachable = None, False
    if password is not None:
        raise ValueError('the password stands elsewhere: password = "file:secrets/postgres", or "env:NAME"')
    if parts.scheme not in ("postgresql", "postgresql+psycopg") or not reachable or not parts.path.strip("/"):
        raise ValueError("a mirror is a file, sqlite:///PATH, or a database, postgresql://user@host/database")
    return text


def _org_id(value: object) -> str:
    written = _text(value)
    if not written.startswith("00D"):
        raise ValueError(f"{written!r} is no org id: one starts with 00D")
    text = to_18(written)
    if not text.startswith("00D"):
        raise ValueError(f"{written!r} is no org id: its last three characters do not fit the first fifteen")
    return text


def _assignment(value: object) -> str:
    text = _text(value)
    if text == ACTIVE:
        return text
    if not text.startswith("01Q") or not is_id(text):
        raise ValueError(f'{text!r} will not do: "{ACTIVE}", or the id of an assignment rule, which starts with 01Q')
    return to_18(text)


def _owner_change(value: object) -> tuple[str, ...]:
    """Give the options that are carried out; PLAIN alone where none are told."""
    if value == PLAIN or value == []:
        return (PLAIN,) if value else ()
    if isinstance(value, str):
        raise ValueError(f'{value!r} will not do: "{PLAIN}", or a list of options')
    names, known = _names(value), sorted({one for some in OWNER_OPTIONS.values() for one in some})
    odd = next((name for name in names if name not in known), None)
    if odd is not None:
        raise ValueError(f"{odd!r} is no option of a change of owner: {did_you_mean(odd, known)}")
    lame = next((name for name in names if OWNER_OPTION_NEEDS.get(name, name) not in names), None)
    if lame is not None:
        raise ValueError(f"{lame} is refused without {OWNER_OPTION_NEEDS[lame]}")
    return names


def _listen(value: object) -> tuple[str, int]:
    text = _text(value)
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f'{text!r} is no host and port: "127.0.0.1:8765" (port 0 takes any that is free)')
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a listener on that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


PLAIN = "plain"
STANCES = ("org", "ours", "newest", "ask")
LOGINS = ("client_credentials", "refresh_token")
RUNS = ("pull", "sync", "verify")

TEXT = Kind("text", _text)
FLAG = Kind("true or false", _flag)
COUNT = Kind("whole number", _count)
PERCENT = Kind("percent", _percent)
SPAN = Kind('span ("60s", "5m", "2h", "1d")', _span)
CRON = Kind("cron expression of five fields", _cron)
ZONE = Kind("time zone", _zone)
MOMENT = Kind('time ("18:00" or "2026-12-24 18:00")', _moment)
DAYS = Kind('days ("mon-fri", "sat, sun")', _days)
FIELD_PATH = Kind("SObject.Field", _field_path)
NAMES = Kind("list of API names", _names)
FIELD_NAMES = Kind("list of API names", _field_names)
STANCE = Kind(f"{', '.join(STANCES)}, or a table of these by field", _stances)
ALLOWANCES = Kind("table of sObjects, each of fields with a number of records or true", _allowances)
LOGIN = Kind(" or ".join(LOGINS), _one_of(*LOGINS))
RUN = Kind(", ".join(RUNS), _one_of(*RUNS))
ORG_URL = Kind("https URL", _org_url)
ORG_ID = Kind("org id", _org_id)
PROXY = Kind("http URL without sign-in", _proxy)
MIRROR_URL = Kind("database URL", _mirror_url)
ASSIGNMENT = Kind(f"{ACTIVE} or rule id", _assignment)
DUPLICATES = Kind("refuse or save", _one_of("refuse", "save"))
OWNER_CHANGE = Kind(f"list of options, or {PLAIN}", _owner_change)
CONVERTED = Kind("leave, contact or write", _one_of("leave", "contact", "write"))
LISTEN = Kind("host:port", _listen)
SECRET = Kind('secret ("env:NAME" or "file:PATH")', check_reference)
