"""Users on the way into the database: a user name is a mail address that nobody else has, a nickname is one's own.

Documented (Object Reference, User): both are unique. Seen in public traces: the codes and the first words.
"""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import EMAIL

_FORM = "Username must be in the form of an email address (for example, john@acme.com)"
_UNIQUE = {  # field to the code and the words of its refusal
    "Username": ("DUPLICATE_USERNAME", "Duplicate Username.<br>The username already exists in this organization."),
    "CommunityNickname": ("DUPLICATE_COMM_NICKNAME", "Duplicate Nickname.<br>Another user has this nickname."),
}


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse user names that are no mail addresses, and names that another user has."""
    if sobject.name != "User":
        return
    for draft in living(drafts):
        name = draft.given.get("Username")
        if isinstance(name, str) and not EMAIL.fullmatch(name):
            draft.refuse(400, "INVALID_EMAIL_ADDRESS", _FORM, ("Username",))
    for field, (code, text) in _UNIQUE.items():
        taken: set[str] = set()
        for draft in living(drafts):
            if draft.row[field] is None or not draft.changes(field):
                continue
            held = store.fetch(org.state, sobject, field, [draft.row[field]], collation=" COLLATE NOCASE")
            if str(draft.row[field]).lower() in taken or any(one["Id"] != draft.record_id for one in held):
                draft.refuse(400, code, text, (field,))
            taken.add(str(draft.row[field]).lower())
