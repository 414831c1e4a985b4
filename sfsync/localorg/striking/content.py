"""The records in an answer's body: of a page of JSON, a list of outcomes, or a file of CSV."""

import gzip
import io
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sfsync.localorg.wire import Answer

Rows = Sequence[bytes]
_GZIP_HEAD = 10  # bytes


@dataclass(frozen=True, slots=True)
class Content:
    """A body in parts: what stands before its rows, between them and behind them."""

    before: bytes
    rows: Rows
    between: bytes
    behind: bytes
    packed: bool  # it goes out gzipped
    header: bytes | None = None  # of CSV

    def changed(self, change: Callable[[Rows], Rows]) -> "Content":
        """Give the content with other rows."""
        return replace(self, rows=change(self.rows))

    @property
    def plain(self) -> bytes:
        """Give the body, not packed."""
        return (self.header or b"") + self.before + self.between.join(self.rows) + self.behind

    def end_of_row(self, count: int) -> int:
        """Give how long the body is up to the end of a row."""
        cut = replace(self, rows=self.rows[:count], behind=b"")
        return len(cut.plain)


def plain_of(answer: Answer) -> bytes:
    """Give an answer's body, unpacked; of one that another fault has packed badly, what is in it all the same."""
    body = answer.body if isinstance(answer.body, bytes) else answer.body.read_bytes()
    if not is_packed(answer):
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError):
        return zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(body[_GZIP_HEAD:])


def is_packed(answer: Answer) -> bool:
    """Tell whether a body goes out gzipped."""
    return answer.headers.get("Content-Encoding", "") == "gzip"


def content_of(answer: Answer) -> Content | None:
    """Take a body apart, None where it has no records."""
    kind = answer.headers.get("Content-Type", "")
    plain = plain_of(answer)
    if kind.startswith("text/csv"):
        lines = _lines(plain)
        return Content(b"", lines[1:], b"", b"", is_packed(answer), lines[0] if lines else b"")
    if not kind.startswith("application/json") or not plain:
        return None
    try:
        read = json.loads(plain)
    except ValueError:  # another fault has been here before
        return None
    if isinstance(read, list):
        return Content(b"[", [_json(one) for one in read], b",", b"]", is_packed(answer))
    if not isinstance(read, dict) or not isinstance(read.get("records"), list):
        return None
    head = {key: value for key, value in read.items() if key != "records"}
    before = _json(head)[:-1] + (b"," if head else b"") + b'"records":['
    return Content(before, [_json(one) for one in read["records"]], b",", b"]}", is_packed(answer))


def with_content(answer: Answer, content: Content) -> Answer:
    """Give an answer with another body."""
    return with_plain(answer, content.plain)


def with_plain(answer: Answer, plain: bytes) -> Answer:
    """Give an answer with another body, packed where it was."""
    return replace(answer, body=gzip.compress(plain, mtime=0) if is_packed(answer) else plain)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _lines(plain: bytes) -> list[bytes]:
    """Part a CSV file into records; a line end inside quotes belongs to its record."""
    lines: list[bytes] = []
    record = b""
    for line in io.BytesIO(plain):
        record += line
        if record.count(b'"') % 2 == 0:
            lines.append(record)
            record = b""
    return [*lines, record] if record else lines
