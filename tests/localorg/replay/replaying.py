"""Asks the local org what a real org was asked, in the same order, and compares the answers.

Ids are carried over: where a real answer tells an id, the local org's answer tells ours at the same place, and later
requests name ours. A record that a recording names but does not create is made beforehand, with what the recording
tells of it. What cannot be asked of another org has a reason; so has every difference.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from sfsync.localorg.credentials import credentials
from sfsync.localorg.markup import BadMarkup, Element
from sfsync.localorg.markup_reading import parse
from sfsync.localorg.wire import Answer, Request
from tests.localorg.conftest import BASE, DEFAULTS, Org
from tests.localorg.replay.recording import Exchange
from tests.localorg.replay.shape import differences, header_differences

_ID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?(?![0-9A-Za-z])")
_WHOLE_RECORD = re.compile(r"/sobjects/(\w+)/\w{15,18}/?$")
_LACKING = ("INVALID_FIELD", "INVALID_TYPE", "NOT_FOUND")
_LACKING = ("INVALID_FIELD", "INVALID_TYPE", "NOT_FOUND")
_PROCESS = re.compile(r"<asyncProcessId>\w+</")  # of a deployment or retrieval
_NEVER = "Fri, 01 Jan 2100 00:00:00 GMT"  # nothing has changed since
_NOT_CODED = (401, 403, 500, 503)  # an org that was spent or down, a session at its end: nothing asked brings it about
_OWN = re.compile(  # refusals that came of what that org held, was set to, or was short of
    r"INVALID_SESSION_ID|InvalidSessionId|INVALID_LOGIN|invalid_grant|LIMIT_EXCEEDED|ExceededQuota|UNABLE_TO_LOCK_ROW"
    r"|QUERY_TIMEOUT|SERVER_UNAVAILABLE|API_DISABLED_FOR_ORG|API_CURRENTLY_DISABLED|DUPLICATES_DETECTED|DUPLICATE_VALUE"
    r"|FIELD_CUSTOM_VALIDATION_EXCEPTION|CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY|INSUFFICIENT_ACCESS|FIELD_FILTER_VALID"
)


@dataclass(frozen=True)
class Outcome:
    """What became of one exchange: it agrees, or why it does not or cannot be asked."""

    exchange: Exchange
    agrees: bool = False
    unasked: str = ""  # why it cannot be asked of this org
    different: tuple[str, ...] = ()


@dataclass
class Replay:
    """One tape against one fresh org."""

    org: Org
    ids: dict[str, str] = field(default_factory=dict)  # real ids, their first 15 characters, to ours

    def run(self, tape: list[Exchange]) -> Iterator[Outcome]:
        """Ask everything on a tape."""
        self._add_fields(tape)
        for exchange in tape:
            yield self._one(exchange)

    def _one(self, exchange: Exchange) -> Outcome:
        unasked = self._why_not(exchange)
        if unasked:
            return Outcome(exchange, unasked=unasked)
        self._make_missing(exchange)
        answer = self._ask(exchange)
        ours = _value(answer)
        self._learn(exchange.answer, ours)
        unknown = _unknown(exchange.answer, ours)
        if unknown:
            return Outcome(exchange, unasked=unknown)
        found = list(self._compared(exchange, answer, ours))
        return Outcome(exchange, agrees=not found, different=tuple(dict.fromkeys(found)))

    def _compared(self, exchange: Exchange, answer: Answer, ours: Any) -> Iterator[str]:
        if exchange.status != answer.status:
            yield f"the status is {answer.status}, not {exchange.status}"
        yield from header_differences(exchange.headers, {name.lower(): value for name, value in answer.headers.items()})
        real = exchange.answer
        if _WHOLE_RECORD.search(exchange.path) and isinstance(real, dict) and isinstance(ours, dict):
            both = real.keys() & ours.keys()  # which fields an org has is its own affair
            real, ours = {key: real[key] for key in both}, {key: ours[key] for key in both}
        yield from differences(real, ours)

    def _why_not(self, exchange: Exchange) -> str:
        """Tell why an exchange cannot be asked of this org, "" where it can."""
        return _not_askable(exchange) or self._not_here(exchange)

    def _not_here(self, exchange: Exchange) -> str:
        """Tell what an exchange names that this org has not."""
        for one in _ID.findall(unquote(exchange.target) + " ".join(_PROCESS.findall(exchange.request))):
            if one[0].isdigit() and one[:15] not in self.ids and not self.org.state.catalog.by_prefix(one[:3]):
                return f"what it names by {one[:3]}... is nothing that was made here"
        for name in _sobjects(exchange):
            if self.org.state.catalog.sobject(name) is None and "404" not in f"{exchange.status} {exchange.answer}":
                return f"this org has no {name}"
        return ""

    def _add_fields(self, tape: list[Exchange]) -> None:
        """Add the custom fields a tape uses, as text where nothing tells what they are."""
        seen: dict[tuple[str, str], list[Any]] = {}
        for sobject, name, value in (found for one in tape for found in _fields(one)):
            if name.endswith("__c"):
                seen.setdefault((sobject, name), []).append(value)
        for (sobject, name), values in seen.items():
            kind = self.org.state.catalog.sobject(sobject)
            if kind is not None and name.lower() not in kind.fields:
                facts = {"name": name, "label": name.removesuffix("__c").replace("_", " "), **_kind_of(name, values)}
                self.org.state.add_field(kind.name, facts)

    def _make_missing(self, exchange: Exchange) -> None:
        """Make the records which an exchange names and nothing made so far."""
        if exchange.status >= 400:
            return
        for record in _records(exchange.answer):
            self._make(_record_id(record), record)
        asked_for = f"{unquote(exchange.target)} {exchange.request}"
        for asked in dict.fromkeys(_ID.findall(asked_for)):
            self._make(asked, {})

    def _make(self, real_id: str, told: dict[str, Any]) -> None:
        kind = self.org.state.catalog.by_prefix(real_id[:3])
        if kind is None or real_id[:15] in self.ids:
            return
        if kind.name == "Organization":
            [row] = self.org.state.rows("SELECT Id FROM Organization")
            self.ids[real_id[:15]] = row["Id"]
        elif kind.name == "User":
            self.ids[real_id[:15]] = self.org.user_id
        elif kind.name in DEFAULTS:
            wanted = {name: value for name, value in told.items() if self._may_be_given(kind.name, name, value)}
            reply = self.org.ask("POST", f"sobjects/{kind.name}", {**DEFAULTS[kind.name], **wanted})
            if reply.status != 201:
                reply = self.org.ask("POST", f"sobjects/{kind.name}", DEFAULTS[kind.name])
            self.ids[real_id[:15]] = str(reply["id"])

    def _may_be_given(self, sobject: str, name: str, value: Any) -> bool:
        found = self.org.state.catalog.field(sobject, name)
        return bool(found and found.createable and found.type not in ("reference", "id")) and value is not None

    def _ask(self, exchange: Exchange) -> Answer:
        parts = urlsplit(exchange.target)
        query = {name: self._ours(value) for name, value in parse_qsl(parts.query, keep_blank_values=True)}
        headers = {"x-sfdc-session": self.org.token}
        if exchange.request:
            headers["content-type"] = _content_type(exchange)
        raw_path = self._ours(parts.path)
        path = re.sub("/{2,}", "/", unquote(raw_path)).rstrip("/")
        if "Soap" not in path and "async" not in path:
            headers["authorization"] = f"Bearer {self.org.token}"
        asks_for_token = exchange.path.endswith("/oauth2/token")
        body = self._granted(exchange.request) if asks_for_token else self._signed(self._ours(exchange.request))
        if "304" in json.dumps(exchange.answer):
            body = re.sub(r'("If-Modified-Since": )"[^"]*"', rf'\1"{_NEVER}"', body)
        return self.org.local.answer(Request(exchange.method, path, query, headers, body.encode(), BASE, raw_path))

    def _ours(self, text: str) -> str:
        return _ID.sub(lambda found: self.ids.get(found[0][:15], found[0]), text)

    def _granted(self, body: str) -> str:
        """Put this org's own credentials into a form that asks for a token."""
        own = credentials(self.org.state, self.org.clock)
        given = {**own, "password": own["password"] + own["security_token"]}
        asked = dict(parse_qsl(body, keep_blank_values=True))
        return urlencode({name: given.get(name, value) for name, value in asked.items()})

    def _granted(self, body: str) -> str:
        """Put this org's own credentials into a form that asks for a token."""
        own = credentials(self.org.state, self.org.clock)
        given = {**own, "password": own["password"] + own["security_token"]}
        asked = dict(parse_qsl(body, keep_blank_values=True))
        return urlencode({name: given.get(name, value) for name, value in asked.items()})

    def _signed(self, body: str) -> str:
        """Put this org's session, or its user and password, into an envelope, and its own converted status."""
        state = self.org.state
        given = {
            "sessionId": self.org.token,
            "username": "sfsync@local-org.example.com",
            "password": f"{state.setting('password')}{state.setting('security_token')}",
            "convertedStatus": "Qualified",
        }
        for name, value in given.items() if body.startswith("<") else ():
            body = re.sub(rf"(<(?:\w+:)?{name}>)[^<]*(</)", rf"\g<1>{value}\g<2>", body)
        return body

    def _learn(self, real: Any, ours: Any) -> None:
        """Note which of our ids stand where a real answer tells others."""
        if isinstance(real, dict) and isinstance(ours, dict):
            for key in real.keys() & ours.keys():
                self._learn(real[key], ours[key])
        elif isinstance(real, list) and isinstance(ours, list):
            for one, other in zip(real, ours, strict=False):
                self._learn(one, other)
        elif isinstance(real, str) and isinstance(ours, str):
            self._learn_text(real, ours)

    def _learn_text(self, real: str, ours: str) -> None:
        if len(real) < 19 and _ID.fullmatch(real) and _ID.fullmatch(ours) and real[:3] == ours[:3]:
            self.ids.setdefault(real[:15], ours)
        elif real.startswith("<") and ours.startswith("<"):
            for (name, one), (other_name, other) in zip(_leaves(real), _leaves(ours), strict=False):
                if name == other_name:
                    self._learn_text(one, other)
        elif "\n" in real and "\n" in ours:
            self._learn(re.split(r'[",\n]+', real), re.split(r'[",\n]+', ours))


