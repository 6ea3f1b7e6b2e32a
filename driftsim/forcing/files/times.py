"""Times of a file: its units and calendar as seconds since 1970-01-01 UTC."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..catalogue import Product
from .packing import numbers
from .roles import SINCE, attribute, scalars

_DATE = re.compile(
    r"^[+-]?\d{1,5}-\d{1,2}-\d{1,2}(?:[ T]+\d{1,2}(?::\d{1,2}(?::\d{1,2}(?:\.\d*)?)?)?)?"
    r"\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?|0?0(?::00)?)?$",
    re.IGNORECASE,
)

_LATEST = 250_000_000_000.0  # epoch seconds, about the year 9900: numpy and Python know no dates beyond 9999

_UNIT_SECONDS = {
    1e-3: ("milliseconds", "millisecond", "msec", "msecs", "ms"),
    1.0: ("seconds", "second", "sec", "secs", "s"),
    60.0: ("minutes", "minute", "min", "mins"),
    3600.0: ("hours", "hour", "hr", "hrs", "h"),
    86400.0: ("days", "day", "d"),
}


def times_of(
    dataset: Any, coordinate: Any | None, along: bool, product: Product, where: str
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Stamps and bounds of the steps, epoch seconds; a scalar time coordinate counts as one step."""
    if coordinate is None:
        single = scalars(dataset, "time")
        if along or not single:
            return None, None
        coordinate = single[0]
    stamps = epoch_of(coordinate, numbers(coordinate), product, where)
    edges = dataset.variables.get(attribute(coordinate, "bounds"))
    if edges is None or edges.shape != (stamps.size, 2):
        return stamps, None
    bounds = epoch_of(coordinate, numbers(edges), product, where).reshape(-1, 2)
    return stamps, bounds if np.all(bounds[:, 1] > bounds[:, 0]) else None


def epoch_of(coordinate: Any, values: NDArray[Any], product: Product, where: str) -> NDArray[np.float64]:
    """Time values as seconds since 1970-01-01 UTC, to the millisecond."""
    import cftime

    units, tag = attribute(coordinate, "units"), attribute(coordinate, "calendar").lower() or "standard"
    calendar = product.calendars.get(tag, tag)
    if calendar not in ("standard", "gregorian", "proleptic_gregorian"):
        raise InputError(
            f"{where}: time variable {coordinate.name} has calendar {tag!r}; a run is in real dates: "
            "give files in the standard calendar"
        )
    parts = SINCE.match(units)
    seconds = (
        None if parts is None else next((s for s, known in _UNIT_SECONDS.items() if parts[1].lower() in known), None)
    )
    if parts is None or seconds is None:
        told = f"units {units!r}" if units else "no units"
        raise InputError(
            f"{where}: time variable {coordinate.name} has {told}; needed: '<seconds|minutes|hours|days> since <date>'"
        )
    if not _DATE.match(parts[2]):
        raise InputError(
            f"{where}: time variable {coordinate.name}: cannot read the date in {units!r}; needed: "
            "<year>-<month>-<day> <hour>:<minute>:<second>, and UTC, an offset such as +09:00, or nothing after it"
        )
    try:
        origin = cftime.num2date(0, f"seconds since {parts[2]}", calendar)
        start = cftime.date2num(origin, "seconds since 1970-01-01", calendar)
    except (ValueError, OverflowError) as err:
        raise InputError(
            f"{where}: time variable {coordinate.name}: cannot read the date in {units!r} ({err})"
        ) from err
    epoch = np.round(np.atleast_1d(np.asarray(values, dtype=np.float64)) * seconds + float(start), 3)
    if epoch.size == 0:
        raise InputError(f"{where}: time variable {coordinate.name} has no step; the file is empty: fetch it again")
    if not np.all(np.isfinite(epoch)):
        raise InputError(f"{where}: time variable {coordinate.name} has missing values; repair it, or fetch it again")
    if np.abs(epoch).max() > _LATEST:
        raise InputError(
            f"{where}: time variable {coordinate.name} reaches {np.abs(values).max():g} in {units!r}, which is no "
            "date; its units or its values are wrong"
        )
    return epoch
