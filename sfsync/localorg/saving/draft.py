"""One record on its way into the database, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sfsync.localorg.mail import Mail
from sfsync.localorg.sobject import Field
from sfsync.localorg.values import Stored
from sfsync.localorg.wire import Refusal

ROLLED_BACK = Refusal(
    400,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
    (),
)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A parent named by an external id instead of its Id: `"Account": {"Ext_Id__c": "X"}`."""

    reference: Field  # the field to fill
    parent: str  # the parent's sObject
    key: Field  # its external id field
    value: Stored


@dataclass(slots=True)
class Draft:
    """One record as asked for; the steps of saving fill in the rest."""

    given: dict[str, Stored]  # what the caller gives, by field name
    record_id: str | None = None  # None: to be created
    lookups: list[Lookup] = field(default_factory=list)
    before: Mapping[str, Stored] | None = None  # the row as it was
    row: dict[str, Stored] = field(default_factory=dict)  # the row as it shall be, complete
    errors: list[Refusal] = field(default_factory=list)
    letters: list[Mail] = field(default_factory=list)  # mail to send once it is saved
    reported: list[tuple[str, list[str]]] = field(default_factory=list)  # duplicate rule, ids of what it is the same as

    def refuse(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        """Note an error; a draft with errors takes no further step."""
        self.errors.append(Refusal(status, code, message, fields))

    def changes(self, name: str) -> bool:
        """Tell whether the caller gives a field another value than it has."""
        return name in self.given and (self.before is None or self.before[name] != self.given[name])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record."""

    record_id: str | None
    created: bool = False
    errors: tuple[Refusal, ...] = ()

    @property
    def success(self) -> bool:
        """Tell whether it was saved."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Options:
    """How a set is to be saved."""

    rule_id: str | None = None  # the assignment rule to run over leads, None for none
    rules: bool = True  # validation and duplicate rules run; conversion may leave them out
    validation: bool = True  # of them, validation rules run
    allow_duplicates: bool = False  # save what a duplicate rule only warns of
    duplicate_details: bool = False  # show what duplicates hold, not only their ids
    as_current_user: bool = False  # what the user does not see is no duplicate
    duplicates_block: bool = False  # whatever the duplicate rule's action: conversion with validation alone
    without_required: bool = False  # custom fields that a record needs may be empty
    owner_options: frozenset[str] = frozenset()  # what is done with a record that comes to another owner
    record_types_of: str | None = None  # whose default record types new records get; None: those of who saves
    auto_response: bool = False  # mail leads what the auto-response rule says
    assignment_mail: bool = False  # mail new owners what the assignment rule says


def living(drafts: Sequence[Draft]) -> list[Draft]:
    """Give the drafts that have no error yet."""
    return [one for one in drafts if not one.errors]


def rolled_back(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Give the outcomes of a set of which nothing was kept because something failed."""
    undone = Outcome(None, errors=(ROLLED_BACK,))
    return [replace(undone, record_id=None) if one.success else one for one in outcomes]


def duplicate_value(field: Field, holder_id: str) -> Refusal:
    """Give the refusal of a value that another record has in a unique field; it names the 15-character id."""
    text = f"duplicate value found: {field.name} duplicates value on record with id: {holder_id[:15]}"
    return Refusal(400, "DUPLICATE_VALUE", text, ())
