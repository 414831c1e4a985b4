"""What metadata names and the org lacks: users, queues, templates and fields are made, so that rules can run."""

import csv
import re

from sfsync.localorg import fields, persons
from sfsync.localorg.formulas.paths import find_path
from sfsync.localorg.load.people import stand_in
from sfsync.localorg.rights.members import ROLE, ROLE_AND_BELOW
from sfsync.localorg.rules.record_types import record_types, set_record_type
from sfsync.localorg.setup_rows import insert
from sfsync.localorg.sobject import SObject
from sfsync.localorg.source.report import Report
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored

_TEXT = {"type": "string", "length": 255}
_BODY = "{!Lead.Name}\n{!Lead.Company}\n{!Lead.Link}\n"  # of a template that is a stand-in


class Missing:
    """Finds what is named, or makes it."""

    def __init__(self, state: State, now: str, report: Report) -> None:
        self._state = state
        self._now = now
        self._report = report

    def user(self, username: str) -> str:
        """Give the id of a user by user name."""
        row = self._state.one('SELECT Id FROM "User" WHERE Username = ? COLLATE NOCASE', (username,))
        if row is not None:
            return str(row["Id"])
        user_id = self._state.next_id("005")
        named = {"Username": username, "Email": username, "LastName": username, "Name": username}
        self._insert("User", {**stand_in(self._state, user_id), **named})
        self._report.make("user", username)
        return user_id

    def queue(self, name: str, sobject: str, label: str = "", email: str = "") -> str:
        """Give the id of a queue by developer name, and let it own records of an sObject."""
        sql = """SELECT Id FROM "Group" WHERE Type = 'Queue' AND DeveloperName = ? COLLATE NOCASE"""
        row = self._state.one(sql, (name,))
        if row is None:
            queue_id = self._group(
                {"Name": label or name, "DeveloperName": name, "Type": "Queue", "Email": email or None}
            )
            self._report.make("queue", name)
        else:
            queue_id = str(row["Id"])
        open_to = 'SELECT 1 FROM "QueueSobject" WHERE QueueId = ? AND SobjectType = ?'
        if self._state.one(open_to, (queue_id, sobject)) is None:
            self._insert(
                "QueueSobject", {"Id": self._state.next_id("03g"), "QueueId": queue_id, "SobjectType": sobject}
            )
        return queue_id

    def public_group(self, name: str) -> str:
        """Give the id of a public group by developer name."""
        sql = """SELECT Id FROM "Group" WHERE Type = 'Regular' AND DeveloperName = ? COLLATE NOCASE"""
        row = self._state.one(sql, (name,))
        if row is not None:
            return str(row["Id"])
        self._report.make("public group", name)
        return self._group({"Name": name[:40], "DeveloperName": name, "Type": "Regular"})

    def role(self, name: str) -> str:
        """Give the id of the group of all users who have a role, which is given by developer name."""
        return self._of_role(name, ROLE)

    def role_and_below(self, name: str) -> str:
        """Give the id of the group of all users who have a role, or one below it."""
        return self._of_role(name, ROLE_AND_BELOW)

    def _of_role(self, name: str, kind: str) -> str:
        found = self._state.one('SELECT Id FROM "UserRole" WHERE DeveloperName = ? COLLATE NOCASE', (name,))
        role_id = self._state.next_id("00E") if found is None else str(found["Id"])
        if found is None:
            label = name.replace("_", " ")
            self._insert("UserRole", {"Id": role_id, "Name": label, "DeveloperName": name})
            for each in (ROLE, ROLE_AND_BELOW):
                named = {"Name": label[:40], "DeveloperName": name, "Type": each}
                self._group({**named, "RelatedId": role_id, "DoesIncludeBosses": 1})
            self._report.make("role", name)
        row = self._state.one('SELECT Id FROM "Group" WHERE Type = ? AND RelatedId = ?', (kind, role_id))
        assert row is not None
        return str(row["Id"])

    def _group(self, columns: dict[str, Stored]) -> str:
        owner = self._state.one('SELECT Id FROM "Organization"')
        group_id = self._state.next_id("00G")
        self._insert("Group", {"Id": group_id, "OwnerId": str(owner["Id"]) if owner else None, **columns})
        return group_id

    def template(self, named: str) -> None:
        """See to it that an email template that a rule names as `Folder/DeveloperName` is there."""
        name = named.rpartition("/")[2]
        if self._state.one('SELECT 1 FROM "EmailTemplate" WHERE DeveloperName = ? COLLATE NOCASE', (name,)) is not None:
            return
        label = name.replace("_", " ")
        texts: dict[str, Stored] = {"Subject": f"{label}: {{!Lead.Name}}", "Body": _BODY, "TemplateType": "text"}
        made: dict[str, Stored] = {"Id": self._state.next_id("00X"), "Name": label[:80], "DeveloperName": name, **texts}
        owner = str(self._state.setting("integration_user_id"))
        self._insert("EmailTemplate", {**made, "OwnerId": owner, "IsActive": 1, "TemplateStyle": "none"})
        self._report.make("email template", named)

    def member(self, queue_id: str, user_id: str) -> None:
        """Put a user or a group into a queue."""
        sql = 'SELECT 1 FROM "GroupMember" WHERE GroupId = ? AND UserOrGroupId = ?'
        if self._state.one(sql, (queue_id, user_id)) is None:
            row: dict[str, Stored] = {"Id": self._state.next_id("011"), "GroupId": queue_id, "UserOrGroupId": user_id}
            self._insert("GroupMember", row)

    def field(self, sobject: SObject, name: str, value: str = "") -> None:
        """See to it that a custom field that criteria name is there, as text; others must be there already.

        Record types are made of the labels that a criterion compares with.
        """
        head, _, rest = name.rpartition(".")
        own = not head or head.lower() == sobject.name.lower()
        if own and rest == "IsPersonAccount" and find_path(self._state.catalog, sobject, rest) is None:
            persons.turn(self._state, True)
            self._report.make("switch", persons.SETTING)
        if own and rest == "RecordTypeId":
            self._record_types(sobject, value)
        if own and rest.endswith("__c") and find_path(self._state.catalog, sobject, rest) is None:
            fields.add(self._state, sobject.name, {"name": rest, "label": rest[:-3].replace("_", " "), **_TEXT})
            self._report.make("text field", f"{sobject.name}.{rest}")

    def _record_types(self, sobject: SObject, labels: str) -> None:
        known = {one.label.lower() for one in record_types(self._state, self._current(sobject))}
        for label in next(csv.reader([labels], skipinitialspace=True), []):
            if label.strip().lower() not in known:
                name = re.sub(r"\W+", "_", label.strip()).strip("_")
                set_record_type(self._state, sobject.name, name, {"label": label.strip()}, True, self._now)
                self._report.make("record type", f"{sobject.name}.{name}")

    def _current(self, sobject: SObject) -> SObject:
        return self._state.catalog.sobject(sobject.name) or sobject

    def _insert(self, sobject: str, columns: dict[str, Stored]) -> None:
        insert(self._state, sobject, columns, self._now)
