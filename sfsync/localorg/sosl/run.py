"""Carrying out a search: which records hold the words, then what is asked of each, as a query.

Documented (SOSL reference): deleted records are not found; at most 2,000 records come back. Assumed: which fields a
group of fields holds besides the ones named like it; the order of sObjects where none is named.
"""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.sobject import PICKLISTS, TEXTS, Field, SObject
from sfsync.localorg.soql import run as soql
from sfsync.localorg.sosl import terms
from sfsync.localorg.sosl.parser import Returning, Search
from sfsync.localorg.wire import Refusal

_FUNCTION = "sosl_fits"
_NOBODY = "000000000000000AAA"
_SEARCHED = ("Account", "Contact", "Lead", "Opportunity", "User")


def search(org: OrgContext, asked: Search) -> list[str]:
    """Give the records a search finds, each as JSON as a query shows it. Raises Refusal."""
    term = terms.read(asked.term)
    returning = asked.returning or tuple(Returning(name) for name in _SEARCHED)
    found: list[str] = []
    for one in returning:
        found += _of(org, one, asked.group, term)[: asked.limit - len(found)]
    return found


def _of(org: OrgContext, one: Returning, group: str, term: terms.Term) -> Sequence[str]:
    kind = org.catalog.sobject(one.sobject)
    if kind is None or not kind.searchable:
        text = f"sObject type '{one.sobject}' is not supported."
        raise Refusal(400, "INVALID_TYPE", text)
    ids = ", ".join(f"'{record_id}'" for record_id in _ids(org, kind, group, term) or [_NOBODY])
    condition = f"Id IN ({ids})" + (f" AND ({one.where})" if one.where else "")
    text = f"SELECT {one.fields} FROM {kind.name} WHERE {condition} {one.tail}"  # noqa: S608 (SOQL, checked as such)
    return soql.execute(org, text, False).records


def _ids(org: OrgContext, kind: SObject, group: str, term: terms.Term) -> list[str]:
    """Give the ids of living records whose texts hold what is searched for."""
    texts = [f"coalesce(\"{one.name}\", '')" for one in kind.columns if _is_in(one, group)]
    if not texts:
        return []
    org.state.connection.create_function(_FUNCTION, 1, lambda text: int(term.fits(text)))
    alive = "IsDeleted = 0 AND " if kind.soft_deletes else ""
    joined = " || char(10) || ".join(texts)
    narrowed = f"instr(lower({joined}), ?) AND " if term.needed.isascii() and term.needed else "? IS NOT NULL AND "
    sql = f"SELECT Id FROM {kind.source} WHERE {alive}{narrowed}{_FUNCTION}({joined}) ORDER BY Id LIMIT 2000"  # noqa: S608
    return [str(row["Id"]) for row in org.state.rows(sql, (term.needed,))]


def _is_in(field: Field, group: str) -> bool:
    if field.type not in TEXTS:
        return False
    if group in ("EMAIL", "PHONE"):
        return field.type == group.lower()
    if group in ("NAME", "SIDEBAR"):
        return field.name_field or field.name in ("FirstName", "LastName", "Company")
    return field.type not in PICKLISTS or field.custom
