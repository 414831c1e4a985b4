"""Who is in which group: members may be groups themselves, to any depth, or all who have a role or one below it.

Documented (help; Object Reference, Group): each role has a group of those who have it, and one of those below it too;
whoever is above others in the hierarchy of roles may do what they may, but for groups that leave their bosses out.
"""

from sfsync.localorg.state import State

ROLE, ROLE_AND_BELOW = "Role", "RoleAndSubordinates"
_BELOW = f"'{ROLE_AND_BELOW}', 'RoleAndSubordinatesInternal'"
_OF_ROLES = f"'{ROLE}', {_BELOW}"


def groups_of(user_id: str) -> str:
    """Give the SQL query of the ids of a user, of all users below, and of all groups and queues these are in."""
    user = "'" + user_id.replace("'", "''") + "'"
    return f"""WITH RECURSIVE
        my(role) AS (SELECT "UserRoleId" FROM "User" WHERE "Id" = {user} AND "UserRoleId" IS NOT NULL),
        above(role) AS (SELECT role FROM my UNION SELECT r."ParentRoleId" FROM "UserRole" r JOIN above
            ON r."Id" = above.role WHERE r."ParentRoleId" IS NOT NULL),
        below(role) AS (SELECT r."Id" FROM "UserRole" r JOIN my ON r."ParentRoleId" = my.role
            UNION SELECT r."Id" FROM "UserRole" r JOIN below ON r."ParentRoleId" = below.role),
        own(id, mine) AS (
            SELECT {user}, 1
            UNION SELECT "Id", 0 FROM "User" WHERE "UserRoleId" IN (SELECT role FROM below)
            UNION SELECT "Id", 1 FROM "Group" WHERE "Type" = 'Organization'
            UNION SELECT "Id", 1 FROM "Group" WHERE "Type" = '{ROLE}' AND "RelatedId" IN (SELECT role FROM my)
            UNION SELECT "Id", 1 FROM "Group" WHERE "Type" IN ({_BELOW}) AND "RelatedId" IN (SELECT role FROM above)
            UNION SELECT "Id", 0 FROM "Group" WHERE "Type" IN ({_OF_ROLES}) AND "RelatedId" IN (SELECT role FROM below)
            UNION SELECT m."GroupId", own.mine FROM "GroupMember" m JOIN own ON m."UserOrGroupId" = own.id
            JOIN "Group" g ON g."Id" = m."GroupId"
            WHERE own.mine OR g."Type" <> 'Regular' OR g."DoesIncludeBosses")
        SELECT id FROM own"""  # noqa: S608 - an id of ours


def users_in(state: State, group_id: str) -> list[str]:
    """Give the ids of the users in a group or queue; those above them are not in it."""
    sql = f"""WITH RECURSIVE inside(id) AS (SELECT ? UNION SELECT m.UserOrGroupId FROM "GroupMember" m
              JOIN inside ON m.GroupId = inside.id),
              role(id, whole) AS (SELECT g.RelatedId, g.Type <> '{ROLE}' FROM "Group" g JOIN inside ON g.Id = inside.id
              WHERE g.Type IN ({_OF_ROLES}) UNION SELECT r.Id, 1 FROM "UserRole" r
              JOIN role ON r.ParentRoleId = role.id WHERE role.whole)
              SELECT u.Id FROM "User" u JOIN inside ON u.Id = inside.id
              UNION SELECT u.Id FROM "User" u JOIN role ON u.UserRoleId = role.id
              UNION SELECT u.Id FROM "User" u WHERE EXISTS (SELECT 1 FROM "Group" g JOIN inside ON g.Id = inside.id
              WHERE g.Type = 'Organization') ORDER BY 1"""  # noqa: S608 - our own words
    return [str(row["Id"]) for row in state.rows(sql, (group_id,))]
