"""How each formula field is worked out, made once for each state of the catalog."""

from dataclasses import dataclass
from functools import lru_cache

from sfsync.formula import Blanks, Formula, FormulaProblem, compile_formula
from sfsync.localorg.catalog import Catalog, Field, SObject
from sfsync.localorg.formulas.paths import Path, RecordFields, type_of


@dataclass(frozen=True, slots=True)
class Plan:
    """A formula field ready to run."""

    field: Field
    formula: Formula
    paths: tuple[Path, ...]  # what it reads, in the order of the formula's names


@lru_cache(maxsize=1024)
def plan_of(catalog: Catalog, version: int, sobject: str, name: str) -> Plan | None:
    """Give how a formula field is worked out, None where its formula no longer fits the org (it is empty then).

    `version` is the catalog's, so that a changed catalog is looked at again.
    """
    owner = catalog.sobject(sobject)
    field = owner.known.get(name.lower()) if owner else None
    if owner is None or field is None or field.formula is None:
        return None
    try:
        return make_plan(catalog, owner, field)
    except FormulaProblem:
        return None


def make_plan(catalog: Catalog, sobject: SObject, field: Field) -> Plan:
    """Compile a formula field. Raises FormulaProblem where it does not compile."""
    fields = RecordFields(catalog, sobject)
    blanks = Blanks.BLANKS if field.blanks == "blanks" else Blanks.ZEROES
    formula = compile_formula(field.formula or "", fields, returns=type_of(field), blanks=blanks)
    return Plan(field, formula, tuple(fields.paths[name] for name in formula.names))
