"""A long life of an org at random, held against a plain dictionary."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from sfsync.clock import SetClock
from sfsync.localorg import bootstrap
from sfsync.localorg.context import OrgContext
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.saving import recycle
from sfsync.localorg.state import State
from tests.localorg.conftest import NOW, Org

KEYS = st.sampled_from(["a", "A", "b", None])
TITLES = st.sampled_from(["", " Dr ", "Prof", None])


class OrgMachine(RuleBasedStateMachine):
    """Contacts of accounts are made, changed, upserted, deleted with their account and brought back."""

    accounts = Bundle("accounts")
    contacts = Bundle("contacts")

    @initialize()
    def start(self) -> None:
        """Make an org and an empty picture of it."""
        self.folder = tempfile.TemporaryDirectory()
        clock = SetClock(NOW)
        state = State.open(Path(self.folder.name))
        state.run("PRAGMA synchronous=OFF")
        bootstrap.prepare(state, clock)
        self.org = Org(LocalOrg(state, clock), clock)
        self.living: dict[str, dict[str, object]] = {}  # contacts
        self.binned: set[str] = set()  # accounts

    def teardown(self) -> None:
        """Close the org."""
        if hasattr(self, "org"):
            self.org.state.close()
            self.folder.cleanup()

    @rule(target=accounts)
    def make_account(self) -> str:
        """An account is made."""
        self.org.clock.advance(1)
        return self.org.make("Account")

    @rule(target=contacts, account=accounts, key=KEYS, title=TITLES)
    def make_contact(self, account: str, key: str | None, title: str | None) -> str:
        """A contact is made, unless its key is taken or its account deleted."""
        reply = self.org.ask(
            "POST", "sobjects/Contact", {"LastName": "N", "AccountId": account, "Ext_Id__c": key, "Title": title}
        )
        if self._taken(key) or account in self.binned:
            assert reply.status == 400
            return ""
        contact = str(reply["id"])
        self.living[contact] = {"AccountId": account, "Ext_Id__c": key, "Title": (title or "").strip() or None}
        return contact

    @rule(contact=contacts, key=KEYS, title=TITLES)
    def change(self, contact: str, key: str | None, title: str | None) -> None:
        """A contact gets another key and title, unless another one has the key."""
        if not contact:
            return
        reply = self.org.ask("PATCH", f"sobjects/Contact/{contact}", {"Ext_Id__c": key, "Title": title})
        if contact not in self.living:
            assert reply.status == 404
        elif self._taken(key, contact):
            assert reply.error()[0] == "DUPLICATE_VALUE"
        else:
            assert reply.status == 204
            self.living[contact] |= {"Ext_Id__c": key, "Title": (title or "").strip() or None}

    @rule(target=contacts, key=KEYS.filter(bool), title=TITLES)
    def upsert(self, key: str, title: str | None) -> str:
        """A contact is found by its key, or made with it."""
        holder = next((one for one, row in self.living.items() if row["Ext_Id__c"] == key), None)
        reply = self.org.ask("PATCH", f"sobjects/Contact/Ext_Id__c/{key}", {"LastName": "N", "Title": title})
        assert (reply["created"], reply.status) == ((False, 200) if holder else (True, 201))
        contact = str(reply["id"])
        assert holder in (None, contact)
        self.living.setdefault(contact, {"AccountId": None, "Ext_Id__c": key})["Title"] = (title or "").strip() or None
        return contact

    @rule(account=consumes(accounts), again=st.booleans())
    def delete_account_and_perhaps_bring_it_back(self, account: str, again: bool) -> None:
        """Its contacts go with it, and come back with it."""
        self.org.clock.advance(1)
        assert self.org.ask("DELETE", f"sobjects/Account/{account}").status == 204
        gone = {one: row for one, row in self.living.items() if row["AccountId"] == account}
        self.living = {one: row for one, row in self.living.items() if one not in gone}
        if not again:
            self.binned.add(account)
            return
        context = OrgContext(self.org.state, self.org.clock, self.org.clock.now(), self.org.user_id)
        with self.org.state.transaction():
            outcome = recycle.undelete(context, context.sobject("Account"), [account])[0]
        assert outcome.success
        self.living |= gone

    @invariant()
    def the_org_is_as_pictured(self) -> None:
        """What can be read is what was written, nothing more."""
        if hasattr(self, "org"):
            rows = self.org.state.rows('SELECT Id, AccountId, Ext_Id__c, Title FROM "Contact" WHERE IsDeleted = 0')
            assert {
                row["Id"]: {key: row[key] for key in ("AccountId", "Ext_Id__c", "Title")} for row in rows
            } == self.living

    def _taken(self, key: str | None, but: str = "") -> bool:
        return key is not None and any(row["Ext_Id__c"] == key for one, row in self.living.items() if one != but)


TestOrgMachine = OrgMachine.TestCase
TestOrgMachine.settings = settings(max_examples=8, stateful_step_count=30, deadline=None, derandomize=True)
