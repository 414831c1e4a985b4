"""Changes of owner by SOAP: every option is told, each record has its own outcome, and a doubt is told as a doubt."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from requests.exceptions import ReadTimeout

from sfsync.errors import OrgBusy, OrgRefused, OutcomeUnknown
from sfsync.localorg.seed.amounts import Amounts
from sfsync.records.manner import ACTIVE, OWNER_OPTIONS, Manner, usual_manner
from sfsync.records.values import Value
from sfsync.salesforce.port import Outcome
from tests.salesforce.conftest import HOST, Faked
from tests.shop import Shop, open_shop

URL = f"{HOST}/services/Soap/u/62.0"
ONE, TWO = "001000000000001AAA", "001000000000002AAA"
CALLS = "{urn:partner.soap.sforce.com}"


def envelope(body: str) -> str:
    """Give an answer with this in its body."""
    spaces = 'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    return f"<?xml version='1.0'?><soapenv:Envelope {spaces}><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"


def taken(record: str) -> str:
    return f"<result><id>{record}</id><success>true</success></result>"


def fault(code: str) -> str:
    said = f"<faultcode>sf:{code}</faultcode><faultstring>{code}: it is so</faultstring>"
    return envelope(f"<soapenv:Fault>{said}</soapenv:Fault>")


def sent(faked: Faked, place: int = 0) -> ElementTree.Element:
    """Give a SOAP call that went out."""
    return ElementTree.fromstring(faked.asked("/Soap/")[place].body or "")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with two accounts."""
    with open_shop(tmp_path, Amounts(leads=0, accounts=2, contacts=0, opportunities=0)) as opened:
        yield opened


@pytest.mark.parametrize("sobject", ["Account", "Opportunity"])
def test_every_option_is_told_one_way_or_the_other(faked: Faked, sobject: str) -> None:
    """The team is kept, and nothing else done, where nobody said anything: not what an org does by itself."""
    faked.answers.post(URL, body=envelope(taken(ONE)))
    faked.org.change_owners(sobject, [(ONE, {"OwnerId": TWO})], usual_manner(sobject))
    told = {
        one.findtext(f"{CALLS}type"): one.findtext(f"{CALLS}execute") for one in sent(faked).iter(f"{CALLS}options")
    }
    kept = {"Account": "KeepAccountTeam", "Opportunity": "KeepSalesTeam"}[sobject]
    assert told == {option: str(option == kept).lower() for option in OWNER_OPTIONS[sobject]}
    assert [one.tag for one in sent(faked).iter() if "RuleHeader" in one.tag] == []


def test_assignment_and_duplicates_are_told_as_by_rest(faked: Faked) -> None:
    """Each where settings say so."""
    faked.answers.post(URL, body=envelope(taken(ONE)))
    faked.org.change_owners("Account", [(ONE, {"OwnerId": TWO})], Manner(ACTIVE, doubles=True, owner_options=()))
    assert sent(faked).findtext(f".//{CALLS}AssignmentRuleHeader/{CALLS}useDefaultRule") == "true"
    assert sent(faked).findtext(f".//{CALLS}DuplicateRuleHeader/{CALLS}allowSave") == "true"


def test_values_arrive_as_they_are(shop: Shop) -> None:
    """Markup, blanks to be kept, numbers, nulls and other alphabets; a text no XML can say is refused for itself."""
    one, two = (row["Id"] for row in shop.rows("SELECT Id FROM Account ORDER BY Id"))
    values: dict[str, Value] = {
        "OwnerId": shop.user_id, "Description": "<b>&amp; 'a' \"b\"\r\n\tŻółć 🙂",
        "NumberOfEmployees": 12, "Phone": None,
    }  # fmt: skip
    outcomes = shop.org.change_owners("Account", [(one, values), (two, {"Name": "a\x0bb"})], usual_manner("Account"))
    assert outcomes[0] == Outcome(one) and [why.code for why in outcomes[1].refusals] == ["SFSYNC_NOT_XML"]
    assert outcomes[1].id == two
    found = shop.ask("GET", f"sobjects/Account/{one}")
    assert {name: found[name] for name in values} == values


def test_a_refused_record_does_not_harm_its_neighbours(shop: Shop) -> None:
    """Code, words and fields of the refusal are told; the other record is saved."""
    one, two = (row["Id"] for row in shop.rows("SELECT Id FROM Account ORDER BY Id"))
    given: list[tuple[str, dict[str, Value]]] = [(one, {"Name": None}), (two, {"Phone": "1"})]
    refused, done = shop.org.change_owners("Account", [(key, one) for key, one in given], usual_manner("Account"))
    assert refused.refusals[0].code == "REQUIRED_FIELD_MISSING" and refused.refusals[0].fields == ("Name",)
    assert done == Outcome(two)


def test_a_session_that_ended_is_renewed_within_the_call(faked: Faked) -> None:
    """SOAP names its session in the envelope: the second call names the new one, and all else is as it was."""
    faked.answers.post(URL, body=fault("INVALID_SESSION_ID"), status=500)
    faked.answers.post(URL, body=envelope(taken(ONE)))
    values: dict[str, Value] = {"Name": "the-session-comes-here"}
    assert faked.org.change_owners("Account", [(ONE, values)], usual_manner("Account")) == [Outcome(ONE)]
    assert [sent(faked, place).findtext(f".//{CALLS}sessionId") for place in (0, 1)] == ["token-1", "token-2"]
    assert "the-session-comes-here" in ElementTree.tostring(sent(faked, 1)).decode()


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (fault("INVALID_FIELD"), 500, OrgRefused),
        (fault("SERVER_UNAVAILABLE"), 500, OrgBusy),
        (fault("UNKNOWN_EXCEPTION"), 500, OutcomeUnknown),
        ("<html>Down for maintenance</html>", 500, OutcomeUnknown),
        (envelope(taken(TWO)), 200, OutcomeUnknown),
        (envelope(taken(ONE) * 2), 200, OutcomeUnknown),
        (envelope(taken(ONE))[:-30], 200, OutcomeUnknown),
        (ReadTimeout(), 200, OutcomeUnknown),
    ],
    ids=["field", "busy", "unknown", "html", "another", "too many", "cut", "lost"],
)
def test_what_surely_did_nothing_is_told_apart_from_a_doubt(
    faked: Faked, answer: str | Exception, status: int, error: type[Exception]
) -> None:
    """Faults that refuse the call are told as such; whatever cannot be read leaves the outcome unknown."""
    faked.answers.post(URL, body=answer, status=status)
    with pytest.raises(error):
        faked.org.change_owners("Account", [(ONE, {"OwnerId": TWO})], usual_manner("Account"))
