"""`/servlet/servlet.WebToLead`: a lead out of a web form.

Documented (help): the visitor always gets HTTP 200 and a way back, whatever becomes of the lead; a blank last name or
company becomes "[not provided]"; a value that fails validation makes no lead; 500 leads in 24 hours, later forms
wait, 50,000 at most, and the default lead creator is told; the active assignment and auto-response rules run, and an
alert of a duplicate rule blocks, where one that only reports does not; numbers are as the org's locale writes them.
Seen of real orgs: the header Is-Processed, with an exception named where no lead came of it; custom fields by their
15-character id; names that are no fields are passed over. Assumed: custom fields by API name, dates as
month/day/year, and what a mail to debugEmail says.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html import escape
from urllib.parse import parse_qsl

from sfsync.localorg import field_ids, mail
from sfsync.localorg.context import OrgContext
from sfsync.localorg.routing import Route
from sfsync.localorg.saving import assignment, reading
from sfsync.localorg.saving.draft import Draft, Options
from sfsync.localorg.saving.save import save
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import EMAIL, Stored, stamp
from sfsync.localorg.variants import WEB_UNVALIDATED, WEB_WITHOUT_REQUIRED, is_on
from sfsync.localorg.wire import Answer, Refusal, Request
from sfsync.records.ids import is_id, to_18

DAILY_SETTING, WAITING_SETTING = "web_leads_per_day", "web_leads_waiting"
CREATOR_SETTING = "default_lead_creator"  # a user's id; without it, the integration user
PER_DAY, MOST_WAITING = 500, 50_000
MOST_TOLD = 5  # forms that are refused because too many wait, of which the creator is told
NOT_PROVIDED = "[not provided]"
TOO_MANY = "too many forms are waiting"
_FAILED = "true Exception:common.exception.SalesforceGenericException"
_FIELDS = {
    "first_name": "FirstName",
    "last_name": "LastName",
    "salutation": "Salutation",
    "title": "Title",
    "company": "Company",
    "email": "Email",
    "phone": "Phone",
    "mobile": "MobilePhone",
    "fax": "Fax",
    "street": "Street",
    "city": "City",
    "state": "State",
    "state_code": "State",
    "zip": "PostalCode",
    "country": "Country",
    "country_code": "Country",
    "url": "Website",
    "description": "Description",
    "lead_source": "LeadSource",
    "industry": "Industry",
    "rating": "Rating",
    "revenue": "AnnualRevenue",
    "employees": "NumberOfEmployees",
    "lead_status": "Status",
    "emailoptout": "HasOptedOutOfEmail",
    "faxoptout": "HasOptedOutOfFax",
    "donotcall": "DoNotCall",
    "currency": "CurrencyIsoCode",
    "recordtype": "RecordTypeId",
}
_GROUPED = ("currency", "double", "int", "percent")
_GROUPS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")  # as the locale en_US writes numbers
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

Form = Mapping[str, str]


def submit(org: OrgContext, request: Request) -> Answer:
    """POST: take a form; a lead comes of it at once, later, or never."""
    release(org)
    form = _form(request)
    org_id = org.org_id
    if form.get("oid", "")[:15] != org_id[:15]:
        state, told = "refused", f"the form is for the org {form.get('oid', '')!r}"
    elif _made_today(org) < per_day(org.state):
        state, told = _process(org, form)
    elif _waiting(org.state) < most_waiting(org.state):
        state, told = "waiting", "the day's leads are spent"
    else:
        state, told = "refused", TOO_MANY
    _keep(org, state, told, form)
    _tell(org, state, told, form)
    _explain(org, state, told, form)
    return _page(form, state, told)


def release(org: OrgContext) -> None:
    """Process waiting forms as far as the day's allowance goes, oldest first."""
    rows = org.state.rows("SELECT number, value FROM _web_lead WHERE state = 'waiting' ORDER BY number")
    for row in rows[: max(0, per_day(org.state) - _made_today(org))]:
        state, told = _process(org, json.loads(row["value"]))
        sql = "UPDATE _web_lead SET state = ?, told = ?, done_at = ? WHERE number = ?"
        org.state.run(sql, (state, told, org.stamp, row["number"]))


