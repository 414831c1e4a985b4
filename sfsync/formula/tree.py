"""The tree of a formula. Operators of one precedence level stand in one chain, so that depth means nesting."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

T = TypeVar("T")

LEVELS: dict[str, int] = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("=", "==", "<>", "!="), 3),
    **dict.fromkeys(("<", ">", "<=", ">="), 4),
    **dict.fromkeys(("+", "-", "&"), 5),
    "^": 6,  # looser than * and /, as in Salesforce
    **dict.fromkeys(("*", "/"), 7),
}
"""Binary operators with their precedence, 1 the loosest; all are left-associative."""

SYNONYMS = {"==": "=", "!=": "<>"}


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    text: str
    column: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Text:
    """A text literal as it was written, quotes and escapes included."""

    text: str
    column: int = field(compare=False, default=1)

    @property
    def value(self) -> str:
        r"""The text it stands for: of all escapes only `\"` and `\\` are undone, as in Salesforce."""
        return re.sub(r'\\(["\\])', r"\1", self.text[1:-1])


@dataclass(frozen=True, slots=True)
class Word:
    """TRUE, FALSE or NULL as it was written."""

    text: str
    column: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Name:
    """A field as it was written, dots included."""

    text: str
    column: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Sign:
    """One operator of a chain or a prefix operator, in its own spelling."""

    text: str
    column: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Prefix:
    """`-x`, `+x`, `!x` or `NOT x`."""

    sign: Sign
    operand: "Node"

    @property
    def column(self) -> int:
        """The 1-based place where it starts."""
        return self.sign.column


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined from left to right by operators of one level; one operator fewer than operands."""

    operands: tuple["Node", ...]
    signs: tuple[Sign, ...]

    @property
    def level(self) -> int:
        """The precedence of its operators."""
        return LEVELS[self.signs[0].text]

    @property
    def column(self) -> int:
        """The 1-based place where it starts."""
        return self.operands[0].column


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments, its name as the author spelled it."""

    name: str
    arguments: tuple["Node", ...]
    column: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Map:
    """`[key = value, ...]`, which only templates know what to do with: keys and values in turn."""

    items: tuple["Node", ...]
    column: int = field(compare=False, default=1)


@dataclass(frozen=True, slots=True)
class Subscript:
    """`base[key]` or `base.key`, a reference in parts, where these are allowed."""

    base: "Node"
    key: "Node"
    dotted: bool = False

    @property
    def column(self) -> int:
        """The 1-based place where it starts."""
        return self.base.column


Node: TypeAlias = Number | Text | Word | Name | Prefix | Chain | Call | Map | Subscript


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes right below a node, in source order."""
    match node:
        case Prefix():
            return (node.operand,)
        case Chain():
            return node.operands
        case Call():
            return node.arguments
        case Map():
            return node.items
        case Subscript():
            return (node.base, node.key)
        case _:
            return ()


def fold(root: Node, join: Callable[[Node, tuple[T, ...]], T]) -> T:
    """Work a tree out from the leaves up, without recursion: `join` gets a node and what its children gave."""
    results: list[T] = []
    pending: list[tuple[Node, bool]] = [(root, False)]
    while pending:
        node, ready = pending.pop()
        below = children(node)
        if below and not ready:
            pending.append((node, True))
            pending.extend((child, False) for child in reversed(below))
            continue
        start = len(results) - len(below)
        results[start:] = [join(node, tuple(results[start:]))]
    return results[0]


def depth(root: Node) -> int:
    """Tell how deeply nested a tree is; a leaf is 1."""
    return fold(root, lambda _, below: 1 + max(below, default=0))


def nodes(root: Node) -> Iterator[Node]:
    """Give every node of a tree, in source order, each before what is below it."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def names(root: Node) -> tuple[str, ...]:
    """Give the field names of a tree as written, in source order, each spelling once."""
    return tuple(dict.fromkeys(node.text for node in nodes(root) if isinstance(node, Name)))


def prefix_form(root: Node) -> str:
    """Write a tree as nested lists with the operator first: `( + a ( * 2 b ) )`."""
    return fold(root, _prefix_of)


def _prefix_of(node: Node, below: tuple[str, ...]) -> str:
    match node:
        case Prefix():
            sign = "not" if node.sign.text == "!" else node.sign.text
            return f"( {sign} {below[0]} )"
        case Chain():
            text = below[0]
            for sign_, operand in zip(node.signs, below[1:], strict=True):
                spelled = {"||": "or", "&&": "and"}.get(sign_.text, SYNONYMS.get(sign_.text, sign_.text))
                text = f"( {spelled} {text} {operand} )"
            return text
        case Call():
            return f"( {' '.join((node.name, *below))} )" if below else node.name
        case Map():
            return f"( {' '.join(('map', *below))} )"
        case Subscript():
            return f"( [] {below[0]} {below[1]} )"
        case _:
            return node.text


def unparse(root: Node) -> str:
    """Write a tree as source that parses to the same tree, with no more parentheses than it needs."""
    return fold(root, _source_of)


def _source_of(node: Node, below: tuple[str, ...]) -> str:
    match node:
        case Prefix():
            operand = f"({below[0]})" if isinstance(node.operand, Chain) else below[0]
            space = " " if node.sign.text.lower() == "not" else ""
            return f"{node.sign.text}{space}{operand}"
        case Chain():
            level = node.level
            parts = [
                f"({text})" if isinstance(operand, Chain) and operand.level <= level else text
                for operand, text in zip(node.operands, below, strict=True)
            ]
            pairs = zip(node.signs, parts[1:], strict=True)
            return parts[0] + "".join(f" {sign.text} {part}" for sign, part in pairs)
        case Call():
            return f"{node.name}({', '.join(below)})"
        case Map():
            pairs_ = zip(below[::2], below[1::2], strict=True)
            return f"[{', '.join(f'{key} = {value}' for key, value in pairs_)}]"
        case Subscript():
            return f"{below[0]} . {below[1]}" if node.dotted else f"{below[0]}[{below[1]}]"
        case _:
            return node.text