def _not_askable(exchange: Exchange) -> str:
    """Tell why an exchange can be asked of no other org."""
    if exchange.status in _NOT_CODED and not str(exchange.answer).lstrip().startswith("<"):
        return "an org that was spent or down, or a session at its end"
    own = _OWN.search(str(exchange.answer))
    if own:
        return f"a refusal that came of that org's own state or rules: {own[0]}"
    if exchange.request[:1] in ("{", "[") and _asked(exchange) is None:
        return "the recorded request is no JSON"
    if exchange.method in ("POST", "PATCH", "PUT") and not exchange.request:
        return "whoever recorded it left the request out"
    if "assertion=" in exchange.request:
        return "it was signed with a key of its own"
    for one in _described(exchange):
        if "fields" in one and not (one["fields"] and one.get("childRelationships")):
            return "whoever recorded it shortened the description"
    return ""


def _value(answer: Answer) -> Any:
    body = answer.body if isinstance(answer.body, bytes) else answer.body.read_bytes()
    text = body.decode("utf-8")
    try:
        return json.loads(text) if "json" in answer.headers.get("Content-Type", "") and text else text
    except ValueError:
        return text


def _content_type(exchange: Exchange) -> str:
    if "/oauth2/" in exchange.path:
        return "application/x-www-form-urlencoded"
    if "/oauth2/" in exchange.path:
        return "application/x-www-form-urlencoded"
    if exchange.request.startswith("<"):
        return "text/xml" if "Soap" in exchange.path else "application/xml"
    if exchange.path.endswith("/batch") and not isinstance(exchange.answer, dict):
        return "text/csv"
    return "application/json"


