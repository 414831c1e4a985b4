"""The reference page of the formula language, made from its tables.

python -m sfsync.formula.describe > docs/reference/formula-functions.md
"""

import re
from collections.abc import Iterable

from sfsync.formula.functions import FUNCTIONS, GROUPS
from sfsync.formula.functions.table import Function, Parameter
from sfsync.formula.lexer import MAX_LENGTH
from sfsync.formula.parser import MAX_DEPTH
from sfsync.formula.tree import LEVELS

_LAST_WORD = re.compile(r"[A-Za-z$][A-Za-z0-9_$:.#]*$")

_INTRODUCTION = f"""\
# The formula language

Criteria, computed fields and merge fields are written in Salesforce's formula language: what works in Setup works here
and means the same. Try one with `sfsync formula eval 'IF(Amount > 1000, "large", "small")' --set Amount=5`, and see
each piece of it with `--explain`. This page is made from the program's own table of functions.

## Fields and values

Fields go by their API name in any case; a parent's fields are reached with a dot (`Owner.Name`), and names with `$`
stand for what a rule provides. Text stands in single or double quotes; the escapes `\\"` and `\\\\` are undone, no
others. Numbers are written with digits and a point. There are `TRUE`, `FALSE` and `NULL`, and comments
`/* like this */`. A formula has up to {MAX_LENGTH:,} characters and {MAX_DEPTH} levels of nesting; a text result is cut
after 1,300 characters. Numbers have 39 digits and are rounded half up; percent fields enter as fractions (50 % is 0.5).

## Operators

From the loosest to the tightest; all of one row are worked out from left to right.

{{operators}}

`^` is looser than `*` and `/`, as in Salesforce: `2*3^2` is 36. `NOT x = y` means `(NOT x) = y`. Dates move by days:
`TODAY() + 7`; a date and a date with time do not mix. `&` and `+` join text, and a blank adds nothing.

## Blanks

Empty text and NULL are one thing. Where blanks count as zeroes, a blank number field is 0; dates, texts and the results
of functions stay blank. Arithmetic with a blank gives a blank. A comparison with a blank number or date is neither true
nor false, and so is its NOT; a condition that comes to nothing does not hold. Text is equal to blank text.

## Errors

A formula that does not compile is refused with its column. One that fails on a record (a division by zero, a date that
does not exist) is `#Error!` for that record alone, with the reason; `IFERROR` catches it.
"""


def functions_page() -> str:
    """Give the reference page as Markdown."""
    sections = [_INTRODUCTION.replace("{operators}", _operators()), f"## Functions\n\n{len(FUNCTIONS)} functions.\n"]
    for title, functions in GROUPS.items():
        rows = "\n".join(_row(function) for function in sorted(functions, key=lambda one: one.name))
        sections.append(f"### {title}\n\n| function | gives | with a blank | |\n|---|---|---|---|\n{rows}\n")
    return "\n".join(sections)


def _operators() -> str:
    """List the operators by precedence."""
    rows = []
    for level in sorted(set(LEVELS.values())):
        signs = " ".join(f"`{sign}`".replace("|", "\\|") for sign, at in LEVELS.items() if at == level)
        rows.append(f"| {signs} |")
    return "\n".join(["| operators |", "|---|", *rows, "| `-` `+` `!` `NOT` before a value |"])


def _row(function: Function) -> str:
    notes = f"{function.help} For criteria on a record being saved." if function.rule_only else function.help
    cells = (f"`{usage(function)}`", function.returns, function.blank.value, notes)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def usage(function: Function) -> str:
    """Write how a function is called: `MID(text, start_num, num_chars)`."""
    return function.usage or f"{function.name}({', '.join(map(_parameter, function.parameters))})"


def completions(start: str, fields: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Give what may be meant by the start of a formula: the whole with its last word completed, and what that word is.

    Functions come with how they are called, fields by their names; nothing is offered within text in quotes.
    """
    word = _LAST_WORD.search(start)
    if word is None or start.count('"') % 2:
        return []
    begun, before = word[0].lower(), start[: word.start()]
    functions = [(f"{name}(", usage(function)) for name, function in sorted(FUNCTIONS.items())]
    known = [*functions, *((name, "field") for name in sorted(fields))]
    return [(before + name, about) for name, about in known if name.lower().startswith(begun)]


def _parameter(parameter: Parameter) -> str:
    name = f"{parameter.name}, ..." if parameter.repeated else parameter.name
    return f"[{name}]" if parameter.optional else name


if __name__ == "__main__":
    print(functions_page(), end="")
