"""Functions that SQLite lacks, registered once on the org's connection."""

import math
import sqlite3
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_EARTH_KM = {"km": 6_371.0088, "mi": 6_371.0088 / 1.609344}  # mean radius


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known to a connection, unless they already are."""
    try:
        connection.execute("SELECT _fold('')")
    except sqlite3.OperationalError:
        connection.create_function("_fold", 1, fold, deterministic=True)
        connection.create_function("_sort_key", 1, sort_key, deterministic=True)
        connection.create_function("_local", 2, local, deterministic=True)
        connection.create_function("_shown", 3, shown, deterministic=True)
        connection.create_function("_distance", 5, distance, deterministic=True)


def fold(text: str | None) -> str | None:
    """Give a text without its case, so that texts differing only in case become equal; null stays null."""
    if text is None or text.isascii():
        return text.lower() if text else text
    return unicodedata.normalize("NFC", text).casefold()


def sort_key(text: str | None) -> str | None:
    """Give what a text is ordered by: without case, accented letters beside their plain ones; null stays null."""
    if text is None or text.isascii():
        return text.lower() if text else text
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one)) + "\0" + text.casefold()


def local(stamp: str | None, zone: str) -> str | None:
    """Bring a stored UTC time into a zone, written the same way but without the offset; null stays null."""
    if stamp is None:
        return None
    instant = datetime.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return instant.astimezone(_zone(zone)).strftime("%Y-%m-%dT%H:%M:%S")


def distance(
    latitude: float | None, longitude: float | None, to_latitude: float, to_longitude: float, unit: str
) -> float | None:
    """Give the length of the great circle between two points in degrees, in "mi" or "km"; null without a point."""
    if latitude is None or longitude is None:
        return None
    north, south = math.radians(latitude), math.radians(to_latitude)
    half = math.sin((south - north) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(to_longitude - longitude) / 2) ** 2
    return 2 * _EARTH_KM[unit] * math.asin(min(1.0, math.sqrt(half)))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def shown(stored: str | int | None, kind: str, zone: str) -> str | None:
    """Write a value as FORMAT() shows it to a user of the locale en_US; null stays null.

    `kind` is describe's type, with the scale behind a colon for numbers: "currency:2"; a record's own currency follows.
    """
    if stored is None:
        return None
    name, scale, code = (*kind.split(":"), "", "")[:3]
    if isinstance(stored, int) and scale:
        sign = "" if name != "currency" else f"{code} " if code else "$"
        return _number(stored, int(scale), sign) + ("%" if name == "percent" else "")
    if name == "date":
        year, month, day = (int(part) for part in str(stored).split("-"))
        return f"{month}/{day}/{year}"
    if name == "datetime":
        moment = datetime.strptime(local(str(stored), zone) or "", "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007
        half = "AM" if moment.hour < 12 else "PM"
        return f"{moment.month}/{moment.day}/{moment.year}, {moment.hour % 12 or 12}:{moment:%M} {half}"
    return f"{stored:,}" if isinstance(stored, int) else stored


def _number(scaled: int, scale: int, sign: str) -> str:
    whole, fraction = divmod(abs(scaled), 10**scale)
    text = f"{sign}{whole:,}" + (f".{fraction:0{scale}d}" if scale else "")
    return f"-{text}" if scaled < 0 else text
