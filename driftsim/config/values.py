"""Single values of a config: dates, labels, file names, leeway classes, ports."""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from ..system import resources
from . import toml_text

FIRST_YEAR, LAST_YEAR = 1900, 2200
_SIDES = ("downwind_", "crosswind_")
_LEVEL = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(m|hPa)\s*$")


def wrong(allowed: str, nearest: str | None = None) -> PydanticCustomError:
    """The error of one value: what it must be, and the nearest right one."""
    return PydanticCustomError("driftsim", "{allowed}", {"allowed": allowed, "nearest": nearest})


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name that is most like `name`, upper and lower case being the same; None if none is."""
    folded = {n.casefold(): n for n in names}
    hits = difflib.get_close_matches(name[:80].casefold(), folded, n=1, cutoff=cutoff)
    return folded[hits[0]] if hits else None


def shown(value: object, longest: int = 60, depth: int = 0) -> str:
    """A value as it stood in the file, cut short, with nothing in it that a terminal would act on."""
    if isinstance(value, (list, tuple)):
        items = [shown(v, longest, depth + 1) for v in value[:8]] if depth < 3 else []
        text = "[" + ", ".join(items + ["..."] * (len(items) < len(value))) + "]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(shown(k)[1:-1] for k in list(value)[:4]) + (", ..." if len(value) > 4 else "") + "}"
    elif isinstance(value, int) and abs(value) > 10**50:
        text = "a number of more than 50 digits"
    else:
        text = toml_text.literal(value[:200] if isinstance(value, str) else value)
    return text if len(text) <= longest else text[: longest - 4] + " ..."


def moment(value: object) -> datetime:
    """UTC date-time without a zone from a date, a date-time or ISO text; a bare date means 00:00."""
    form = "must be a date or date-time such as 2017-10-01 or 2017-10-01T06:00:00"
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise wrong(form) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise wrong(form)
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise wrong(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    if value.microsecond:
        raise wrong("must be a whole second")
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def epoch(value: datetime) -> float:
    """Seconds from 1970-01-01 UTC to a date-time without a zone, taken as UTC."""
    return value.replace(tzinfo=UTC).timestamp()


def printable(value: str) -> str:
    """Text for people: no control characters, no invisible ones."""
    if not value.isprintable():
        raise wrong("must not hold control characters, line breaks or invisible characters")
    return value


def label(value: str) -> str:
    """A name that stands in tables, on maps and in the attributes of files."""
    printable(value)
    if value != value.strip():
        raise wrong("must not begin or end with a blank")
    if value and (any(c in "/\\" for c in value) or value.startswith(".")):
        raise wrong("is a label: no slash or backslash, no dot in front")
    if value and not any(c.isalnum() for c in value):
        raise wrong("must hold a letter or a digit")
    return value


def label_token(value: str) -> str:
    """What remains of a label where only letters, digits and _ may stand: labels must differ in this."""
    return re.sub(r"\W+", "_", unicodedata.normalize("NFKC", value)).strip("_").casefold()


def file(value: str) -> str:
    """Name of a file or a glob: on this machine, printable, of a length that systems accept."""
    return _on_this_machine(value)


def _on_this_machine(value: str) -> str:
    if not value.isprintable():
        raise wrong("must be the name of a file, without control characters")
    if "://" in value:
        raise wrong("must be a file on this machine: fetch it first and name the copy")
    if len(value) > 4000:
        raise wrong("must be the name of a file, at most 4000 characters")
    return value


def data(value: str) -> str:
    """Name of data of a field: a file, a store in a folder, a glob, an address, a dataset from Python."""
    from ..system import names

    if names.is_address(value):
        if wrong_address := names.complaint(value):
            raise wrong(wrong_address)
        if value.isprintable() and len(value) <= 4000:
            return value
    return _on_this_machine(value)


_DEGREES = re.compile(
    r"^\s*(?P<sign>[+-]?)(?P<first>[NSEW]?)\s*(?P<deg>\d{1,3}(?:\.\d+)?)\s*(?:[°d:\s-]\s*(?:(?P<min>\d{1,2}(?:\.\d+)?)\s*"
    r"(?:['′m:\s-]\s*(?:(?P<sec>\d{1,2}(?:\.\d+)?)\s*[\"″]?)?)?)?)?\s*(?P<last>[NSEW]?)\s*$",
    re.IGNORECASE,
)


def degrees(value: object, sides: str) -> float:
    """Degrees of a number, or of text: ``134.25``, ``134 15.0 E``, ``39°48'36"N``, ``N39-48.6``.

    Parameters
    ----------
    value : number or text
    sides : {"EW", "NS"}
        Letters that may stand before or behind it.

    Raises
    ------
    ValueError
        With what must be given instead.
    """
    what = "longitude" if sides == "EW" else "latitude"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
    else:
        found = _DEGREES.match(str(value))
        letter = (found["first"] or found["last"]).upper() if found else ""
        two = found is not None and bool(found["first"] and found["last"])
        if letter and letter not in sides:
            raise ValueError(f"{what} = {str(value)[:40]!r}: is no {what}; longitude comes first, then latitude")
        minutes, seconds = (float((found[k] or 0.0) if found else 99.0) for k in ("min", "sec"))
        if found is None or two or minutes >= 60.0 or seconds >= 60.0 or (letter and found["sign"]):
            example = "134 15.0 E" if sides == "EW" else "39 48.6 N"
            raise ValueError(
                f"{what} = {str(value)[:40]!r}: must be decimal degrees, or degrees and minutes such as {example!r}"
            )
        number = float(found["deg"]) + minutes / 60.0 + seconds / 3600.0
        number = -number if found["sign"] == "-" or letter in ("S", "W") else number
    if not abs(number) <= (360.0 if sides == "EW" else 90.0):
        raise ValueError(f"{what} = {number:g} is no {what}; longitude comes first, then latitude")
    return number


def point(value: object) -> object:
    """A position of which the numbers may be texts with degrees and minutes."""
    if isinstance(value, (list, tuple)) and len(value) == 2 and any(isinstance(one, str) for one in value):
        try:
            return degrees(value[0], "EW"), degrees(value[1], "NS")
        except ValueError as problem:
            raise wrong(f"must be [longitude, latitude]: {problem}") from None
    return value


def level(value: str) -> str:
    """A level with its unit, or nothing."""
    if value and level_parts(value) is None:
        raise wrong('must be a number and m or hPa, such as "100 m" or "850 hPa"')
    return value


def level_parts(text: str) -> tuple[float, str] | None:
    """Number and unit (``m`` or ``hPa``) of a level as a person writes it, such as ``100 m``; None if it is none."""
    found = _LEVEL.match(text)
    return (float(found[1]), found[2]) if found else None


class LeewayName(NamedTuple):
    """What a config needs to know of a leeway class."""

    key: str
    number: int
    moves: bool  # does any of its coefficients ask for wind?


@cache
def leeway_table() -> dict[str, LeewayName]:
    """Leeway classes by key, from the table shipped with the project."""
    table = {}
    with resources.data("leeway_classes.csv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            # the drawn deviation of a boat acts on its slope too, so a class with spread asks for wind
            acting = (v for k, v in row.items() if k.startswith(_SIDES) and not k.endswith("_offset_cm_per_s"))
            moves = any(float(v or 0.0) for v in acting)
            table[row["class_key"]] = LeewayName(row["class_key"], int(row["class_number"]), moves)
    return table


def leeway(value: object) -> str:
    """Key of a leeway class, from its key in any case, with ``_`` or a blank for ``-``, or its number; or nothing."""
    table = leeway_table()
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value[:20])
    if isinstance(value, int) and not isinstance(value, bool):
        keys = [entry.key for entry in table.values() if entry.number == value]
        if not keys:
            raise wrong("is not the number of a leeway class (data/leeway_classes.csv lists them)")
        return keys[0]
    if not isinstance(value, str):
        raise wrong("must be a key or number of the leeway table, such as FISHING-VESSEL-5 or 54")
    written = re.sub(r"[ _]", "-", value.strip())
    folded = {name.casefold(): name for name in table}
    if value and written.casefold() not in folded:
        raise wrong("is not a leeway class (data/leeway_classes.csv lists them)", nearest(written, table))
    return folded[written.casefold()] if value else ""
