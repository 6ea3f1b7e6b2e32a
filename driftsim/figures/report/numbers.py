"""What the page's map needs to know, as plain values for JSON: counts by class and month, coast, tracks, density."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...area.area import Region
from ...area.earth import degrees_per_metre
from ...results import statistics
from ...results.outcome import Outcome
from ...system.constants import SECONDS_PER_DAY, SECONDS_PER_WEEK
from ...system.kinds import AnyArray, Json

if TYPE_CHECKING:
    import xarray as xr

    from ...area.coast import Coast
    from ...results.result import Readable

UNITS = 1000.0
"""Of the map's coordinates: a degree of latitude. What is drawn on it is whole numbers of 110 m."""

MOST_DOTS = 600
MOST_TRACK_VALUES = 150_000
MOST_CELLS = 6000
MOST_CLASSES = 5
"""With more classes the page switches between none of them: it would grow by each."""

MOST_BOATS_BY_MONTH = 2_000_000
"""Above this the intervals by class and month are left out: each takes as long as the table of the whole run."""

LEVELS = 5
"""Shades of the density; each is a factor of three."""


@lru_cache
def _squeeze(lat: float) -> float:
    east, north = degrees_per_metre("wgs84", lat)
    return float(north / east)


class Frame(NamedTuple):
    """The map's coordinates: whole numbers from the north-western corner; the same scale both ways at the middle."""

    west: float
    north: float
    east: float
    south: float

    @property
    def squeeze(self) -> float:
        """A degree of longitude over one of latitude."""
        return _squeeze(0.5 * (self.south + self.north))

    def xy(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int64]:
        """Coordinates (n, 2) of places in degrees."""
        x = (np.asarray(lon, np.float64) - self.west) * (UNITS * self.squeeze)
        y = (self.north - np.asarray(lat, np.float64)) * UNITS
        return np.rint(np.column_stack([x, y])).astype(np.int64)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        x, y = self.xy([self.east], [self.south])[0]
        return int(x), int(y)


