"""Carrying out a search: which records hold the words, then what is asked of each, as a query.

Documented (SOSL reference): deleted records are not found; at most 2,000 records come back. Assumed: which fields a
group of fields holds besides the ones named like it; the order of sObjects where none is named.
"""

from collections.abc import Sequence
from dataclasses import replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.sobject import PICKLISTS, TEXTS, Field, SObject
from sfsync.localorg.soql import run as soql
from sfsync.localorg.soql.refusals import unknown_sobject
from sfsync.localorg.soql.tree import Joined, Literal, Membership, Path
from sfsync.localorg.sosl import terms
from sfsync.localorg.sosl.parser import Returning, Search, as_search, only_ids
from sfsync.localorg.wire import Refusal

_FUNCTION = "sosl_fits"
_NOBODY = "000000000000000AAA"
_SEARCHED = ("Account", "Contact", "Lead", "Opportunity", "User")


def search(org: OrgContext, asked: Search) -> list[str]:
    """Give the records a search finds, each as JSON as a query shows it. Raises Refusal."""
    term = terms.read(asked.term)
    returning = asked.returning or tuple(map(only_ids, _SEARCHED))
    found: list[str] = []
    for one in returning:
        found += _of(org, one, asked.group, term)[: asked.limit - len(found)]
    return found


def _of(org: OrgContext, one: Returning, group: str, term: terms.Term) -> Sequence[str]:
    query, source = one.query, one.query.source
    kind = org.catalog.sobject(source.name)
    if kind is None or not kind.searchable:
        raise unknown_sobject(one.text, source.at, source.name)
    ids = [Literal("string", record_id) for record_id in _ids(org, kind, group, term) or [_NOBODY]]
    hit = Membership(Path(("Id",), source.at), "IN", tuple(ids))
    where = hit if query.where is None else Joined("AND", (hit, query.where))
    try:
        return soql.found(org, one.text, replace(query, where=where))
    except Refusal as refusal:
        raise as_search(refusal) from None


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
