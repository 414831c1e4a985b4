"""State and country picklists on the way into the database: text must be a place the org knows, codes go with it.

Documented (Salesforce help, state and country picklists): text is a name or a code of a known place; a state needs its
country, and must be one of it. Seen in public traces: the words.
"""

from collections.abc import Sequence

from sfsync.localorg.geography.places import Place, places
from sfsync.localorg.geography.switch import coded
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored

_PROBLEM = (
    "There's a problem with this {0}, even though it may appear correct. "
    "Please select a {0} from the list of valid {1}."
)


def check(sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Fill in names by codes and codes by names, where the org has these picklists; refuse unknown places."""
    for prefix in coded(sobject):
        names = [f"{prefix}{part}" for part in ("Country", "CountryCode", "State", "StateCode")]
        for draft in living(drafts):
            if any(one in draft.given for one in names):
                _place(sobject, draft, prefix)


def _place(sobject: SObject, draft: Draft, prefix: str) -> None:
    country = _named(draft, prefix, "Country")
    found = places().countries.get(country.lower()) if country else None
    if country and found is None:
        _refuse(sobject, draft, f"{prefix}Country", _PROBLEM.format("country", "countries"))
        return
    _fill(draft, prefix, "Country", found)
    state = _named(draft, prefix, "State")
    if state and found is None:
        label = sobject.fields[f"{prefix}State".lower()].label
        text = f"A country must be specified before specifying a state value for field: {label}"
        draft.refuse(400, "FIELD_INTEGRITY_EXCEPTION", text, (f"{prefix}State",))
        return
    known = places().states.get(found.code, {}) if found else {}
    at = known.get(state.lower()) if state else None
    if state and at is None:
        _refuse(sobject, draft, f"{prefix}State", _PROBLEM.format("state", "states"))
        return
    _fill(draft, prefix, "State", at)


def _named(draft: Draft, prefix: str, part: str) -> str | None:
    """Give the place a draft names: the code if that is given, else the text, else what was there."""
    for name in (f"{prefix}{part}Code", f"{prefix}{part}"):
        if name in draft.given:
            value = draft.given[name]
            if value is not None or f"{prefix}{part}" not in draft.given:
                return _text(value)
    return _text(draft.before.get(f"{prefix}{part}")) if draft.before and f"{prefix}{part}" not in draft.given else None


def _text(value: Stored) -> str | None:
    return None if value is None else str(value)


def _fill(draft: Draft, prefix: str, part: str, place: Place | None) -> None:
    draft.given[f"{prefix}{part}"] = place.name if place else None
    draft.given[f"{prefix}{part}Code"] = place.code if place else None


def _refuse(sobject: SObject, draft: Draft, name: str, text: str) -> None:
    label = sobject.fields[name.lower()].label
    draft.refuse(400, "FIELD_INTEGRITY_EXCEPTION", f"{text}: {label}", (name,))