def submitted(state: State) -> list[dict[str, object]]:
    """Give every form that came, with what became of it."""
    rows = state.rows("SELECT * FROM _web_lead ORDER BY number")
    return [{**dict(row), "value": json.loads(row["value"])} for row in rows]


def _form(request: Request) -> Form:
    """Read the fields of a form; those of a repeated name are joined, as values of a multi-select picklist are."""
    coding = request.query.get("encoding", "UTF-8")
    try:
        text = request.body.decode(coding, "replace")
        pairs = parse_qsl(text, keep_blank_values=True, encoding=coding, errors="replace", max_num_fields=1_000)
    except (LookupError, ValueError):
        return {}
    form: dict[str, str] = {}
    for name, value in pairs:
        form[name] = f"{form[name]};{value}" if name in form and value else value
    return {"oid": request.query.get("oid") or request.query.get("orgId") or "", **form}


def _process(org: OrgContext, form: Form) -> tuple[str, str]:
    """Make a lead of a form; give "done" and its id, or "failed" and why."""
    creator = _creator(org)
    kind = org.sobject("Lead")
    try:
        draft = reading.read(org.catalog, kind, _record(org, kind, form))
        rule_id = assignment.active_rule(org.state, kind)
        options = Options(
            rule_id,
            auto_response=True,
            assignment_mail=True,
            validation=not is_on(org.state, WEB_UNVALIDATED),
            without_required=is_on(org.state, WEB_WITHOUT_REQUIRED),
        )
        somebody = replace(org, user_id=str(creator), campaign_id=_campaign(form))
        outcome = save(somebody, kind, [draft], options)[0]
        _join(somebody, outcome.record_id, form)
    except Refusal as refusal:
        return "failed", f"{refusal.code}: {refusal.message}"
    if outcome.errors:
        return "failed", f"{outcome.errors[0].code}: {outcome.errors[0].message}"
    return "done", str(outcome.record_id)


def _join(org: OrgContext, lead_id: str | None, form: Form) -> None:
    """Make the lead a member of the campaign that the form names; a campaign that is none is passed over."""
    campaign = _campaign(form)
    if lead_id is None or not campaign:
        return
    status = next((value.strip() for name, value in form.items() if name.lower() == "member_status"), "") or None
    given: dict[str, Stored] = {"CampaignId": campaign, "LeadId": lead_id, "Status": status}
    save(org, org.sobject("CampaignMember"), [Draft(given)], Options())


def _campaign(form: Form) -> str:
    """Give the id of the campaign that a form names, "" where it names none."""
    campaign = next((value.strip() for name, value in form.items() if name.lower() == "campaign_id"), "")
    return to_18(campaign) if is_id(campaign) else ""


def _record(org: OrgContext, kind: SObject, form: Form) -> dict[str, object]:
    record: dict[str, object] = {}
    for name, value in form.items():
        field = _field(org.state, kind, name)
        if field is not None and field.createable and value.strip():
            record[field.name] = _value(field, value.strip())
    for name in ("LastName", "Company"):
        if not kind.fields[name.lower()].nillable:  # with person accounts a lead needs no company
            record.setdefault(name, NOT_PROVIDED)
    return record


def _field(state: State, kind: SObject, name: str) -> Field | None:
    if re.fullmatch(r"00N\w{12}(\w{3})?", name):
        return field_ids.field_of(state, kind, name)
    own = kind.fields.get(name.lower()) if name.lower().endswith("__c") else None
    return own or kind.fields.get(_FIELDS.get(name.lower(), "").lower())


