"""What XML is here: an element that was read (markup_reading.py), and text that is written, escaped.

Names are taken without their namespace, as Salesforce's own clients differ in the prefixes they give them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

XSI = "http://www.w3.org/2001/XMLSchema-instance"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_ALLOWED_CONTROLS = "\t\n\r"
_DROPPED = {code: None for code in range(32) if chr(code) not in _ALLOWED_CONTROLS} | {0xFFFE: None, 0xFFFF: None}
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("\r"): "&#xd;"}
_TABLE = {**_DROPPED, **_ESCAPES}


class BadMarkup(Exception):
    """The body is no XML that may be read; its text says why."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element that was read."""

    name: str  # without namespace
    namespace: str = ""
    text: str = ""  # all of its own text, children's left out
    nil: bool = False  # xsi:nil
    type: str = ""  # xsi:type without its prefix
    attributes: dict[str, str] = field(default_factory=dict)  # by name without namespace
    children: tuple["Element", ...] = ()

    def child(self, name: str) -> "Element | None":
        """Give the first child of a name, None where there is none."""
        return next(self.every(name), None)

    def every(self, name: str) -> Iterator["Element"]:
        """Give all children of a name."""
        return (one for one in self.children if one.name == name)

    def value(self, name: str) -> str:
        """Give the text of the first child of a name, trimmed; "" where there is none or it is nil."""
        found = self.child(name)
        return "" if found is None or found.nil else found.text.strip()

    def is_true(self, name: str) -> bool:
        """Tell whether the first child of a name says true."""
        return self.value(name).lower() == "true"


def escaped(text: str) -> str:
    """Write text so that it can stand in an element or an attribute; characters XML does not know are left out."""
    return text.translate(_TABLE)


def leaf(name: str, value: str | int | bool | None, attributes: str = "") -> str:
    """Write an element with a value; None is xsi:nil. `attributes` begins with a blank."""
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}{attributes}>{escaped(shown)}</{name}>"


def tag(name: str, *content: str, attributes: str = "") -> str:
    """Write an element around what is written already."""
    return f"<{name}{attributes}>{''.join(content)}</{name}>"
