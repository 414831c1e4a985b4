"""What a new record gets where nothing is given: default formulas and auto numbers."""

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sfsync.formula import Blanks, Formula, FormulaProblem, compile_formula
from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.paths import Path, RecordFields, type_of
from sfsync.localorg.formulas.values import stored_value
from sfsync.localorg.rules.views import Views
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import Field

_PART = re.compile(r"\{(0+|YYYY|YY|MM|DD)\}")


def give(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Give new records the values of default formulas and the next auto numbers."""
    formulas = _formulas(org.catalog, org.catalog.version, sobject)
    numbered = [one for one in sobject.known.values() if one.auto_number is not None]
    new = [one for one in living(drafts) if one.before is None] if formulas or numbered else []
    if not new:
        return
    views = Views(org)
    for field, formula, paths in formulas:
        views.fetch([{}], paths)
        value = stored_value(field, formula(views.record({}, paths), org.state.calculator.context))
        for draft in new:
            if draft.given.get(field.name) is None and value is not None:
                draft.given[field.name] = value
    for field in numbered:
        first = org.state.next_number(f"auto {sobject.name}.{field.name}", len(new))
        for offset, draft in enumerate(new):
            draft.given[field.name] = written(str(field.auto_number), first + offset, org.now.date())


def has_any(org: OrgContext, sobject: SObject) -> bool:
    """Tell whether an sObject has default formulas or auto numbers."""
    return bool(_formulas(org.catalog, org.catalog.version, sobject)) or any(
        one.auto_number is not None for one in sobject.known.values()
    )


def written(form: str, number: int, day: date) -> str:
    """Write a number in the form of an auto number field: `L-{YYYY}-{0000}` makes `L-2026-0001` (documented: help)."""
    parts = {"YYYY": f"{day:%Y}", "YY": f"{day:%y}", "MM": f"{day:%m}", "DD": f"{day:%d}"}
    return _PART.sub(lambda found: parts.get(found[1]) or f"{number:0{len(found[1])}d}", form)


@lru_cache(maxsize=256)
def _formulas(catalog: Catalog, version: int, sobject: SObject) -> tuple[tuple[Field, Formula, tuple[Path, ...]], ...]:
    found = []
    for field in sobject.known.values():
        if field.default_formula is None:
            continue
        fields = RecordFields(catalog, sobject)
        try:
            formula = compile_formula(field.default_formula, fields, returns=type_of(field), blanks=Blanks.BLANKS)
        except FormulaProblem:
            continue
        found.append((field, formula, tuple(fields.paths[name] for name in formula.names)))
    return tuple(found)
