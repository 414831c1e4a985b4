"""Pages of a bulk query, fetched a little ahead of whoever takes them in.

A thread brings each page, unzipped and found whole, into a file without a name; so nobody waits for the network while
the mirror's gate is held, and a page that was cut costs no transaction.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import IO, TypeVar

from sfsync.errors import MirrorError
from sfsync.salesforce.port import Org

T = TypeVar("T")

READY_PAGES = 2  # fetched and not yet taken in, the one under way among them
CHUNK_BYTES = 1024 * 1024
_LAST_WAIT_SECONDS = 5.0  # for the thread to end: it is told to, but may be waiting for the network


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page of results, on this machine."""

    records: int  # rows the org says it holds
    position: str | None  # where the next page is; None on the last
    file: IO[bytes]

    def chunks(self) -> Iterator[bytes]:
        """Give its CSV bytes, a megabyte at a time."""
        self.file.seek(0)
        while chunk := self.file.read(CHUNK_BYTES):
            yield chunk


@contextmanager
def pages_ahead(org: Org, job_id: str, position: str | None, folder: Path) -> Iterator[Iterator[Fetched]]:
    """Fetch a finished job's pages from a position on while inside; their files lie in a folder, for as long.

    Taking the next page says that the one before is no longer needed. An error of a page is raised in its turn.
    """
    fetching = _Fetching(org, job_id, position, folder)
    thread = Thread(target=fetching.run, name=f"pages of {job_id}", daemon=True)
    thread.start()
    try:
        yield fetching.pages()
    finally:
        fetching.stop()
        thread.join(_LAST_WAIT_SECONDS)
        fetching.drop()


class _Fetching:
    def __init__(self, org: Org, job_id: str, position: str | None, folder: Path) -> None:
        self._org = org
        self._job_id = job_id
        self._position = position
        self._folder = folder
        self._ready: SimpleQueue[Fetched | Exception] = SimpleQueue()
        self._room = Semaphore(READY_PAGES)
        self._stopped = Event()

    def pages(self) -> Iterator[Fetched]:
        """Give the pages in order."""
        while True:
            page = self._ready.get()
            if isinstance(page, Exception):
                raise page
            with page.file:
                yield page
            self._room.release()
            if page.position is None:
                return

    def stop(self) -> None:
        """Have the thread end soon."""
        self._stopped.set()
        self._room.release()

    def drop(self) -> None:
        """Let go of the pages nobody will take."""
        while not self._ready.empty():
            page = self._ready.get()
            if isinstance(page, Fetched):
                page.file.close()

    def run(self) -> None:
        """Fetch page after page, as long as there is room; the thread's work."""
        position = self._position
        while True:
            self._room.acquire()
            if self._stopped.is_set():
                return
            try:
                page = self._fetched(position)
            except Exception as error:  # whatever it is, it is raised where the pages are taken
                self._ready.put(error)
                return
            self._ready.put(page)
            position = page.position
            if position is None:
                return

    def _fetched(self, position: str | None) -> Fetched:
        with self._org.bulk_page(self._job_id, position) as page, ExitStack() as unless_whole:
            file = unless_whole.enter_context(self._told(self._file))
            for chunk in page.chunks():
                if self._stopped.is_set():
                    break
                self._told(partial(file.write, chunk))
            unless_whole.pop_all()
            return Fetched(page.records, page.position, file)

    def _file(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self._folder)

    def _told(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OSError as error:
            raise MirrorError(
                f"a page of bulk results cannot be kept in {self._folder}: {error.strerror}",
                todo="make room there, then pull again: it goes on where it was",
            ) from None
