"""Formula and roll-up fields that would need their own value, by whatever way."""

from collections.abc import Iterator

from sfsync.formula import FormulaProblem
from sfsync.localorg.catalog import Catalog, Field, SObject
from sfsync.localorg.formulas.paths import ORGANIZATION, USER, Path
from sfsync.localorg.formulas.plans import make_plan

_STARTS = {USER: "User", ORGANIZATION: "Organization"}


def refers_to_itself(catalog: Catalog, owner: SObject, field: Field) -> bool:
    """Tell whether a field that is to be, or one it reads along parents or children, reads the field itself."""
    wanted = (owner.name, field.name.lower())
    seen: set[tuple[str, str]] = set()
    left = [(owner, field)]
    while left:
        for kind, read in _read(catalog, *left.pop()):
            key = (kind.name, read.name.lower())
            if key == wanted:
                return True
            if key not in seen and read.worked_out:
                seen.add(key)
                left.append((kind, read))
    return False


def _read(catalog: Catalog, owner: SObject, field: Field) -> Iterator[tuple[SObject, Field]]:
    """Give the fields that a field is worked out from."""
    if field.rollup is not None:
        child = catalog.sobject(field.rollup.child)
        names = [field.rollup.field, *(one for one, _, _ in field.rollup.filters)]
        for name in names if child is not None else ():
            if child is not None and name is not None and name.lower() in child.known:
                yield child, child.known[name.lower()]
    elif field.formula is not None:
        try:
            paths = make_plan(catalog, owner, field).paths
        except FormulaProblem:
            return
        for path in paths:
            for kind in _ends(catalog, owner, path):
                yield kind, kind.known[path.field.name.lower()]


def _ends(catalog: Catalog, owner: SObject, path: Path) -> Iterator[SObject]:
    names = path.steps[-1].targets if path.steps else (_STARTS.get(path.start, owner.name),)
    for name in names:
        kind = catalog.sobject(name)
        if kind is not None and path.field.name.lower() in kind.known:
            yield kind