def _unknown(real: Any, ours: Any) -> str:
    """Tell what this org has not and real ones need not have, where it refuses because of that."""
    told = {str(one.get("errorCode")) for one in _walk(real)}
    for one in _walk(ours):
        if one.get("errorCode") in _LACKING and one["errorCode"] not in told:
            return "this org lacks what is asked for: " + str(one["message"]).strip().splitlines()[-1][:80]
    if isinstance(ours, str) and isinstance(real, str):
        for code in _LACKING:
            if f">{code}<" in ours and code not in real:
                return f"this org lacks what is asked for: {code}"
    return ""


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from _walk(one)


def _described(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Give the descriptions of sObjects in an answer, or in the answers within a composite one."""
    answer = exchange.answer
    inner = [one.get("body") for one in answer.get("compositeResponse", ())] if isinstance(answer, dict) else []
    return (one for one in [answer, *inner] if isinstance(one, dict) and ("labelPlural" in one or "urls" in one))


def _records(answer: Any) -> Iterator[dict[str, Any]]:
    """Give the records an answer tells, with their ids."""
    return (one for one in _walk(answer) if _record_id(one))


def _record_id(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    url = attributes.get("url") if isinstance(attributes, dict) else None
    return str(url).rsplit("/", 1)[-1] if url else ""


def _asked(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.request)
    except ValueError:
        return None


def _sobjects(exchange: Exchange) -> Iterator[str]:
    """Give the sObjects an exchange is about."""
    yield from re.findall(r"/sobjects/(\w+)", exchange.path)
    query = dict(parse_qsl(urlsplit(exchange.target).query)).get("q", "")
    yield from re.findall(r"(?i)\sfrom\s+(\w+)", re.sub(r"(?i)\(\s*select[^()]*\)", "", query))
    yield from re.findall(r"<(?:object|members)>(\w+)</", exchange.request)
    for one in _walk(_asked(exchange)):
        if isinstance(one.get("attributes"), dict):
            yield str(one["attributes"].get("type"))
        if isinstance(one.get("url"), str) and "/sobjects/" in one["url"]:
            yield from re.findall(r"/sobjects/(\w+)", one["url"])


def _fields(exchange: Exchange) -> Iterator[tuple[str, str, Any]]:
    """Give the fields an exchange writes, reads or describes: (sObject, name, value or description)."""
    for one in [*_walk(_asked(exchange)), *_walk(exchange.answer)]:
        attributes = one.get("attributes")
        if isinstance(attributes, dict) and "type" in attributes:
            yield from ((str(attributes["type"]), name, value) for name, value in one.items())
        if isinstance(one.get("fields"), list) and "childRelationships" in one:
            yield from ((one["name"], told["name"], told) for told in one["fields"] if isinstance(told, dict))


_DESCRIBED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "boolean": lambda told: {"type": "boolean"},
    "double": lambda told: {"type": "double", "precision": told["precision"], "scale": told["scale"]},
    "email": lambda told: {"type": "email", "length": 80},
}


def _kind_of(name: str, values: list[Any]) -> dict[str, Any]:
    """Give type and size of a custom field, from a description or its values or its name."""
    for value in values:
        if isinstance(value, dict) and value.get("type") in _DESCRIBED:
            return _DESCRIBED[value["type"]](value)
    if any(isinstance(value, bool) for value in values):
        return {"type": "boolean"}
    if any(isinstance(value, int | float) for value in values):
        return {"type": "double", "precision": 18, "scale": 2}
    if "email" in name.lower():
        return {"type": "email", "length": 80}
    return {"type": "string", "length": 255, "externalId": "id" in name.lower()}


def _leaves(text: str) -> list[tuple[str, str]]:
    """Give the texts of a document's elements, in order."""
    try:
        return list(_texts_of(parse(text.encode())))
    except BadMarkup:
        return []


def _texts_of(element: Element) -> Iterator[tuple[str, str]]:
    if not element.children:
        yield element.name, element.text.strip()
    for child in element.children:
        yield from _texts_of(child)
