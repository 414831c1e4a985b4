"""Salesforce's formula language: compile once, evaluate for any number of records. No I/O, no clock.

    from sfsync.formula import EvalContext, FieldType, compile_formula

    fields = {"Status": FieldType.of("picklist"), "AnnualRevenue": FieldType.of("currency"), "Owner.Name": ...}
    hot = compile_formula('AND(ISPICKVAL(Status, "Open"), AnnualRevenue > 1000000)', fields, rule=True)
    hot.names                                    # ("Status", "AnnualRevenue"): what it reads, as the schema spells it
    hot.type                                     # Type.BOOLEAN
    hot({"Status": "Open", "AnnualRevenue": Decimal(2)}, EvalContext(now=now, zone=ZoneInfo("Europe/Madrid")))

- The schema is a mapping from name to FieldType (any case is found), or anything with `find(name)`; parents' fields
  are names with dots (`Owner.Name`), globals names with `$` (`$Score`). Records are flat: `record["Owner.Name"]`.
- Values: str, Decimal (int and float are taken), bool, date, datetime (aware), time; None or a missing name is blank.
- `compile_text("Dear {!Lead.FirstName}", FieldTable(fields, "Lead"))` gives text with merge fields in the same way.
- What does not compile raises FormulaProblem(message, column); what fails on a record comes back as FormulaError.
"""

from sfsync.formula.describe import completions
from sfsync.formula.explain import Piece, explain_formula
from sfsync.formula.expression import EvalContext
from sfsync.formula.formula import Blanks, Formula, compile_formula
from sfsync.formula.functions import FUNCTIONS, GROUPS
from sfsync.formula.merge import MergeText, compile_text
from sfsync.formula.parser import parse
from sfsync.formula.problems import FormulaError, FormulaProblem
from sfsync.formula.template import parse_template
from sfsync.formula.tree import prefix_form, unparse
from sfsync.formula.types import Fields, FieldTable, FieldType, Record, Type, Value

__all__ = [
    "FUNCTIONS",
    "GROUPS",
    "Blanks",
    "EvalContext",
    "FieldTable",
    "FieldType",
    "Fields",
    "Formula",
    "FormulaError",
    "FormulaProblem",
    "MergeText",
    "Piece",
    "Record",
    "Type",
    "Value",
    "compile_formula",
    "compile_text",
    "completions",
    "explain_formula",
    "parse",
    "parse_template",
    "prefix_form",
    "unparse",
]
