"""Where a mirror lives: what its transactions, its leases and its errors need of a database."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection, Engine

LeaseName = Literal["writer", "daemon"]


class Home(Protocol):
    """A database that holds one mirror. Threads may share it."""

    @property
    def place(self) -> str:
        """Where it is, for people; no password is ever in it."""
        ...

    @property
    def path(self) -> Path:
        """What working files are named after, and lie beside; of SQLite the database itself."""
        ...

    @property
    def holds_nul(self) -> bool:
        """Whether its texts can hold the character NUL."""
        ...

    @property
    def writer(self) -> Engine | None:
        """Connections that write; None where it was opened to read only."""
        ...

    @property
    def reader(self) -> Engine:
        """Connections that cannot write."""
        ...

    def told(self) -> AbstractContextManager[None]:
        """Turn what the database cannot get over into MirrorError, while inside."""
        ...

    def writing(self, *, durable: bool, beside: Path | None) -> AbstractContextManager[Connection]:
        """Open a transaction that writes, the only one there is; `durable` says whether a power cut may lose it.

        `beside` is a SQLite file that is attached for as long. Raises MirrorError where it was opened to read only.
        """
        ...

    def lease(self, name: LeaseName, holder: str, wait_seconds: float) -> AbstractContextManager[None]:
        """Hold a lease while inside. Raises LeaseHeld, which says who holds it and since when."""
        ...

    def close(self) -> None:
        """Close all connections; harmless when done twice."""
        ...
