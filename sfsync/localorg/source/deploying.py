"""Deploys metadata files: everything the org can take, in an order in which things find what they need.

Each component is taken whole or left out, with the reason; users, queues, email templates and text fields that rules
name and the org has not are made and listed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from urllib.parse import unquote

from sfsync.localorg import fields, persons
from sfsync.localorg.markup import Element
from sfsync.localorg.metadata.custom_fields import FieldProblem as DescribedWrongly
from sfsync.localorg.rights import files as rights_files
from sfsync.localorg.rules import kept, named, setup
from sfsync.localorg.rules.conditions import RuleProblem, condition_of
from sfsync.localorg.rules.record_types import PROCESS, RECORD_TYPE
from sfsync.localorg.saving import lead_map
from sfsync.localorg.sobject import SObject
from sfsync.localorg.source import email_files, rule_files, value_sets
from sfsync.localorg.source.custom_fields import field_facts
from sfsync.localorg.source.missing import Missing
from sfsync.localorg.source.reading import KINDS, MetadataFile, sorted_files
from sfsync.localorg.source.report import Report
from sfsync.localorg.state import State
from sfsync.localorg.values import stamp

GLOBAL_SETS = "global_value_sets"  # the setting that keeps them


def deploy(state: State, now: datetime, files: Iterable[tuple[str, bytes]]) -> Report:
    """Deploy files, given as path and content, in one transaction, and tell what became of each."""
    report = Report()
    found, report.ignored = sorted_files(files)
    with state.transaction():
        deployment = Deployment(state, stamp(now), report)
        for file in found:
            deployment.take(file)
    persons.follow(state)
    return report


class Deployment:
    """One deployment under way."""

    def __init__(self, state: State, now: str, report: Report) -> None:
        self._state = state
        self._now = now
        self._report = report
        self._missing = Missing(state, now, report)
        self._takers: Mapping[str, Callable[[MetadataFile, Element], None]] = {
            "globalValueSet": self._global_value_set,
            "standardValueSet": self._standard_value_set,
            "email": self._email,
            "queue": self._queue,
            "object": self._object,
            "field": self._field_file,
            "businessProcess": self._business_process,
            "recordType": self._record_type,
            "validationRule": self._validation_rule,
            "matchingRule": self._matching_rules,
            "duplicateRule": self._duplicate_rule,
            "assignmentRules": self._assignment_rules,
            "autoResponseRules": self._auto_response_rules,
            "LeadConvertSetting": self._convert_settings,
            "profile": self._profile,
            "permissionset": self._permission_set,
        }

    def take(self, file: MetadataFile) -> None:
        """Take one file, or say why not."""
        self._try(file, KINDS[file.suffix], lambda: self._takers[file.suffix](file, file.root()))

    def _try(self, file: MetadataFile, what: str, work: Callable[[], None]) -> bool:
        try:
            with self._state.transaction():
                work()
        except (ValueError, DescribedWrongly) as problem:
            self._report.leave(file.path, what, str(problem))
            return False
        return True

    def _sobject(self, file: MetadataFile, name: str = "") -> SObject:
        """Find the sObject a file is about: by its folder, or by its own name, of which the last part may do."""
        for wanted in (file.folder, name or file.name, (name or file.name).rsplit("__", 1)[-1]):
            found = self._state.catalog.sobject(wanted) if wanted else None
            if found is not None:
                return found
        raise RuleProblem(f"the org has no sObject {file.folder or (name or file.name).rsplit('__', 1)[-1]}")

    def _set_up(self, file: MetadataFile, kind: str, name: str, facts: kept.Facts, sobject: str, active: bool) -> None:
        setup.set_up(self._state, kind, sobject, name, facts, active, self._now)
        self._report.take(file.path, kind, f"{sobject}.{name}")

    def _global_value_set(self, file: MetadataFile, root: Element) -> None:
        values = [
            [one.value("fullName"), one.value("label") or one.value("fullName")] for one in root.every("customValue")
        ]
        sets = self._state.setting(GLOBAL_SETS)
        name = file.short_name
        self._state.set_setting(GLOBAL_SETS, {**(sets if isinstance(sets, dict) else {}), name: values})
        self._report.take(file.path, KINDS[file.suffix], name)

    def _standard_value_set(self, file: MetadataFile, root: Element) -> None:
        value_sets.take(self._state, file.short_name, root, self._now)
        self._report.take(file.path, KINDS[file.suffix], file.short_name)

    def _email(self, file: MetadataFile, root: Element) -> None:
        email_files.take(self._state, file, root, self._now)
        self._report.take(file.path, KINDS[file.suffix], file.name)

    def _queue(self, file: MetadataFile, root: Element) -> None:
        types = [one.value("sobjectType") for one in root.every("queueSobject")]
        name = file.short_name
        for sobject in types:
            if self._state.catalog.sobject(sobject) is None:
                self._report.leave(file.path, f"queue {name} for {sobject}", f"the org has no sObject {sobject}")
                continue
            queue_id = self._missing.queue(name, sobject, root.value("name"), root.value("email"))
            if root.is_true("doesSendEmailToMembers"):
                self._state.run('UPDATE "Group" SET DoesSendEmailToMembers = 1 WHERE Id = ?', (queue_id,))
            self._members(file, name, queue_id, root)
            self._report.take(file.path, KINDS[file.suffix], name)

    def _members(self, file: MetadataFile, name: str, queue_id: str, root: Element) -> None:
        members = root.child("queueMembers")
        missing = self._missing
        find = {"users": missing.user, "publicGroups": missing.public_group, "roles": missing.role}
        find |= dict.fromkeys(("roleAndSubordinates", "roleAndSubordinatesInternal"), missing.role_and_below)
        for group in members.children if members is not None else ():
            for one in group.children:
                if group.name in find:
                    self._missing.member(queue_id, find[group.name](one.text.strip()))
                else:
                    self._report.leave(file.path, f"queue {name}: member {one.text.strip()}", f"no {group.name} here")

    def _object(self, file: MetadataFile, root: Element) -> None:
        """Take fields, processes, record types and validation rules out of an object's whole file."""
        takers = (("fields", self._field), ("businessProcesses", self._process))
        for part, taker in (*takers, ("recordTypes", self._type), ("validationRules", self._rule)):
            for one in root.every(part):
                name = one.value("fullName")
                self._try(file, f"{part} {name}", partial(taker, file, self._sobject(file), name, one))

    def _field_file(self, file: MetadataFile, root: Element) -> None:
        self._field(file, self._sobject(file), root.value("fullName") or file.name, root)

    def _field(self, file: MetadataFile, sobject: SObject, name: str, root: Element) -> None:
        if not name.endswith("__c"):
            raise RuleProblem(f"{name} is a standard field, which stays as it is")
        sets = self._state.setting(GLOBAL_SETS)
        named = (
            root if root.value("fullName") else replace(root, children=(Element("fullName", text=name), *root.children))
        )
        facts = field_facts(self._state.catalog, sobject, named, sets if isinstance(sets, dict) else {})
        fields.add(self._state, sobject.name, facts)
        self._report.take(file.path, KINDS["field"], f"{sobject.name}.{name}")

    def _business_process(self, file: MetadataFile, root: Element) -> None:
        self._process(file, self._sobject(file), root.value("fullName") or file.name, root)

    def _process(self, file: MetadataFile, sobject: SObject, name: str, root: Element) -> None:
        self._set_up(file, PROCESS, name, _offer(root), sobject.name, True)

    def _record_type(self, file: MetadataFile, root: Element) -> None:
        self._type(file, self._sobject(file), root.value("fullName") or file.name, root)

    def _type(self, file: MetadataFile, sobject: SObject, name: str, root: Element) -> None:
        picklists = {one.value("picklist"): _offer(one) for one in root.every("picklistValues")}
        known = {field: offer for field, offer in picklists.items() if field.lower() in sobject.known}
        for field in sorted(set(picklists) - set(known)):
            self._report.leave(file.path, f"record type {name}: {field}", f"{sobject.name} has no field {field}")
        facts = {"label": root.value("label"), "picklists": known, "process": root.value("businessProcess") or None}
        self._set_up(file, RECORD_TYPE, name, facts, sobject.name, root.is_true("active"))

    def _validation_rule(self, file: MetadataFile, root: Element) -> None:
        self._rule(file, self._sobject(file), root.value("fullName") or file.name, root)

    def _rule(self, file: MetadataFile, sobject: SObject, name: str, root: Element) -> None:
        active, facts = rule_files.validation_rule(root)
        self._set_up(file, kept.VALIDATION, name, facts, sobject.name, active)

    def _matching_rules(self, file: MetadataFile, root: Element) -> None:
        sobject = self._sobject(file)
        for name, active, facts in rule_files.matching_rules(root, sobject, self._missing):
            work = partial(self._set_up, file, kept.MATCHING, name, facts, sobject.name, active)
            self._try(file, f"matching rule {name}", work)

    def _duplicate_rule(self, file: MetadataFile, root: Element) -> None:
        owner, _, name = file.name.partition(".")
        sobject = self._sobject(file, owner)
        facts = rule_files.duplicate_rule(root, sobject, self._missing)
        self._set_up(file, kept.DUPLICATE, name, facts, sobject.name, root.is_true("isActive"))
        for words in named.missing(self._state, kept.DUPLICATE, sobject.name, facts):
            self._report.leave(file.path, f"duplicate rule {name}", f"{words}: that one finds nothing")

    def _assignment_rules(self, file: MetadataFile, root: Element) -> None:
        sobject = self._sobject(file)
        for rule in root.every("assignmentRule"):
            name = rule.value("fullName")
            entries = self._entries(file, sobject, rule, rule_files.assignment_entry)
            self._set_up(file, setup.ASSIGNMENT, name, {"entries": entries}, sobject.name, rule.is_true("active"))

    def _auto_response_rules(self, file: MetadataFile, root: Element) -> None:
        sobject = self._sobject(file)
        for rule in root.every("autoResponseRule"):
            name = rule.value("fullName")
            entries = self._entries(file, sobject, rule, rule_files.response_entry)
            self._set_up(file, kept.AUTO_RESPONSE, name, {"entries": entries}, sobject.name, rule.is_true("active"))

    def _entries(
        self,
        file: MetadataFile,
        sobject: SObject,
        rule: Element,
        read: Callable[[Element, SObject, Missing], rule_files.Facts],
    ) -> list[rule_files.Facts]:
        """Read the entries of a rule; one that cannot be followed is left out, the others keep their order."""
        entries: list[rule_files.Facts] = []
        for number, entry in enumerate(rule.every("ruleEntry"), 1):

            def one(entry: Element = entry) -> None:
                facts = read(entry, sobject, self._missing)
                current = self._state.catalog.sobject(sobject.name)
                condition_of(self._state.catalog, current or sobject, facts)
                entries.append(facts)

            self._try(file, f"entry {number} of {rule.value('fullName')}", one)
        return entries

    def _profile(self, file: MetadataFile, root: Element) -> None:
        name = rights_files.profile_name(file.short_name)
        rights_files.put_profile(self._state, name, root, self._now, partial(self._report.leave, file.path))
        self._report.take(file.path, KINDS[file.suffix], name)

    def _permission_set(self, file: MetadataFile, root: Element) -> None:
        leave = partial(self._report.leave, file.path)
        rights_files.put_permission_set(self._state, file.short_name, root, self._now, leave)
        self._report.take(file.path, KINDS[file.suffix], file.short_name)

    def _convert_settings(self, file: MetadataFile, root: Element) -> None:
        mapping: dict[str, dict[str, str]] = {}
        for one in root.every("objectMapping"):
            target = self._state.catalog.sobject(one.value("outputObject"))
            for pair in one.every("mappingFields"):
                source, goal = pair.value("inputField"), pair.value("outputField")
                if target is None:
                    self._report.leave(file.path, f"mapping {source}", f"no sObject {one.value('outputObject')}")
                    continue
                lead = self._state.catalog.sobject("Lead")
                assert lead is not None
                self._missing.field(lead, source)
                self._missing.field(target, goal)
                wrong = lead_map.misfit(self._state, source, self._state.catalog.sobject(target.name) or target, goal)
                if wrong:
                    self._report.leave(file.path, f"mapping {source}", wrong)
                else:
                    mapping.setdefault(target.name, {})[source] = goal
        self._state.set_setting(lead_map.SETTING, mapping)
        self._report.take(file.path, KINDS[file.suffix], "Lead")


def _offer(root: Element) -> dict[str, object]:
    """Give the values that a record type or process offers, and the default."""
    values = [one for one in root.every("values") if one.value("fullName")]
    default = next((one for one in values if one.is_true("default")), None)
    named = None if default is None else unquote(default.value("fullName"))
    return {"values": [unquote(one.value("fullName")) for one in values], "default": named}  # they come with %2F