def path(xy: NDArray[np.int64], close: bool = False) -> str:
    """SVG path of a line: a place, then steps."""
    steps = np.diff(xy, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    if not len(steps):
        return ""
    body = " ".join(f"{x} {y}" for x, y in steps.tolist()).replace(" -", "-")
    return f"M{xy[0][0]} {xy[0][1]}l{body}" + ("z" if close else "")


@lru_cache(maxsize=4)
def land(frame: Frame, coast: Coast) -> str:
    """SVG path of the land in the frame, simplified to 0.002° (220 m), without islets below three of those."""
    import shapely

    tolerance, box = 0.002, shapely.box(frame.west, frame.south, frame.east, frame.north)
    out = []
    for ring in coast.polygons if coast is not None else ():
        low, high = ring.min(axis=0), ring.max(axis=0)
        seen = high[0] > frame.west and low[0] < frame.east and high[1] > frame.south and low[1] < frame.north
        if not seen or (high - low).max() < 3.0 * tolerance:
            continue
        shape = shapely.intersection(shapely.make_valid(shapely.simplify(shapely.Polygon(ring), tolerance)), box)
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon":
                xy = shapely.get_coordinates(part.exterior)
                out.append(path(frame.xy(xy[:-1, 0], xy[:-1, 1]), close=True))
    return "".join(out)


# --- by class and month --------------------------------------------------------------------------------------------


class Choice(NamedTuple):
    """What a reader may choose: boats of a class, set adrift or ashore in a month."""

    key: str
    boats: NDArray[np.bool_]  # these are counted
    landed: NDArray[np.bool_]  # of those, landings that count


def months(arrivals: xr.Dataset) -> dict[str, NDArray[np.bool_]]:
    """``r10``: set adrift in October; ``l11``: ashore in November. Only months in which something happened."""
    from ...results.columns import date_times

    out: dict[str, NDArray[np.bool_]] = {}
    for letter, name in (("r", "release_time"), ("l", "landing_time")):
        moment = date_times(arrivals[name].values, arrivals.attrs["run_start"])
        month = np.where(np.isnat(moment), 0, moment.astype("datetime64[M]").astype(int) % 12 + 1)
        if letter == "l":
            month = np.where(arrivals["outcome"].values == Outcome.LANDED, month, 0)
        order = dict.fromkeys(month[np.argsort(moment, kind="stable")].tolist())
        out |= {f"{letter}{number}": month == number for number in order if number}
    return out


def choices(arrivals: xr.Dataset) -> Iterator[tuple[int, str, Choice]]:
    """Every class (-1: all) with every month (``all``: any)."""
    of_class = arrivals["boat_class"].values
    landed = arrivals["outcome"].values == Outcome.LANDED
    by_month = months(arrivals)
    for number in [-1, *_classes(arrivals)]:
        own = np.ones(of_class.size, bool) if number < 0 else of_class == number
        yield number, "all", Choice("all", own, landed)
        for key, of_month in by_month.items():
            yield (
                number,
                key,
                Choice(key, own & of_month, landed) if key[0] == "r" else Choice(key, own, landed & of_month),
            )


def _classes(arrivals: xr.Dataset) -> list[int]:
    """Codes of the classes that boats have; none if there is but one, or too many."""
    there = np.unique(arrivals["boat_class"].values).tolist()
    return there if 1 < len(there) <= MOST_CLASSES else []


KEPT = (
    "boats",
    "probability",
    "season_low",
    "season_high",
    "mean_low",
    "mean_high",
    "share_of_home",
    "share_season_low",
    "share_season_high",
    "share_mean_low",
    "share_mean_high",
    "days_p10",
    "days_p50",
    "days_p90",
)
"""Numbers of a region that the page has for each choice, in this order; then landings by week."""


def _widest(of: Json) -> Json:
    """Numbers of a region with any season in the place of the weather alone, where members draw what nobody knows."""
    wide = {
        f"{prefix}season_{end}": of.get(f"{prefix}all_{end}") for prefix in ("", "share_") for end in ("low", "high")
    }
    return {**of, **{name: value for name, value in wide.items() if value is not None}}


def tables(arrivals: xr.Dataset, summary: Json) -> Json:
    """For each class and month: boats, and each region's numbers.

    The table of the whole run is the summary's own.
    """
    import xarray as xr

    weeks = len(summary["weeks"])
    keys = list(summary["regions"])
    table = statistics.region_table(summary)
    week = np.floor(np.nan_to_num(arrivals["landing_time"].values) / SECONDS_PER_WEEK).astype(np.int64)
    week = np.clip(week, 0, max(weeks - 1, 0))
    columns = ["member", "source", "release_time", "outcome", "stretch", "age_days", "within_20_km"]
    own = [key for key, region in table.items() if region.own]
    if own:
        columns += ["landing_lon", "landing_lat", "coast_line", "coast_km"]
    mine = statistics.inside_own(arrivals, own)
    values = {name: arrivals[name].values for name in columns}
    out: Json = {}
    for number, key, choice in choices(arrivals):
        if (number, key) == (-1, "all"):
            body = {name: _widest(summary["regions"][name]) for name in keys}
        elif arrivals.sizes["boat"] > MOST_BOATS_BY_MONTH:
            continue
        else:
            rows = np.flatnonzero(choice.boats)
            outcome = np.where(choice.landed, values["outcome"], Outcome.ADRIFT)
            part = xr.Dataset(
                {
                    name: ("boat", (outcome if name == "outcome" else column)[rows], arrivals[name].attrs)
                    for name, column in values.items()
                },
                attrs=arrivals.attrs,
            )
            body = statistics.describe_regions(part, table)
        counted = choice.boats & choice.landed
        by_week = _by_week(values["stretch"][counted], week[counted], arrivals, weeks, list(table.values()))
        for n, name in enumerate(own):
            by_week[keys.index(name)] = np.bincount(week[counted & mine[:, n]], minlength=weeks).tolist()
        out.setdefault(str(number), {})[key] = {
            "boats": int(choice.boats.sum()),
            "regions": {
                name: [*(_short(body[name][column]) for column in KEPT), by_week[i]] for i, name in enumerate(keys)
            },
        }
    return out


def _by_week(
    stretch: NDArray[np.int64], week: NDArray[np.int64], arrivals: xr.Dataset, weeks: int, regions: list[Region]
) -> list[list[int]]:
    leaves = statistics.flag_names(arrivals["stretch"])
    ashore = stretch >= 0
    flat = np.bincount(stretch[ashore].astype(np.int64) * weeks + week[ashore], minlength=len(leaves) * weeks)
    counts = flat.reshape(len(leaves), weeks)
    return [
        counts[[leaves.index(leaf) for leaf in region.stretches]].sum(axis=0).tolist() if weeks else []
        for region in regions
    ]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}") if isinstance(value, float) else value


