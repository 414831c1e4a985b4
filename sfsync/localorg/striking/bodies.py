"""Bodies that go wrong: cut short, packed badly, or of something else altogether."""

import gzip
import json
import zlib
from dataclasses import replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults.orders import Fault
from sfsync.localorg.striking.content import content_of, is_packed, plain_of, with_content, with_plain
from sfsync.localorg.wire import JSON, Answer, Spoil

_LOGIN = (
    "<!DOCTYPE html><html><head><title>Login | Salesforce</title></head>"
    '<body><form action="/login" method="post"><input name="username"></form></body></html>'
)
_MAINTENANCE = (
    "<html><head><title>Down for Maintenance</title></head>"
    "<body><h1>We are down for maintenance. Sorry for the inconvenience.</h1></body></html>"
)
_HTML = "text/html;charset=UTF-8"


def truncate(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """End a body early, at a byte or behind a row, under one of three framings."""
    assert isinstance(value, dict)
    framing = value.get("framing", "chunked_ok")
    content = content_of(answer) if "at_row" in value else None
    if content is not None and framing == "chunked_ok":
        return with_content(answer, content.changed(lambda rows: rows[: int(value["at_row"])]))
    plain = plain_of(answer)
    at = content.end_of_row(int(value["at_row"])) if content is not None else int(value.get("at", 0))
    if framing == "chunked_ok":
        return with_plain(answer, plain[:at])
    if is_packed(answer):  # what a client unpacks shall end there
        answer = _unpacked(answer, plain)
    return replace(answer, spoil=Spoil(stop_at=at, end="close", sized=framing == "length"))


def bad_gzip(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Pack a body in a way that does not unpack, or unpacks to far too much."""
    if isinstance(value, dict):
        packed = _bomb(int(value["bomb"]))
    else:
        whole = gzip.compress(plain_of(answer), mtime=0)
        cut = {"cut": whole[: max(11, len(whole) // 2)], "trailer": whole[:-8]}
        packed = cut.get(str(value)) or whole[:-8] + bytes(byte ^ 0xFF for byte in whole[-8:-4]) + whole[-4:]
    return replace(answer, headers={**answer.headers, "Content-Encoding": "gzip"}, body=packed)


def wrong_body(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Give something else with status 200."""
    if value == "bom":
        return with_plain(answer, b"\xef\xbb\xbf" + plain_of(answer))
    if value == "earlier":
        return _earlier(org, fault, answer)
    if value == "shape":
        return Answer(200, {"Content-Type": JSON}, json.dumps({"result": [["rows"], None]}).encode())
    text = {"html": _LOGIN, "maintenance": _MAINTENANCE}.get(str(value), "")
    return Answer(200, {"Content-Type": _HTML if text else JSON}, text.encode())


def move(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Name another address as the org's, where the answer names one."""
    if not isinstance(answer.body, bytes) or b'"instance_url"' not in answer.body:
        return answer
    try:
        told = json.loads(answer.body)
    except ValueError:  # another fault has been here before
        return answer
    return replace(answer, body=json.dumps({**told, "instance_url": value}).encode())


def _earlier(org: OrgContext, fault: Fault, answer: Answer) -> Answer:
    """Give the answer that the last struck request should have had; the first is answered rightly."""
    name = f"answer before fault {fault.number}"
    before = org.state.setting(name)
    kept = [answer.status, {**answer.headers}, plain_of(answer).decode("utf-8", "replace")]
    org.state.set_setting(name, kept)
    if not isinstance(before, list):
        return answer
    headers = {name: one for name, one in before[1].items() if name != "Content-Encoding"}
    return Answer(int(before[0]), headers, str(before[2]).encode())


def _unpacked(answer: Answer, plain: bytes) -> Answer:
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Encoding"}
    return replace(answer, headers=headers, body=plain)


def _bomb(size: int) -> bytes:
    packing, piece = zlib.compressobj(9, wbits=31), b" " * 65_536
    parts = [packing.compress(piece[: min(len(piece), size - at)]) for at in range(0, size, len(piece))]
    return b"".join([*parts, packing.flush()])


CHANGES = {"move": move, "truncate": truncate, "wrong_body": wrong_body, "gzip": bad_gzip}
