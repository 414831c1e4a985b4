"""Keeping secrets out of what is written: by the key they stand under, by their known values, and by their shape."""

import re
from collections.abc import Iterable, Mapping

HIDDEN = "[hidden]"
LONGEST = 2_000  # characters of one text

_SECRET_KEY = re.compile(
    r"secret|passw|token|authori[sz]ation|cookie|assertion|api_?key|private_?key|session_?id|\bsid\b|credential",
    re.IGNORECASE,
)
_SHAPES = (
    (re.compile(r"\b00D\w{12,15}![\w.]+"), HIDDEN),  # a Salesforce access token: org id, "!", the rest
    (re.compile(r"\b(Bearer|OAuth|Basic)\s+[\w.!~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),  # a JSON web token
    (re.compile(r"\b5Aep861\w[\w.]+"), HIDDEN),  # how Salesforce's refresh tokens begin
    (re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']+"), r"\1?[hidden]"),
    (re.compile(r"(https?://)[^\s/@\"']+@"), r"\1[hidden]@"),
)
_SHORTEST_KNOWN = 6  # a shorter known value would take ordinary words with it


class Redactor:
    """Hides secrets in values about to be written."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        for secret in known:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Hide this text wherever it appears from now on."""
        if len(secret) >= _SHORTEST_KNOWN:
            self._known = self._known | {secret}

    def value(self, value: object) -> object:
        """Give a value of plain types without secrets; other things become their text."""
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Mapping):
            return {str(key): self._under(str(key), inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.value(inner) for inner in value]
        return self.text(str(value))

    def _under(self, key: str, value: object) -> object:
        return HIDDEN if value is not None and _SECRET_KEY.search(key) else self.value(value)

    def text(self, text: str) -> str:
        """Give a text without secrets, and no longer than is sensible."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text):,} characters)"
