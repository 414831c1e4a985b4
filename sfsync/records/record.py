"""One record as we know it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.records.values import Value


@dataclass(frozen=True, slots=True)
class Record:
    """A record of an sObject. A field that is absent is not known; one that is None is null."""

    sobject: str
    id: str  # 18 characters
    fields: Mapping[str, Value]  # by API name
    deleted: bool = False  # a tombstone: it is gone from the org
