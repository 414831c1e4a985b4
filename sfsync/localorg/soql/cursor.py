"""A walk over the tokens of one query, with the questions a parser asks."""

from sfsync.localorg.soql.lexer import Token, tokens_of
from sfsync.localorg.soql.refusals import refuse_plainly, unexpected
from sfsync.localorg.wire import Refusal

DEEPEST = 60  # parentheses and queries within each other

# Words that end an alias or a source: they may not name one.
_CLAUSES = {
    "ALL",
    "FOR",
    "FROM",
    "GROUP",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "ORDER",
    "SELECT",
    "UPDATE",
    "USING",
    "WHERE",
    "WITH",
}
_OPERATORS = {"AND", "AS", "EXCLUDES", "IN", "INCLUDES", "LIKE", "NOT", "NULL", "OR"}
_SMALL_WORDS = {"ASC", "DESC", "FIRST", "LAST", "NULLS", "END", "ELSE", "THEN", "WHEN"}
RESERVED = frozenset(_CLAUSES | _OPERATORS | _SMALL_WORDS)


class Cursor:
    """Where the parser stands in the text; `read` is the text with all blanked out that is not to be read."""

    def __init__(self, text: str, read: str | None = None) -> None:
        self.text = text
        self._tokens = tokens_of(text if read is None else read, text)
        self._place = 0
        self._depth = 0

    @property
    def now(self) -> Token:
        """Give the token the parser stands before."""
        return self._tokens[self._place]

    def ahead(self, count: int = 1) -> Token:
        """Give a later token, the last one at most."""
        return self._tokens[min(self._place + count, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Give the present token and step over it; the end is never stepped over."""
        token = self.now
        if token.kind != "end":
            self._place += 1
        return token

    def sees(self, *words: str) -> bool:
        """Tell whether these words (or symbols) come next, in this order."""
        return all(self._is(self.ahead(offset), word) for offset, word in enumerate(words))

    def skips(self, *words: str) -> bool:
        """Step over these words if they all come next, and tell whether they did."""
        if not self.sees(*words):
            return False
        self._place += len(words)
        return True

    def needs(self, word: str) -> Token:
        """Step over this word or symbol; refuse anything else."""
        if not self._is(self.now, word):
            raise self.unexpected()
        return self.take()

    def name(self) -> Token:
        """Step over a word of any spelling; refuse anything else."""
        if self.now.kind != "word":
            raise self.unexpected()
        return self.take()

    def whole_number(self) -> int:
        """Step over digits and give their number; refuse anything else."""
        if self.now.kind != "number" or not self.now.text.isdigit():
            raise self.unexpected()
        return int(self.take().text)

    def unexpected(self, token: Token | None = None) -> Refusal:
        """Give the refusal of a token, the present one if none is named."""
        found = token or self.now
        return unexpected(self.text, found.at, found.text)

    def deeper(self) -> None:
        """Note one more level of nesting; refuse too many."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise refuse_plainly("Query is too complicated: it is nested too deeply.", "QUERY_TOO_COMPLICATED")

    def shallower(self) -> None:
        """Note that a level of nesting has ended."""
        self._depth -= 1

    @staticmethod
    def _is(token: Token, word: str) -> bool:
        return token.text == word if token.kind == "symbol" else token.upper == word
