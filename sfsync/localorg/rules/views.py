"""Rows as rules see them: a record with what its names lead to, parents fetched for a whole set at once."""

from collections.abc import Iterable, Mapping, Sequence

from sfsync.formula import Value
from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.paths import CAMPAIGN, ORGANIZATION, PERMISSION, RECORD, USER, Path
from sfsync.localorg.formulas.sql import select_list
from sfsync.localorg.formulas.values import formula_value
from sfsync.localorg.values import Stored

Row = Mapping[str, Stored]

_IN_ONE_STATEMENT = 500
_NOTHING: Row = {}


class Views:
    """Reads paths of rows; parents are fetched set by set and kept."""

    def __init__(self, org: OrgContext) -> None:
        self._org = org
        self._rows: dict[tuple[str, str], Row] = {}

    def fetch(self, rows: Sequence[Row], paths: Iterable[Path]) -> None:
        """Fetch the parents that some paths of some rows lead to."""
        for path in paths:
            if path.start == PERMISSION:
                continue
            if path.start == CAMPAIGN:
                self._load("Campaign", filter(None, [self._campaign(row) for row in rows]))
                continue
            starts: Sequence[Row] = rows if path.start == RECORD else [self._start(path)]
            for step in path.steps:
                ids = [str(row[step.reference]) for row in starts if row.get(step.reference)]
                for target in step.targets:
                    self._load(target, ids)
                starts = [self._parent(step.targets, row.get(step.reference)) for row in starts]

    def stored(self, row: Row, path: Path) -> Stored:
        """Give what a path of a row leads to as a column holds it; parents must have been fetched."""
        if path.start == PERMISSION:
            return int(path.field.name.lower() in self._org.state.calculator.permissions)
        if path.start == CAMPAIGN:
            return self._parent(("Campaign",), self._campaign(row)).get(path.field.name)
        at: Row = row if path.start == RECORD else self._start(path)
        for step in path.steps:
            at = self._parent(step.targets, at.get(step.reference))
        return at.get(path.field.name)

    def record(self, row: Row, paths: Iterable[Path]) -> dict[str, Value]:
        """Give a row as formulas see it."""
        return {path.name: formula_value(path.field, self.stored(row, path)) for path in paths}

    def _campaign(self, row: Row) -> str | None:
        """Give the campaign of a lead: that of the form it comes by, else the newest it is a member of."""
        if self._org.campaign_id:
            return self._org.campaign_id
        sql = """SELECT CampaignId FROM "CampaignMember" WHERE LeadId = ? AND IsDeleted = 0
                 ORDER BY CreatedDate DESC, Id DESC"""
        found = self._org.state.one(sql, (row.get("Id"),))
        return None if found is None else str(found["CampaignId"])

    def _start(self, path: Path) -> Row:
        kind, record_id = {
            USER: ("User", self._org.user_id),
            ORGANIZATION: ("Organization", self._org.org_id),
        }[path.start]
        self._load(kind, [record_id])
        return self._rows.get((kind, record_id), _NOTHING)

    def _parent(self, targets: Sequence[str], record_id: Stored) -> Row:
        if record_id is None:
            return _NOTHING
        return next((found for one in targets if (found := self._rows.get((one, str(record_id))))), _NOTHING)

    def _load(self, kind: str, ids: Iterable[str]) -> None:
        catalog = self._org.catalog
        sobject = catalog.sobject(kind)
        if sobject is None:
            return
        prefix = sobject.key_prefix or ""
        wanted = [one for one in dict.fromkeys(ids) if one.startswith(prefix) and (kind, one) not in self._rows]
        for start in range(0, len(wanted), _IN_ONE_STATEMENT):
            part = wanted[start : start + _IN_ONE_STATEMENT]
            whole, marks = select_list(catalog, catalog.version, sobject), ", ".join("?" * len(part))
            sql = f'SELECT {whole} FROM "{sobject.name}" WHERE "{sobject.name}"."Id" IN ({marks})'  # noqa: S608
            for row in self._org.state.dicts(sql, part):
                self._rows[(kind, str(row["Id"]))] = row
