"""Simulated landings at home, from a run of driftsim or from a table of any other tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..area.area import Area, default
from ..results import statistics
from ..results.outcome import Outcome
from ..system.constants import SECONDS_PER_DAY
from ..system.door import told
from ..system.errors import InputError
from ..system.kinds import AnyArray, Json
from . import schema

if TYPE_CHECKING:
    from ..area.coast import Coast
    from ..results.result import Readable

FARTHEST_KM = 25.0
"""A landing of a table that is farther from any shore than this is a mistake."""

_DAYS_OF_YEAR = 365.2425


@dataclass(frozen=True)
class Landings:
    """Landings in the home country, one entry each.

    Attributes
    ----------
    name
        Of the forecast.
    member : (n,) int
    members
        How many there are, those without landings too.
    stretch : (n,) int
        Code of the stretch of coast.
    lon, lat : (n,)
        Degrees.
    day : (n,)
        Days since 1970-01-01, in the time in which finds are dated; NaN: not known.
    line : (n,) int
        Generalised coast line.
    km : (n,)
        Along it.
    boats
        Boats released; 0: not known.
    dated
        Whether the days are those of a very winter, or only of a typical one.
    period, released
        First and last day of the run and of the releases; None: not known.
    shift_years
        Years by which the days were moved to those of the records.
    weight : (n,) or None
        Of each landing; None: one. A reference is a shore with weights.
    sea
        The area that the stretches are of.
    cases
        Cases counted that the weights of a reference rest on; 0: they rest on none.
    """

    name: str
    member: NDArray[np.int64]
    members: int
    stretch: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    day: NDArray[np.float64]
    line: NDArray[np.int64]
    km: NDArray[np.float64]
    boats: int = 0
    dated: bool = False
    period: tuple[date, date] | None = None
    released: tuple[date, date] | None = None
    shift_years: int = 0
    weight: NDArray[np.float64] | None = None
    cases: float = 0.0
    sea: Area = field(default_factory=default)

    def __len__(self) -> int:
        return len(self.member)

    def take(self, rows: AnyArray) -> Landings:
        """The same for some landings."""
        columns = ("member", "stretch", "lon", "lat", "day", "line", "km", "weight")
        return replace(self, **{n: getattr(self, n)[rows] for n in columns if getattr(self, n) is not None})

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weight of each landing."""
        return np.ones(len(self)) if self.weight is None else self.weight

    def of_members(self, first: int, last: int) -> Landings:
        """The landings of members ``first`` to ``last``, numbered anew from 0.

        Raises
        ------
        InputError
            If there are none of that number.
        """
        if not 0 <= first <= last < self.members:
            raise InputError(f"members {first}-{last}: {self.name} has members 0 to {self.members - 1}")
        kept = self.take((self.member >= first) & (self.member <= last))
        return replace(kept, member=kept.member - first, members=last - first + 1)

    def between(self, first: date, last: date) -> Landings:
        """The landings of some days, both included; those of unknown day are kept."""
        low, high = day_number(first), day_number(last) + 1.0
        return self.take(~((self.day < low) | (self.day >= high)))

    def years_to(self, first: date, last: date) -> int:
        """Whole years from the run to the period of the records; 0 if its period is not known."""
        if self.period is None:
            return 0
        apart = 0.5 * (day_number(first) + day_number(last) - sum(map(day_number, self.period)))
        return round(apart / _DAYS_OF_YEAR)

    def is_other_winter(self, first: date, last: date) -> bool:
        """Whether it is a hindcast of another winter than that of the records."""
        return self.dated and self.years_to(first, last) != 0

    def moved_to(self, first: date, last: date) -> Landings:
        """The landings with their days moved by whole years to the period of the records.

        Raises
        ------
        InputError
            If the run is a hindcast of another winter.
        """
        years = self.years_to(first, last)
        if years == 0 or self.period is None:
            return self
        if self.dated:
            raise InputError(
                f"{self.name}: runs on fields of {self.period[0]} to {self.period[1]}, but the records are of {first} "
                f"to {last}; give records of that winter (--records), or run on a climatology"
            )
        period, released = (
            None if span is None else (shifted(span[0], years), shifted(span[1], years))
            for span in (self.period, self.released)
        )
        return replace(self, day=_shifted(self.day, years), period=period, released=released, shift_years=years)

    def counts(self, groups: Sequence[frozenset[str]]) -> NDArray[np.float64]:
        """Weight of the landings by member and group of stretches, (member, group); groups must not overlap."""
        of = np.full(len(self.sea.stretches), -1)
        for index, keys in enumerate(groups):
            of[[self.sea.codes[key] for key in keys]] = index
        group = of[self.stretch]
        code = (self.member * len(groups) + group)[group >= 0]
        size = self.members * len(groups)
        counts = np.bincount(code, self.weights[group >= 0], size).astype(np.float64)
        return counts.reshape(self.members, len(groups))


def day_number(day: date) -> float:
    """Days since 1970-01-01."""
    return float((day - date(1970, 1, 1)).days)


