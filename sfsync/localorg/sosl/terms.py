r"""What is searched for: words, phrases, AND, OR, AND NOT, parentheses, wildcards.

Documented (SOSL reference): texts are cut into words at blanks and punctuation, case plays no part; `*` stands for any
run of characters, `?` for one; words side by side must all be there, a phrase in double quotes in one piece; a
backslash takes the meaning off a reserved character. Assumed: words side by side bind tighter than operators.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sfsync.localorg.wire import Refusal

LONGEST = 10_000  # characters; a longer search finds nothing
_DEEPEST = 50
_PIECE = re.compile(r'\s*(?:(?P<phrase>"(?:[^"\\]|\\.)*")|(?P<mark>[()])|(?P<word>(?:[^\s()"\\]|\\.)+))', re.DOTALL)
_WORDS = re.compile(r"[^\W_]+")

Test = Callable[[Sequence[str]], bool]  # told the words of a text, in order, in lower case


@dataclass(frozen=True, slots=True)
class Term:
    """A search that was read."""

    test: Test
    needed: str  # a word that every text found must hold, "" where there is none

    def fits(self, text: str) -> bool:
        """Tell whether a text is found."""
        return self.test(words_of(text))


def words_of(text: str) -> list[str]:
    """Cut a text into words."""
    return _WORDS.findall(text.lower())


def read(text: str) -> Term:
    """Read what stands in the braces of FIND. Raises Refusal INVALID_SEARCH or MALFORMED_SEARCH."""
    if sum(map(len, words_of(text))) < 2:
        raise Refusal(400, "INVALID_SEARCH", f"search term must be longer than one character: {text}")
    if len(text) > LONGEST:
        return Term(lambda words: False, "")
    reader = _Reader(text)
    term = reader.either(0)
    reader.end()
    return term


class _Reader:
    """Reads a search from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[str] = []
        place = 0
        while text[place:].strip():
            piece = _PIECE.match(text, place)
            if piece is None:
                raise malformed(f"unexpected character in search term: {text[place:].strip()[:1]}")
            self._pieces.append(piece["phrase"] or piece["mark"] or piece["word"])
            place = piece.end()
        self._at = 0

    def either(self, depth: int) -> Term:
        """Read terms joined by OR."""
        terms = [self._all(depth)]
        while self._take("OR"):
            terms.append(self._all(depth))
        return terms[0] if len(terms) == 1 else Term(lambda words: any(one.test(words) for one in terms), "")

    def end(self) -> None:
        """See that nothing is left."""
        if self._at < len(self._pieces):
            raise malformed(f"unexpected token: {self._pieces[self._at]}")

    def _all(self, depth: int) -> Term:
        """Read terms joined by AND, AND NOT, or nothing."""
        terms = [self._one(depth)]
        while self._at < len(self._pieces) and self._pieces[self._at] not in (")", "OR"):
            joined = self._take("AND")
            if joined and self._take("NOT"):
                terms.append(_not(self._one(depth)))
            else:
                terms.append(self._one(depth))
        needed = max((one.needed for one in terms), key=len)
        return terms[0] if len(terms) == 1 else Term(lambda words: all(one.test(words) for one in terms), needed)

    def _one(self, depth: int) -> Term:
        if self._at >= len(self._pieces) or self._pieces[self._at] in (")", "AND", "OR"):
            raise malformed(f"a search term is missing in: {self._text}")
        if self._take("("):
            if depth >= _DEEPEST:
                raise malformed("the search is nested too deeply")
            inner = self.either(depth + 1)
            if not self._take(")"):
                raise malformed("a parenthesis is not closed")
            return inner
        self._at += 1
        return _sequence(self._pieces[self._at - 1].strip('"'))

    def _take(self, piece: str) -> bool:
        found = self._at < len(self._pieces) and self._pieces[self._at] == piece
        self._at += found
        return found


def _not(term: Term) -> Term:
    return Term(lambda words: not term.test(words), "")


def _sequence(written: str) -> Term:
    """Make the test for a word or phrase: its words one after the other."""
    words = _words_with_wildcards(written)
    patterns = [re.compile(_pattern(one)) for one in words]
    needed = max((one for one in words if not set(one) & set("*?")), key=len, default="")
    count = len(patterns)

    def test(found: Sequence[str]) -> bool:
        return any(
            all(one.fullmatch(word) for one, word in zip(patterns, found[start : start + count], strict=True))
            for start in range(len(found) - count + 1)
        )

    return Term(test if patterns else lambda found: False, needed)


def _words_with_wildcards(written: str) -> list[str]:
    """Cut a phrase into words, wildcards left in them; what a backslash stands before is no more than a break."""
    plain = re.sub(r"\\.", " ", written.lower(), flags=re.DOTALL)
    return [one for one in re.findall(r"(?:[^\W_]|[*?])+", plain) if one.strip("*?")]


def _pattern(word: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in word)


def malformed(reason: str) -> Refusal:
    """Give the refusal of a search that cannot be read (assumed: its words)."""
    return Refusal(400, "MALFORMED_SEARCH", reason)
