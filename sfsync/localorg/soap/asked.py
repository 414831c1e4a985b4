"""One SOAP call on its way: who asks, how, and what for."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import Element
from sfsync.localorg.soap.envelope import Dialect, SoapFault
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal, Request
from sfsync.records.ids import is_id, to_18

MOST_RECORDS = 200  # of one call that saves (documented)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call; `org` is the signed-in user's view, except for login."""

    org: OrgContext
    request: Request
    dialect: Dialect
    headers: Mapping[str, Element]
    call: Element

    def setting(self, header: str, name: str) -> str:
        """Give a value of a SOAP header, "" where it is not there."""
        found = self.headers.get(header)
        return "" if found is None else found.value(name)

    def switch(self, header: str, name: str) -> bool:
        """Tell whether a switch of a SOAP header is on."""
        return self.setting(header, name).lower() in ("true", "1")

    def ids(self, name: str, most: int = MOST_RECORDS) -> list[str]:
        """Give the ids of the call as written. Raises SoapFault where there are too many."""
        ids = [one.text.strip() for one in self.call.every(name)]
        if len(ids) > most:
            raise too_many(most)
        return ids

    def sobject(self, name: str) -> SObject:
        """Find an sObject by name. Raises SoapFault INVALID_TYPE."""
        found = self.org.catalog.sobject(name)
        if found is None:
            told = (
                f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to "
                "append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
                "appropriate names."
            )
            raise SoapFault("INVALID_TYPE", told)
        return found


def too_many(most: int) -> SoapFault:
    """Give the fault of a call with more than it may have."""
    text = f"record limit reached. cannot submit more than {most} records into this call"
    return SoapFault("EXCEEDED_ID_LIMIT", text)


def id_18(text: str) -> str | None:
    """Give the 18-character form of an id, None where it is none."""
    return to_18(text) if is_id(text) else None


def malformed_id(text: str) -> Refusal:
    """Give the refusal of what is no id."""
    return Refusal(400, "MALFORMED_ID", f"bad id {text}", ())
