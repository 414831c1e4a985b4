"""Records that are open to more than their owner: manual shares, sharing rules, teams of accounts and opportunities.

Documented (Object Reference): a share names a user or group and a level; a team member has levels of access; both end
when the record comes to another owner, unless the caller keeps the team (SOAP OwnerChangeOptions). Both open records to
those above in the hierarchy of roles too. The share that every owner has is not kept as a row.
"""

from collections.abc import Mapping, Sequence

from sfsync.localorg.objects.derived import ruled_sql
from sfsync.localorg.rights.members import groups_of
from sfsync.localorg.state import State

SHARED = ("Lead", "Account", "Contact", "Opportunity")
TEAMS = {"Account": "AccountTeamMember", "Opportunity": "OpportunityTeamMember"}
READ, WRITE, DELETE = ("Read", "Edit", "All"), ("Edit", "All"), ("All",)  # the levels that allow it


def opened_to(sobject: str, user_id: str, levels: Sequence[str]) -> str:
    """Give the SQL condition of the rows that shares and teams open to a user."""
    if sobject not in SHARED:
        return ""
    listed = ", ".join(f"'{one}'" for one in levels)
    found = [
        f'SELECT "{sobject}Id" FROM "{sobject}Share" WHERE "IsDeleted" = 0 AND "{sobject}AccessLevel" IN ({listed}) '  # noqa: S608
        f'AND "UserOrGroupId" IN ({groups_of(user_id)})'
    ]
    level, group = "json_extract(_rule.value, '$.access')", "json_extract(_rule.value, '$.shared_with')"
    ruled = f"AND {level} IN ({listed}) AND {group} IN ({groups_of(user_id)})"
    found.append(f'SELECT "{sobject}"."Id" FROM {ruled_sql(sobject)} {ruled}')  # noqa: S608 - our own words
    if sobject in TEAMS:
        found.append(
            f'SELECT "{sobject}Id" FROM "{TEAMS[sobject]}" WHERE "IsDeleted" = 0 '  # noqa: S608
            f'AND "UserId" IN ({groups_of(user_id)}) AND "{sobject}AccessLevel" IN ({listed})'
        )
    return " OR ".join(f'"Id" IN ({one})' for one in found)


def implied(sobject: str, user_id: str, levels: Sequence[str], defaults: Mapping[str, str]) -> list[str]:
    """Give the SQL conditions of the rows that come with others of the same account.

    Documented (help, implicit sharing): whoever sees an opportunity or contact may read its account; the role of an
    account's owner says what that owner may do with others' opportunities of it. Those that are shared with their
    account, as `defaults` says, open nothing.
    """
    if sobject == "Account" and levels == READ:
        return [
            f'"Id" IN (SELECT "AccountId" FROM "{child}" WHERE "IsDeleted" = 0 '  # noqa: S608
            f'AND ("OwnerId" IN ({groups_of(user_id)}) OR {opened_to(child, user_id, levels)}))'
            for child in ("Opportunity", "Contact")
            if defaults.get(child.lower(), "public") in ("private", "read")
        ]
    if sobject == "Opportunity":
        listed = ", ".join(f"'{one}'" for one in levels)
        accounts = (
            'SELECT a."Id" FROM "Account" a JOIN "User" u ON u."Id" = a."OwnerId" JOIN "UserRole" r '  # noqa: S608
            f'ON r."Id" = u."UserRoleId" WHERE r."OpportunityAccessForAccountOwner" IN ({listed}) '
            f'AND a."OwnerId" IN ({groups_of(user_id)})'
        )
        return [f'"AccountId" IN ({accounts})']
    return []


def end(state: State, sobject: str, ids: Sequence[str], keep_team: bool) -> None:
    """End manual shares, and teams unless they are kept, of records that have come to another owner."""
    if sobject not in SHARED or not ids:
        return
    tables = [(f"{sobject}Share", " AND RowCause = 'Manual'")]
    if sobject in TEAMS and not keep_team:
        tables.append((TEAMS[sobject], ""))
    for table, also in tables:
        state.many(f'DELETE FROM "{table}" WHERE "{sobject}Id" = ?{also}', [(one,) for one in ids])  # noqa: S608
