"""Makes the row of the org out of a line of an export."""

from collections.abc import Mapping

from sfsync.localorg.load.cells import read_cell
from sfsync.localorg.load.people import stand_in
from sfsync.localorg.load.picklists import Picklists
from sfsync.localorg.load.reading import Line
from sfsync.localorg.load.report import CHANGED, ROW, VALUE, Report
from sfsync.localorg.load.survey import KEEP, Survey
from sfsync.localorg.load.writing import Row
from sfsync.localorg.sobject import PICKLISTS, Field, SObject
from sfsync.localorg.state import State, Stored
from sfsync.records.ids import is_id, to_18

NOT_PROVIDED = "[not provided]"  # what Salesforce itself puts where a required text is not known


class RowMaker:
    """Makes the rows of one file."""

    def __init__(self, state: State, now: str, found: Survey, picklists: Picklists, report: Report) -> None:
        assert found.known is not None and found.id_place is not None
        self._sobject: SObject = found.known
        self._id_place: int = found.id_place
        self._file = found.source.name
        self._state = state
        self._report = report
        self._picklists = picklists
        self._integration = str(state.setting("integration_user_id"))
        self._columns = [
            (column.place, self._sobject.fields[column.field.lower()])
            for column in found.columns
            if column.use == KEEP and column.place != found.id_place
        ]
        self._brought = {field.name for _, field in self._columns}
        self._defaults = self._blank_row(now)
        self._stages = {
            str(row["ApiName"]): _facts_of(dict(row)) for row in state.rows("SELECT * FROM OpportunityStage")
        }
        self._doubtful = found.shape.encoding not in ("utf-8", "utf-8-sig")

    def _blank_row(self, now: str) -> dict[str, Stored]:
        row: dict[str, Stored] = {one.name: 0 if one.type == "boolean" else None for one in self._sobject.columns}
        for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            if name in row:
                row[name] = now
        for name in ("CreatedById", "LastModifiedById", "OwnerId"):
            if name in row:
                row[name] = self._integration
        return row

    def make(self, line: Line) -> Row | None:
        """Make a row; None, noted in the report, where the line cannot become one."""
        refused = line.broken or self._wrong_id(line.cells[self._id_place].strip())
        if refused:
            example = line.cells[self._id_place] if line.cells else ""
            self._report.note(self._file, ROW, refused, None, line.row, example)
            return None
        values = dict(self._defaults)
        values["Id"] = to_18(line.cells[self._id_place].strip())
        for place, field in self._columns:
            text = line.cells[place]
            if text:
                self._take(values, field, text, line.row)
        if "LastName" in values and "Name" in values:
            self._name_person(values, line.row)
        self._work_out(values)
        missing = self._fill_required(values, line.row)
        if missing:
            self._report.note(self._file, ROW, f"{missing} is required and empty", missing, line.row)
            return None
        return Row(line.row, values)

    def _work_out(self, values: dict[str, Stored]) -> None:
        """Fill what the org itself would have worked out, where the file does not bring it."""
        if self._sobject.name == "Lead":
            values["Status"] = values["Status"] or "New"
        elif self._sobject.name == "User":
            for name, value in stand_in(self._state, str(values["Id"])).items():
                if name not in self._brought:
                    values[name] = value
        elif self._sobject.name == "Opportunity":
            stage = self._stages.get(str(values["StageName"]), {})
            for name, fact in stage.items():
                if name not in self._brought:
                    values[name] = fact
            _opportunity(values)

    def _wrong_id(self, text: str) -> str:
        if not is_id(text):
            return "the Id is no record id" if text else "the Id is empty"
        prefix = self._sobject.key_prefix
        return "" if text[:3] == prefix else f"the Id is none of {self._sobject.name}: those begin with {prefix}"

    def _take(self, values: dict[str, Stored], field: Field, text: str, row: int) -> None:
        cell = read_cell(field, text)
        if cell.left_out:
            self._report.note(self._file, VALUE, cell.left_out, field.name, row, text)
            return
        changed = cell.changed
        if self._doubtful and "\ufffd" in text:
            changed = "a character could not be read"
        if changed:
            self._report.note(self._file, CHANGED, changed, field.name, row, text)
        if cell.stored is None:
            return
        values[field.name] = cell.stored
        if field.type in PICKLISTS:
            self._picklists.meet(self._sobject, field, str(cell.stored))

    def _name_person(self, values: dict[str, Stored], row: int) -> None:
        """A person's name is made of its parts; a file that brings only the name gives the parts."""
        whole = values["Name"]
        if isinstance(whole, str) and values["LastName"] is None and "LastName" not in self._brought:
            first, _, last = whole.rpartition(" ")
            values["LastName"] = last
            if "FirstName" not in self._brought:
                values["FirstName"] = first or None
            self._report.note(self._file, CHANGED, "taken apart into first and last name", "Name", row, whole)
        made = " ".join(str(part) for part in (values.get("FirstName"), values["LastName"]) if part)
        if isinstance(whole, str) and made and " ".join(whole.split()) != " ".join(made.split()):
            self._report.note(self._file, CHANGED, "made of first and last name", "Name", row, whole)
        values["Name"] = made or None

    def _fill_required(self, values: dict[str, Stored], row: int) -> str | None:
        """Give the name of a required field that is empty; text the file has no column for is filled instead."""
        for field in self._sobject.fields.values():
            if not field.required or values[field.name] is not None:
                continue
            if field.name in self._brought or field.type not in ("string", "email"):
                return field.name
            values[field.name] = NOT_PROVIDED
            self._report.note(self._file, CHANGED, "required, and not in the file: filled", field.name, row)
        return None


def _facts_of(stage: Mapping[str, Stored]) -> dict[str, Stored]:
    facts = {name: stage[name] for name in ("IsClosed", "IsWon", "ForecastCategory", "ForecastCategoryName")}
    return {**facts, "Probability": stage["DefaultProbability"]}


def _opportunity(values: dict[str, Stored]) -> None:
    """What the org works out of an opportunity, where the file does not bring it."""
    close, amount, probability = values["CloseDate"], values["Amount"], values["Probability"]
    if isinstance(close, str):
        year, quarter = int(close[:4]), (int(close[5:7]) + 2) // 3
        worked_out: dict[str, Stored] = {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}
        values.update({name: value for name, value in worked_out.items() if values[name] is None})
    if values["ExpectedRevenue"] is None and isinstance(amount, int) and isinstance(probability, int):
        values["ExpectedRevenue"] = (amount * probability + 50) // 100
    if values["ForecastCategoryName"] is None:
        values["ForecastCategoryName"] = _NAME_OF_CATEGORY.get(str(values["ForecastCategory"]), "Pipeline")
    if values["ForecastCategory"] is None:
        name = str(values["ForecastCategoryName"])
        values["ForecastCategory"] = {"Best Case": "BestCase", "Commit": "Forecast"}.get(name, name)


_NAME_OF_CATEGORY = {
    "BestCase": "Best Case",
    "Forecast": "Commit",
    "Closed": "Closed",
    "Omitted": "Omitted",
    "MostLikely": "Most Likely",
}
