"""Parses a formula. No recursion: open parentheses and calls wait on a list, so nesting costs no stack."""

import re
from dataclasses import dataclass, field
from enum import Enum

from sfsync.formula.lexer import MAX_LENGTH, Kind, Token, tokens
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.tree import LEVELS, Call, Chain, Map, Name, Node, Number, Prefix, Sign, Subscript, Text, Word, depth

MAX_DEPTH = 200  # nested operators and calls; a running formula takes a stack frame or two for each

_MERGE_FIELD = re.compile(r"\{!([^}]+)\}")


def parse(source: str, *, subscripts: bool = False) -> Node:
    """Parse a formula; `{!x}` in it stands for x. `subscripts` allows references in parts, `a[b]` and `a .b`.

    Raises FormulaProblem with Salesforce's words and the 1-based column.
    """
    return parse_part(_MERGE_FIELD.sub(r"\1", source), subscripts=subscripts)


def parse_part(source: str, start: int = 0, *, subscripts: bool = False) -> Node:
    """Parse a formula that stands behind `start` characters of a longer text, in which columns count.

    Raises FormulaProblem with Salesforce's words and the 1-based column.
    """
    if len(source) > MAX_LENGTH:
        message = f"Formula is too long ({len(source):,} characters). Maximum length is {MAX_LENGTH:,} characters"
        raise FormulaProblem(message, start + MAX_LENGTH + 1)
    tree = _Parser(tokens(source, start), subscripts).run()
    if depth(tree) > MAX_DEPTH:
        raise FormulaProblem(f"Formula is nested too deeply. Maximum depth is {MAX_DEPTH}", tree.column)
    return tree


class _Shape(Enum):
    """What an open expression stands in, and the sign that ends it."""

    WHOLE = (0, "")
    GROUP = (1, ")")
    CALL = (2, ")")
    MAP = (3, "]")
    SUBSCRIPT = (4, "]")

    @property
    def end(self) -> str:
        """The sign that ends it, "" for the whole formula."""
        return self.value[1]


_LISTS = (_Shape.CALL, _Shape.MAP)  # where a comma may come


@dataclass(slots=True)
class _Open:
    """An expression that is being read."""

    shape: _Shape
    opener: Token
    finished: list[Node] = field(default_factory=list)  # arguments, map items, or the base of a subscript
    prefixes: list[Sign] = field(default_factory=list)  # waiting for their operand
    operands: list[Node] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)

    def take(self, operand: Node) -> None:
        """Add an operand, with the prefix operators that stood before it."""
        while self.prefixes:
            operand = Prefix(self.prefixes.pop(), operand)
        self.operands.append(operand)

    def finish(self) -> None:
        """Put the expression read so far to the finished ones and start anew."""
        self.finished.append(_by_precedence(self.operands, self.signs))
        self.operands, self.signs = [], []

    def close(self) -> Node:
        """Give the whole at its end."""
        self.finish()
        match self.shape:
            case _Shape.CALL:
                return Call(self.opener.text, tuple(self.finished), self.opener.column)
            case _Shape.MAP:
                return Map(tuple(self.finished), self.opener.column)
            case _Shape.SUBSCRIPT:
                return Subscript(self.finished[0], self.finished[1])
            case _:
                return self.finished[0]


