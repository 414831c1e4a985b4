"""Records that are open to more than their owner: manual shares, and the teams of accounts and opportunities.

Documented (Object Reference): a share names a user or group and a level; a team member has levels of access; both end
when the record comes to another owner, unless the caller keeps the team (SOAP OwnerChangeOptions). The share that every
owner has is not kept as a row.
"""

from collections.abc import Sequence

from sfsync.localorg.rights.members import groups_of
from sfsync.localorg.state import State

SHARED = ("Lead", "Account", "Contact", "Opportunity")
TEAMS = {"Account": "AccountTeamMember", "Opportunity": "OpportunityTeamMember"}
READ, WRITE = ("Read", "Edit", "All"), ("Edit", "All")


def opened_to(sobject: str, user_id: str, levels: Sequence[str]) -> str:
    """Give the SQL condition of the rows that shares and teams open to a user."""
    if sobject not in SHARED:
        return ""
    listed = ", ".join(f"'{one}'" for one in levels)
    found = [
        f'SELECT "{sobject}Id" FROM "{sobject}Share" WHERE "IsDeleted" = 0 AND "{sobject}AccessLevel" IN ({listed}) '  # noqa: S608
        f'AND "UserOrGroupId" IN ({groups_of(user_id)})'
    ]
    if sobject in TEAMS:
        member = user_id.replace("'", "''")
        found.append(
            f'SELECT "{sobject}Id" FROM "{TEAMS[sobject]}" WHERE "IsDeleted" = 0 AND "UserId" = \'{member}\' '  # noqa: S608
            f'AND "{sobject}AccessLevel" IN ({listed})'
        )
    return " OR ".join(f'"Id" IN ({one})' for one in found)


def end(state: State, sobject: str, ids: Sequence[str], keep_team: bool) -> None:
    """End manual shares, and teams unless they are kept, of records that have come to another owner."""
    if sobject not in SHARED or not ids:
        return
    tables = [(f"{sobject}Share", " AND RowCause = 'Manual'")]
    if sobject in TEAMS and not keep_team:
        tables.append((TEAMS[sobject], ""))
    for table, also in tables:
        state.many(f'DELETE FROM "{table}" WHERE "{sobject}Id" = ?{also}', [(one,) for one in ids])  # noqa: S608
