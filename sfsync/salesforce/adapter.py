"""The adapter: an `Org` over Salesforce's REST, Bulk 2.0 and SOAP APIs, in seven parts over one wire."""

from collections.abc import Mapping
from types import MappingProxyType

from sfsync.records.manner import Manner
from sfsync.salesforce.bulk import BulkQueries
from sfsync.salesforce.effects import Effects
from sfsync.salesforce.ingest import BulkIngest
from sfsync.salesforce.looking import Looking
from sfsync.salesforce.owner_changes import OwnerChanges
from sfsync.salesforce.rest import RestReads
from sfsync.salesforce.wire import Wire
from sfsync.salesforce.writes import RestWrites


class SalesforceOrg(RestReads, RestWrites, BulkQueries, BulkIngest, Looking, Effects, OwnerChanges):
    """A Salesforce org, asked directly: nothing is retried, counted or logged here."""

    def __init__(self, wire: Wire, manners: Mapping[str, Manner] = MappingProxyType({})) -> None:
        RestReads.__init__(self, wire)
        RestWrites.__init__(self, wire, manners)
        BulkQueries.__init__(self, wire)
        BulkIngest.__init__(self, wire)
        Looking.__init__(self, wire)
        Effects.__init__(self, wire)
        OwnerChanges.__init__(self, wire)

    def new_share(self, used_today: int) -> None:
        """Nothing is shared out here: a `BudgetedOrg` does that."""
