"""The tables of org.db: one per sObject, made from the catalog, and the org's own, whose names start with `_`."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256

from sfsync.localorg.objects.read import shipped
from sfsync.localorg.sobject import NUMBERS, TEXTS, Field, SObject

OWN_TABLES = (
    "_setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "_counter (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID",
    "_session (token TEXT PRIMARY KEY, user_id TEXT NOT NULL, used_at TEXT NOT NULL) WITHOUT ROWID",
    "_grant (token TEXT PRIMARY KEY, kind TEXT NOT NULL, made_at TEXT NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    "_grant_of (holder TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "_usage (minute INTEGER PRIMARY KEY, calls INTEGER NOT NULL)",
    "_custom_field (sobject TEXT, name TEXT, facts TEXT NOT NULL, PRIMARY KEY (sobject, name)) WITHOUT ROWID",
    "_picklist_value (number INTEGER PRIMARY KEY, sobject TEXT, field TEXT, value TEXT NOT NULL)",
    "_met_value (sobject TEXT, field TEXT, folded TEXT, value TEXT NOT NULL, PRIMARY KEY (sobject, field, folded)) "
    "WITHOUT ROWID",
    "_absent_field (sobject TEXT, name TEXT, gone INTEGER NOT NULL, PRIMARY KEY (sobject, name)) WITHOUT ROWID",
    "_rule (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, sobject TEXT NOT NULL, name TEXT NOT NULL, "
    "active INTEGER NOT NULL, value TEXT NOT NULL, UNIQUE (kind, sobject, name))",
    "_deleted_log (number INTEGER PRIMARY KEY, sobject TEXT NOT NULL, id TEXT NOT NULL, deleted_at TEXT NOT NULL)",
    "_severed (number INTEGER PRIMARY KEY, parent TEXT NOT NULL, sobject TEXT, field TEXT, child TEXT)",
    "_locator (id TEXT PRIMARY KEY, made_at TEXT NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    "_job (id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, made_at TEXT NOT NULL, value TEXT NOT NULL)",
    "_call (number INTEGER PRIMARY KEY AUTOINCREMENT, made_at TEXT NOT NULL, value TEXT NOT NULL)",
    "_mail (number INTEGER PRIMARY KEY AUTOINCREMENT, sent_at TEXT NOT NULL, value TEXT NOT NULL)",
    "_web_lead (number INTEGER PRIMARY KEY, made_at TEXT, done_at TEXT, state TEXT, told TEXT, value TEXT NOT NULL)",
    "_metadata (id TEXT PRIMARY KEY, type TEXT NOT NULL, full_name TEXT NOT NULL, made_at TEXT NOT NULL) WITHOUT ROWID",
    "_field_id (id TEXT PRIMARY KEY, sobject TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (sobject, name)) WITHOUT ROWID",
    "_viewed (number INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, sobject TEXT NOT NULL, "
    "id TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (user_id, id))",
    "_fault (number INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT NOT NULL)",
    "_pending (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, since TEXT, due_at TEXT, value TEXT NOT NULL)",
)
OWN_INDEXES = (
    "_deleted_log_by_time ON _deleted_log (sobject, deleted_at)",
    "_severed_by_parent ON _severed (parent)",
    "_job_running ON _job (kind) WHERE state IN ('UploadComplete', 'InProgress', 'Queued')",
)
_INDEXED = ("SystemModstamp", "CreatedDate")
_STAMPED_BY = frozenset({"CreatedById", "LastModifiedById"})  # too many alike to be worth an index


def kept(sobject: SObject) -> tuple[Field, ...]:
    """Give the fields that have a column, those among them that no client sees."""
    return tuple(one for one in sobject.known.values() if one.stored)


def column(field: Field) -> str:
    """Give the definition of a field's column."""
    if field.type == "boolean":
        return f'"{field.name}" INTEGER NOT NULL DEFAULT 0'
    kind = "INTEGER" if field.type in NUMBERS or field.type == "int" else "TEXT"
    return f'"{field.name}" TEXT PRIMARY KEY' if field.type == "id" else f'"{field.name}" {kind}'


def table(sobject: SObject) -> str:
    """Give the statement that makes an sObject's table."""
    columns = [column(one) for one in kept(sobject)]
    return f'CREATE TABLE "{sobject.name}" ({", ".join([*columns, "_deleted_at TEXT"])})'


def indexes(sobject: SObject) -> Iterator[str]:
    """Give the statements that make an sObject's indexes."""
    for field in kept(sobject):
        made = _index(sobject, field)
        if made is not None:
            unique, key, where = made
            name = f"{sobject.name}_by_{field.name}"
            yield f'CREATE {unique}INDEX IF NOT EXISTS "{name}" ON "{sobject.name}" ({key}){where}'
    if sobject.soft_deletes:
        name = f"{sobject.name}_in_bin"
        yield f'CREATE INDEX IF NOT EXISTS "{name}" ON "{sobject.name}" (_deleted_at) WHERE IsDeleted = 1'


@cache
def shape() -> str:
    """Give what changes whenever a program would make a fresh org's tables otherwise."""
    shapes = [(table(one), *indexes(one)) for one in shipped(frozenset()).values()]
    return sha256(repr(shapes).encode()).hexdigest()


def _index(sobject: SObject, field: Field) -> tuple[str, str, str] | None:
    """Give uniqueness, key and condition of a field's index, None where it needs none."""
    quoted, present = f'"{field.name}"', f' WHERE "{field.name}" IS NOT NULL'
    if field.name in _INDEXED:
        return "", f'{quoted}, "Id"', ""
    if field.type == "reference":
        return None if field.name in _STAMPED_BY else ("", quoted, present)
    if field.type not in TEXTS:
        return None
    folded = quoted if field.case_sensitive else f"{quoted} COLLATE NOCASE"
    if field.unique:
        alive = " AND IsDeleted = 0" if sobject.soft_deletes else ""
        return "UNIQUE ", folded, present + alive
    return ("", folded, present) if field.external_id or field.id_lookup else None
