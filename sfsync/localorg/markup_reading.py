"""Reading XML that anybody may send, in time and memory that grow with its size and no faster.

No DOCTYPE, no entities of its own, no network, few encodings; nesting, attributes and elements are bounded. Names and
namespaces are resolved here: expat would write out the namespace anew for each name, which a body of many names under
one long namespace turns into gigabytes. Expat goes on to the end once a handler has raised, but calls no other.
"""

import codecs
import re
from dataclasses import dataclass, field
from xml.parsers import expat

from sfsync.localorg.markup import XSI, BadMarkup, Element

MOST_LEVELS = 256
MOST_ATTRIBUTES = 1_000  # of one element, namespaces included
MOST_ELEMENTS = 500_000
_LONG_TAG = re.compile(r"<[^<]{20000,}")  # characters that may be one tag, worth a look before it is read
_QUOTE_OR_END = re.compile("[\"'>]")
_PROLOGUE = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->)?", re.DOTALL)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ENCODINGS = frozenset({"utf-8", "ascii", "iso8859-1", "cp1252"})  # by the names of their codecs; UTF-16 by its mark
_XML = "http://www.w3.org/XML/1998/namespace"


def parse(body: bytes) -> Element:
    """Read a document. Raises BadMarkup for what is no XML, for a DOCTYPE, and for more than is read (see above)."""
    text = _decoded(body)
    if not text.strip():
        raise BadMarkup("Premature end of file.")
    _check_prologue(text)
    for long in _LONG_TAG.finditer(text):
        _check_tag(text, long.start() + 1)
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise BadMarkup(str(error)) from None
    return tree.root


def _decoded(body: bytes) -> str:
    """Give the text of a document. Raises BadMarkup where it is in no encoding that is read."""
    declared = _DECLARED.match(body)
    encoding = next((name for mark, name in _MARKS if body.startswith(mark)), None)
    if encoding is None:
        encoding = declared[1].decode() if declared else "utf-8"
        try:
            known = codecs.lookup(encoding).name in _ENCODINGS
        except LookupError:
            known = False
        if not known:
            raise BadMarkup(f'The encoding "{encoding}" is not supported.')
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadMarkup(f"Invalid byte {error.start + 1} of {encoding} text.") from None


def _check_prologue(text: str) -> None:
    """Refuse a DOCTYPE, which can only stand before the first element."""
    place = 0
    while (found := _PROLOGUE.match(text, place)) is not None and found.end() > place:
        place = found.end()
    if text.startswith("<!DOCTYPE", place):
        raise BadMarkup("DOCTYPE is disallowed")


def _check_tag(text: str, place: int) -> None:
    """Refuse a tag with too many values in quotes, before anything is made of it."""
    if text[place] in "!?":
        return
    for _ in range(MOST_ATTRIBUTES + 1):
        found = _QUOTE_OR_END.search(text, place)
        if found is None or found[0] == ">":
            return
        place = text.find(found[0], found.end()) + 1
        if place == 0:
            return
    raise _too_many_attributes()


def _too_many_attributes() -> BadMarkup:
    return BadMarkup(f"Element has more than {MOST_ATTRIBUTES} attributes.")


@dataclass(slots=True)
class _Open:
    """An element that is not closed yet."""

    name: str
    namespace: str
    attributes: dict[str, str]
    nil: bool
    type: str
    prefixes: list[str]  # bound by it
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    def closed(self) -> Element:
        """Give the whole element."""
        text = "".join(self.texts)
        return Element(self.name, self.namespace, text, self.nil, self.type, self.attributes, tuple(self.children))


class _Tree:
    """Builds elements out of what expat tells."""

    def __init__(self) -> None:
        self.root = Element("")
        self._open: list[_Open] = []
        self._count = 0
        self._namespaces: dict[str, list[str]] = {"xml": [_XML], "": [""]}

    def start(self, name: str, given: dict[str, str]) -> None:
        """Take a start tag. Raises BadMarkup for too much, or a prefix that is not bound."""
        self._count += 1
        if len(self._open) >= MOST_LEVELS:
            raise BadMarkup(f"Elements are nested more than {MOST_LEVELS} deep.")
        if self._count > MOST_ELEMENTS:
            raise BadMarkup(f"Document has more than {MOST_ELEMENTS} elements.")
        if len(given) > MOST_ATTRIBUTES:
            raise _too_many_attributes()
        prefixes = self._bind(given) if given else []
        namespace, local = self._resolved(name)
        attributes, nil, kind = self._attributes(given) if given else ({}, False, "")
        self._open.append(_Open(local, namespace, attributes, nil, kind, prefixes))

    def end(self, name: str) -> None:
        """Take an end tag."""
        ended = self._open.pop()
        for prefix in ended.prefixes:
            self._namespaces[prefix].pop()
        if self._open:
            self._open[-1].children.append(ended.closed())
        else:
            self.root = ended.closed()

    def text(self, text: str) -> None:
        """Take characters of the element that is open."""
        self._open[-1].texts.append(text)

    def _bind(self, given: dict[str, str]) -> list[str]:
        """Bind the prefixes an element declares, and give them."""
        prefixes = []
        for name, value in given.items():
            if name == "xmlns" or name.startswith("xmlns:"):
                prefix = name[6:]
                self._namespaces.setdefault(prefix, []).append(value)
                prefixes.append(prefix)
        return prefixes

    def _attributes(self, given: dict[str, str]) -> tuple[dict[str, str], bool, str]:
        """Give attributes by name without prefix, whether xsi:nil says so, and xsi:type without its prefix."""
        attributes: dict[str, str] = {}
        nil, kind = False, ""
        for name, value in given.items():
            if name == "xmlns" or name.startswith("xmlns:"):
                continue
            namespace, local = self._resolved(name) if ":" in name else ("", name)
            attributes[local] = value
            if namespace == XSI and local == "nil":
                nil = value.strip() in ("true", "1")
            elif namespace == XSI and local == "type":
                kind = value.rpartition(":")[2]
        return attributes, nil, kind

    def _resolved(self, name: str) -> tuple[str, str]:
        """Give namespace and name without prefix. Raises BadMarkup for a prefix that is not bound."""
        prefix, colon, local = name.rpartition(":")
        bound = self._namespaces.get(prefix)
        if not bound or not local or (colon and not prefix):
            raise BadMarkup(f'The prefix "{prefix}" for "{name}" is not bound.')
        return bound[-1], local
