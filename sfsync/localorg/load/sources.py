"""Where the files of a set come from: paths, folders, and zip archives, all opened as often as needed."""

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sfsync.errors import FileError

SUFFIXES = (".csv", ".tsv", ".txt")
MOST_BYTES = 8_000_000_000  # unpacked, of one archive


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a set."""

    name: str  # as told to people
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class FileSet:
    """The files to load, and the names of those found beside them that are no CSV."""

    files: tuple[Source, ...]
    ignored: tuple[str, ...] = ()


def from_paths(paths: Iterable[Path]) -> FileSet:
    """Gather files, folders (their CSV files, not what is deeper) and zip archives. Raises FileError where none is."""
    files: list[Source] = []
    ignored: list[str] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
            files += [Source(one.name, partial(_open, one)) for one in inside if _is_csv(one.name)]
            ignored += [one.name for one in inside if not _is_csv(one.name)]
        elif path.suffix.lower() == ".zip":
            found = from_zip(partial(_open, path), path.name)
            files += found.files
            ignored += found.ignored
        else:
            files.append(Source(path.name, partial(_open, path)))
    if not files:
        raise FileError("there is no CSV file to load", todo="name CSV files, or a folder or zip archive that has some")
    return FileSet(tuple(files), tuple(ignored))


def from_zip(opened: Callable[[], BinaryIO], name: str) -> FileSet:
    """Gather the CSV files of a zip archive; nothing is unpacked to disk. Raises FileError."""
    try:
        with opened() as stream, zipfile.ZipFile(stream) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _is_hidden(one.filename)]
    except (zipfile.BadZipFile, OSError) as error:
        raise FileError(f"{name} is no zip archive: {error}") from error
    if sum(one.file_size for one in members) > MOST_BYTES:
        raise FileError(f"{name} unpacks to more than {MOST_BYTES:,} bytes", todo="load it in parts")
    good = [one.filename for one in members if _is_csv(one.filename)]
    files = tuple(Source(PurePosixPath(member).name, partial(_open_member, opened, member)) for member in good)
    return FileSet(files, tuple(one.filename for one in members if one.filename not in good))


def zipped(files: FileSet) -> bytes:
    """Give the files as one zip archive, quickly packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, source in enumerate(files.files):
            with source.open() as stream, archive.open(f"{number}/{source.name}", "w", force_zip64=True) as member:
                while piece := stream.read(1 << 20):
                    member.write(piece)
    return packed.getvalue()


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _open_member(opened: Callable[[], BinaryIO], member: str) -> BinaryIO:
    """Open one file of an archive; what it needs is closed with it."""
    archive = zipfile.ZipFile(opened())
    stream = archive.open(member)
    inner_close = stream.close

    def close() -> None:
        inner_close()
        if archive.fp is not None:
            archive.fp.close()
        archive.close()

    stream.close = close  # type: ignore[method-assign]
    return stream  # type: ignore[return-value]


def _is_csv(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
