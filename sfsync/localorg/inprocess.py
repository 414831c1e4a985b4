"""The in-process mount: an adapter for `requests` that asks the org directly, with no socket in between.

A client cannot tell: status, headers, streaming, gzip bodies and dropped connections look as over the wire.
"""

import io
from collections.abc import Callable, Mapping
from http.client import RemoteDisconnected
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from sfsync.clock import Clock
from sfsync.localorg.incoming import body_limit, edge_answer, refused_head, request_of, too_large
from sfsync.localorg.wire import Answer, Request

Timeout = float | tuple[float | None, float | None] | None


class InProcessAdapter(HTTPAdapter):
    """Answers every https request by one org function; delays are slept on the clock handed in."""

    def __init__(self, answer: Callable[[Request], Answer], clock: Clock) -> None:
        super().__init__()
        self._answer = answer
        self._clock = clock

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer one prepared request. Raises requests' own errors for a dropped or too slow answer."""
        answer = self._answered(request)
        self._wait(answer.delay_seconds, timeout, request)
        if answer.drop:
            cause = RemoteDisconnected("Remote end closed connection without response")
            raise requests.ConnectionError(ProtocolError("Connection aborted.", cause), request=request)
        response = self.build_response(request, _raw(answer, bodyless=request.method == "HEAD"))
        if not stream:
            _ = response.content
        return response

    def _answered(self, request: requests.PreparedRequest) -> Answer:
        parts = urlsplit(request.url or "")
        headers = [*request.headers.items(), ("Host", parts.netloc)]
        refused = refused_head(request.path_url, sum(len(name) + len(value) + 4 for name, value in headers))
        if refused:
            return refused
        body = _body(request)
        if len(body) > body_limit(parts.path):
            return too_large()
        try:
            asked = request_of(request.method or "GET", parts.path, parts.query, headers, body, parts.netloc)
        except OverflowError:
            return too_large()
        except ValueError as error:
            return edge_answer(400, f"Bad Request: {error}")
        return self._answer(asked)

    def _wait(self, seconds: float, timeout: Timeout, request: requests.PreparedRequest) -> None:
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        if patience is not None and seconds > patience:
            self._clock.sleep(patience)
            raise requests.ReadTimeout(f"Read timed out. (read timeout={patience})", request=request)
        if seconds > 0:
            self._clock.sleep(seconds)


def _body(request: requests.PreparedRequest) -> bytes:
    body: object = request.body
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        content = body.read()
        return content if isinstance(content, bytes) else str(content).encode()
    return b"".join(cast("list[bytes]", body))


def _raw(answer: Answer, bodyless: bool) -> HTTPResponse:
    """Make what urllib3 would have made of the answer off the wire."""
    source, size = _opened(answer)
    headers = HTTPHeaderDict(answer.headers)
    if answer.status not in (204, 304):
        headers["Content-Length"] = str(size)
    return HTTPResponse(
        body=io.BytesIO() if bodyless else source,
        headers=headers,
        status=answer.status,
        version=11,
        reason=None,
        preload_content=False,
        decode_content=False,
        request_method="HEAD" if bodyless else None,
    )


def _opened(answer: Answer) -> tuple[BinaryIO, int]:
    if isinstance(answer.body, Path):
        return answer.body.open("rb"), answer.body.stat().st_size
    return io.BytesIO(answer.body), len(answer.body)
