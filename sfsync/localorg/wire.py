"""What goes in and out of the local org: one request, one answer, and a refusal that becomes an answer."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, already taken apart by the mount."""

    method: str  # upper case
    path: str  # percent-decoded, repeated slashes folded, no trailing slash
    query: Mapping[str, str]  # decoded; the last value of a repeated name wins
    headers: Mapping[str, str]  # names lower case
    body: bytes
    base_url: str  # e.g. "https://127.0.0.1:8443": how the client reached us
    raw_path: str  # as sent, still percent-encoded: external id values may hold slashes


@dataclass(frozen=True, slots=True)
class Spoil:
    """How an answer is spoilt on its way out; bytes are those of the body as sent."""

    at: str = "body"  # where it goes wrong: "answer" (not a byte comes), "headers" (they have no end), "body"
    stop_at: int | None = None  # bytes that are sent before the end; None: all
    end: str = "reset"  # what comes then: "reset" (the line is cut), "close" (it ends cleanly), "hang" (silence)
    sized: bool = True  # the length is told; without it the body ends where the connection ends
    bytes_per_second: float = 0.0  # 0: as fast as can be


HANG_SECONDS = 600.0  # how long a silent connection stays open if the client has that much patience


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, with what the mount shall do besides sending it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Path = b""  # a Path is a spooled file that the mount streams
    drop: bool = False  # the mount cuts the connection instead of answering
    delay_seconds: float = 0.0  # the mount waits first, outside every lock
    resume: "Callable[[], Answer] | None" = None  # no answer yet: once it has waited, the mount asks this for it
    spoil: Spoil | None = None  # what goes wrong on the wire


class Refusal(Exception):
    """Salesforce says no: becomes `[{"message", "errorCode"[, "fields"]}]`.

    `fields` None leaves the key out (parse and route errors); an empty tuple shows it empty (errors of saving).
    """

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def entry(self) -> dict[str, object]:
        """Give the error as one entry of a REST error array."""
        body: dict[str, object] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = list(self.fields)
        return body


_MARK = "\udc00"  # half a character: no text that can be sent holds it
_MARKED = re.compile(f'"{_MARK}([^"]+){_MARK}"')


def json_bytes(value: object) -> bytes:
    """Write a JSON value; a Decimal in it keeps every digit."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_marked)
    return (_MARKED.sub(r"\1", text) if _MARK in text else text).encode()


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value}{_MARK}"
    raise TypeError


def said(value: object) -> str:
    """Write a value of a request as who sent it wrote it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json_bytes(value).decode("utf-8", "replace")


def json_answer(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Make an answer out of a JSON value."""
    return Answer(status, {"Content-Type": JSON, **(headers or {})}, json_bytes(value))


def refusal_answer(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Answer:
    """Make the answer that a refusal stands for."""
    return json_answer(refusal.status, [refusal.entry()], headers)


def not_found() -> Refusal:
    """Give the refusal of a path that does not exist."""
    return Refusal(404, "NOT_FOUND", "The requested resource does not exist")
