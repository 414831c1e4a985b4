"""Values the org works out itself: names of persons, what a stage brings with it, audit stamps."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from sfsync.localorg import currencies, fiscal
from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.amounts import CODE
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import AUDIT, SObject
from sfsync.localorg.values import Stored

_CATEGORY_OF_NAME = {"Best Case": "BestCase", "Commit": "Forecast"}  # ForecastCategoryName to ForecastCategory


def complete(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Put together the whole row of each draft: what was, what is given, what follows from it, who and when."""
    shape = shape_of(sobject)
    who_and_when: dict[str, Stored] = {
        **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), org.stamp),
        **dict.fromkeys(("CreatedById", "LastModifiedById"), org.user_id),
    }
    modified = {name: who_and_when[name] for name in shape.modified_stamps}
    created = {name: who_and_when[name] for name in shape.created_stamps}
    currency = currencies.of_user(org.state, org.user_id) if CODE.lower() in sobject.known else None
    finish = _finisher(org, sobject)
    for draft in living(drafts):
        if draft.before is None:
            owner: dict[str, Stored] = {"OwnerId": org.user_id} if shape.owned else {}
            given = {name: value for name, value in draft.given.items() if value is not None or name not in owner}
            own = {name: value for name, value in given.items() if name in AUDIT and value is not None}
            draft.row = {**shape.defaults, **owner, **given, **created, **modified, **own}
            if currency is not None and draft.given.get(CODE) is None:
                draft.row[CODE] = currency
        else:
            draft.row = {**draft.before, **draft.given, **modified}
        if shape.person:
            names = (draft.row["FirstName"], draft.row["LastName"])
            draft.row["Name"] = " ".join(str(one) for one in names if one) or None
        finish(draft)


def _finisher(org: OrgContext, sobject: SObject) -> Callable[[Draft], None]:
    """Give what an sObject needs besides."""
    if sobject.name == "Opportunity":
        stages = {str(row["ApiName"]): dict(row) for row in org.state.rows('SELECT * FROM "OpportunityStage"')}
        month = fiscal.first_month(org.state)
        return lambda draft: _opportunity(draft, stages, org.stamp, month)
    return {"Lead": _Finish(org).lead, "Contact": _contact, "Group": _Finish(org).group}.get(sobject.name, _nothing)


class _Finish:
    """Finishers that need the request's context."""

    def __init__(self, org: OrgContext) -> None:
        self._org = org

    def lead(self, draft: Draft) -> None:
        """A lead that comes to another owner is unread."""
        if draft.changes("OwnerId") and "IsUnreadByOwner" not in draft.given:
            draft.row["IsUnreadByOwner"] = int(draft.row["OwnerId"] != self._org.user_id)
        if draft.row["Status"] is None and draft.before is None:
            draft.row["Status"] = self._default_status()

    def group(self, draft: Draft) -> None:
        """Public groups and queues belong to the org."""
        draft.row["OwnerId"] = self._org.org_id

    def _default_status(self) -> Stored:
        row = self._org.state.one('SELECT ApiName FROM "LeadStatus" WHERE IsDefault = 1')
        return None if row is None else str(row["ApiName"])


def _nothing(draft: Draft) -> None:
    """Most sObjects need nothing."""


def _contact(draft: Draft) -> None:
    draft.row["IsEmailBounced"] = int(draft.row["EmailBouncedReason"] is not None)


def _opportunity(draft: Draft, stages: Mapping[str, Mapping[str, Stored]], stamp: str, month: int) -> None:
    """Setting the stage sets what belongs to it, unless the same write gives it otherwise."""
    row = draft.row
    stage = stages.get(str(row["StageName"]))
    if draft.changes("StageName"):
        row["LastStageChangeDate"] = stamp
        row["IsClosed"], row["IsWon"] = (stage["IsClosed"], stage["IsWon"]) if stage else (0, 0)
        if stage and draft.given.get("Probability") is None:
            row["Probability"] = stage["DefaultProbability"]
        if stage and draft.given.get("ForecastCategoryName") is None:
            row["ForecastCategoryName"] = stage["ForecastCategoryName"]
    category = str(row["ForecastCategoryName"] or "Pipeline")
    row["ForecastCategoryName"], row["ForecastCategory"] = category, _CATEGORY_OF_NAME.get(category, category)
    row["ExpectedRevenue"] = _expected(row["Amount"], row["Probability"])
    _fiscal(row, month)


def _expected(amount: Stored, probability: Stored) -> int | None:
    if not isinstance(amount, int) or not isinstance(probability, int):
        return None
    return int((Decimal(amount) * probability / 100).quantize(Decimal(1), ROUND_HALF_UP))


def _fiscal(row: dict[str, Stored], month: int) -> None:
    """Work out the fiscal period of the close date, in years that begin with a month."""
    close = row["CloseDate"]
    if isinstance(close, str):
        year, quarter = fiscal.period(close, month)
        row["FiscalYear"], row["FiscalQuarter"], row["Fiscal"] = year, quarter, f"{year} {quarter}"
