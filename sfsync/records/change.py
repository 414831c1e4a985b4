"""A change: one intended difference on one record, with its reason. The noun of the program."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sfsync.records.values import Value


class Action(Enum):
    """What a change does to its record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's part of a change."""

    field: str  # API name
    before: Value  # as the org held it when the change was planned; None on a create
    after: Value
    because: tuple[str, ...] = ()  # one line a reason, for a person


@dataclass(frozen=True, slots=True)
class Change:
    """One intended difference on one record.

    A create has no id. It carries a key, made before the first attempt and kept with it, and the external id field the
    key is written to, so that sending it twice makes one record. A create whose `key_field` is None has no such guard.
    """

    action: Action
    sobject: str
    id: str | None  # 18 characters; None on a create
    fields: tuple[FieldChange, ...]
    because: tuple[str, ...] = ()  # reasons that hold for the whole change
    key: str | None = None
    key_field: str | None = None
    row: int | None = None  # 1-based data row of the file it came from

    @property
    def unread(self) -> bool:
        """Whether it stands for a row that could not be read as a change: of no record, with no key and no values."""
        return not (self.id or self.key or self.fields) and self.action is not Action.DELETE

    def before(self) -> Mapping[str, Value]:
        """Give the values it expects to find, by field."""
        return {part.field: part.before for part in self.fields}

    def after(self) -> Mapping[str, Value]:
        """Give the values it wants, by field."""
        return {part.field: part.after for part in self.fields}

    def reversed(self) -> "Change":
        """Give the change that takes this one back: an update the other way, or the delete of what was created.

        Raises ValueError for a delete: a record that is gone is not made again, it has to be undeleted in the org.
        """
        if self.action is Action.DELETE:
            raise ValueError("a delete cannot be taken back by a change")
        if self.action is Action.CREATE:
            swapped = tuple(FieldChange(part.field, part.after, part.before) for part in self.fields)
            return Change(Action.DELETE, self.sobject, self.id, swapped)
        swapped = tuple(FieldChange(part.field, part.after, part.before) for part in self.fields)
        return Change(Action.UPDATE, self.sobject, self.id, swapped)
