"""Saving a set of records of one sObject: read top to bottom, it is the save order.

All of a set goes through each step together, so that two hundred records cost a few statements. Each error wins over
those of later steps, as in Salesforce (Apex guide, Triggers and Order of Execution).
"""

from collections.abc import Sequence

from sfsync.localorg import currencies
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rules import kept
from sfsync.localorg.saving import (
    activities,
    assignment,
    auto_response,
    campaigns,
    computed,
    contact_roles,
    defaults,
    duplicates,
    history,
    letters,
    parents,
    permitted,
    persons,
    picklists,
    places,
    rates,
    record_types,
    roles,
    rollups,
    sharing,
    store,
    transfers,
    users,
    validation,
    validation_rules,
)
from sfsync.localorg.saving.draft import Draft, Options, Outcome, living
from sfsync.localorg.saving.upsert import twice
from sfsync.localorg.sobject import SObject


def save(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], options: Options) -> list[Outcome]:
    """Create the drafts without an id, update the others; each succeeds or fails on its own.

    A record named twice in a set fails each time (documented: help; that all of its rows fail is assumed: a variant).
    """
    sharing.adopt(org, sobject, drafts)
    _once_each(org, drafts)
    _steps(org, sobject, drafts, options)
    return [_outcome(one) for one in drafts]


def _once_each(org: OrgContext, drafts: Sequence[Draft]) -> None:
    for place in twice(org.state, [one.record_id for one in drafts]):
        draft = drafts[place]
        draft.refuse(400, "DUPLICATE_VALUE", f"Duplicate id specified: {draft.record_id}", ("Id",))


def _steps(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], options: Options) -> None:
    """Take drafts through all steps. What one does to new leads or accounts `by_column` has to know (a test asks)."""
    _allowed(sobject, drafts)
    if org.seen is not None:
        org, sobject = permitted.checked(org, sobject, drafts)
    validation.existing(org, sobject, living(drafts))
    sharing.check(org, sobject, drafts)
    validation.access(sobject, drafts)
    validation.parents_by_key(org, drafts)
    places.check(sobject, drafts)
    spelling = picklists.spell(org, sobject, drafts)
    record_types.check(org, sobject, drafts, options.record_types_of or org.user_id)
    validation.types(sobject, drafts)
    validation.probability(org, sobject, drafts)
    validation.references(org, sobject, drafts)
    permitted.readable_by_owner(org, sobject, drafts)
    validation.hierarchy(org, sobject, drafts)
    defaults.give(org, sobject, drafts)
    computed.complete(org, sobject, drafts)
    if org.trouble is not None:
        org.trouble.saving(sobject.name, living(drafts), options.allow_duplicates)
    persons.check(org, sobject, drafts)
    validation.required(sobject, drafts, options.without_required)
    campaigns.check(org, sobject, drafts)
    activities.check(org, sobject, drafts)
    rates.check(org, sobject, drafts)
    users.check(org, sobject, drafts)
    validation.statuses(org, sobject, drafts)
    ruled = kept.has_any(org.state, sobject.name)
    if ruled and options.rules:
        if options.validation:
            validation_rules.check(org, sobject, drafts)
        duplicates.check(org, sobject, drafts, options)
    _number(org, sobject, living(drafts))
    validation.uniqueness(org, sobject, drafts)
    assignment.assign(org, sobject, drafts, options.rule_id, options.assignment_mail)
    if ruled:
        auto_response.respond(org, sobject, drafts, options)
    if options.rules and options.validation:
        parents.write(org, sobject, drafts, lambda those: _write(org, sobject, those))
    else:
        _write(org, sobject, living(drafts))
    spelling.remember(lambda name: [one.row[name] for one in living(drafts)])
    persons.pair(org, sobject, living(drafts))
    rollups.touch(org, sobject, living(drafts))
    currencies.settle(org.state, sobject)
    transfers.follow(org, sobject, living(drafts), options.owner_options)
    activities.touch(org, sobject, living(drafts))
    campaigns.give_statuses(org, sobject, living(drafts))
    roles.give_groups(org, sobject, living(drafts))
    contact_roles.settle(org, sobject, living(drafts))
    duplicates.report(org, sobject, living(drafts))
    history.track(org, sobject, living(drafts))
    letters.send(org, sobject, living(drafts))


def _allowed(sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse what an sObject does not take at all."""
    for draft in living(drafts):
        creating = draft.record_id is None
        if not (sobject.createable if creating else sobject.updateable):
            text = f"entity type cannot be {'inserted' if creating else 'updated'}: {sobject.label}"
            draft.refuse(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def _number(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Give new records their ids."""
    new = [one for one in drafts if one.before is None]
    if new and sobject.key_prefix:
        for draft, record_id in zip(new, org.state.next_ids(sobject.key_prefix, len(new)), strict=True):
            draft.row["Id"] = record_id


def _write(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    store.insert(org.state, sobject, [one.row for one in drafts if one.before is None])
    changed = {}
    for draft in drafts:
        if draft.before is not None:
            before = draft.before
            changed[str(draft.row["Id"])] = {k: v for k, v in draft.row.items() if before[k] != v}
    store.update(org.state, sobject, {record_id: row for record_id, row in changed.items() if row})


def _outcome(draft: Draft) -> Outcome:
    if draft.errors:
        return Outcome(draft.record_id, errors=tuple(draft.errors))
    return Outcome(str(draft.row["Id"]), created=draft.before is None)
