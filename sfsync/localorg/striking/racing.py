"""Somebody else who makes a record by the same key, between the look for the key and the write."""

from dataclasses import replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft, Options
from sfsync.localorg.saving.save import save
from sfsync.localorg.sobject import SObject
from sfsync.localorg.striking.deeds import somebody
from sfsync.localorg.trouble import Written


class Racer:
    """Another client that sends what this request sends, a moment earlier."""

    def __init__(self, org: OrgContext) -> None:
        self._org = org
        self._keys: dict[str, set[str]] = {}  # sObject to the key fields that were looked for
        self._made: list[tuple[SObject, str, Draft]] = []

    def looked(self, sobject: str, key: str) -> None:
        """Take note of a look for records by a key."""
        self._keys.setdefault(sobject, set()).add(key)

    def overtake(self, sobject: str, row: Written) -> None:
        """Make the record before this request does, where it was looked for by a key."""
        if row.before is not None or not any(row.row.get(key) for key in self._keys.get(sobject, ())):
            return
        kind = replace(self._org, seen=None).sobject(sobject)
        given = {n: value for n, value in row.row.items() if n.lower() in kind.fields}
        theirs: dict[str, str | int | None] = {
            n: value for n, value in given.items() if value is not None and kind.fields[n.lower()].createable
        }
        self._make(kind, theirs)

    def settle(self) -> None:
        """Make again what was undone with the request: the other client's write is its own."""
        made, self._made = self._made, []
        for kind, record_id, draft in made:
            if not store.by_id(self._org.state, kind, [record_id]):
                self._make(kind, dict(draft.given))

    def _make(self, kind: SObject, given: dict[str, str | int | None]) -> None:
        who = replace(somebody(self._org), trouble=None, seen=None)
        given.pop("OwnerId", None)
        draft = Draft(given)
        with self._org.state.transaction():
            outcome = save(who, kind, [draft], Options())[0]
        if outcome.record_id is not None and outcome.success:
            self._made.append((kind, outcome.record_id, draft))
