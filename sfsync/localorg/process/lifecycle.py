"""Start, stop, look at and renew the org of a state folder, from another process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sfsync import errors
from sfsync.clock import Clock, SystemClock
from sfsync.errors import OrgUnreachable, SfsyncError, UsageError
from sfsync.localorg import facts as facts_file
from sfsync.localorg.facts import Facts, facts_of
from sfsync.localorg.load.sources import FileSet, zipped
from sfsync.localorg.mounts.incoming import UPLOAD_BYTES
from sfsync.localorg.process import asking
from sfsync.localorg.process.hold import Held, hold, holder, is_held, make_folder
from sfsync.localorg.process.options import Options, already_filled, options_json
from sfsync.localorg.seed.amounts import Progress, silent

STOP_SECONDS = START_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.05
_MACHINE = SystemClock()
_PROGRAM = "sfsync.localorg.process.foreground"  # by name: whoever looks for an org need not load the org


def default_folder(working_folder: Path, environment: Mapping[str, str]) -> Path:
    """Give the state folder when none is named: `.sfsync/org` beside sfsync.toml, else the user's own."""
    if (working_folder / "sfsync.toml").is_file():
        return working_folder / ".sfsync" / "org"
    told = environment.get("XDG_STATE_HOME", "")
    home = Path(told) if os.path.isabs(told) else Path.home() / ".local" / "state"
    return home / "sfsync" / "org"


def running(folder: Path) -> Facts | None:
    """Give the facts of the org that runs in a folder, None where none answers, or not as this version does."""
    folder = folder.absolute()
    last = facts_file.read(folder) if is_held(folder) else None
    if last is None:
        return None
    health, known = asking.ask(last, "GET", "health"), asking.ask(last, "GET", "facts")
    if health is None or known is None:
        return None
    told = {key: str(value) for key, value in known.items()}
    try:
        pid = int(str(health["pid"]))
        return facts_of(
            told, last.instance_url, last.proxy_url, (Path(last.ca_file), Path(last.jwt_key_file)), pid, folder
        )
    except (KeyError, TypeError, ValueError):
        return None


def status(folder: Path) -> Facts | None:
    """Give the facts of a folder's org, None where it is stopped.

    Raises OrgUnreachable where it is up, or coming up, and does not answer.
    """
    facts = running(folder)
    if facts is None and is_held(folder.absolute()):
        raise _no_answer(folder)
    return facts


def ensure_running(
    folder: Path, clock: Clock = _MACHINE, started: Callable[[Facts], None] = lambda facts: None
) -> Facts:
    """Give the facts of the folder's org, starting it as `org start` does if it does not run.

    `started` is called with the facts if it had to be started. Raises what `start` raises.
    """
    facts = running(folder)
    if facts is None:
        facts = start(Options(folder), clock)
        started(facts)
    return facts


def start(
    options: Options, clock: Clock, progress: Progress = silent, already: Callable[[], None] = lambda: None
) -> Facts:
    """Start an org in the background and wait until it answers; one that runs already is left as it is.

    `already` is called if one does.
    Raises UsageError (port, amounts on a filled org), FileError (damaged state), OrgUnreachable (it does not come up).
    """
    folder = options.state.absolute()
    facts = running(folder)
    if facts is None and _launch(Options(**{**_shown(options), "state": folder}), progress):
        facts = running(folder)
    elif facts is None:  # another start was quicker
        facts = _wait_until_running(folder, clock)
        _keep_to(options, facts)
    else:
        _keep_to(options, facts)
        already()
    if facts is None:
        raise OrgUnreachable(f"the local org in {folder} does not answer", todo=f"look into {folder / 'log'}")
    return facts


def _shown(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in Options.__dataclass_fields__}


def _keep_to(options: Options, facts: Facts) -> None:
    """See to it that what is asked of a running org can be had."""
    if options.fills:
        raise already_filled(Path(facts.state_folder))
    if options.port and options.port != facts.port:
        todo = "use `sfsync org stop` first, then start it on the other port"
        raise UsageError(f"the local org runs already, on port {facts.port}", todo=todo)
    if options.bulk_jobs is not None:
        asking.demand(facts, "POST", "settings", {"bulk_jobs": options.bulk_jobs})


