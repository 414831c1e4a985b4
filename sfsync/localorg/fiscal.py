"""The org's fiscal year: the month it begins with, and what follows from that.

Documented (help, fiscal years; Object Reference, Organization): a year is named after the one it ends in, unless it
begins with January.
"""

from datetime import date, timedelta

from sfsync.localorg.state import State

SETTING = "fiscal_year_start"  # the month, 1 to 12


def first_month(state: State) -> int:
    """Give the month that the fiscal year begins with."""
    row = state.one('SELECT FiscalYearStartMonth AS month FROM "Organization"')
    return int(row["month"] or 1) if row is not None else 1


def begin_with(state: State, month: int) -> None:
    """Let the fiscal year begin with a month; opportunities come into other periods by that."""
    state.run('UPDATE "Organization" SET FiscalYearStartMonth = ?', (month,))
    rows = state.rows('SELECT DISTINCT CloseDate FROM "Opportunity" WHERE CloseDate IS NOT NULL')
    sql = 'UPDATE "Opportunity" SET FiscalYear = ?, FiscalQuarter = ?, Fiscal = ? WHERE CloseDate = ?'
    periods = [(str(row["CloseDate"]), period(str(row["CloseDate"]), month)) for row in rows]
    state.many(sql, [(year, quarter, f"{year} {quarter}", day) for day, (year, quarter) in periods])


def period(day: str, month: int) -> tuple[int, int]:
    """Give fiscal year and quarter of a day, as `2026-03-31`, in years that begin with a month."""
    year, at = int(day[:4]), int(day[5:7])
    return year + (month > 1 and at >= month), (at - month) % 12 // 3 + 1


def quarter_end(today: date, month: int = 1) -> date:
    """Give the last day of the fiscal quarter a day is in; the fiscal year begins with `month`."""
    left = 2 - (today.month - month) % 3
    after = today.month + left + 1  # the month after the quarter
    return date(today.year + (after - 1) // 12, (after - 1) % 12 + 1, 1) - timedelta(days=1)
