"""FOR VIEW and FOR REFERENCE: a query that says that somebody looks at what it gives.

Documented (SOQL reference): LastViewedDate or LastReferencedDate of each record moves, and who asked has lately looked
at it. Assumed: SystemModstamp stays. Left out: the two dates are the newest of all users, not those of who asks.
"""

from collections.abc import Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.sobject import SObject

MOST_KEPT = 200  # records of one user
_DATES: Mapping[str, str] = {"VIEW": "LastViewedDate", "REFERENCE": "LastReferencedDate"}


def note(org: OrgContext, sobject: SObject, for_what: Sequence[str], ids: Sequence[str]) -> None:
    """Note that who asks looks at records, if a query is for that and they are of a kind that keeps it."""
    dates = [_DATES[one] for one in for_what if one in _DATES and _DATES[one].lower() in sobject.known]
    if not dates:
        return
    moved = ", ".join(f'"{one}" = ?1' for one in dates)
    state = org.state
    state.many(f'UPDATE "{sobject.name}" SET {moved} WHERE Id = ?2', [(org.stamp, one) for one in ids])  # noqa: S608
    state.many(
        "INSERT OR REPLACE INTO _viewed (user_id, sobject, id, at) VALUES (?, ?, ?, ?)",
        [(org.user_id, sobject.name, one, org.stamp) for one in ids],
    )
    state.run(
        """DELETE FROM _viewed WHERE user_id = ?1 AND number NOT IN
           (SELECT number FROM _viewed WHERE user_id = ?1 ORDER BY number DESC LIMIT ?2)""",
        (org.user_id, MOST_KEPT),
    )
