"""Rows that the org works out of other rows whenever they are read: nobody writes them, and no table holds them.

Documented (Object Reference, LeadShare and its like, DuplicateRule): an owner has a share with the cause Owner, a
member of a team one with the cause Team, a sharing rule makes some with the cause Rule; they come and go with these.
Assumed: their ids, made of the record's or the member's, and that they were changed last when that was.
"""

from collections.abc import Iterable, Mapping

from sfsync.localorg.sobject import Field
from sfsync.records.ids import suffix

MANUAL = "Manual"  # the cause of the only shares that people make
_SHARED = ("Lead", "Account", "Contact", "Opportunity")
_TEAMS = {"Account": "AccountTeamMember", "Opportunity": "OpportunityTeamMember"}
_OWNER, _TEAM, _RULE = "Lo", "Lt", "Lr"  # what stands for the pod in derived ids, so that they are nobody else's
_KEPT = "\"RowCause\" NOT IN ('Owner', 'Team', 'Rule')"  # exports of real orgs hold those too
_RULED = "abcdefghijkpqsuvwxyz"  # stand for rules in the ids of the shares they make
_FIRST_DAY = "2020-01-01T00:00:00.000+0000"


def rows_of(name: str, prefix: str | None, fields: Iterable[Field]) -> str:
    """Give the SQL of all rows of an sObject, "" where its table holds them all."""
    names = [one.name for one in fields if one.stored]
    parent = name.removesuffix("Share")
    if name == f"{parent}Share" and parent in _SHARED:
        listed = ", ".join(f'"{one}"' for one in names)
        arms = [f'SELECT {listed}, _deleted_at FROM "{name}" WHERE {_KEPT}', _owners(str(prefix), parent, names)]  # noqa: S608
        arms += [_members(str(prefix), parent, names)] if parent in _TEAMS else []
        return " UNION ALL ".join([*arms, _ruled(str(prefix), parent, names)])
    return _duplicate_rules(str(prefix), names) if name == "DuplicateRule" else ""


def _owners(prefix: str, parent: str, names: list[str]) -> str:
    """Give the shares of owners."""
    held = {
        "Id": _id(prefix, _OWNER, '"Id"'),
        f"{parent}Id": '"Id"',
        "UserOrGroupId": '"OwnerId"',
        "OpportunityAccessLevel": "'Edit'",
        "ContactAccessLevel": "'Edit'",
        f"{parent}AccessLevel": "'All'",
        "RowCause": "'Owner'",
    }
    living = '"IsDeleted" = 0 AND +"OwnerId" IS NOT NULL'  # the plus keeps to the order of the table
    return _arm(held, names, f'"{parent}" WHERE {living}')


def _members(prefix: str, parent: str, names: list[str]) -> str:
    """Give the shares of the members of teams."""
    level = f'"{parent}AccessLevel"'
    levels = {one: f'"{one}"' for one in names if one.endswith("AccessLevel")}
    held = {"Id": _id(prefix, _TEAM, '"Id"'), f"{parent}Id": f'"{parent}Id"', "UserOrGroupId": '"UserId"', **levels}
    where = f"\"IsDeleted\" = 0 AND {level} IN ('Read', 'Edit', 'All')"
    return _arm({**held, "RowCause": "'Team'"}, names, f'"{_TEAMS[parent]}" WHERE {where}')


def _ruled(prefix: str, parent: str, names: list[str]) -> str:
    """Give the shares that sharing rules make."""
    first = suffix(f"{prefix}La0000000000")[0]
    pod = f"substr('{_RULED}', 1 + _rule.number % {len(_RULED)}, 1)"
    held = {
        "Id": f"'{prefix}L' || {pod} || substr(\"{parent}\".\"Id\", 6, 10) || '{first}' || "
        f'substr("{parent}"."Id", 17, 2)',
        f"{parent}Id": f'"{parent}"."Id"',
        "UserOrGroupId": "json_extract(_rule.value, '$.shared_with')",
        **dict.fromkeys(("OpportunityAccessLevel", "ContactAccessLevel"), "'None'"),
        f"{parent}AccessLevel": "json_extract(_rule.value, '$.access')",
        "RowCause": "'Rule'",
        **{one: f'"{parent}"."{one}"' for one in ("LastModifiedDate", "LastModifiedById")},
    }
    return _arm(held, names, ruled_sql(parent))


def ruled_sql(parent: str) -> str:
    """Give what stands behind FROM for the records that sharing rules open, each with its row of `_rule`."""
    inside = f"""WITH RECURSIVE inside(id) AS (SELECT json_extract(_rule.value, '$.owned_by')
        UNION SELECT m."UserOrGroupId" FROM "GroupMember" m JOIN inside ON m."GroupId" = inside.id
        UNION SELECT u."Id" FROM "User" u JOIN "Group" g ON g."Type" = 'Role' AND g."RelatedId" = u."UserRoleId"
        JOIN inside ON g."Id" = inside.id) SELECT 1 FROM inside WHERE id = "{parent}"."OwnerId\""""  # noqa: S608
    rules = f"_rule.kind = 'sharing' AND _rule.sobject = '{parent}' AND _rule.active = 1"
    return f'_rule CROSS JOIN "{parent}" WHERE {rules} AND "{parent}"."IsDeleted" = 0 AND EXISTS ({inside})'


def _arm(held: Mapping[str, str], names: list[str], source: str) -> str:
    stamped = {"LastModifiedDate": '"LastModifiedDate"', "LastModifiedById": '"LastModifiedById"', "IsDeleted": "0"}
    shown = ", ".join(f'{({**stamped, **held}).get(one, "NULL")} AS "{one}"' for one in names)
    return f"SELECT {shown}, NULL AS _deleted_at FROM {source}"  # noqa: S608 - names of the catalog


def _id(prefix: str, pod: str, source: str) -> str:
    """Give the SQL of an id made of another one: what stands behind that one's pod, and its own front."""
    first = suffix(f"{prefix}{pod}0000000000")[0]
    return f"'{prefix}{pod}' || substr({source}, 6, 10) || '{first}' || substr({source}, 17, 2)"


def _duplicate_rules(prefix: str, names: list[str]) -> str:
    held = {
        "Id": rule_id_sql(prefix),
        "DeveloperName": "name",
        "MasterLabel": "coalesce(json_extract(value, '$.masterLabel'), name)",
        "SobjectType": "sobject",
        "IsActive": "active",
        "Language": "'en_US'",
        **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), f"'{_FIRST_DAY}'"),
        **dict.fromkeys(("CreatedById", "LastModifiedById"), """(SELECT min("Id") FROM "User")"""),
    }
    return _arm(held, names, "_rule WHERE kind = 'duplicate'")


def rule_id_sql(prefix: str) -> str:
    """Give the SQL of the id of a row of `_rule`."""
    digits = "printf('%010d', number)"
    front = suffix(f"{prefix}{_RULE}0000000000")
    return f"'{prefix}{_RULE}' || {digits} || '{front}'"
