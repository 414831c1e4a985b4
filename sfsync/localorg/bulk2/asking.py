"""What requests for jobs have in common: bodies, words, places in results, compressed answers."""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path

from sfsync.localorg.bulk2 import spool
from sfsync.localorg.saving import reading
from sfsync.localorg.wire import Answer, Refusal, Request, said

MOST_MULTIPART = 100_000  # characters of data in a multipart body
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_PART_NAME = re.compile(rb'name="?(job|content)"?', re.IGNORECASE)


def body_of(body: bytes) -> Mapping[str, object]:
    """Read the JSON object of a body. Raises Refusal JSON_PARSER_ERROR."""
    return reading.parse_record(body)


def parts_of(request: Request) -> dict[str, bytes]:
    """Take a multipart body apart into "job" and "content"; any other body has no parts. Raises Refusal INVALIDJOB."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return {}
    boundary = _BOUNDARY.search(kind)
    parts: dict[str, bytes] = {}
    for part in request.body.split(b"--" + boundary.group(1).encode()) if boundary else ():
        head, _, data = part.partition(b"\r\n\r\n")
        name = _PART_NAME.search(head)
        if name is not None:
            parts[name.group(1).decode().lower()] = data.removesuffix(b"\r\n")
    if parts.keys() != {"job", "content"}:
        raise Refusal(400, "INVALIDJOB", "A multipart body needs one part named job and one named content")
    if len(parts["content"].decode("utf-8", "replace")) > MOST_MULTIPART:
        raise Refusal(400, "INVALIDJOB", f"The data of a multipart body has at most {MOST_MULTIPART} characters")
    return parts


def one_of(asked: Mapping[str, object], key: str, allowed: tuple[str, ...], default: str | None) -> str:
    """Read a property that takes a few words in any case. Raises Refusal INVALIDJOB."""
    value = asked.get(key, default)
    for word in allowed:
        if isinstance(value, str) and value.lower() == word.lower():
            return word
    told = "" if value is None else f", not '{said(value)}'"
    raise Refusal(400, "INVALIDJOB", f"InvalidJob : {key} must be one of {', '.join(allowed)}{told}")


def locator(place: int) -> str:
    """Write a place in results or lists as an opaque word."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def place_of(written: str | None) -> int:
    """Read a locator; none is the start. Raises Refusal INVALIDLOCATOR."""
    if not written:
        return 0
    try:
        text = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise Refusal(400, "INVALIDLOCATOR", f"Invalid locator: {written}")
    return int(text)


def most_records(written: str | None) -> int:
    """Read `maxRecords`; without it a spooled page. Raises Refusal INVALIDMAXRECORDS."""
    if written is None:
        return spool.PAGE
    if not re.fullmatch(r"[1-9]\d{0,8}", written, re.ASCII):
        raise Refusal(400, "INVALIDMAXRECORDS", f"maxRecords must be a whole number above 0, not '{written}'")
    return int(written)


def csv_answer(request: Request, packed: Path, headers: Mapping[str, str], kind: str = "text/csv") -> Answer:
    """Answer with a gzipped file, CSV or other, unpacked for a client that does not take gzip."""
    told = {"Content-Type": kind, **headers}
    if not _takes_gzip(request):
        return Answer(200, told, spool.unpacked(packed))
    return Answer(200, {**told, "Content-Encoding": "gzip"}, packed)


def _takes_gzip(request: Request) -> bool:
    accepted = request.headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    return any(one == "gzip" or (one.startswith("gzip;") and not one.endswith("q=0")) for one in accepted)
