"""Which fields the values of a row are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfsync.errors import MirrorError
from sfsync.records.values import Kind


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fields the values of a row are of, in order, and where those with a meaning to us stand."""

    sobject: str
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]

    def place(self, name: str) -> int | None:
        """Give where a field stands, None where it is not among them."""
        return self.names.index(name) if name in self.names else None


def layout_of(sobject: str, known: Mapping[str, Kind], fields: Sequence[str]) -> Layout:
    """Give the layout of rows with these fields. Raises MirrorError where the table has no such column, or no Id."""
    strange = [name for name in fields if name not in known]
    if strange:
        raise MirrorError(f"the mirror has no column for {', '.join(strange)} of {sobject}")
    if "Id" not in fields:
        raise MirrorError(f"rows of {sobject} without their Id cannot be taken in")
    return Layout(sobject, tuple(fields), tuple(known[name] for name in fields))
