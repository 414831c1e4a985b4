"""What became of each row and value of a set: counts for all, row numbers for what could not be kept."""

from dataclasses import dataclass, field

_EXAMPLES = 3
_EXAMPLE_CHARACTERS = 80

FILE, ROW, VALUE, COLUMN, CHANGED = "file", "row", "value", "column", "changed"


@dataclass(slots=True)
class Group:
    """All that was left out or changed for one reason, in one file and field."""

    file: str
    kind: str  # file, row, value, column: left out; changed: kept, but not as it was written
    reason: str
    name: str | None  # of the field or column
    count: int = 0
    rows: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def shown(self) -> dict[str, object]:
        """Give the group as JSON."""
        return {
            "file": self.file,
            "kind": self.kind,
            "reason": self.reason,
            "field": self.name,
            "count": self.count,
            "rows": self.rows,
            "examples": self.examples,
        }


@dataclass(slots=True)
class FileReport:
    """What became of one file."""

    file: str
    sobject: str | None = None
    rows: int = 0
    loaded: int = 0
    known: bool = False  # the org has this sObject
    encoding: str = ""
    delimiter: str = ""
    new_fields: list[str] = field(default_factory=list)
    worked_out: list[str] = field(default_factory=list)  # columns the org fills itself

    def shown(self) -> dict[str, object]:
        """Give the report of the file as JSON."""
        return {
            "file": self.file,
            "sobject": self.sobject,
            "rows": self.rows,
            "loaded": self.loaded,
            "left_out": self.rows - self.loaded,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "new_fields": self.new_fields,
            "worked_out": self.worked_out,
        }


@dataclass(slots=True)
class Report:
    """What became of a set of files."""

    files: list[FileReport] = field(default_factory=list)
    ignored_files: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)  # ids of users that were made
    queues: list[str] = field(default_factory=list)
    picklist_values: list[dict[str, str]] = field(default_factory=list)
    _groups: dict[tuple[str, str, str, str | None], Group] = field(default_factory=dict)

    def note(self, file: str, kind: str, reason: str, name: str | None, row: int | None, value: str = "") -> None:
        """Note a file, or one row, value or column of it."""
        key = (file, kind, reason, name)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(file, kind, reason, name)
        group.count += 1
        if row is not None:
            group.rows.append(row)
        if value and len(group.examples) < _EXAMPLES:
            group.examples.append(value[:_EXAMPLE_CHARACTERS])

    def count_column(self, file: str, reason: str, name: str, cells: int, example: str) -> None:
        """Note a column that was left out, with how many of its cells held something."""
        self.note(file, COLUMN, reason, name, None, example)
        self._groups[(file, COLUMN, reason, name)].count = cells

    @property
    def groups(self) -> list[Group]:
        """All groups, those of files first, then of rows."""
        order = (FILE, ROW, VALUE, COLUMN, CHANGED)
        return sorted(self._groups.values(), key=lambda one: (order.index(one.kind), one.file, one.name or ""))

    def counts(self) -> dict[str, int]:
        """Give the sums over all files."""
        by_kind = dict.fromkeys((FILE, ROW, VALUE, COLUMN, CHANGED), 0)
        for group in self._groups.values():
            by_kind[group.kind] += group.count if group.kind != COLUMN else 1
        return {
            "files": len(self.files),
            "files_left_out": by_kind[FILE],
            "rows": sum(one.rows for one in self.files),
            "loaded": sum(one.loaded for one in self.files),
            "left_out": sum(one.rows - one.loaded for one in self.files),
            "refused": sum(one.rows - one.loaded for one in self.files if one.known),
            "values_left_out": by_kind[VALUE],
            "values_changed": by_kind[CHANGED],
            "columns_left_out": by_kind[COLUMN],
            "new_fields": sum(len(one.new_fields) for one in self.files),
            "new_picklist_values": len(self.picklist_values),
            "new_users": len(self.users),
            "new_queues": len(self.queues),
        }

    def shown(self) -> dict[str, object]:
        """Give the report as JSON."""
        return {
            "counts": self.counts(),
            "files": [one.shown() for one in self.files],
            "ignored_files": self.ignored_files,
            "left_out": [one.shown() for one in self.groups if one.kind != CHANGED],
            "changed": [one.shown() for one in self.groups if one.kind == CHANGED],
            "users": self.users,
            "queues": self.queues,
            "picklist_values": self.picklist_values,
        }
