"""Picklist values that the org does not know yet: they become values of its fields, statuses and stages."""

from sfsync.localorg.load.report import Report
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.state import State

_STAGE_FACTS = """SELECT IsClosed, IsWon, ForecastCategory, ForecastCategoryName, Probability FROM Opportunity
    WHERE StageName = ? GROUP BY 1, 2, 3, 4, 5 ORDER BY count(*) DESC, Probability LIMIT 1"""


class Picklists:
    """Adds values as they are met; `finish` makes the rows that describe new statuses and stages."""

    def __init__(self, state: State, report: Report) -> None:
        self._state = state
        self._report = report
        self._known: dict[tuple[str, str], set[str]] = {}
        self._new: list[tuple[str, str, str]] = []

    def meet(self, sobject: SObject, field: Field, stored: str) -> None:
        """Take note of a stored value; a multi-select one holds several, between semicolons."""
        known = self._known.get((sobject.name, field.name))
        if known is None:
            known = self._known[(sobject.name, field.name)] = {one.value for one in field.picklist}
        if stored in known:
            return
        parts = stored.split(";") if field.type == "multipicklist" else [stored]
        for value in (part.strip() for part in parts):
            if value and value not in known:
                known.add(value)
                self._new.append((sobject.name, field.name, value))
        known.add(stored)

    def finish(self, now: str) -> None:
        """Add the new values to the org."""
        for sobject, field, value in self._new:
            self._state.add_picklist_value(sobject, field, value)
            self._report.picklist_values.append({"sobject": sobject, "field": field, "value": value})
            if (sobject, field) == ("Lead", "Status"):
                self._add_status(value, now)
            elif (sobject, field) == ("Opportunity", "StageName"):
                self._add_stage(value, now)

    def _add_status(self, value: str, now: str) -> None:
        converted = self._state.one("SELECT 1 FROM Lead WHERE Status = ? AND IsConverted = 1", (value,))
        last = self._state.rows("SELECT max(SortOrder) FROM LeadStatus")[0][0] or 0
        columns = "Id, MasterLabel, ApiName, SortOrder, IsDefault, IsConverted"
        values = (self._state.next_id("01J"), value, value, last + 1, 0, int(converted is not None))
        self._insert("LeadStatus", columns, values, now)

    def _add_stage(self, value: str, now: str) -> None:
        """Describe a stage as the opportunities in it do."""
        facts = self._state.one(_STAGE_FACTS, (value,))
        last = self._state.rows("SELECT max(SortOrder) FROM OpportunityStage")[0][0] or 0
        columns = (
            "Id, MasterLabel, ApiName, IsActive, SortOrder, IsClosed, IsWon, ForecastCategory, ForecastCategoryName, "
            "DefaultProbability"
        )
        found = tuple(facts) if facts is not None else (0, 0, "Pipeline", "Pipeline", 0)
        self._insert("OpportunityStage", columns, (self._state.next_id("01J"), value, value, 1, last + 1, *found), now)

    def _insert(self, sobject: str, columns: str, values: tuple[str | int | None, ...], now: str) -> None:
        user = str(self._state.setting("integration_user_id"))
        known = self._state.catalog.sobject(sobject)
        assert known is not None
        stamps = {"CreatedDate": now, "CreatedById": user, "LastModifiedDate": now, "LastModifiedById": user}
        have = {
            name: value for name, value in {**stamps, "SystemModstamp": now}.items() if name.lower() in known.fields
        }
        names = ", ".join([columns, *have])
        marks = ", ".join("?" * (len(values) + len(have)))
        self._state.run(f'INSERT INTO "{sobject}" ({names}) VALUES ({marks})', (*values, *have.values()))  # noqa: S608
