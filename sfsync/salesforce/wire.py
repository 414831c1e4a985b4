"""What the three halves of the adapter share: simple-salesforce over our session, and the reading of its answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, cast

from sfsync.errors import OrgError
from sfsync.salesforce.faults import unreadable
from sfsync.salesforce.session import SfSession

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

Json = Mapping[str, object]


class Wire:
    """Calls to one org. Answers are JSON whose numbers keep every digit (`Decimal`)."""

    def __init__(self, session: SfSession, version: str) -> None:
        self.session = session
        self.version = version

    @cached_property
    def calls(self) -> "Salesforce":
        """The library that knows Salesforce's addresses; it brings much with it, so it is loaded with the first call.

        The session puts host and token into each request as it goes out: they change when the login is renewed.
        """
        from simple_salesforce.api import Salesforce

        return Salesforce(
            session_id="-",
            instance_url="https://unused.my.salesforce.com",
            session=self.session,
            version=self.version,
            parse_float=Decimal,
            object_pairs_hook=None,
        )

    def asked(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        """Get a REST resource below `/services/data/vNN.0/` that is an object. Raises an OrgError."""
        with readable(path):
            return as_object(self.calls.restful(path, dict(params or {})))


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Turn the stumbling over an answer of a wrong form into OrgUnreachable."""
    try:
        yield
    except OrgError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise unreadable(what.partition("?")[0]) from None


def as_object(value: object) -> Json:
    """Give a JSON value that has to be an object. Raises TypeError."""
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return cast("Json", value)


def as_list(value: object) -> list[object]:
    """Give a JSON value that has to be a list. Raises TypeError."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return cast("list[object]", value)


def as_text(value: object) -> str:
    """Give a JSON value that has to be a text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def as_count(value: object) -> int:
    """Give a JSON value that has to be a whole number of at least 0. Raises TypeError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("not a count")
    return value


def picker(field: str) -> Callable[[Json], object]:
    """Give a function that takes a field, or the end of a parent path, out of a record; below a null parent is None."""
    if "." not in field:
        return lambda record: record[field] if field in record else _key(record, field)
    *parents, last = field.split(".")

    def pick(record: Json) -> object:
        found: Json | None = record
        for parent in parents:
            inner = _key(found, parent) if found is not None else None
            found = None if inner is None else as_object(inner)
        return None if found is None else _key(found, last)

    return pick


def _key(record: Json, name: str) -> object:
    """Give a value by name in any case: the org answers in its own spelling. Raises KeyError where it is absent."""
    if name in record:
        return record[name]
    lowered = name.lower()
    for spelt, value in record.items():
        if spelt.lower() == lowered:
            return value
    raise KeyError(name)