@lru_cache(maxsize=4)
def _bin_paths(frame: Frame, coast: Coast) -> list[str]:
    from ...results.landing_bins import BIN_KM

    return [path(frame.xy(xy[:, 0], xy[:, 1])) for xy in coast.bin_lines(BIN_KM)]


def ribbon(arrivals: xr.Dataset, coast: Coast | None, frame: Frame) -> Json:
    """The coast in bins of 5 km: their lines, and landings by class and month as bin, number, bin, number, ...

    Without a coast there are no bins, and no landings: classes and months of release alone.
    """
    from ...results.landing_bins import BIN_KM, landing_bins

    if coast is None:
        none: dict[str, dict[str, list[int]]] = {}
        for number, key, _ in choices(arrivals):
            if key[0] != "l":
                none.setdefault(str(number), {})[key] = []
        return {"paths": [], "line": [], "km": [], "stretch": [], "counts": none}
    bins, paths = coast.line_bins(BIN_KM), _bin_paths(frame, coast)
    place = landing_bins(arrivals, bins.line, bins.km_start)
    ashore = place >= 0
    counts: dict[str, dict[str, list[int]]] = {}
    for number, key, choice in choices(arrivals):
        many = np.bincount(place[ashore & choice.boats & choice.landed], minlength=len(paths))
        there = np.flatnonzero(many)
        counts.setdefault(str(number), {})[key] = np.column_stack([there, many[there]]).ravel().tolist()
    return {
        "paths": paths,
        "line": bins.line.tolist(),
        "km": np.round(bins.km_end - bins.km_start, 3).tolist(),
        "stretch": bins.stretch.tolist(),
        "counts": counts,
    }


# --- the drift by date ---------------------------------------------------------------------------------------------


