"""A TOML table read key by key: what is wrong, missing or unknown becomes a problem, none stops the reading."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sfsync.rules.problems import KeyPath, RuleProblem, meant


@dataclass(slots=True)
class Table:
    """One table of a rule file, and where problems found in it go."""

    file: str
    values: Mapping[str, object]
    problems: list[RuleProblem]
    path: KeyPath = ()
    asked: set[str] = field(default_factory=set)  # keys a reader knows

    def blame(
        self,
        key: str | int | KeyPath,
        message: str,
        todo: str = "",
        *,
        column: int | None = None,
        warning: bool = False,
    ) -> None:
        """Note a problem at a key of this table; an empty path means the table itself."""
        below = key if isinstance(key, tuple) else (key,)
        self.problems.append(RuleProblem(self.file, (*self.path, *below), message, todo, column, warning))

    @property
    def name(self) -> str:
        """The file's name without folder and ending: what reasons begin with."""
        return self.file.rsplit("/", 1)[-1].removesuffix(".toml")

    def has(self, key: str) -> bool:
        """Tell whether the key is there, whatever it holds."""
        return key in self.values

    def text(self, key: str, *, needed: bool = False) -> str | None:
        """Give a text that is not empty, else None."""
        value = self._take(key, needed)
        if value is None:
            return None
        if isinstance(value, str) and value.strip():
            return value
        self.blame(key, f"{key} must be a text that is not empty", f"it is {_shown(value)}")
        return None

    def texts(self, key: str) -> list[tuple[int, str]]:
        """Give a list of texts, with the place of each; empty where the key is missing."""
        return [(place, text) for place, text in self._members(key) if isinstance(text, str)]

    def whole(
        self, key: str, default: int | None = None, *, least: int | None = None, needed: bool = False
    ) -> int | None:
        """Give a whole number of at least `least`; the default where it is missing or wrong."""
        value = self._take(key, needed)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and (least is None or value >= least):
            return value
        bound = "" if least is None else f" of at least {least}"
        self.blame(key, f"{key} must be a whole number{bound}", f"it is {_shown(value)}")
        return default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Give true or false; the default where it is missing or wrong."""
        value = self._take(key, needed=False)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.blame(key, f"{key} must be true or false", f"it is {_shown(value)}")
        return default

    def table(self, key: str, *, needed: bool = False) -> "Table":
        """Give a table below this one, an empty one where it is missing or wrong."""
        value = self._take(key, needed)
        if isinstance(value, Mapping):
            return self._below((key,), value)
        if value is not None:
            self.blame(key, f"{key} must be a table", f"write [{key}] or {key} = {{ ... }}")
        return self._below((key,), {})

    def named(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """Give the named tables below a key, as [pool.emea] is below `pool`."""
        for name, value in self.table(key).values.items():
            if isinstance(value, Mapping):
                yield name, self._below((key, name), value)
            else:
                self.blame((key, name), f"{key}.{name} must be a table", f"write [{key}.{name}]")

    def tables(self, key: str) -> list["Table"]:
        """Give a list of tables, as [[score]] makes it."""
        found = []
        for place, value in self._members(key, (Mapping,), f"write [[{key}]]"):
            if isinstance(value, Mapping):
                found.append(self._below((key, place), value))
        return found

    def members(self, key: str) -> list[tuple[int, "str | Table"]]:
        """Give a list whose entries are texts or tables, with the place of each."""
        found: list[tuple[int, str | Table]] = []
        for place, value in self._members(key, (str, Mapping), "write a list of texts or tables"):
            if isinstance(value, str):
                found.append((place, value))
            elif isinstance(value, Mapping):
                found.append((place, self._below((key, place), value)))
        return found

    def finish(self) -> None:
        """Blame every key that no reader asked for, with what was probably meant."""
        for key in self.values:
            if key not in self.asked:
                self.blame(
                    key,
                    f"there is no key {key!r} here",
                    meant(key, self.asked - set(self.values)) or meant(key, self.asked),
                )

    def _take(self, key: str, needed: bool) -> object:
        self.asked.add(key)
        value = self.values.get(key)
        if value is None and needed:
            self.blame((), f"{key} is missing", f"add {key} = ...")
        return value

    def _members(
        self, key: str, right: tuple[type, ...] = (str,), todo: str = "write a list of texts"
    ) -> Iterator[tuple[int, object]]:
        """Give the entries of a list that are of a right type, with their places."""
        value = self._take(key, needed=False)
        if value is None:
            return
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.blame(key, f"{key} must be a list", todo)
            return
        for place, entry in enumerate(value):
            if isinstance(entry, right):
                yield place, entry
            else:
                self.blame((key, place), f"{_shown(entry)} does not belong into {key}", todo)

    def _below(self, path: KeyPath, values: Mapping[str, object]) -> "Table":
        return Table(self.file, values, self.problems, (*self.path, *path))


def _shown(value: object) -> str:
    """Show a TOML value roughly as it was written."""
    if isinstance(value, bool):
        return str(value).lower()
    return (
        f"a {'table' if isinstance(value, Mapping) else 'list'}" if isinstance(value, (Mapping, list)) else repr(value)
    )
