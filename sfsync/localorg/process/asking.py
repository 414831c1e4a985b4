"""Asking the control plane of a running org."""

from collections.abc import Mapping
from typing import Any

import requests

from sfsync.errors import OrgUnreachable, UsageError
from sfsync.localorg.facts import Facts

_CONNECT_SECONDS = 5.0


def ask(facts: Facts, method: str, name: str, patience_seconds: float = 10.0) -> dict[str, Any] | None:
    """Ask for JSON; None where no org answers (in that time)."""
    try:
        response = _send(facts, method, name, None, {}, patience_seconds)
        return dict(response.json()) if response.ok else None
    except (requests.RequestException, ValueError, OSError):
        return None


def demand(facts: Facts, method: str, name: str, value: object = None, content: bytes | None = None) -> dict[str, Any]:
    """Have something done, however long it takes: a JSON value or raw content is sent.

    Raises UsageError with the org's words where it refuses, OrgUnreachable where it does not answer.
    """
    headers = {"Content-Type": "application/zip"} if content is not None else {}
    try:
        response = _send(facts, method, name, value, headers, None, content)
    except (requests.RequestException, OSError) as error:
        raise OrgUnreachable(f"the local org at {facts.instance_url} does not answer: {error}") from error
    try:
        told = response.json() if response.content else {}
    except ValueError:
        told = [{"message": f"HTTP {response.status_code}"}]
    if not response.ok:
        raise UsageError(f"the local org refuses: {told[0]['message']}")
    return dict(told)


def _send(
    facts: Facts,
    method: str,
    name: str,
    value: object,
    headers: Mapping[str, str],
    patience_seconds: float | None,
    content: bytes | None = None,
) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method,
            f"{facts.control_url}/{name}",
            json=value,
            data=content,
            headers=dict(headers),
            verify=facts.ca_file,
            timeout=(_CONNECT_SECONDS, patience_seconds),
        )
