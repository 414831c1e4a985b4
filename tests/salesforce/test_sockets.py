"""Over real sockets: time runs out as it should, certificates are checked, and a proxy is gone through."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sfsync.clock import SystemClock
from sfsync.errors import OrgUnreachable
from sfsync.localorg.mounts.certificate import Certificate, ensure_certificate
from sfsync.salesforce.session import CarefulSession, Network, Timeouts

_DEADLINE = 0.3


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One certificate for the module."""
    return ensure_certificate(tmp_path_factory.mktemp("certificate"), datetime.now(UTC))  # noqa: TID251


class DripServer:
    """Answers one connection with some bytes at once and then one byte at a time, until the client is gone."""

    def __init__(self, certificate: Certificate, at_once: bytes) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.server, certificate.key)
        self._at_once = at_once
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        plain, _ = self._listener.accept()
        try:
            with self._context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(65536)
                connection.sendall(self._at_once)
                while not self._over.wait(0.02):
                    connection.sendall(b"a")
        except OSError:
            return

    def stop(self) -> None:
        """End the drip and wait for the thread."""
        self._over.set()
        self._thread.join(5)
        self._listener.close()


@pytest.fixture(
    params=[
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["nothing", "headers", "body", "body without end"],
)
def dripping(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[DripServer]:
    """A server that drips in one place of its answer."""
    server = DripServer(certificate, request.param)
    yield server
    server.stop()


def test_a_dripping_answer_ends_at_the_deadline(dripping: DripServer, certificate: Certificate) -> None:
    """Each byte comes in time, the whole does not: the call ends when its time is over, in headers and body alike."""
    timeouts = Timeouts(connect=5, read=5, total=_DEADLINE)
    began = time.monotonic()
    network = Network(str(certificate.ca), None, timeouts)
    with CarefulSession(network, SystemClock()) as session, pytest.raises(OrgUnreachable, match="Time"):
        session.get(dripping.url)
    assert _DEADLINE * 0.9 < time.monotonic() - began < _DEADLINE + 2


def test_a_certificate_of_nobody_known_is_refused(certificate: Certificate) -> None:
    """A server that cannot prove who it is gets no request, whatever the settings of the machine."""
    server = DripServer(certificate, b"")
    try:
        with CarefulSession(Network(), SystemClock()) as session, pytest.raises(OrgUnreachable, match="SSL"):
            session.get(server.url)
    finally:
        server.stop()


def _proxy(listener: socket.socket, certificate: Certificate, asked: list[bytes]) -> None:
    """Let one client through to what is, behind the proxy, a server with a certificate for every My Domain."""
    plain, _ = listener.accept()
    asked.append(plain.recv(65536))
    plain.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.server, certificate.key)
    with context.wrap_socket(plain, server_side=True) as connection:
        asked.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_a_proxy_of_the_settings_is_gone_through_and_sees_nothing(certificate: Certificate) -> None:
    """The proxy learns the host only; the request is encrypted for the org and its certificate checked behind it."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_proxy, args=(listener, certificate, asked))
        thread.start()
        network = Network(str(certificate.ca), f"http://127.0.0.1:{listener.getsockname()[1]}")
        with CarefulSession(network, SystemClock()) as session:
            answer = session.get("https://acme.my.salesforce.com/secret", headers={"Authorization": "Bearer t"})
        thread.join(5)
    assert answer.text == "ok"
    assert asked[0].startswith(b"CONNECT acme.my.salesforce.com:443 ")
    assert b"Bearer" not in asked[0]
    assert b"Bearer t" in asked[1]