def _value(field: Field, text: str) -> str:
    if field.type == "boolean":
        return "true" if text.lower() in ("1", "on", "true", "yes") else "false"
    if field.type in _GROUPED and _GROUPS.fullmatch(text):
        return text.replace(",", "")
    day = _DAY.match(text) if field.type in ("date", "datetime") else None
    return f"{day[3]}-{int(day[1]):02}-{int(day[2]):02}" if day else text


def per_day(state: State) -> int:
    """Give how many leads forms may make in 24 hours."""
    kept = state.setting(DAILY_SETTING)
    return kept if isinstance(kept, int) else PER_DAY


def most_waiting(state: State) -> int:
    """Give how many forms may wait for the next day."""
    kept = state.setting(WAITING_SETTING)
    return kept if isinstance(kept, int) else MOST_WAITING


def _tell(org: OrgContext, state: str, told: str, form: Form) -> None:
    """Write to the default lead creator of a form that waits, and of the first few that are refused for that."""
    sql = "SELECT count(*) AS n FROM _web_lead WHERE told = ?"
    row = org.state.one(sql, (TOO_MANY,)) if told == TOO_MANY else None
    if state != "waiting" and (row is None or int(row["n"]) > MOST_TOLD):
        return
    user = org.state.one('SELECT Email FROM "User" WHERE Id = ?', (str(_creator(org)),))
    if user is not None and user["Email"]:
        body = "\n".join([f"{told}:", *(f"{name}: {value}" for name, value in form.items())])
        mail.send(org, mail.Mail("", [str(user["Email"])], "Web-to-Lead", body, cause=f"web-to-lead {state}"))


def _explain(org: OrgContext, state: str, told: str, form: Form) -> None:
    """Write what became of a form to the address that it asks to have that written to."""
    to = form.get("debugEmail", "").strip()
    if form.get("debug") == "1" and EMAIL.fullmatch(to):
        body = "\n".join([f"{state}: {told}", *(f"{name}: {value}" for name, value in form.items())])
        mail.send(org, mail.Mail("", [to], f"Web-to-Lead debug: {state}", body, cause="web-to-lead debug"))


def _creator(org: OrgContext) -> object:
    return org.state.setting(CREATOR_SETTING) or org.state.setting("integration_user_id")


def _made_today(org: OrgContext) -> int:
    since = stamp(org.now - timedelta(days=1))
    row = org.state.one("SELECT count(*) AS n FROM _web_lead WHERE state = 'done' AND done_at > ?", (since,))
    return 0 if row is None else int(row["n"])


def _waiting(state: State) -> int:
    row = state.one("SELECT count(*) AS n FROM _web_lead WHERE state = 'waiting'")
    return 0 if row is None else int(row["n"])


def _keep(org: OrgContext, state: str, told: str, form: Form) -> None:
    sql = "INSERT INTO _web_lead (made_at, done_at, state, told, value) VALUES (?, ?, ?, ?, ?)"
    org.state.run(sql, (org.stamp, org.stamp, state, told, json.dumps(dict(form))))


def _page(form: Form, state: str, told: str) -> Answer:
    """Answer with the page that leads back, or says what was done where the form asks with debug=1."""
    headers = {"Content-Type": "text/html;charset=UTF-8"}
    headers["Is-Processed"] = "true" if state in ("done", "waiting") else _FAILED
    url = form.get("retURL", "")
    if form.get("debug") == "1":
        body = f"<p>{escape(state)}: {escape(told)}</p>"
    elif re.match(r"https?://", url, re.IGNORECASE):
        body = f'<meta http-equiv="Refresh" content="0; URL={escape(url)}"><a href="{escape(url)}">Continue</a>'
    else:
        body = "<p>Your request has been queued.</p>"
    return Answer(200, headers, f"<html><head><title>Web to Lead</title></head><body>{body}</body></html>".encode())


ROUTES = (Route("POST", "/servlet/servlet.WebToLead", submit),)