class _Parser:
    def __init__(self, found: list[Token], subscripts: bool) -> None:
        self._tokens = found
        self._subscripts = subscripts
        self._place = 0
        self._open = [_Open(_Shape.WHOLE, found[0])]

    def run(self) -> Node:
        """Read the tokens to their end."""
        wants_operand = True
        while wants_operand or self._peek().kind is not Kind.END:
            wants_operand = self._operand() if wants_operand else self._after_operand()
        if self._open[-1].shape is not _Shape.WHOLE:
            raise _missing(self._open[-1].shape.end, self._peek())
        return self._open[-1].close()

    def _peek(self) -> Token:
        token = self._tokens[self._place]
        if token.kind is Kind.BAD:
            raise FormulaProblem("Syntax error", token.column)
        return token

    def _sees(self, sign: str) -> bool:
        """Tell whether this sign comes next."""
        token = self._peek()
        return token.kind is Kind.SIGN and token.text == sign

    def _next(self) -> Token:
        token = self._peek()
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _operand(self) -> bool:
        """Read a prefix operator, an opening, or a whole operand; True where an operand is still to come."""
        token = self._next()
        match token.kind:
            case Kind.SIGN:
                return self._opening(token)
            case Kind.NAME:
                return self._name(token)
            case Kind.WORD if token.text.lower() == "not":
                self._open[-1].prefixes.append(Sign(token.text, token.column))
                return True
            case Kind.TEXT:
                self._check_lines(token)
        self._open[-1].take(_leaf(token))
        return False

    def _opening(self, token: Token) -> bool:
        """Read a sign where an operand must come."""
        match token.text:
            case "-" | "+" | "!":
                self._open[-1].prefixes.append(Sign(token.text, token.column))
            case "(":
                self._open.append(_Open(_Shape.GROUP, token))
            case "[":
                self._open.append(_Open(_Shape.MAP, token))
                self._key()
            case _:
                raise _found(token)
        return True

    def _key(self) -> None:
        """Read a key of a map and its equals sign."""
        key = self._next()
        if key.kind not in (Kind.NAME, Kind.TEXT):
            raise _found(key)
        self._check_lines(key)
        if not self._sees("="):
            raise _missing("=", self._peek())
        self._next()
        self._open[-1].finished.append(_leaf(key))

    def _check_lines(self, token: Token) -> None:
        """Refuse a text over several lines; the place is that of the token behind it, as in Salesforce."""
        if "\n" in token.text or "\r" in token.text:
            raise FormulaProblem("Syntax error", self._peek().column)

    def _name(self, name: Token) -> bool:
        """Read a call or a reference; False where it is whole."""
        if not self._sees("("):
            return self._reference(name, Name(name.text, name.column))
        self._next()
        if self._sees(")"):
            self._next()
            self._open[-1].take(Call(name.text, (), name.column))
            return False
        self._open.append(_Open(_Shape.CALL, name))
        return True

    def _reference(self, name: Token, node: Node) -> bool:
        """Read what selects a part of a reference; True where a subscript was opened."""
        if not self._subscripts and (self._sees("[") or self._sees(".")):
            raise _found(name)
        while self._sees("."):
            self._next()
            part = self._next()
            if part.kind is not Kind.NAME:
                raise FormulaProblem("Syntax error.  Missing field name", part.column)
            node = Subscript(node, Name(part.text, part.column), dotted=True)
        if self._sees("["):
            self._open.append(_Open(_Shape.SUBSCRIPT, self._next(), [node]))
            return True
        self._open[-1].take(node)
        return False

    def _after_operand(self) -> bool:
        """Read what follows a whole operand; True where another operand must come."""
        token, here = self._next(), self._open[-1]
        if token.kind is Kind.SIGN and token.text in LEVELS:
            here.signs.append(Sign(token.text, token.column))
            return True
        if token.kind is Kind.SIGN and token.text == "," and here.shape in _LISTS:
            here.finish()
            if here.shape is _Shape.MAP:
                self._key()
            return True
        if token.kind is Kind.SIGN and token.text == here.shape.end:
            self._open.pop()
            return self._closed(here)
        raise _extra(token) if here.shape is _Shape.WHOLE else _missing(here.shape.end, token)

    def _closed(self, here: _Open) -> bool:
        """Hand a finished whole to what it stands in; True where a subscript was opened right behind it."""
        whole = here.close()
        if here.shape is _Shape.SUBSCRIPT:
            return self._reference(here.opener, whole)
        self._open[-1].take(whole)
        return False


def _found(token: Token) -> FormulaProblem:
    shown = "end of formula" if token.kind is Kind.END else token.text
    return FormulaProblem(f"Syntax error.  Found '{shown}'", token.column)


def _missing(sign: str, token: Token) -> FormulaProblem:
    return FormulaProblem(f"Syntax error.  Missing '{sign}'", token.column)


def _extra(token: Token) -> FormulaProblem:
    shown = token.text if token.kind is Kind.NAME else f"'{token.text}'"
    return FormulaProblem(f"Syntax error. Extra {shown}", token.column)


def _leaf(token: Token) -> Node:
    """Make the node of a literal or a field."""
    match token.kind:
        case Kind.NUMBER:
            return Number(token.text, token.column)
        case Kind.TEXT:
            return Text(token.text, token.column)
        case Kind.WORD:
            return Word(token.text, token.column)
        case Kind.NAME:
            return Name(token.text, token.column)
        case _:
            raise _found(token)


def _by_precedence(operands: list[Node], signs: list[Sign]) -> Node:
    """Join operands that stand in a row, the tightest operators first."""
    for level in sorted({LEVELS[sign.text] for sign in signs}, reverse=True):
        operands, signs = _join_level(operands, signs, level)
    return operands[0]


def _join_level(operands: list[Node], signs: list[Sign], level: int) -> tuple[list[Node], list[Sign]]:
    """Join the runs of one level into chains; what is left has looser operators only."""
    joined: list[Node] = [operands[0]]
    left: list[Sign] = []
    run: list[Sign] = []
    members = [operands[0]]
    for sign, operand in zip(signs, operands[1:], strict=True):
        if LEVELS[sign.text] == level:
            run.append(sign)
            members.append(operand)
            continue
        joined[-1] = _chain(members, run)
        left.append(sign)
        joined.append(operand)
        members, run = [operand], []
    joined[-1] = _chain(members, run)
    return joined, left


def _chain(members: list[Node], signs: list[Sign]) -> Node:
    """Make a chain; one in parentheses at its head and of its own level is the same chain."""
    if not signs:
        return members[0]
    head = members[0]
    if isinstance(head, Chain) and head.level == LEVELS[signs[0].text]:
        return Chain((*head.operands, *members[1:]), (*head.signs, *signs))
    return Chain(tuple(members), tuple(signs))
