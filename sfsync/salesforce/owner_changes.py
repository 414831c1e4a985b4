"""Changes of owner by SOAP `update`, which alone can be told what goes with them (SOAP guide, OwnerChangeOptions).

Every option of the sObject is sent, as true or as false: what an org does where one is left out is not left to it.
Results are joined to records by position, as SOAP gives them. Nothing here is sent twice.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sfsync.records.manner import OWNER_OPTIONS, Manner
from sfsync.records.values import Value, to_plain
from sfsync.salesforce.faults import outcome_unknown, refusal_next
from sfsync.salesforce.port import Outcome, Refusal
from sfsync.salesforce.session import SESSION_MARK
from sfsync.salesforce.soql import name
from sfsync.salesforce.wire import Wire
from sfsync.salesforce.writes import check_number, checked_id, same_ids

if TYPE_CHECKING:
    from lxml.etree import _Element

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_CALLS = "urn:partner.soap.sforce.com"
_RECORDS = "urn:sobject.partner.soap.sforce.com"
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML 1.0 holds these

Values = Mapping[str, Value]


class OwnerChanges:
    """The part of the adapter that gives records to other owners."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def change_owners(self, sobject: str, records: Sequence[tuple[str, Values]], manner: Manner) -> list[Outcome]:
        """Update records (id and values), at most 200, all of one owner and to one owner."""
        check_number(len(records))
        ids = [checked_id(one) for one, _ in records]
        sayable = [place for place, (_, values) in enumerate(records) if not _unsayable(values)]
        answered = self._update(sobject, [(ids[place], records[place][1]) for place in sayable], manner)
        told = dict(zip(sayable, answered, strict=True))
        return [told.get(place) or Outcome(one, (_UNSAID,)) for place, one in enumerate(ids)]

    def _update(self, sobject: str, records: Sequence[tuple[str, Values]], manner: Manner) -> list[Outcome]:
        if not records:
            return []
        from lxml import etree

        envelope = _envelope(sobject, records, manner)
        session = self._wire.session
        answer = session.post(
            f"https://unused.my.salesforce.com/services/Soap/u/{self._wire.version}",
            data=etree.tostring(envelope, encoding="utf-8", xml_declaration=True),
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
        )
        try:
            outcomes = _outcomes(answer.content, len(records))
        except (ValueError, KeyError, TypeError, etree.XMLSyntaxError):
            raise outcome_unknown("the answer to a write cannot be read") from None
        return same_ids([one for one, _ in records], outcomes)


_UNSAID = Refusal("SFSYNC_NOT_XML", "a value holds a character that no SOAP call can say; remove it")


def _unsayable(values: Values) -> bool:
    return any(isinstance(value, str) and _UNSAYABLE.search(value) for value in values.values())


def _envelope(sobject: str, records: Sequence[tuple[str, Values]], manner: Manner) -> "_Element":
    """Give the call. The session's mark stands first: it is put in place of it as the call goes out."""
    from lxml import etree

    whole = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soapenv": _SOAP, None: _CALLS, "s": _RECORDS})
    head = etree.SubElement(whole, f"{{{_SOAP}}}Header")
    _say(_part(head, "SessionHeader"), "sessionId", SESSION_MARK)
    told = _part(head, "OwnerChangeOptions")
    for option in OWNER_OPTIONS.get(sobject, ()):
        one = _part(told, "options")
        _say(one, "type", option)
        _say(one, "execute", "true" if option in (manner.owner_options or ()) else "false")
    if manner.assignment is not None:
        ruled = _part(head, "AssignmentRuleHeader")
        _say(ruled, *(("assignmentRuleId", manner.rule_id) if manner.rule_id else ("useDefaultRule", "true")))
    if manner.doubles:
        _say(_part(head, "DuplicateRuleHeader"), "allowSave", "true")
    update = _part(etree.SubElement(whole, f"{{{_SOAP}}}Body"), "update")
    for one_id, values in records:
        _put_record(_part(update, "sObjects"), sobject, one_id, values)
    return whole


def _put_record(into: "_Element", sobject: str, one_id: str, values: Values) -> None:
    """Say one record: type, then the fields to empty, then its id and the others (partner WSDL, sObject)."""
    _say(into, "type", name(sobject), _RECORDS)
    for field, value in values.items():
        if value is None:
            _say(into, "fieldsToNull", name(field), _RECORDS)
    _say(into, "Id", one_id, _RECORDS)
    for field, value in values.items():
        if value is not None:
            _say(into, name(field), _text(value), _RECORDS)


def _text(value: Value) -> str:
    plain = to_plain(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return str(value) if isinstance(plain, (int, float)) else str(plain)


def _part(into: "_Element", tag: str) -> "_Element":
    from lxml import etree

    return etree.SubElement(into, f"{{{_CALLS}}}{tag}")


def _say(into: "_Element", tag: str, text: str, space: str = _CALLS) -> None:
    from lxml import etree

    etree.SubElement(into, f"{{{space}}}{tag}").text = text


def _outcomes(body: bytes, expected: int) -> list[Outcome]:
    """Read the results of a call. Raises ValueError where they are not what was asked for."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    results = list(etree.fromstring(body, parser).iter(f"{{{_CALLS}}}result"))
    if len(results) != expected:
        raise ValueError(f"{expected} records were sent, the org answered for {len(results)}")
    return [_outcome(one) for one in results]


def _outcome(result: "_Element") -> Outcome:
    given, success = result.findtext(f"{{{_CALLS}}}id"), result.findtext(f"{{{_CALLS}}}success")
    if success == "true":
        return Outcome(checked_id(str(given)))
    if success != "false":
        raise ValueError("success is neither true nor false")
    refusals = tuple(_refusal(one) for one in result.iterfind(f"{{{_CALLS}}}errors"))
    return Outcome(None, refusals or (Refusal("", "the org refused it and gave no reason"),))


def _refusal(error: "_Element") -> Refusal:
    code = error.findtext(f"{{{_CALLS}}}statusCode") or ""
    fields = tuple(one.text or "" for one in error.iterfind(f"{{{_CALLS}}}fields"))
    return Refusal(code, error.findtext(f"{{{_CALLS}}}message") or "", fields, refusal_next(code))
