"""Times of a file: its units and calendar as seconds since 1970-01-01 UTC."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ...system.errors import InputError
from ...system.kinds import AnyArray, StoredVariable
from ..catalogue import Product
from .packing import numbers
from .roles import SINCE, Dimension, Header, attribute, is_named

if TYPE_CHECKING:
    pass

_DATE = re.compile(
    r"^[+-]?\d{1,5}-\d{1,2}-\d{1,2}(?:[ T]+\d{1,2}(?::\d{1,2}(?::\d{1,2}(?:\.\d*)?)?)?)?"
    r"\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?|0?0(?::00)?)?$",
    re.IGNORECASE,
)

_LATEST = 250_000_000_000.0  # epoch seconds, about the year 9900: numpy and Python know no dates beyond 9999

_UNIT_SECONDS = {
    1e-9: ("nanoseconds", "nanosecond", "ns"),
    1e-3: ("milliseconds", "millisecond", "msec", "msecs", "ms"),
    1.0: ("seconds", "second", "sec", "secs", "s"),
    60.0: ("minutes", "minute", "min", "mins"),
    SECONDS_PER_HOUR: ("hours", "hour", "hr", "hrs", "h"),
    SECONDS_PER_DAY: ("days", "day", "d"),
}


class Moments(NamedTuple):
    """When the steps of a variable are.

    Attributes
    ----------
    along : tuple of str
        Dimensions of the variable along which they run: none, one, or two (cycles of a forecast, and their leads).
    stamps : ndarray
        Epoch seconds, of that shape.
    bounds : ndarray, shape (..., 2), or None
        Begin and end of each, where the file states them.
    cycles : ndarray or None
        When the forecast began that a step belongs to, where the file states it.
    """

    along: tuple[str, ...]
    stamps: NDArray[np.float64]
    bounds: NDArray[np.float64] | None = None
    cycles: NDArray[np.float64] | None = None


def find_moments(
    header: Header, variable: StoredVariable, dimensions: dict[str, Dimension], product: Product, where: str
) -> Moments | None:
    """Stamps and bounds of the steps of a variable; a time of one value counts as one step. None: it has no time.

    The moment at which a forecast began is never the time. Of several times the one with the standard name ``time``
    counts, then one with a common name, then the coordinate of a dimension. Where there is none, the time is that of
    the beginning and the lead together.

    Raises
    ------
    InputError
        If two times are left over that differ, there are two time axes, or only the beginning of a forecast is known.
    """
    times = _along(header, variable, "time")
    steps = {d for d, one in dimensions.items() if one.role in ("time", "reference", "lead")}
    steps = {d for d in steps if len(header.dimensions[d]) != 1}
    moments: Moments | None
    if times:
        moments = _chosen(header, variable, times, product, where)
    else:
        moments = _from_lead(header, variable, dimensions, product, where)
    left = steps - set(() if moments is None else moments.along)
    if moments is not None and left:
        if all(dimensions[d].role == "time" for d in left):
            raise InputError(f"{where}: its dimension {', '.join(sorted(left))} has no time of its own; give it one")
        raise InputError(
            f"{where} is a forecast archive with two time axes ({', '.join(sorted(steps))}), and no time that runs "
            "along both says when each step is valid: add a variable of both dimensions with the standard name time, "
            "or select one index of the first"
        )
    return moments


def _along(header: Header, variable: StoredVariable, role: str) -> list[StoredVariable]:
    """Variables of a role along the dimensions of a variable, those that run along most of them only."""
    alike = header.with_role(role)
    found = [v for v in alike if set(v.dimensions) <= set(variable.dimensions)] or [v for v in alike if v.size == 1]
    most = max((len(_steps_of(header, v)) for v in found), default=0)
    return [v for v in found if len(_steps_of(header, v)) == most]


def _steps_of(header: Header, time: StoredVariable) -> tuple[str, ...]:
    return tuple(d for d in time.dimensions if len(header.dimensions[d]) != 1)


def _chosen(
    header: Header, variable: StoredVariable, times: list[StoredVariable], product: Product, where: str
) -> Moments:
    ranks = [_rank(time) for time in times]
    best = [time for time, rank in zip(times, ranks, strict=True) if rank == min(ranks)]
    stamps = [epoch_of(time, numbers(time), product, where).reshape(time.shape) for time in best]
    for other, values in zip(best[1:], stamps[1:], strict=True):
        if values.shape != stamps[0].shape or (values != stamps[0]).any():
            raise InputError(
                f"{where} has two times, {best[0].name} and {other.name}, that differ, and nothing says which of them "
                f"is meant: give one of them the standard name time, or leave one out (`ncks -C -x -v {other.name}`)"
            )
    along = tuple(d for d in best[0].dimensions if d in variable.dimensions)
    edges = header.variables.get(attribute(best[0], "bounds"))
    bounds = None
    if edges is not None and edges.shape == (*best[0].shape, 2):
        bounds = epoch_of(best[0], numbers(edges), product, where).reshape(edges.shape)
        bounds = bounds if np.all(bounds[..., 1] > bounds[..., 0]) else None
    return Moments(along, stamps[0], bounds, _cycles(header, variable, best[0], product, where))


def _rank(time: StoredVariable) -> int:
    if attribute(time, "standard_name").lower() == "time":
        return 0
    if is_named(time, "time"):
        return 1
    return 2 if time.dimensions == (time.name,) else 3


def _cycles(
    header: Header, variable: StoredVariable, time: StoredVariable, product: Product, where: str
) -> NDArray[np.float64] | None:
    """When the forecast of each step began, in the shape of its time; None if the file does not say, or not clearly."""
    found = [v for v in _along(header, variable, "reference") if set(_steps_of(header, v)) <= set(time.dimensions)]
    if len(found) != 1:
        return None
    one = found[0]
    shape = [len(header.dimensions[d]) if d in one.dimensions else 1 for d in time.dimensions]
    return np.broadcast_to(epoch_of(one, numbers(one), product, where).reshape(shape), time.shape)


def _from_lead(
    header: Header, variable: StoredVariable, dimensions: dict[str, Dimension], product: Product, where: str
) -> Moments | None:
    """The moments of a forecast of which the beginning and the lead are known."""
    began, leads = _along(header, variable, "reference"), _along(header, variable, "lead")
    if not began:
        return None
    lead = [(v, _seconds(v)) for v in leads]
    usable = [(v, seconds) for v, seconds in lead if seconds is not None]
    constant = _lead_of_the_variable(variable)
    if len(began) != 1 or (len(usable) != 1 and constant is None):
        raise InputError(
            f"{where}: {began[0].name} says when the forecast began, not for when it is, and "
            + ("there is no lead beside it" if not usable else "several leads or beginnings stand beside it")
            + ": add the valid time as a variable with the standard name time"
        )
    start = began[0]
    first = epoch_of(start, numbers(start), product, where).reshape(start.shape)
    along = [d for d in variable.dimensions if d in start.dimensions]
    if not usable:
        first = first.reshape([len(header.dimensions[d]) for d in along])
        return Moments(tuple(along), first + float(constant or 0.0), None, first)
    ahead, seconds = usable[0]
    along += [d for d in variable.dimensions if d in ahead.dimensions and d not in along]
    first, later = (
        values.reshape([len(header.dimensions[d]) if d in one.dimensions else 1 for d in along])
        for values, one in ((first, start), (np.asarray(numbers(ahead), np.float64) * seconds, ahead))
    )
    stamps = np.round(first + later, 3)
    return Moments(tuple(along), stamps, None, np.broadcast_to(first, stamps.shape))


def _seconds(lead: StoredVariable) -> float | None:
    """Seconds in the unit of a lead; None if it is no duration."""
    units = attribute(lead, "units").lower()
    return next((s for s, known in _UNIT_SECONDS.items() if units in known), None)


def _lead_of_the_variable(variable: StoredVariable) -> float | None:
    """The lead that NCL writes with a variable, seconds."""
    given, units = getattr(variable, "forecast_time", None), attribute(variable, "forecast_time_units").lower()
    seconds = next((s for s, known in _UNIT_SECONDS.items() if units in known), None)
    return None if given is None or seconds is None or np.size(given) != 1 else float(np.ravel(given)[0]) * seconds


def epoch_of(coordinate: StoredVariable, values: AnyArray, product: Product, where: str) -> NDArray[np.float64]:
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
    if re.match(r"^[+-]?0+-", parts[2]):
        raise InputError(
            f"{where}: time variable {coordinate.name} counts from the year 0 ({units!r}), which no calendar of real "
            "dates has. MATLAB's datenum counts so: subtract 719529 from the days, and write 'days since 1970-01-01'"
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
