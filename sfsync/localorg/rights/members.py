"""Who is in which group: members may be groups themselves, to any depth, or all who have a role."""

from sfsync.localorg.state import State


def groups_of(user_id: str) -> str:
    """Give the SQL query of the ids of a user and of all groups and queues the user is in."""
    user = "'" + user_id.replace("'", "''") + "'"
    return (
        f'WITH RECURSIVE own(id) AS (SELECT {user} UNION SELECT g."Id" FROM "User" u JOIN "Group" g '  # noqa: S608
        f'ON g."RelatedId" = u."UserRoleId" WHERE u."Id" = {user} UNION SELECT m."GroupId" FROM "GroupMember" m '
        'JOIN own ON m."UserOrGroupId" = own.id) SELECT id FROM own'
    )


def users_in(state: State, group_id: str) -> list[str]:
    """Give the ids of the users in a group or queue."""
    sql = """WITH RECURSIVE inside(id) AS (SELECT ? UNION SELECT m.UserOrGroupId FROM "GroupMember" m
             JOIN inside ON m.GroupId = inside.id)
             SELECT u.Id FROM "User" u JOIN inside ON u.Id = inside.id
             UNION SELECT u.Id FROM "User" u JOIN "Group" g ON g.RelatedId = u.UserRoleId
             JOIN inside ON g.Id = inside.id ORDER BY 1"""
    return [str(row["Id"]) for row in state.rows(sql, (group_id,))]