def dots(run: Readable, frame: Frame) -> Json | None:
    """Tracks of some boats in steps of half a day or more, as base64 of 16-bit numbers; None without tracks.

    The first boats are as good a sample as any: a boat's fate does not depend on its number.
    """
    tracks, arrivals = run.tracks, run.arrivals
    if tracks is None or not tracks.sizes["trajectory"]:
        return None
    rows = np.arange(min(MOST_DOTS, tracks.sizes["trajectory"]))
    lon, lat, time = (tracks[name].values[rows].astype(np.float64) for name in ("lon", "lat", "time"))
    there = np.isfinite(lon + lat + time)
    number = tracks["trajectory"].values[rows]
    order = np.argsort(arrivals["boat"].values, kind="stable")
    at = order[np.searchsorted(arrivals["boat"].values, number, sorter=order)]
    values = {name: arrivals[name].values[at] for name in ("outcome", "stretch", "boat_class")}
    last = {name: arrivals[f"final_{name}"].values[at] for name in ("lon", "lat", "time")}
    step = 0.5
    span = np.where(there, time / SECONDS_PER_DAY, np.nan)
    days = float(np.nansum(np.nanmax(span, axis=1) - np.nanmin(span, axis=1))) if there.any() else 0.0
    while 2.0 * days / step > MOST_TRACK_VALUES:
        step *= 2.0
    boats, packed = [], []
    by_month = {key: of[at] for key, of in months(arrivals).items()}
    for row in range(rows.size):
        fixes = np.flatnonzero(there[row])
        if not fixes.size:
            continue
        moment = np.append(time[row, fixes], last["time"][row]) / SECONDS_PER_DAY
        east, north = np.append(lon[row, fixes], last["lon"][row]), np.append(lat[row, fixes], last["lat"][row])
        order = np.argsort(moment, kind="stable")  # a path back in time begins with its end
        grid = np.arange(np.ceil(moment.min() / step), np.floor(moment.max() / step) + 1) * step
        grid = np.append(grid, moment[order[-1]])
        xy = frame.xy(np.interp(grid, moment[order], east[order]), np.interp(grid, moment[order], north[order]))
        packed.append(np.clip(xy, -32768, 32767).astype("<i2").ravel())
        boats.append(
            [
                round(float(grid[0]), 3),
                round(float(grid[-1]), 3),
                len(xy),
                int(values["boat_class"][row]),
                int(values["outcome"][row]),
                int(values["stretch"][row]),
                "".join(f" {key}" for key, of in by_month.items() if of[row]).strip(),
            ]
        )
    return {
        "step": step,
        "boats": boats,
        "xy": base64.b64encode(np.concatenate(packed).tobytes()).decode() if packed else "",
    }


def shades(run: Readable, frame: Frame) -> Json | None:
    """Where boats are by week: for each class and week a string of cells, row by row from the north-west.

    ``a`` to ``e`` are shades, a number is that many cells without boats. None without a density.
    """
    density = run.density
    if density is None:
        return None
    days = density["boat_days"].transpose("boat_class", "time", "lat", "lon").values.astype(np.float64)
    lon, lat = (
        np.append(density[f"{n}_bounds"].values[:, 0], density[f"{n}_bounds"].values[-1, 1]) for n in ("lon", "lat")
    )
    while (lon.size - 1) * (lat.size - 1) > MOST_CELLS:
        days, lon, lat = _halved(days, lon, lat)
    classes = _classes(run.arrivals)
    sets = {"-1": days.sum(axis=0)} | {str(c): days[c] for c in classes}
    cell_area = max(sets["-1"].max(), 1e-9)
    edges = cell_area / 3.0 ** np.arange(LEVELS, 0, -1)
    x, y = frame.xy(lon, np.full(lon.size, frame.north))[:, 0], frame.xy(np.full(lat.size, frame.west), lat)[:, 1]
    seconds = density["time_bounds"].values / SECONDS_PER_DAY
    return {
        "x": x.tolist(),
        "y": y[::-1].tolist(),
        "days": [*seconds[:, 0].tolist(), float(seconds[-1, 1])],
        "boats": [round(float(edge) / 7.0, 3) for edge in edges],
        "cells": {
            key: [_runs(np.searchsorted(edges, week[::-1].ravel(), side="right")) for week in weeks]
            for key, weeks in sets.items()
        },
    }


def _halved(days: AnyArray, lon: AnyArray, lat: AnyArray) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Two by two cells made one; an odd last row or column gets a neighbour without boats."""
    j, i = days.shape[2] % 2, days.shape[3] % 2
    days = np.pad(days, ((0, 0), (0, 0), (0, j), (0, i)))
    c, t, ny, nx = days.shape
    days = days.reshape(c, t, ny // 2, 2, nx // 2, 2).sum(axis=(3, 5))
    lon, lat = (np.append(e, [2 * e[-1] - e[-2]] * odd)[::2] for e, odd in ((lon, i), (lat, j)))
    return days, lon, lat


def _runs(levels: NDArray[np.int64]) -> str:
    change = np.flatnonzero(np.diff(levels)) + 1
    out = []
    for part in np.split(levels, change):
        out.append(str(part.size) if part[0] == 0 else "abcde"[part[0] - 1] * part.size)
    return "".join(out)
