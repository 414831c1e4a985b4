"""Whether the org shows an sObject to the user sfsync signs in as: what is no longer to be seen is not gone.

Of an sObject that the mirror holds and the org shows no more nothing is read, decided or buried. Since when that is so
is kept until it is seen again; then its pull goes on from its watermark.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime

from sfsync.errors import OrgRefused, Problem, SettingsError, Where
from sfsync.mirror.books import Books
from sfsync.records.schema import SObject
from sfsync.records.values import datetime_text
from sfsync.sync.context import Context

_NO_SUCH = ("NOT_FOUND", "INVALID_TYPE")  # of a describe, of a query: there is none, or the user may not see it


def is_unknown(refused: OrgRefused) -> bool:
    """Tell whether the org refused since it has no such sObject, or does not show it."""
    return refused.code in _NO_SUCH


def shown(schema_of: Callable[[str], SObject], sobject: str, mirrored: Container[str]) -> SObject | None:
    """Give an sObject's schema, None where it is among those mirrored and no longer to be seen.

    Raises SettingsError, with the key of its section, where it never was.
    """
    try:
        return schema_of(sobject)
    except OrgRefused as refused:
        if not is_unknown(refused):
            raise
        if sobject in mirrored:
            return None
        raise SettingsError(
            f"the org has no sObject {sobject}, or its user may not see it",
            todo="correct the name, or remove the section",
            where=Where(key=f"sobjects.{sobject}"),
        ) from refused


def unseen_since(books: Books) -> dict[str, datetime]:
    """Give since when each sObject of the mirror is not to be seen; those that are to be seen are left out."""
    marks = {name: books.watermarks.get(_mark(name)) for name in books.schemas.names()}
    return {name: mark.covered_until for name, mark in marks.items() if mark is not None}


def keep_sight(context: Context, seen: Iterable[str], unseen: Iterable[str], run: int, now: datetime) -> None:
    """Keep which sObjects are to be seen and which are not; when the latter began stays as it is."""
    with context.mirror.reading() as books:
        known = unseen_since(books)
    news, back = [name for name in unseen if name not in known], [name for name in seen if name in known]
    if news or back:
        with context.mirror.writing() as books:
            for name in news:
                books.watermarks.set(_mark(name), now, run=run)
            for name in back:
                books.watermarks.reset(_mark(name))


def found_unseen(context: Context, sobjects: Iterable[str], run: int) -> bool:
    """Look whether the org still shows these sObjects, and keep which it does not; tell whether there are such."""
    unseen = [name for name in sobjects if shown(context.schema, name, [name]) is None]
    keep_sight(context, [], unseen, run, context.org.server_time() or context.clock.now())
    return bool(unseen)


def no_longer_seen(sobject: str, since: datetime | None = None) -> Problem:
    """Tell that an sObject of the mirror is not to be seen."""
    began = f" (since {datetime_text(since)})" if since else ""
    return Problem(
        f"the org no longer shows it{began}; the mirror keeps what it last held, and nothing is decided of it",
        "let the user sfsync signs in as read it again, and its pull goes on where it was; or remove"
        f" [sobjects.{sobject}] from sfsync.toml",
        Where(sobject=sobject),
    )


def still_unseen(unseen: Mapping[str, datetime], among: Container[str]) -> tuple[Problem, ...]:
    """Tell which of these sObjects are among those that are not to be seen, as `unseen_since` gives them."""
    return tuple(no_longer_seen(name, since) for name, since in unseen.items() if name in among)


def _mark(sobject: str) -> str:
    return f"{sobject}/unseen"
