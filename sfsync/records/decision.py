"""What the rules concluded about one record, with the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sfsync.records.values import Plain, Value


@dataclass(frozen=True, slots=True)
class Decision:
    """One conclusion about one record."""

    sobject: str
    id: str  # 18 characters
    topic: str  # "score" or "owner": what it is about; one decision a record and topic
    wanted: Mapping[str, Value]  # what the fields should be, by API name; empty where nothing is wanted
    because: tuple[str, ...]  # one line a reason, for a person, each naming its rule
    detail: Mapping[str, Plain | list[Plain]] = field(
        default_factory=dict
    )  # figures for `explain`: score, grade, route
    tried: tuple[str, ...] = ()  # rules that were looked at and did not hold, in order, each with why
