"""Checking one TOML document against the keys that are declared, collecting every problem."""

from collections.abc import Mapping
from typing import TypeVar, cast

from sfsync.errors import Problem
from sfsync.settings.keys import TABLES, Key, Table
from sfsync.settings.kinds import did_you_mean, found
from sfsync.settings.places import KeyPath, Places

T = TypeVar("T")


class Section:
    """The values of one table: those given, defaults for the rest."""

    def __init__(self, path: KeyPath, given: Mapping[str, object]) -> None:
        self.path = path
        self._given = given

    def get(self, key: Key[T]) -> T:
        """Give a key's value."""
        return cast("T", self._given.get(key.name, key.default))

    def has(self, key: Key[object]) -> bool:
        """Tell whether the file gives the key a value of its kind."""
        return key.name in self._given


class Document:
    """A TOML document and the problems found in it so far."""

    def __init__(self, values: Mapping[str, object], places: Places) -> None:
        self.values = values
        self.places = places
        self.problems: list[Problem] = []

    def wrong(self, path: KeyPath, message: str, todo: str = "") -> None:
        """Note a problem at a key."""
        self.problems.append(Problem(message, todo, self.places.where(path)))

    def refuse_unknown_tables(self) -> None:
        """Note every name at the top level that is no table of ours."""
        tables = {table.name: table for table in TABLES}
        for name in self.values:
            if name in tables:
                continue
            home = next((table for table in TABLES for key in table.keys if key.name == name and not table.many), None)
            todo = f"it belongs under [{home.name}]" if home else did_you_mean(name, list(tables))
            self.wrong((name,), f"there is no setting {name!r} here", todo)

    def section(self, table: Table) -> Section:
        """Read a table that stands alone."""
        return self._read((table.name,), table, self.values.get(table.name, {}))

    def sections(self, table: Table) -> dict[str, Section]:
        """Read a family of tables, by the name each has, in file order."""
        family = self.values.get(table.name, {})
        if not isinstance(family, dict):
            self.wrong((table.name,), f"tables are needed here, found {found(family)}", f"write [{table.name}.NAME]")
            return {}
        return {name: self._read((table.name, name), table, values) for name, values in family.items()}

    def _read(self, path: KeyPath, table: Table, values: object) -> Section:
        if not isinstance(values, dict):
            self.wrong(path, f"a table is needed here, found {found(values)}", f"write [{'.'.join(map(str, path))}]")
            return Section(path, {})
        keys = {key.name: key for key in table.keys}
        given: dict[str, object] = {}
        for name, value in values.items():
            key = keys.get(name)
            if key is None:
                self.wrong((*path, name), f"there is no setting {name!r} here", did_you_mean(name, list(keys)))
                continue
            try:
                given[name] = key.kind.read(value)
            except ValueError as error:
                self.wrong((*path, name), str(error))
        return Section(path, given)

    def stands(self, section: Section, key: Key[object]) -> bool:
        """Tell whether the file names a key, whether or not its value was good."""
        return (*section.path, key.name) in self.places.spots
