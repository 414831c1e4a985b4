"""A formula that is printed and read again is the same formula."""

from hypothesis import given
from hypothesis import strategies as st

from sfsync.formula import parse, unparse
from sfsync.formula.tree import LEVELS, Call, Chain, Name, Node, Number, Prefix, Sign, Text, Word

_LEAVES = st.one_of(
    st.from_regex(r"[0-9]{1,5}(\.[0-9]{1,5})?", fullmatch=True).map(Number),
    st.from_regex(r'"([a-z {}()/*]|\\["\\nN])*"', fullmatch=True).map(Text),
    st.from_regex(r"'([a-z\" ]|\\['\\tT])*'", fullmatch=True).map(Text),
    st.sampled_from(["TRUE", "false", "Null"]).map(Word),
    st.from_regex(r"[A-Za-z$][A-Za-z0-9_$:.#]{0,8}", fullmatch=True)
    .filter(lambda name: name.lower() not in ("true", "false", "null", "not"))
    .map(Name),
)


def _chains(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Chains as the parser makes them: a chain at the head of one of its own level is the same chain."""

    @st.composite
    def chain(draw: st.DrawFn) -> Node:
        level = draw(st.integers(1, 7))
        signs = [sign for sign, at in LEVELS.items() if at == level]
        operands = draw(st.lists(inner, min_size=2, max_size=4))
        head = operands[0]
        spelled = tuple(Sign(draw(st.sampled_from(signs))) for _ in operands[1:])
        if isinstance(head, Chain) and head.level == level:
            return Chain((*head.operands, *operands[1:]), (*head.signs, *spelled))
        return Chain(tuple(operands), spelled)

    return chain()


def _compounds(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    names = st.sampled_from(["IF", "AND", "Today", "case", "Custom"])
    calls = st.builds(Call, names, st.lists(inner, max_size=4).map(tuple))
    prefixes = st.builds(Prefix, st.sampled_from(["-", "+", "!", "NOT", "not"]).map(Sign), inner)
    return st.one_of(_chains(inner), calls, prefixes)


TREES = st.recursive(_LEAVES, _compounds, max_leaves=25)


@given(TREES)
def test_printing_and_reading_again_gives_the_same_tree(tree: Node) -> None:
    """Whatever the tree, no parenthesis is missing and none changes its meaning."""
    assert parse(unparse(tree)) == tree


@given(TREES)
def test_printing_is_stable(tree: Node) -> None:
    """What was printed once is printed alike for ever, so files do not change by themselves."""
    once = unparse(tree)
    assert unparse(parse(once)) == once


def test_no_parenthesis_is_printed_without_need() -> None:
    """People get back what they would have written."""
    assert unparse(parse("((a+b))*(c)-(d-e)")) == "(a + b) * c - (d - e)"
