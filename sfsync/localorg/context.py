"""What a handler is given besides the request: the org, the time, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sfsync.clock import Clock
from sfsync.localorg import unknown
from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.state import State
from sfsync.localorg.trouble import Trouble
from sfsync.localorg.values import stamp
from sfsync.localorg.wire import Answer, Request, not_found


@dataclass(frozen=True, slots=True)
class OrgContext:
    """One request's view of the org."""

    state: State
    clock: Clock
    now: datetime  # when the request began: aware, UTC
    user_id: str = ""  # the session's user; "" where the route needs no session
    token: str = ""  # the session's access token
    version: str = ""  # of the API as in the path: "59.0"; "" where the path has none
    base_url: str = ""  # where the client found the org: https, host and port
    campaign_id: str = ""  # the campaign that a web form names, before its lead is a member
    seen: Catalog | None = None  # the catalog as the user sees it, where rights are less than all
    all_or_none: bool = False  # a request outside this one keeps all that is in it, or nothing
    trouble: Trouble | None = None  # what goes wrong with the records and jobs of this request
    forward: "Forward | None" = None  # answers a request that came inside another, for the same user

    @property
    def catalog(self) -> Catalog:
        """Give the sObjects of the org, as who asks may see them."""
        return self.seen or self.state.catalog

    def lacks(self, permission: str) -> bool:
        """Tell whether who asks is without a permission."""
        return self.seen is not None and permission in self.seen.lacks

    @property
    def stamp(self) -> str:
        """Give the time of the request as datetime columns hold it."""
        return stamp(self.now)

    @property
    def org_id(self) -> str:
        """Give the 18-character id of the org."""
        row = self.state.one('SELECT Id FROM "Organization"')
        return "" if row is None else str(row["Id"])

    @property
    def base_path(self) -> str:
        """Give the path under which this version's resources stand."""
        return f"/services/data/v{self.version}"

    def record_url(self, sobject: SObject, record_id: str) -> str:
        """Give the path of a record, as `attributes.url` shows it."""
        return f"{self.base_path}/sobjects/{sobject.name}/{record_id}"

    def sobject(self, name: str) -> SObject:
        """Find an sObject named in a path, in any case. Raises Refusal NOT_FOUND."""
        found = self.catalog.sobject(name)
        if found is None:
            unknown.note(f"sObject {name}")
            raise not_found()
        return found


Forward = Callable[[OrgContext, Request], Answer]