def _launch(options: Options, progress: Progress) -> bool:
    """Run the background program until it is ready; False where another one holds the folder. Raises its error."""
    make_folder(options.state)
    log_descriptor = os.open(options.state / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", _PROGRAM, options_json(options), str(writing)]
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log_descriptor,
            stderr=log_descriptor,
            cwd=options.state,
            pass_fds=(writing,),
            start_new_session=True,
        )
    finally:
        os.close(log_descriptor)
        os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        for line in told:
            news = json.loads(line)
            if "ready" in news:
                child.returncode = 0  # it lives on by itself: nobody here will wait for it
                return True
            if "progress" in news:
                progress(*news["progress"])
            elif news["error"] == "LeaseHeld":
                child.wait()
                return False
            else:
                child.wait()
                raise _error(news)
    child.wait()
    raise OrgUnreachable("the local org did not start", todo=f"look into {options.state / 'log'}")


def _error(news: Mapping[str, str]) -> SfsyncError:
    kind = getattr(errors, news["error"], OrgUnreachable)
    error: SfsyncError = kind(news["message"], todo=news["todo"])
    return error


def _wait_until_running(folder: Path, clock: Clock) -> Facts:
    """Wait while another process brings the org up: as long as filling it takes, and not long once it was filled."""
    waited_from = clock.monotonic()
    while is_held(folder):
        facts = running(folder)
        if facts is not None:
            return facts
        if not (folder / facts_file.FILE).exists():  # it has never run: it is being filled
            waited_from = clock.monotonic()
        elif clock.monotonic() - waited_from > START_SECONDS:
            raise _no_answer(folder)
        clock.sleep(_LOOK_EVERY_SECONDS)
    raise OrgUnreachable(f"the local org in {folder} was being started by another process, and ended")


def _no_answer(folder: Path) -> OrgUnreachable:
    return OrgUnreachable(
        f"the local org in {folder} does not answer: it hangs, its disk is full, or another version of sfsync runs it",
        todo=f"look into {folder / 'log'}; stop it and start it again: `sfsync org stop`, `sfsync org start`",
    )


def stop(folder: Path, clock: Clock) -> bool:
    """End the folder's org and wait until it has; False where none ran.

    Raises OrgUnreachable where the process is not known for sure to be ours, or does not end.
    """
    folder = folder.absolute()
    if not is_held(folder):
        return False
    facts = running(folder)
    pid = facts.pid if facts else holder(folder)
    if pid is None:
        if not is_held(folder):
            return True
        raise OrgUnreachable(f"the process that uses {folder} does not answer", todo="find and end it yourself")
    os.kill(pid, signal.SIGTERM)
    waited_from = clock.monotonic()
    while is_held(folder):
        if clock.monotonic() - waited_from > STOP_SECONDS:
            raise OrgUnreachable(f"the local org (process {pid}) does not end", todo=f"end it: kill -9 {pid}")
        clock.sleep(_LOOK_EVERY_SECONDS)
    return True


def reset(options: Options, clock: Clock, progress: Progress = silent) -> None:
    """Make the folder's org anew, running or not, with what the options say or what it had; Ids start afresh.

    A damaged state is thrown away. Raises UsageError where another process holds the folder and does not answer.
    """
    folder = options.state.absolute()
    facts = running(folder)
    if facts is not None:
        named = {name: getattr(options, name) for name in ("leads", "accounts", "contacts", "opportunities", "seed")}
        asking.demand(facts, "POST", "reset", {name: value for name, value in named.items() if value is not None})
        return
    from sfsync.localorg.process.stopped import (
        reset_stopped,  # late: a running org, or none, is what is asked for mostly
    )

    with held_still(folder):
        reset_stopped(options, folder, clock, progress)


def load(folder: Path, files: FileSet, clock: Clock) -> dict[str, Any]:
    """Load a set of exports into the folder's org, running or not, and give the report as JSON holds it.

    Raises FileError (damaged state), UsageError (too much for a running org), OrgUnreachable (held, but no answer).
    """
    folder = folder.absolute()
    facts = running(folder)
    if facts is not None:
        content = zipped(files)
        if len(content) > UPLOAD_BYTES:
            raise UsageError("that is too much for a running org to take", todo="stop it, load, and start it again")
        return {**asking.demand(facts, "POST", "load", content=content), "ignored_files": list(files.ignored)}
    from sfsync.localorg.process.stopped import load_stopped

    with held_still(folder):
        return load_stopped(folder, files, clock)


@contextmanager
def held_still(folder: Path) -> Iterator[None]:
    """Hold the folder of an org that does not run. Raises OrgUnreachable where a process that holds it is mute."""
    try:
        with hold(folder):
            yield
    except Held as error:
        raise OrgUnreachable(f"{error}, and does not answer", todo="use `sfsync org stop` first") from None
