"""Text as Java counts it: in UTF-16 units, of which characters beyond U+FFFF take two.

Almost all text has none of those, and then a unit is a character and Python's own operations do.
"""


def _is_plain(text: str) -> bool:
    """Tell whether every character is one unit."""
    return text.isascii() or max(text) <= "\uffff"


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-be", "surrogatepass")


def length(text: str) -> int:
    """Count the units."""
    return len(text) if _is_plain(text) else len(_encoded(text)) // 2


def cut(text: str, start: int, end: int) -> str | None:
    """Give the units from start up to end, None where there are none."""
    if end <= start:
        return None
    if _is_plain(text):
        return text[start:end] or None
    return _decoded(_encoded(text)[2 * start : 2 * end]) or None


def find(needle: str, text: str, start: int) -> int:
    """Give the place of the first needle at or after start, -1 where there is none; places count from 0."""
    if _is_plain(text):
        return text.find(needle, start)
    place = text.find(needle, len(_decoded(_encoded(text)[: 2 * start])))
    return -1 if place < 0 else length(text[:place] or "")
