"""A question to the org as data; only the Salesforce side turns it into SOQL."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from sfsync.records.values import Value


class Compare(Enum):
    """How a field is compared with a value."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    ONE_OF = "IN"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. For ONE_OF the value is a tuple of values; datetimes must be aware."""

    field: str  # API name, or a parent path such as Owner.Name
    compare: Compare
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Which fields of which records, in which order. All conditions must hold."""

    sobject: str
    fields: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    archived_too: bool = False  # of sObjects the org archives (see `SObject.archives`)


@dataclass(frozen=True, slots=True)
class DailyQuery:
    """A question for one line a day (of UTC): how many records it has, and the latest of a stamp among them."""

    sobject: str
    day_of: str  # the datetime field whose days are asked for
    latest_of: str  # the datetime field whose latest value is told
    archived_too: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """What one day has."""

    day_on: date
    records: int
    latest_at: datetime | None
