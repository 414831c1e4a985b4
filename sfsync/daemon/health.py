"""The health page: /healthz says as JSON how the daemon and each schedule stand, 503 when one fails or is late.

/metrics gives the same as numbers.
"""

import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sfsync.daemon.metrics import CONTENT_TYPE, metrics_text
from sfsync.errors import SettingsError

Source = Callable[[], tuple[bool, dict[str, object]]]
"""Gives whether all is well, and the JSON object to show."""


def health_app(report: Source) -> Starlette:
    """Make the ASGI application."""

    def healthz(_request: Request) -> JSONResponse:
        well, told = report()
        return JSONResponse(told, status_code=200 if well else 503, headers={"Cache-Control": "no-store"})

    def livez(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("alive\n", headers={"Cache-Control": "no-store"})

    def metrics(_request: Request) -> Response:
        return Response(metrics_text(report()[1]), media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})

    answers = {"/healthz": healthz, "/livez": livez, "/metrics": metrics}
    return Starlette(routes=[Route(path, answer, methods=["GET"]) for path, answer in answers.items()])


def open_listener(host: str, port: int) -> socket.socket:
    """Open the listening socket; port 0 takes any that is free.

    Raises SettingsError where the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise SettingsError(
            f"cannot listen on {host}:{port}: {reason}",
            todo="name another address as [serve] listen; port 0 takes any that is free",
        ) from None


def address_of(listener: socket.socket) -> str:
    """Give the URL of a listener."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class HealthServer:
    """Serves the page from a thread of its own."""

    def __init__(self, listener: socket.socket, report: Source) -> None:
        self._listener = listener
        self._server = uvicorn.Server(
            uvicorn.Config(
                health_app(report),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=1,
                limit_concurrency=64,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="health", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._listener.close()
