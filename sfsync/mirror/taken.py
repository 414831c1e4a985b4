"""What became of the rows of a page."""

from dataclasses import dataclass

IDS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows were seen and what they brought; pages add up."""

    seen: int = 0
    new: int = 0  # never seen before
    changed: int = 0  # something in them differs, stamps and views apart
    deleted: int = 0  # became tombstones
    undeleted: int = 0  # tombstones that live again
    changed_ids: tuple[str, ...] = ()  # of all four kinds, the first 10,000

    def __add__(self, other: "Taken") -> "Taken":
        """Add two pages up."""
        return Taken(
            self.seen + other.seen,
            self.new + other.new,
            self.changed + other.changed,
            self.deleted + other.deleted,
            self.undeleted + other.undeleted,
            (self.changed_ids + other.changed_ids)[:IDS_KEPT],
        )

    @property
    def all_ids_kept(self) -> bool:
        """Whether `changed_ids` holds them all: False when there were more than are kept."""
        return len(self.changed_ids) < IDS_KEPT
