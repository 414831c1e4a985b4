"""The functions of the language: one table, of which checks, help and the docs page are made."""

from sfsync.formula.functions.dates import DATES
from sfsync.formula.functions.logic import LOGIC
from sfsync.formula.functions.markup import MARKUP
from sfsync.formula.functions.matching import MATCHING
from sfsync.formula.functions.numbers import NUMBERS
from sfsync.formula.functions.records import RECORDS
from sfsync.formula.functions.table import Function
from sfsync.formula.functions.texts import TEXTS

GROUPS: dict[str, tuple[Function, ...]] = {
    "Logic": LOGIC,
    "Numbers": NUMBERS,
    "Text": (*TEXTS, *MATCHING),
    "Dates and times": DATES,
    "The record": RECORDS,
    "Markup": MARKUP,
}
"""The functions as the help lists them."""

FUNCTIONS: dict[str, Function] = {function.name: function for group in GROUPS.values() for function in group}
"""Every function by its name in capitals."""
