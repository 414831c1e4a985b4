"""From rows to changes: what each row would do, and which rows are refused before any call."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sfsync.dataload.columns import KEY_FIELD, Columns
from sfsync.dataload.rows import Row
from sfsync.mirror.long_lists import Form
from sfsync.mirror.scratch import Scratch, json_text, read_change, write_change
from sfsync.mirror.slices import slices
from sfsync.plan.converted import CONVERTED, ConvertedLeads, as_contact
from sfsync.plan.policy import Policy
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.ids import prefix
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Value, same, to_text
from sfsync.sync.context import Context
from sfsync.sync.foresight import Given, foresee
from sfsync.sync.readback import ids_by_key, lasting_ids, look_at
from sfsync.sync.record_types import misfits

_AT_ONCE = 2_000  # rows that are looked up in the org together


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not sent, and why."""

    change: Change  # what it would have done, as far as it could be read
    message: str


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What a file's rows come to: each row is in exactly one of the lists, which may be long."""

    changes: Sequence[Change]
    unchanged: Sequence[Change]  # the org holds these values already
    refused: Sequence[Refused]


class _Sorting:
    """Where rows are put, one after the other."""

    def __init__(self, scratch: Scratch) -> None:
        self.changes = scratch.changes()
        self.unchanged = scratch.changes()
        self._refused = scratch.of(_REFUSED)
        self.keys = scratch.firsts()  # of keys, the row that gave it first
        self.records = scratch.firsts()  # of records by their ids, the row that named it first
        self.given = Given(scratch)

    def refuse(self, schema: SObject, action: Action, row: int, message: str) -> None:
        """Set a row aside."""
        self.set_aside(Change(action, schema.name, None, (), row=row), message)

    def set_aside(self, change: Change, message: str) -> None:
        """Set aside what a row would have done."""
        self._refused.add([Refused(change, message)])

    def sorted(self) -> RowPlan:
        """Give what all rows have come to."""
        return RowPlan(self.changes.all(), self.unchanged.all(), self._refused.all())


def _write_refused(one: Refused) -> str:
    return json_text([write_change(one.change), one.message])


def _read_refused(text: str) -> Refused:
    change, message = json.loads(text)
    return Refused(read_change(change), message)


_REFUSED = Form(_write_refused, _read_refused)
Values = dict[str, Value]


def plan_rows(
    context: Context,
    schema: SObject,
    columns: Columns,
    operation: str,
    rows: Iterable[Row],
    because: str,
    salt: str | None,
    policies: Mapping[str, Policy],
    remake: bool = False,
) -> RowPlan:
    """Plan every row. `salt` makes the keys of creates; None sends creates without a key.

    With `remake` a key whose record is gone makes one anew.

    Reads the org: which keys exist, and what the records to update hold now.
    """
    plan = _Sorting(context.mirror.scratch)
    action = Action.CREATE if operation == "insert" else Action.UPDATE
    policy = policies.get(schema.name, Policy())
    for cast in slices(_cast(plan, schema, columns, action, rows), _AT_ONCE):
        if operation == "insert":
            changes = [_create(schema, number, values, because, salt) for number, values in cast]
        else:
            may_create = operation == "upsert"
            changes = _keyed(
                context, plan, schema, columns, cast, because, salt, may_create=may_create,
                remake=remake and may_create, converted=policy.converted,
            )  # fmt: skip
        needed = list(_needed(plan, changes))
        for sobject in dict.fromkeys(change.sobject for change in needed):
            of_it = [change for change in needed if change.sobject == sobject]
            _foresee(context, plan, of_it, policies.get(sobject, Policy()))
    return plan.sorted()


def _foresee(context: Context, plan: _Sorting, changes: Sequence[Change], policy: Policy) -> None:
    """Take changes of one sObject, but for those that the org will refuse or the policy forbids."""
    schema = context.schema(changes[0].sobject)
    with context.mirror.reading() as books:
        complaints = foresee(books, schema, changes, policy, plan.given)
    for place, problem in misfits(context, schema, changes):
        complaints[place].append(problem)
    for change, foreseen in zip(changes, complaints, strict=True):
        found = [*foreseen, *policy.kept_to(change)[1]]
        if found:
            plan.set_aside(change, "; ".join(f"{one.message}: {one.next}" for one in found))
        else:
            plan.changes.add([change])


