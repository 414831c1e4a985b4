"""The fields that settings name by the way: protected, never cleared, who wins, what schedules may do alone."""

from collections.abc import Iterator, Mapping

from sfsync.errors import Problem, SettingsError
from sfsync.records.change import Action
from sfsync.records.schema import SObject
from sfsync.settings.places import KeyPath
from sfsync.settings.shapes import Settings
from sfsync.sync.pull import no_field

_NO_FIELDS = ("*", Action.CREATE.value, Action.DELETE.value)  # what may stand for a field in [approve] auto


def check_named_fields(settings: Settings, schemas: Mapping[str, SObject]) -> None:
    """Raise SettingsError with every field that settings name and its sObject has not, each with its line.

    What is said of an sObject whose schema is not known yet is let pass.
    """
    problems = [*_of_sobjects(settings, schemas), *_of_allowances(settings, schemas)]
    if problems:
        raise SettingsError.of(problems)


def _of_sobjects(settings: Settings, schemas: Mapping[str, SObject]) -> Iterator[Problem]:
    for sobject, one in settings.sobjects.items():
        if (schema := schemas.get(sobject)) is None:
            continue
        home: KeyPath = ("sobjects", sobject)
        named = [((*home, "protected", place), name) for place, name in enumerate(one.protected)]
        named += [((*home, "never_blank", place), name) for place, name in enumerate(one.never_blank)]
        named += [((*home, "conflicts", name), name) for name in one.conflicts if name != "otherwise"]
        for path, name in named:
            if schema.find(name) is None:
                yield _no_field(settings, path, schema, name)


def _of_allowances(settings: Settings, schemas: Mapping[str, SObject]) -> Iterator[Problem]:
    known = {name.lower(): name for name in settings.sobjects}
    for sobject, name in settings.auto or {}:
        path = ("approve", "auto", sobject, name)
        if sobject not in known:
            named = ", ".join(settings.sobjects) or "none"
            written = _written(settings, path[:-1])
            words = f"{written[-1]} is not among the sObjects of this file"
            yield Problem(words, f"they are {named}", settings.places.where(written))
            continue
        schema = schemas.get(known[sobject])
        if schema is not None and name not in _NO_FIELDS and schema.find(name) is None:
            yield _no_field(settings, path, schema, name)


def _no_field(settings: Settings, path: KeyPath, schema: SObject, name: str) -> Problem:
    written = _written(settings, path)
    last = written[-1]  # a key, or the place in a list
    return no_field(schema, last if isinstance(last, str) else name, settings.places.where(written))


def _written(settings: Settings, path: KeyPath) -> KeyPath:
    """Give a path as the file writes it, which may be in other case."""
    lowered = [str(part).lower() for part in path]
    return next((spot for spot in settings.places.spots if [str(part).lower() for part in spot] == lowered), path)
