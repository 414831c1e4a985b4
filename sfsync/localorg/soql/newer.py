"""Parts of the language that came with an API version: before it, they are words that nobody expects.

Documented (SOQL and SOSL reference): FIELDS() since version 51, TYPEOF since 46. Assumed: how older versions refuse
them.
"""

from sfsync.localorg import versions
from sfsync.localorg.soql.refusals import unexpected
from sfsync.localorg.soql.tree import AllFields, Query, TypeOf

FIELDS_SINCE, TYPE_OF_SINCE = 51, 46


def demand_known(text: str, query: Query, version: str) -> None:
    """Refuse what a select list holds and the API version does not know. Raises Refusal MALFORMED_QUERY."""
    number = versions.number_of(version)
    for item in query.items:
        if isinstance(item, AllFields) and number < FIELDS_SINCE:
            raise unexpected(text, text.index("(", item.at), "(")
        if isinstance(item, TypeOf) and number < TYPE_OF_SINCE:
            raise unexpected(text, item.at, "TYPEOF")
