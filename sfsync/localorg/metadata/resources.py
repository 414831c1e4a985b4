"""`/metadata/deployRequest`: deploying by REST.

Documented (Metadata API guide): a multipart body with the options as JSON (`json`, or `entity_content`) and the zip
(`file`); 201 with the id and deployResult; what came of it is asked for by id, with `includeDetails`.
"""

import json
import re
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP

from sfsync.localorg.context import OrgContext
from sfsync.localorg.metadata import allowed, deploying
from sfsync.localorg.routing import Route
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer

_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)"?', re.IGNORECASE)


def create(org: OrgContext, request: Request, version: str) -> Answer:
    """POST: carry a deployment out."""
    allowed.check(org.state, org.user_id)
    parts = _parts(request)
    zipped = next((content for name, content in parts.items() if name == "file"), b"")
    told = next((content for name, content in parts.items() if name in ("json", "entity_content")), b"{}")
    options = _options(told)
    result = deploying.deploy(org, zipped, {name: _switch(value) for name, value in options.items()})
    pending = {"id": result["id"], "status": "Pending", "done": False, "success": False}
    body = {"id": result["id"], "deployResult": pending, "deployOptions": options}
    return json_answer(201, body)


def show(org: OrgContext, request: Request, version: str, deployment_id: str) -> Answer:
    """GET: what came of it."""
    result = deploying.find(org, deployment_id)
    if request.query.get("includeDetails", "").lower() != "true":
        result["details"] = None
    url = f"{org.base_path}/metadata/deployRequest/{result['id']}"
    return json_answer(200, {"id": result["id"], "url": url, "deployResult": result})


def _parts(request: Request) -> dict[str, bytes]:
    """Take a multipart body apart by the names of its parts. Raises Refusal where it is none."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data") or not _BOUNDARY.search(kind):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "A deployment is posted as multipart/form-data")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    parts: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            parts[name] = content
    return parts


def _options(told: bytes) -> Mapping[str, object]:
    try:
        read = json.loads(told)
    except (ValueError, RecursionError):
        read = None
    options = read.get("deployOptions", {}) if isinstance(read, dict) else None
    if not isinstance(options, dict):
        raise Refusal(400, "JSON_PARSER_ERROR", "deployOptions must be a JSON object")
    return options


def _switch(value: object) -> bool:
    return value is True or str(value).lower() == "true"


_REQUESTS = "/services/data/{version}/metadata/deployRequest"
ROUTES = (
    Route("POST", _REQUESTS, create),
    Route("GET", f"{_REQUESTS}/{{deployment_id}}", show),
)
