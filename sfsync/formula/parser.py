"""Parses a formula. No recursion: open parentheses and calls wait on a list, so nesting costs no stack."""

import re
from dataclasses import dataclass, field

from sfsync.formula.lexer import MAX_LENGTH, Kind, Token, tokens
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.tree import LEVELS, Call, Chain, Name, Node, Number, Prefix, Sign, Text, Word, depth

MAX_DEPTH = 200  # nested operators and calls; a running formula takes a stack frame or two for each

_MERGE_FIELD = re.compile(r"\{!([^}]+)\}")


def parse(source: str) -> Node:
    """Parse a formula; `{!x}` in it stands for x.

    Raises FormulaProblem with Salesforce's words and the 1-based column.
    """
    if len(source) > MAX_LENGTH:
        message = f"Formula is too long ({len(source):,} characters). Maximum length is {MAX_LENGTH:,} characters"
        raise FormulaProblem(message, MAX_LENGTH + 1)
    tree = _Parser(tokens(_MERGE_FIELD.sub(r"\1", source))).run()
    if depth(tree) > MAX_DEPTH:
        raise FormulaProblem(f"Formula is nested too deeply. Maximum depth is {MAX_DEPTH}", tree.column)
    return tree


@dataclass(slots=True)
class _Open:
    """An expression that is being read: the whole formula, a parenthesis, or one argument of a call."""

    opener: Token | None  # the parenthesis or the function's name, None for the whole
    is_call: bool = False
    arguments: list[Node] = field(default_factory=list)  # finished arguments of a call
    prefixes: list[Sign] = field(default_factory=list)  # waiting for their operand
    operands: list[Node] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)

    def take(self, operand: Node) -> None:
        """Add an operand, with the prefix operators that stood before it."""
        while self.prefixes:
            operand = Prefix(self.prefixes.pop(), operand)
        self.operands.append(operand)

    def close(self) -> Node:
        """Give the finished expression and start anew."""
        tree = _by_precedence(self.operands, self.signs)
        self.operands, self.signs = [], []
        return tree


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0
        self._open = [_Open(None)]

    def run(self) -> Node:
        """Read the tokens to their end."""
        wants_operand = True
        while wants_operand or self._peek().kind is not Kind.END:
            wants_operand = self._operand() if wants_operand else self._after_operand()
        return self._finish()

    def _peek(self) -> Token:
        return self._tokens[min(self._place, len(self._tokens) - 1)]

    def _sees(self, sign: str) -> bool:
        """Tell whether this punctuation comes next."""
        token = self._peek()
        return token.kind is Kind.SIGN and token.text == sign

    def _next(self) -> Token:
        token = self._peek()
        self._place += 1
        return token

    def _operand(self) -> bool:
        """Read a prefix operator, an opening, or a whole operand; True where an operand is still to come."""
        token, here = self._next(), self._open[-1]
        if token.text in ("-", "+", "!") or token.text.lower() == "not":
            here.prefixes.append(Sign(token.text, token.column))
            return True
        if token.kind is Kind.SIGN and token.text == "(":
            self._open.append(_Open(token))
            return True
        if token.kind is Kind.NAME and self._sees("("):
            return self._call(token)
        here.take(_leaf(token))
        return False

    def _call(self, name: Token) -> bool:
        """Open a call; False where it has no arguments and is whole."""
        self._next()
        if self._sees(")"):
            self._next()
            self._open[-1].take(Call(name.text, (), name.column))
            return False
        self._open.append(_Open(name, is_call=True))
        return True

    def _after_operand(self) -> bool:
        """Read what follows a whole operand; True where another operand must come."""
        token, here = self._next(), self._open[-1]
        if token.kind is Kind.SIGN:
            if token.text in LEVELS:
                here.signs.append(Sign(token.text, token.column))
                return True
            if token.text == "," and here.is_call:
                here.arguments.append(here.close())
                return True
            if token.text == ")" and here.opener is not None:
                self._close(here)
                return False
        raise _unexpected(token, here)

    def _close(self, here: _Open) -> None:
        """Finish a parenthesis or a call and hand it to what it stands in."""
        self._open.pop()
        inner = here.close()
        if here.is_call and here.opener is not None:
            inner = Call(here.opener.text, (*here.arguments, inner), here.opener.column)
        self._open[-1].take(inner)

    def _finish(self) -> Node:
        """Give the whole tree at the end of the source."""
        here = self._open[-1]
        if here.opener is not None:
            raise FormulaProblem("Syntax error.  Missing ')'", self._peek().column)
        return here.close()


def _unexpected(token: Token, here: _Open) -> FormulaProblem:
    """Say why a token cannot follow a whole operand."""
    if here.opener is None:
        shown = f"'{token.text}'" if token.kind is Kind.SIGN else token.text
        return FormulaProblem(f"Syntax error. Extra {shown}", token.column)
    return FormulaProblem("Syntax error.  Missing ')'", token.column)


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
        case Kind.END:
            raise FormulaProblem("Syntax error.  Found 'end of formula'", token.column)
        case _:
            raise FormulaProblem(f"Syntax error.  Found '{token.text}'", token.column)


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
