"""What both mounts do with a request before the org sees it: sizes are checked, paths and headers taken apart.

Sizes are Salesforce's: address and headers together 16,384 bytes, a Bulk upload 150 MB, any other body 50 MB.
"""

import re
import zlib
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote

from sfsync.localorg.wire import Answer, Request

HEAD_BYTES = 16_384
BODY_BYTES = 50_000_000
UPLOAD_BYTES = 150_000_000
_UPLOAD = re.compile(r"/services/data/v[\d.]+/jobs/ingest/[^/]+/batches/?|/_org/load/?")
_HOST = re.compile(r"[A-Za-z0-9._\-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")


def refused_head(target: str, header_bytes: int) -> Answer | None:
    """Refuse a request by the size of its address (path and query as sent) and headers; None lets it pass."""
    if len(target) > HEAD_BYTES:
        return edge_answer(414, "URI Too Long")
    if len(target) + header_bytes > HEAD_BYTES:
        return edge_answer(431, "Request Header Fields Too Large")
    return None


def body_limit(raw_path: str) -> int:
    """Give how many bytes the body of a request to this path may have."""
    return UPLOAD_BYTES if _UPLOAD.fullmatch(raw_path) else BODY_BYTES


def too_large() -> Answer:
    """Give the answer to a body over its limit."""
    return edge_answer(413, "Request Entity Too Large")


def edge_answer(status: int, words: str) -> Answer:
    """Give an answer as a web server in front of the API words it: HTML, no error array."""
    text = f"<html><head><title>{status} {words}</title></head><body><h1>{words}</h1></body></html>"
    return Answer(status, {"Content-Type": "text/html;charset=UTF-8"}, text.encode())


def request_of(
    method: str, raw_path: str, query: str, headers: Iterable[tuple[str, str]], body: bytes, host: str
) -> Request:
    """Make the org's request; HEAD asks what GET would (the mount leaves the body out).

    `host` is the Host header (name and port). Raises ValueError where the host is none or the body is not the
    gzip its Content-Encoding says.
    """
    if not _HOST.fullmatch(host):
        raise ValueError("the Host header is no host name")
    named = joined_headers(headers)
    return Request(
        method="GET" if method.upper() == "HEAD" else method.upper(),
        path=_folded(unquote(raw_path)),
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=named,
        body=_unpacked(body, named, body_limit(raw_path)),
        base_url=f"https://{host}",
        raw_path=raw_path,
    )


def joined_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give headers by lower-case name, repeated ones joined by a comma."""
    named: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        named[lower] = f"{named[lower]}, {value}" if lower in named else value
    return named


def _folded(path: str) -> str:
    return re.sub(r"/{2,}", "/", path).rstrip("/") or "/"


def _unpacked(body: bytes, headers: dict[str, str], limit: int) -> bytes:
    if headers.get("content-encoding", "").strip().lower() != "gzip" or not body:
        return body
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(body, limit + 1)
    except zlib.error as error:
        raise ValueError("the body is not gzip") from error
    if len(plain) > limit:
        raise OverflowError("the body is too large once unpacked")
    if not unpacking.eof:
        raise ValueError("the body is not gzip: it ends too early")
    return plain
