"""Matching rules: which records are the same as a new one, found by indexed keys and then compared in full."""

# ruff: noqa: S608 (every name in the SQL is the catalog's)

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.paths import Path, find_path
from sfsync.localorg.matching.methods import KEY, METHODS, Method
from sfsync.localorg.rules.boolean_filter import FilterProblem, alternatives, parse_tree
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.rules.views import Row, Views
from sfsync.localorg.values import Stored

MOST_COMPARED = 100  # records compared in full for one record, those with its key: documented for match keys
_IN_ONE_STATEMENT = 400

Asked = Callable[[str], Stored]  # what the new record has in a field of the rule's sObject


@dataclass(frozen=True, slots=True)
class Item:
    """One comparison of a matching rule."""

    field: str  # as the catalog spells it
    method: Method
    method_name: str
    blanks_match: bool
    name: Path | None  # where the field points at a record whose name is compared

    @property
    def keyed(self) -> bool:
        """Tell whether values that match share a key."""
        return self.method.key is not None and self.name is None


@dataclass(frozen=True, slots=True)
class Match:
    """A record that is the same."""

    row: Row
    confidence: float  # from 0 to 100: the mean of the scores


@dataclass(frozen=True, slots=True)
class MatchingRule:
    """A rule, with the ways its filter can hold."""

    name: str
    sobject: SObject
    items: tuple[Item, ...]
    ways: tuple[frozenset[int], ...]

    @property
    def fuzzy(self) -> bool:
        """Tell whether it takes near values for equal."""
        return any(one.method_name != "Exact" for one in self.items)

    def matches(self, org: OrgContext, views: Views, asked: Sequence[Asked]) -> list[list[Match]]:
        """Find for each new record the living records that are the same, the likest first."""
        found: list[dict[str, Match]] = [{} for _ in asked]
        for way in self.ways:
            items = [self.items[place] for place in sorted(way)]
            for place, row in _candidates(org, views, self.sobject, items, asked):
                confidence = _compare(views, items, asked[place], row)
                record_id = str(row["Id"])
                if confidence is not None and confidence > getattr(found[place].get(record_id), "confidence", 0):
                    found[place][record_id] = Match(row, confidence)
        return [sorted(one.values(), key=lambda match: -match.confidence) for one in found]


def make_matching_rule(catalog: Catalog, sobject: SObject, name: str, facts: Mapping[str, object]) -> MatchingRule:
    """Make a rule of `{"items": [{"field", "method"[, "blanks"]}][, "booleanFilter"]}`. Raises RuleProblem."""
    listed = facts.get("items")
    if not isinstance(listed, list) or not listed:
        raise RuleProblem("a matching rule needs items")
    items = tuple(_item(catalog, sobject, one) for one in listed)
    text = str(facts.get("booleanFilter") or "").strip()
    try:
        ways = alternatives(parse_tree(text, len(items))) if text else [frozenset(range(len(items)))]
    except FilterProblem as problem:
        raise RuleProblem(str(problem)) from None
    return MatchingRule(name, sobject, items, tuple(dict.fromkeys(ways)))


def _item(catalog: Catalog, sobject: SObject, facts: Mapping[str, object]) -> Item:
    method, name = str(facts.get("method", "Exact")), str(facts.get("field", ""))
    field = sobject.known.get(name.lower())
    if field is None:
        raise RuleProblem(f"{sobject.name} has no field {name}")
    if method not in METHODS:
        raise RuleProblem(f"the matching method {method!r} is not one of {', '.join(METHODS)}")
    by_name = field.type == "reference" and method != "Exact"
    path = find_path(catalog, sobject, f"{field.relationship_name}.Name") if by_name else None
    return Item(field.name, METHODS[method], method, facts.get("blanks") == "MatchBlanks", path)


def _candidates(
    org: OrgContext, views: Views, sobject: SObject, items: Sequence[Item], asked: Sequence[Asked]
) -> list[tuple[int, Row]]:
    """Pair new records with the living ones that share their key."""
    keyed = [one for one in items if one.keyed]
    by_key: dict[str, list[int]] = {}
    for place, one in enumerate(asked):
        if all(item.blanks_match or one(item.field) is not None for item in items):
            by_key.setdefault("|".join(_key(item, one(item.field)) for item in keyed), []).append(place)
    rows = _with_keys(org, sobject, keyed, list(by_key))
    views.fetch([row for _, row in rows], [one.name for one in items if one.name is not None])
    met: dict[int, int] = {}
    pairs = []
    for key, row in rows:
        for place in by_key[key]:
            met[place] = met.get(place, 0) + 1
            if met[place] <= MOST_COMPARED:
                pairs.append((place, row))
    return pairs


def _key(item: Item, value: Stored) -> str:
    key = item.method.key
    return "" if value is None or key is None else key(str(value))


def _with_keys(org: OrgContext, sobject: SObject, keyed: Sequence[Item], keys: list[str]) -> list[tuple[str, Row]]:
    """Give the living records with some keys, oldest first, each with its key."""
    parts = [f"{KEY}('{one.method_name}', \"{one.field}\")" for one in keyed]
    expression = " || '|' || ".join(parts) or "''"
    _index(org, sobject, expression, bool(parts))
    alive = ["IsDeleted = 0"] if sobject.soft_deletes else []
    alive += ["IsConverted = 0"] if sobject.name == "Lead" else []  # converted leads are never matched
    found: list[tuple[str, Row]] = []
    for start in range(0, len(keys), _IN_ONE_STATEMENT):
        part = keys[start : start + _IN_ONE_STATEMENT]
        where = " AND ".join([f"{expression} IN ({', '.join('?' * len(part))})", *alive])
        sql = f'SELECT *, {expression} AS _key FROM "{sobject.name}" WHERE {where} ORDER BY Id'
        for row in map(dict, org.state.rows(sql, part)):
            found.append((row.pop("_key"), row))
    return found


def _index(org: OrgContext, sobject: SObject, expression: str, needed: bool) -> None:
    """Make the index of a key, unless it is there."""
    name = f"_match_{sobject.name}_{sha256(expression.encode()).hexdigest()[:16]}"
    if needed and org.state.one("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)) is None:
        org.state.run(f'CREATE INDEX "{name}" ON "{sobject.name}" ({expression})')


def _compare(views: Views, items: Sequence[Item], asked: Asked, row: Row) -> float | None:
    """Give how alike a record is in all items, None where one of them does not match."""
    scores = []
    for item in items:
        have = views.stored(row, item.name) if item.name is not None else row[item.field]
        want = asked(item.field)
        if have is None or want is None:
            if not (item.blanks_match and have is None and want is None):
                return None
            score = 100.0
        else:
            score = item.method.score(str(want), str(have))
            if score < item.method.threshold:
                return None
        scores.append(score)
    return round(sum(scores) / len(scores), 1)