def from_day_number(number: float) -> date:
    """The day of a number of days since 1970-01-01."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(np.floor(number)))


def shifted(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _shifted(days: NDArray[np.float64], years: int) -> NDArray[np.float64]:
    whole = np.floor(days)
    known = np.isfinite(whole)
    unique, inverse = np.unique(whole[known], return_inverse=True)
    moved = np.array([day_number(shifted(from_day_number(number), years)) for number in unique.tolist()])
    out = days.copy()
    out[known] += (moved[inverse] if unique.size else 0.0) - whole[known]
    return out


def from_run(run: Readable, name: str = "", *, empty: bool = False) -> Landings:
    """The landings of a run.

    Parameters
    ----------
    run : Run or Result
    name
        Of the forecast; default the run's title.
    empty
        Allow a run without a landing at home, for what does not look at landings.

    Raises
    ------
    InputError
        For a run backward in time, or without a landing at home.
    """
    arrivals, summary = run.arrivals, run.summary
    name = name or summary.get("title") or str(getattr(run, "path", "run"))
    if summary.get("direction") == "backward":
        raise InputError(f"{name}: is a run backward in time; its paths are no arrivals")
    keys = statistics.flag_names(arrivals["stretch"])
    sea = statistics.area_of(arrivals)
    code = np.array([sea.codes.get(key, -1) for key in keys] + [-1])
    stretch = code[arrivals["stretch"].values.astype(np.int64)]
    at_home = np.array([item.key in sea.counted for item in sea.stretches] + [False])
    rows = np.flatnonzero((arrivals["outcome"].values == Outcome.LANDED) & at_home[stretch])
    if not rows.size and not empty:
        where = sea.home_name
        raise InputError(f"{name}: no boat came ashore in {where}; there is nothing to compare with the records")

    def value(column: str) -> NDArray[np.float64]:
        return arrivals[column].values[rows].astype(np.float64)

    start = np.datetime64(str(arrivals.attrs["run_start"]).removesuffix("Z"), "s").astype(np.int64) / SECONDS_PER_DAY
    times = arrivals["release_time"].values
    release = start + np.array([times.min(), times.max()]) / SECONDS_PER_DAY
    member = arrivals["member"].values
    return Landings(
        name=name,
        member=member[rows].astype(np.int64),
        members=max(int(arrivals.attrs.get("members", 1)), int(member.max(initial=0)) + 1),
        stretch=stretch[rows],
        lon=value("landing_lon"),
        lat=value("landing_lat"),
        day=start + value("landing_time") / SECONDS_PER_DAY + sea.file.records.utc_offset_hours / 24.0,
        sea=sea,
        line=arrivals["coast_line"].values[rows].astype(np.int64),
        km=value("coast_km"),
        boats=int(arrivals.sizes["boat"]),
        dated=_is_dated(summary.get("forcing") or {}),
        period=(
            from_day_number(start),
            _end(run, from_day_number(start + arrivals["final_time"].values.max() / SECONDS_PER_DAY)),
        ),
        released=(from_day_number(release[0]), from_day_number(release[1])),
    )


def _end(run: Readable, last: date) -> date:
    """The run's last day, from its config; ``last`` where that does not say."""
    end = run.settings.get("run", {}).get("end")
    return end.date() if isinstance(end, datetime) else end if isinstance(end, date) else last


def _is_dated(forcing: Json) -> bool:
    """Whether the winds are those of the days named; without a wind, the currents."""
    kind = {name: notes.get("kind_of_record") for name, notes in forcing.items()}
    return kind.get("wind", kind.get("current")) in statistics.RECORDS


def from_table(file: Path, coast: Coast, sea: Area | None = None) -> Landings:
    """Landings from a table: columns ``lon, lat`` and, where known, ``time`` and ``member``.

    Parameters
    ----------
    file
        CSV; the schema is ``landings_schema.json`` of the default area's records.
    coast
        The coast, which tells the stretch of each place.
    sea
        Its area; by default the default one.

    Raises
    ------
    InputError
        For what does not fit, by line and column; for places far from any shore.
    """
    rows = schema.read(file, schema.schemas("landings_schema.json")["landings"])
    with told(file, "give a table of landings"):
        found = _of_rows(file, rows, coast, sea or default())
    return found


def _of_rows(file: Path, rows: Sequence[schema.Row], coast: Coast, sea: Area) -> Landings:
    lon = np.array([row.values["lon"] for row in rows])
    middle = 0.5 * (coast.box[0] + coast.box[1])
    lon = np.where(np.abs(lon - middle) > 180.0, lon + 360.0 * np.round((middle - lon) / 360.0), lon)
    lat = np.array([row.values["lat"] for row in rows])
    line_number = np.array([row.line for row in rows])
    west, east, south, north = coast.box
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    stretch, km = np.full(lon.size, -1), np.zeros(lon.size)
    if inside.any():
        stretch[inside], km[inside] = coast.nearest_stretch(lon[inside], lat[inside])
    far = np.flatnonzero(inside & (km > FARTHEST_KM))
    if far.size:
        raise InputError(
            f"{file}: line {line_number[far[0]]}, columns lon, lat: {km[far[0]]:.0f} km from any shore"
            + (f", and {far.size - 1} more" if far.size > 1 else "")
            + "; the table is of landings"
        )
    home = np.array([item.key in sea.counted for item in sea.stretches] + [False])[stretch]
    if not home.any():
        raise InputError(f"{file}: none of its {lon.size} landings is in {sea.home_name}")
    known = [row.values["member"] for row in rows]
    if any(member is None for member in known) and any(member is not None for member in known):
        raise InputError(
            f"{file}: line {line_number[known.index(None)]}, column member: is empty, but not in other lines"
        )
    member = np.array([value or 0 for value in known])
    seconds = np.array([np.nan if row.values["time"] is None else row.values["time"].timestamp() for row in rows])
    day = seconds / SECONDS_PER_DAY + sea.file.records.utc_offset_hours / 24.0
    line, along = coast.project(lon[home], lat[home], stretch[home])
    dated = bool(np.isfinite(day).all())
    ends = (from_day_number(day.min()), from_day_number(day.max())) if dated else None
    return Landings(
        name=file.stem,
        member=member[home],
        members=int(member.max()) + 1,
        stretch=stretch[home],
        lon=lon[home],
        lat=lat[home],
        day=day[home],
        line=line.astype(np.int64),
        km=along.astype(np.float64),
        dated=dated,
        period=ends,
        sea=sea,
    )
