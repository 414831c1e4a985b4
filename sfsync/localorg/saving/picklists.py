"""Values of picklists on the way into the database: written in another case, they become those of the list.

Documented (help): values of picklists are compared without case, and what differs in case alone becomes the value that
is there. Not done here: that the first spelling of a value that is not in the list becomes that of later ones.
"""

from collections.abc import Iterable, Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.values import cast
from sfsync.localorg.variants import PICKLIST_CASE, is_on


def spell(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Spell the values given as the lists do, unless the org keeps them as they are written."""
    fields = shape_of(sobject).picklists
    asked = [one for one in living(drafts) if not fields.keys().isdisjoint(one.given)]
    if not asked or is_on(org.state, PICKLIST_CASE):
        return
    for draft in asked:
        for name in fields.keys() & draft.given.keys():
            value = draft.given[name]
            if isinstance(value, str):
                draft.given[name] = spelt(fields[name], value)


def spelt(field: Field, value: str) -> str | None:
    """Give a value as the list of a field spells it."""
    if field.type != "multipicklist":
        return respelt(field, [value]).get(value, value)
    chosen = value.split(";")
    found = respelt(field, chosen)
    kept = cast(field, ";".join(found.get(one, one) for one in chosen)) if found else value
    return None if kept is None else str(kept)


def respelt(field: Field, values: Iterable[str]) -> Mapping[str, str]:
    """Give those of some values that a field's list spells otherwise, each with how it does."""
    listed = {one.value for one in field.picklist}
    strange = [one for one in values if one not in listed]
    folded = {one.lower(): one for one in listed} if strange else {}
    return {one: folded[one.lower()] for one in strange if one.lower() in folded}