def _cast(
    plan: _Sorting, schema: SObject, columns: Columns, action: Action, rows: Iterable[Row]
) -> Iterator[tuple[int, Values]]:
    for row in rows:
        try:
            values = columns.values(row)
        except ValueError as error:
            plan.refuse(schema, action, row.number, str(error))
            continue
        if values:
            yield row.number, values
        else:
            plan.refuse(schema, action, row.number, "every cell is empty")


def _create(schema: SObject, row: int, values: Values, because: str, salt: str | None) -> Change:
    parts = tuple(FieldChange(name, None, value) for name, value in values.items() if value is not None)
    key = blake2b(f"{salt}:{row}".encode(), digest_size=16).hexdigest() if salt else None
    field_name = KEY_FIELD if key else None
    return Change(Action.CREATE, schema.name, None, parts, (because,), key, field_name, row)


def _keyed(
    context: Context,
    plan: _Sorting,
    schema: SObject,
    columns: Columns,
    cast: Sequence[tuple[int, Values]],
    because: str,
    salt: str | None,
    *,
    may_create: bool,
    remake: bool,
    converted: ConvertedLeads,
) -> list[Change]:
    """Plan rows that name their record by Id or an external id: an update where there is one, else a create."""
    key = columns.key
    assert key is not None
    named = _named(plan, schema, key, cast, may_lack=key.type == "id" and may_create)
    texts = [to_text(values[key.name]) for _, values in named if key.name in values]
    ids = {text: text for text in texts} if key.type == "id" else _ids(context, schema, key, texts, remake=remake)
    updates, creates = [], []
    for number, values in named:
        text = to_text(values.pop(key.name, None))
        if text in ids:
            parts = tuple(FieldChange(name, None, value) for name, value in values.items())
            updates.append(Change(Action.UPDATE, schema.name, ids[text], parts, (because,), row=number))
        elif text:
            made = _create(schema, number, values, because, None)
            creates.append(Change(Action.CREATE, schema.name, None, made.fields, (because,), text, key.name, number))
        else:
            creates.append(_create(schema, number, values, because, salt))
    updates = list(_once_a_record(plan, schema, updates))
    keyed = may_create and key.type != "id"
    return creates + _with_before(context, plan, schema, updates, keyed=keyed, converted=converted)


def _once_a_record(plan: _Sorting, schema: SObject, updates: Sequence[Change]) -> Iterator[Change]:
    """Keep the updates of records that no row before them was about."""
    about = [(str(change.id), change.row or 0) for change in updates]
    for change, first in zip(updates, plan.records.meet(about), strict=True):
        if first == change.row:
            yield change
        else:
            words = f"row {first} is about the same record, {change.id}, and is the one that counts"
            plan.refuse(schema, Action.UPDATE, change.row or 0, words)


def _ids(context: Context, schema: SObject, key: Field, keys: Sequence[str], *, remake: bool) -> dict[str, str]:
    """Give the ids of the records that have these keys, or had them when we made them.

    A record that was merged is followed; one that is gone is still named, so that its key does not make it anew, unless
    it is to.
    """
    ids = ids_by_key(context, schema.name, key.name, keys)
    with context.mirror.reading() as books:
        made = books.keys.find(key.name, [text for text in keys if text not in ids])
    living = lasting_ids(context, schema.name, list(made.values())) if made else {}
    made = {text: living.get(one, one) for text, one in made.items() if one in living or not remake}
    return made | ids


def _named(
    plan: _Sorting, schema: SObject, key: Field, cast: Sequence[tuple[int, Values]], *, may_lack: bool
) -> list[tuple[int, Values]]:
    """Keep the rows that name a record, each record once."""
    found = []
    for number, values in cast:
        text = to_text(values.get(key.name))
        complaint = _no_name(schema, key, text, may_lack=may_lack)
        if complaint is None:
            found.append((number, values, text if key.case_sensitive or key.type == "id" else text.lower()))
        else:
            plan.refuse(schema, Action.UPDATE, number, complaint)
    kept = []
    firsts = plan.keys.meet([(folded, number) for number, _, folded in found])
    for (number, values, folded), first in zip(found, firsts, strict=True):
        if folded and first != number:
            words = f"row {first} has the same {key.name}, and is the one that counts"
            plan.refuse(schema, Action.UPDATE, number, words)
        else:
            kept.append((number, values))
    return kept


