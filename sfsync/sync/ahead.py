"""Pages of a bulk query, fetched a little ahead of whoever takes them in.

Threads bring each page, unzipped and found whole, into a file; so nobody waits for the network while the mirror's gate
is held, and a page that was cut costs no transaction. The head of a page tells where the next one is, so that one can
be on its way while the body of this one still comes. Where they are told how, they make the page a part of the table
at once, which takes a while and leaves the other threads alone.
"""

import codecs
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Semaphore, Thread
from typing import IO, TypeAlias, TypeVar

from sfsync.errors import MirrorError
from sfsync.mirror.open import Mirror
from sfsync.mirror.part import PartPlan
from sfsync.salesforce.port import BulkPage, Org

T = TypeVar("T")

FETCHERS = 2  # pages on their way at the same time; one where parts are made, which takes longer than to fetch them
READY_PAGES = 3  # fetched and not yet taken in, those on their way among them
CHUNK_BYTES = 320 * 1024  # larger is not faster, and takes as many times the memory as a record has forms
_LAST_WAIT_SECONDS = 5.0  # for the thread to end: it is told to, but may be waiting for the network


@dataclass(frozen=True, slots=True)
class Chunks:
    """The bytes of a file, piece by piece."""

    file: Path

    def __iter__(self) -> Iterator[bytes]:
        """Read them."""
        with self.file.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page of results, on this machine."""

    records: int  # rows the org says it holds
    position: str | None  # where the next page is; None on the last
    file: Path
    part: Path | None  # the same as a part of the table, where there is one

    def chunks(self) -> Iterable[bytes]:
        """Give its CSV bytes, piece by piece, from the start each time they are asked for."""
        return Chunks(self.file)

    def remove(self) -> None:
        """Let it go."""
        self.file.unlink(missing_ok=True)
        if self.part is not None:
            self.part.unlink(missing_ok=True)


Coming: TypeAlias = "SimpleQueue[Fetched | Exception]"
"""Where one page, or what went wrong with it, is put when it is there."""


@contextmanager
def pages_ahead(
    org: Org, mirror: Mirror, job_id: str, position: str | None, plan: PartPlan | None = None
) -> Iterator[Iterator[Fetched]]:
    """Fetch a finished job's pages from a position on while inside; their files lie beside the mirror for as long.

    Taking the next page says that the one before is no longer needed. An error of a page is raised in its turn.
    """
    _tidy(mirror)
    prefix = f".{mirror.path.name}.pages-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=mirror.path.parent, ignore_cleanup_errors=True) as folder:
        fetching = _Fetching(org, job_id, position, Path(folder), plan)
        threads = [
            Thread(target=fetching.run, name=f"pages of {job_id}", daemon=True) for _ in range(1 if plan else FETCHERS)
        ]
        for thread in threads:
            thread.start()
        try:
            yield fetching.pages()
        finally:
            fetching.stop()
            for thread in threads:
                thread.join(_LAST_WAIT_SECONDS)


def _tidy(mirror: Mirror) -> None:
    """Remove what processes that were killed have left."""
    for left in mirror.path.parent.glob(f".{mirror.path.name}.pages-*"):
        process = left.name.rsplit("-", 2)[-2]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (OSError, ValueError):
            continue  # somebody else's


class _Fetching:
    """The fetching of one job's pages, by some threads that take turns at opening one."""

    def __init__(self, org: Org, job_id: str, position: str | None, folder: Path, plan: PartPlan | None) -> None:
        self._org = org
        self._job_id = job_id
        self._folder = folder
        self._plan = plan
        self._ready: SimpleQueue[Coming] = SimpleQueue()  # the pages in order, whole or still on their way
        self._room = Semaphore(READY_PAGES)
        self._turn = Lock()  # the head of a page has to come before the next one can be asked for
        self._making = Lock()  # parts take memory while they are made
        self._stopped = Event()
        self._next: tuple[int, str | None] | None = (0, position)  # None where there is nothing more to fetch

    def pages(self) -> Iterator[Fetched]:
        """Give the pages in order."""
        while True:
            page = self._ready.get().get()
            if isinstance(page, Exception):
                raise page
            yield page
            page.remove()
            self._room.release()
            if page.position is None:
                return

    def stop(self) -> None:
        """Have the threads end soon."""
        self._next = None
        self._stopped.set()
        self._room.release(FETCHERS)

    def run(self) -> None:
        """Fetch page after page, as long as there is room; the work of a thread."""
        while True:
            self._room.acquire()
            with ExitStack() as stack:
                with self._turn:
                    if self._next is None:
                        return
                    number, position = self._next
                    coming: Coming = SimpleQueue()
                    self._ready.put(coming)
                    page = self._opened(stack, number, position, coming)
                if page is not None:
                    self._bring(page, number, coming)

    def _opened(self, stack: ExitStack, number: int, position: str | None, coming: Coming) -> BulkPage | None:
        """Open a page, for as long as the stack is; its head says where the next one is."""
        try:
            page = stack.enter_context(self._org.bulk_page(self._job_id, position))
        except Exception as error:  # whatever it is, it is raised where the pages are taken
            coming.put(error)
            self._next = None
            return None
        if self._next is not None:
            self._next = (number + 1, page.position) if page.position is not None else None
        return page

    def _bring(self, page: BulkPage, number: int, coming: Coming) -> None:
        try:
            coming.put(self._fetched(page, number))
        except Exception as error:  # as above
            coming.put(error)
            self._next = None

    def _fetched(self, page: BulkPage, number: int) -> Fetched:
        file = self._folder / f"{number}.csv"
        plain = self._written(file, page.chunks())
        return Fetched(page.records, page.position, file, self._part(file, number) if plain else None)

    def _written(self, file: Path, chunks: Iterator[bytes]) -> bool:
        """Write a page down; tell whether it is of the plain kind a part can be made of."""
        plain, decoder = self._plan is not None, codecs.getincrementaldecoder("utf-8")()
        with self._told(partial(_opened, file)) as writing:
            for chunk in chunks:
                if self._stopped.is_set():
                    return False
                self._told(partial(writing.write, chunk))
                plain = plain and b"\0" not in chunk and _is_text(decoder, chunk)
        return plain and _first_line(file) == (self._plan.header if self._plan else b"")

    def _part(self, file: Path, number: int) -> Path | None:
        part = self._folder / f"{number}.part"
        with self._making:
            if self._plan is not None and self._plan.make(file, part):
                return part
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return None

    def _told(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OSError as error:
            raise MirrorError(
                f"a page of bulk results cannot be kept in {self._folder.parent}: {error.strerror}",
                todo="make room there, then pull again: it goes on where it was",
            ) from None


def _opened(file: Path) -> IO[bytes]:
    return file.open("xb", buffering=0)


def _is_text(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _first_line(file: Path) -> bytes:
    with file.open("rb") as reading:
        return reading.readline().removesuffix(b"\n")
