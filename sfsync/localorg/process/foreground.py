"""One running org, from opening its state to closing it.

Also a program of its own, which `lifecycle.start` runs in the background: it is given its options as JSON and tells
its parent over a pipe, line by line, how far it is, that it is ready, or what is wrong.
"""

import json
import logging
import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

from sfsync.clock import Clock, SystemClock
from sfsync.errors import FileError, LeaseHeld, SfsyncError, UsageError
from sfsync.localorg import facts as facts_file
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.control.renewal import any_org, found, holds_data
from sfsync.localorg.control.settings import BULK_JOBS
from sfsync.localorg.credentials import credentials
from sfsync.localorg.facts import Facts, facts_of
from sfsync.localorg.identity.keys import ensure_key
from sfsync.localorg.mounts.certificate import Certificate, ensure_certificate
from sfsync.localorg.mounts.https import HttpsServer, PortTaken, listen
from sfsync.localorg.mounts.proxy import Proxy
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.process.hold import Held, hold
from sfsync.localorg.process.logfile import log_to
from sfsync.localorg.process.options import Options, already_filled
from sfsync.localorg.seed.amounts import Progress, silent
from sfsync.localorg.state import State

log = logging.getLogger("sfsync.localorg.process.foreground")  # it may run as __main__


def open_state(folder: Path) -> State:
    """Open the state of an org. Raises FileError where it is damaged."""
    try:
        return State.open(folder)
    except sqlite3.DatabaseError as error:
        todo = "use `sfsync org reset` to make it anew, or put back a copy"
        raise FileError(f"the state file {folder / 'org.db'} is damaged: {error}", todo=todo) from error


def serve(
    options: Options,
    clock: Clock,
    ready: Callable[[Facts], None],
    stop: threading.Event,
    progress: Progress = silent,
) -> None:
    """Run an org until `stop` is set; `ready` is called once it answers.

    Raises UsageError (port, amounts on a filled org), FileError (damaged state), LeaseHeld (another process runs it).
    """
    folder = options.state.absolute()
    try:
        with hold(folder):
            state = open_state(folder)
            try:
                _serve(replace(options, state=folder), state, clock, ready, stop, progress)
            finally:
                state.close()
    except Held as error:
        raise LeaseHeld(f"{error}", todo="wait for it to start or end, or use `sfsync org stop`") from None


def _serve(
    options: Options,
    state: State,
    clock: Clock,
    ready: Callable[[Facts], None],
    stop: threading.Event,
    progress: Progress,
) -> None:
    org_clock = OrgClock(clock)
    org_clock.restore(state)
    if holds_data(state) and options.fills:
        raise already_filled(options.state)
    with closing(_listen(options)) as listener:
        certificate = ensure_certificate(options.state, clock.now())
        if not holds_data(state):
            seed = 1 if options.seed is None else options.seed
            found(state, org_clock, options.amounts(), seed, progress, any_org())
            state.run("PRAGMA wal_checkpoint(TRUNCATE)")  # filling it may have written the data's size beside it
        org = LocalOrg(state, org_clock)
        server = HttpsServer(org.answer, certificate, listener)
        proxy = Proxy(_listen_as_proxy(options), server.port)
        facts = _facts(org, certificate, server.url, proxy.url, options)
        server.start()
        proxy.start()
        try:
            facts_file.write(options.state, facts)
            log.info("the org answers at %s", server.url)
            ready(facts)
            stop.wait()
        finally:
            proxy.stop()
            server.stop()
            log.info("the org has ended")


def _listen(options: Options) -> socket.socket:
    """Take the port asked for, else the one it had last if that is free, else any."""
    last = facts_file.read(options.state)
    if options.port is None and last is not None:
        with suppress(PortTaken):
            return listen(last.port)
    try:
        return listen(options.port or 0)
    except PortTaken as error:
        raise UsageError(str(error), todo="choose another one with --port, or --port 0 for any") from None


def _listen_as_proxy(options: Options) -> socket.socket:
    """Take the port the proxy had last if that is free, else any."""
    last = facts_file.read(options.state)
    if last is not None:
        with suppress(PortTaken):
            return listen(int(last.proxy_url.rpartition(":")[2]))
    return listen(0)


def _facts(org: LocalOrg, certificate: Certificate, url: str, proxy_url: str, options: Options) -> Facts:
    with org.state.transaction():
        if options.bulk_jobs is not None:
            org.state.set_setting(BULK_JOBS, options.bulk_jobs)
        known = credentials(org.state, org.clock)
    return facts_of(known, url, proxy_url, (certificate.ca, ensure_key(options.state)), os.getpid(), options.state)


def stop_on_signals(stop: threading.Event) -> Callable[[], int | None]:
    """Set an event when the process is told to end; the function given back tells by which signal."""
    seen: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return lambda: seen[0] if seen else None


class Stopped(Exception):
    """The process was told to end before the org was filled; nothing was kept."""


def unless_stopped(stop: threading.Event, progress: Progress) -> Progress:
    """Report progress, but raise Stopped once the event is set."""

    def report(sobject: str, done: int, total: int) -> None:
        if stop.is_set():
            raise Stopped
        progress(sobject, done, total)

    return report


def main(text: str, pipe: int) -> int:
    """Run an org in the background; gives the exit code."""
    kept = json.loads(text)
    options = Options(**{**kept, "state": Path(kept["state"])})
    log_to(sys.stderr)
    stop = threading.Event()
    stop_on_signals(stop)
    with os.fdopen(pipe, "w", encoding="utf-8", buffering=1) as parent:

        def tell(**line: object) -> None:
            with suppress(OSError, ValueError):  # the parent has gone: nobody waits any more
                parent.write(json.dumps(line) + "\n")

        def ready(facts: Facts) -> None:
            tell(ready=True)
            with suppress(OSError):
                parent.close()

        def progress(sobject: str, done: int, total: int) -> None:
            tell(progress=[sobject, done, total])

        try:
            serve(options, SystemClock(), ready, stop, unless_stopped(stop, progress))
        except SfsyncError as error:
            problem = error.problems[0]
            tell(error=type(error).__name__, message=problem.message, todo=problem.next)
            log.error("%s", problem.message)
            return 1
        except Stopped:
            tell(error="OrgUnreachable", message="the local org was stopped while it was being filled", todo="")
        except Exception:
            log.exception("the org ended")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