def _no_name(schema: SObject, key: Field, text: str, *, may_lack: bool) -> str | None:
    """Say why a key names no record of the sObject, or None."""
    if not text:
        return None if may_lack else f"{key.name} is empty, so it is not clear which record is meant"
    if key.type == "id" and schema.key_prefix and prefix(text) != schema.key_prefix:
        return f"{text} is of another sObject: ids of {schema.name} begin with {schema.key_prefix}"
    return None


def _with_before(
    context: Context,
    plan: _Sorting,
    schema: SObject,
    updates: Sequence[Change],
    *,
    keyed: bool,
    converted: ConvertedLeads,
) -> list[Change]:
    """Fill in what the records hold now; rows whose record is not there, or takes no changes any more, are refused."""
    if not updates:
        return []
    lead = schema.name == "Lead" and converted is not ConvertedLeads.WRITE
    present = look_at(context, updates, CONVERTED if lead else ())
    gone = [str(change.id) for change, values in zip(updates, present, strict=True) if values is None]
    became = _contacts_of(context, gone) if lead and gone else {}
    filled, of_contacts = [], []
    for change, values in zip(updates, present, strict=True):
        contact = values.get("ConvertedContactId") if values is not None else became.get(str(change.id))
        if contact is not None and lead:
            of_contacts += _turned(context, plan, change, str(contact), converted)
        elif values is None:
            words = f"the org shows no {schema.name} with id {change.id}, which this row is about"
            words += "; if it was deleted and is to be made anew, say --remake" if keyed else ""
            plan.refuse(schema, Action.UPDATE, change.row or 0, words)
        else:
            filled.append(_filled(change, values))
    if of_contacts:
        filled += _with_before(
            context, plan, context.schema("Contact"), of_contacts, keyed=False, converted=converted
        )  # fmt: skip
    return filled


def _contacts_of(context: Context, leads: Sequence[str]) -> dict[str, Value]:
    """Give what leads that are gone were converted into, as far as the mirror knows."""
    with context.mirror.reading() as books:
        if "ConvertedContactId" not in books.records.columns("Lead"):
            return {}
        found = books.records.records("Lead", ["ConvertedContactId"], ids=leads, deleted_too=True)
        return {one.id: one.fields["ConvertedContactId"] for one in found}


def _turned(
    context: Context, plan: _Sorting, change: Change, contact: str, converted: ConvertedLeads
) -> list[Change]:  # fmt: skip
    """Turn a change of a converted lead into one of its contact where that is wanted; else refuse its row."""
    turned = None
    if converted is ConvertedLeads.CONTACT:
        with context.mirror.reading() as books:
            contact = books.keys.current(contact)  # it may have been merged since
        turned = as_contact(change, contact, context.schema("Contact"))
    if turned is None:
        words = f"its lead was converted into Contact/{contact}, and a converted lead takes no changes"
        has = "a contact has no place for any of this row" if converted is ConvertedLeads.CONTACT else _SAY
        plan.set_aside(change, f"{words}: {has}")
    return [turned] if turned else []


_SAY = "change the contact, or say what is to be done by `converted` under [sobjects.Lead] in sfsync.toml"


def _filled(change: Change, present: Mapping[str, Value]) -> Change:
    parts = tuple(FieldChange(part.field, present.get(part.field), part.after) for part in change.fields)
    return Change(change.action, change.sobject, change.id, parts, change.because, row=change.row)


def _needed(plan: _Sorting, changes: Iterable[Change]) -> Iterator[Change]:
    """Put aside the changes that change nothing, and of the others what changes nothing."""
    for change in changes:
        needed = tuple(part for part in change.fields if not same(part.before, part.after))
        if change.action is Action.UPDATE and not needed:
            plan.unchanged.add([change])
        else:
            yield change if change.action is Action.CREATE else _only(change, needed)


def _only(change: Change, parts: tuple[FieldChange, ...]) -> Change:
    return Change(change.action, change.sobject, change.id, parts, change.because, row=change.row)
