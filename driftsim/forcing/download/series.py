"""The products that can be fetched: in which way, in which pieces, and how much that is."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import urlencode

from ...system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ...system.errors import InputError
from ..catalogue import hycom
from ..transport.addresses import Table, dated
from .cut import Box

WORLD = (-180.0, 180.0, -90.0, 90.0)

LOGINS = {
    "": "none",
    "copernicus": "Copernicus Marine account, free",
    "cds": "Climate Data Store account, free",
    "earthdata": "NASA Earthdata account, free",
}
"""What a product asks for, by key."""


@dataclass(frozen=True)
class Series:
    """A product as it is fetched.

    Attributes
    ----------
    key : str
        As in the catalogue of products.
    kind : str
        ``"current"``, ``"wind"`` or ``"stokes"``.
    way : str
        ``"opendap"``, ``"http"``, ``"grib"``, ``"copernicus"`` or ``"cds"``.
    names : tuple of str
        The variables, eastward first, as they are asked for.
    step_hours : float
    lon_step, lat_step : float
        Spacing of the grid, degrees: what sizes are reckoned with, and how far a box is widened for a provider who cuts
        it strictly.
    login : str
        One of `LOGINS`.
    first, last : str
        Dates of the first and last level; empty where it goes on.
    reach : tuple of float
        West, east, south, north that the product covers, degrees.
    by : str
        ``"step"``, ``"day"`` or ``"month"``: what one file holds.
    file_mb : float
        Size of a file where the provider gives files as they are; 0 where the provider cuts out the box.
    renamed : tuple of str, optional
        The variables as they are called in the files, where that is another name.
    value_bytes : int
        Size of a number.
    """

    key: str
    kind: str
    way: str
    names: tuple[str, str]
    step_hours: float
    lon_step: float
    lat_step: float
    login: str = ""
    first: str = ""
    last: str = ""
    reach: Box = WORLD
    by: str = "month"
    file_mb: float = 0.0
    renamed: tuple[str, str] | None = None
    value_bytes: int = 4

    @property
    def inside(self) -> tuple[str, str]:
        """The variables as they are called in the files."""
        return self.renamed or self.names


SERIES: dict[str, Series] = {
    entry.key: entry
    for entry in (
        Series("hycom", "current", "opendap", ("water_u", "water_v"), 3.0, 0.08, 0.04, "", by="day",
               first=hycom.EXPERIMENTS[0].first, last=hycom.EXPERIMENTS[-1].last, reach=(-180.0, 180.0, -80.0, 90.0)),
        Series("espc", "current", "opendap", ("water_u", "water_v"), 3.0, 0.08, 0.04, "", by="day",
               first=hycom.ESPC[0].first, reach=(-180.0, 180.0, -80.0, 90.0)),
        Series("ncep_r1", "wind", "opendap", ("uwnd", "vwnd"), 6.0, 1.875, 1.9048, "", first="1948-01-01"),
        # Three-hourly: hourly steps would be three times the requests of a server that asks for few.
        Series("gfs", "wind", "grib", ("UGRD", "VGRD"), 3.0, 0.25, 0.25, "", by="step", renamed=("u10", "v10")),
        # Twelve variables of 24 x 505 x 481 16-bit numbers; one fewer before December 2017.
        Series("msm", "wind", "http", ("u", "v"), 1.0, 0.0625, 0.05, "", by="day", file_mb=140.0, first="2006-03-01",
               reach=(120.1, 149.9, 22.5, 47.5)),  # a cell inside of 120-150 E, 22.4-47.6 N
        Series("glorys12", "current", "copernicus", ("uo", "vo"), 24.0, 1 / 12, 1 / 12, "copernicus",
               first="1993-01-01", reach=(-180.0, 180.0, -80.0, 90.0)),
        Series("globcurrent", "current", "copernicus", ("uo", "vo"), 24.0, 0.25, 0.25, "copernicus",
               first="1993-01-01"),
        Series("duacs", "current", "copernicus", ("ugos", "vgos"), 24.0, 0.125, 0.125, "copernicus",
               first="1993-01-01"),
        Series("cmems_wind", "wind", "copernicus", ("eastward_wind", "northward_wind"), 1.0, 0.125, 0.125, "copernicus",
               first="2007-01-11"),
        Series("waverys", "stokes", "copernicus", ("VSDX", "VSDY"), 3.0, 0.2, 0.2, "copernicus", first="1980-01-01"),
        Series("era5", "wind", "cds", ("10m_u_component_of_wind", "10m_v_component_of_wind"), 1.0, 0.25, 0.25, "cds",
               first="1940-01-01", renamed=("u10", "v10")),
        # u, v, ug, vg in double precision, 719 x 1440.
        Series("oscar", "current", "http", ("u", "v"), 24.0, 0.25, 0.25, "earthdata", by="day", file_mb=33.2,
               first="1993-01-01", reach=(-180.0, 180.0, -89.75, 89.75), value_bytes=8),
        # Four variables of 4 x 720 x 1440 single-precision numbers.
        Series("ccmp", "wind", "http", ("uwnd", "vwnd"), 6.0, 0.25, 0.25, "earthdata", by="day", file_mb=66.4,
               first="1993-01-02", reach=(-180.0, 180.0, -80.0, 80.0)),
    )
}  # fmt: skip
"""Every product that can be fetched, by key; those without a login first."""


def find(key: str) -> Series:
    """A product by its key.

    Raises
    ------
    InputError
        If it cannot be fetched.
    """
    if key not in SERIES:
        near = get_close_matches(key, SERIES, 1, 0.5)
        raise InputError(
            f"{key}: not a product that can be fetched"
            + (f"; did you mean {near[0]}?" if near else "")
            + f"; known: {', '.join(SERIES)}"
        )
    return SERIES[key]


class Item(NamedTuple):
    """One file to come.

    Attributes
    ----------
    name : str
        Of the file, made here: never taken from a server.
    sources : tuple of str
        Addresses or the name of the data set it comes from.
    begin, end : float
        First and last moment it may hold, epoch seconds, both included.
    steps : int
        How many levels that is.
    nbytes, kept : int
        How much comes, and how much of it is kept, at most.
    closed : bool
        Whether the provider's record is complete there: what is missing now will not come later.
    """

    name: str
    sources: tuple[str, ...]
    begin: float
    end: float
    steps: int
    nbytes: int
    kept: int
    closed: bool = False


def epoch(text: str) -> float:
    """Seconds since 1970-01-01 UTC of an ISO date."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def iso(t: float) -> str:
    """The reverse."""
    return datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(t: float) -> date:
    """The UTC day of a moment."""
    return datetime.fromtimestamp(t, UTC).date()


def within(series: Series, box: Box) -> Box:
    """The part of a box that the product covers.

    Raises
    ------
    InputError
        If that is none of it.
    """
    west, east, south, north = box
    w, e, s, n = series.reach
    if e - w < 360.0:
        shift = 360.0 * round((0.5 * (w + e) - 0.5 * (west + east)) / 360.0)
        west, east = max(west, w - shift), min(east, e - shift)
    south, north = max(south, s), min(north, n)
    if west >= east or south >= north:
        raise InputError(f"{series.key} covers {w:g} to {e:g} E, {s:g} to {n:g} N: nothing of the box {_written(box)}")
    return west, east, south, north


def _written(box: Box) -> str:
    return f"{box[0]:g} to {box[1]:g} E, {box[2]:g} to {box[3]:g} N"


def items(series: Series, start: float, end: float, box: Box, table: Table) -> list[Item]:
    """The files that a period needs, with one level beyond each end.

    Raises
    ------
    InputError
        If the product does not cover the period.
    """
    step = series.step_hours * SECONDS_PER_HOUR
    begin, finish = start - step, end + step
    _refuse_uncovered(series, start, end)
    if series.way == "grib":
        return _forecasts(series, begin, finish, box, table)
    if series.way == "opendap" and series.key != "ncep_r1":
        return [item for piece in _pieces(series, begin, finish, table) for item in _of_piece(series, piece, box)]
    return [_item(series, low, high, begin, finish, box, table) for low, high in _spans(series.by, begin, finish)]


def _refuse_uncovered(series: Series, start: float, end: float) -> None:
    low = epoch(series.first) if series.first else -float("inf")
    high = epoch(series.last) if series.last else float("inf")
    if start < low or end > high:
        raise InputError(
            f"{series.key} holds {series.first or '...'} to {series.last or 'today'}; "
            f"asked for {iso(start)} to {iso(end)}: change the dates, or take another product"
        )


def _spans(by: str, begin: float, end: float) -> Iterator[tuple[date, date]]:
    """First and last day of each file."""
    low, last = day_of(begin), day_of(end)
    while low <= last:
        high = low if by == "day" else (low.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        yield low, min(high, last)
        low = high + timedelta(days=1)


def _whole_days(low: date, high: date) -> tuple[float, float]:
    begin = epoch(low.isoformat())
    return begin, epoch(high.isoformat()) + SECONDS_PER_DAY - 1.0


def _nbytes(series: Series, box: Box, steps: int) -> int:
    """Two components on the grid around the box, as they travel: not packed."""
    columns = int((box[1] - box[0]) / series.lon_step) + 2
    if series.key == "hycom":  # 0.08 degrees from 40 S to 40 N
        middle = max(0.0, min(box[3], 40.0) - max(box[2], -40.0))
        rows = int(middle / 0.08 + (box[3] - box[2] - middle) / 0.04) + 3
    else:
        rows = int((box[3] - box[2]) / series.lat_step) + 2
    return 2 * series.value_bytes * steps * columns * rows


def _item(series: Series, low: date, high: date, begin: float, end: float, box: Box, table: Table) -> Item:
    first, last = _whole_days(low, high)
    own = table[series.key]
    if series.way == "http":
        sources: tuple[str, ...] = (dated(own["file"], low),)
    elif series.way == "opendap":
        sources = (dated(own["u"], low), dated(own["v"], low))
    else:
        sources = (own["dataset"],)
    steps = round((last + 1.0 - first) / SECONDS_PER_HOUR / series.step_hours)
    kept = _nbytes(series, box, steps)
    name = f"{series.key}_{low:%Y%m%d}" + ("" if series.by == "day" else f"-{high:%Y%m%d}") + ".nc"
    return Item(name, sources, first, last, steps, round(series.file_mb * 1e6) or kept, kept)


# GFS: cycles every six hours -----------------------------------------------------------------------------------------

_CYCLE_S = 6 * SECONDS_PER_HOUR
_OUT_AFTER_S = 5.5 * SECONDS_PER_HOUR
"""How long after its hour the last step of a cycle is on the server."""

_KEPT_DAYS = 10.0
_LONGEST_LEAD_S = 384 * SECONDS_PER_HOUR


def _forecasts(series: Series, begin: float, end: float, box: Box, table: Table) -> list[Item]:
    """A file a step: of the cycle at or before it, and of the newest one that is out for what is to come."""
    step = series.step_hours * SECONDS_PER_HOUR
    newest = math.floor((now() - _OUT_AFTER_S) / _CYCLE_S) * _CYCLE_S
    first, last = math.ceil(begin / step - 1e-9) * step, math.floor(end / step + 1e-9) * step
    oldest = now() - _KEPT_DAYS * SECONDS_PER_DAY
    if first < oldest or last > newest + _LONGEST_LEAD_S:
        raise InputError(
            f"{series.key} is on its server for ten days, and forecast for 16: {iso(oldest)} to "
            f"{iso(newest + _LONGEST_LEAD_S)}; asked for {iso(begin + step)} to {iso(end - step)}: change the dates, "
            "or take a reanalysis such as era5"
        )
    nbytes = _nbytes(series, box, 1)
    items = []
    for n in range(round((last - first) / step) + 1):
        t = first + n * step
        cycle = min(math.floor(t / _CYCLE_S) * _CYCLE_S, newest)
        lead, began = round((t - cycle) / SECONDS_PER_HOUR), datetime.fromtimestamp(cycle, UTC)
        name = f"{series.key}_{began:%Y%m%d%H}_f{lead:03}.nc"
        source = _filtered(table[series.key]["filter"], began, lead, series.names, box)
        items.append(Item(name, (source,), t, t, 1, nbytes, nbytes))
    return items


def _filtered(address: str, began: datetime, lead: int, names: tuple[str, str], box: Box) -> str:
    """The request for one step: both components at 10 m, in the box widened to the nodes of the grid."""
    west, south = (math.floor(edge * 4.0) / 4.0 for edge in (box[0], box[2]))
    east, north = (math.ceil(edge * 4.0) / 4.0 for edge in (box[1], box[3]))
    asked = {
        "dir": f"/gfs.{began:%Y%m%d}/{began:%H}/atmos", "file": f"gfs.t{began:%H}z.pgrb2.0p25.f{lead:03}",
        **{f"var_{name}": "on" for name in names}, "lev_10_m_above_ground": "on", "subregion": "",
        "leftlon": f"{west:g}", "rightlon": f"{east:g}", "toplat": f"{north:g}", "bottomlat": f"{south:g}",
    }  # fmt: skip
    return f"{address}?{urlencode(asked)}"


def now() -> float:
    """Epoch seconds; what is on a server of forecasts depends on it."""
    return time.time()


# HYCOM: experiments follow one another --------------------------------------------------------------------------------


class Piece(NamedTuple):
    """One experiment, and from when to when it is taken, epoch seconds."""

    label: str
    sources: tuple[str, ...]
    begin: float
    end: float
    closed: bool


def _pieces(series: Series, begin: float, end: float, table: Table) -> list[Piece]:
    root = table[series.key]["root"].rstrip("/")
    if series.key == "espc":
        first, last = _whole_days(day_of(begin), day_of(end))
        sources = tuple(f"{root}/{part.path}" for part in hycom.ESPC)
        return [Piece("", sources, max(first, epoch(series.first)), last, False)]
    return [
        Piece(f"_{one.path[:4]}_{one.name}", (f"{root}/{one.path}" + "/data/{year}" * one.yearly,), low, high, True)
        for one, low, high in experiments(begin, end)
    ]


def experiments(begin: float, end: float) -> list[tuple[hycom.Experiment, float, float]]:
    """Which experiments of HYCOM hold the days of a period, and which is taken from when to when.

    Where two overlap the later one is taken from its first step on. The grid changed with ``GLBy0.08``, which is taken
    only where the earlier grid does not hold the whole period.
    """
    first, last = _whole_days(day_of(begin), day_of(end))
    for grid in ("GLBv", "GLBy", "GLB"):
        row = [one for one in hycom.EXPERIMENTS if one.path.startswith(grid)]
        starts, ends = [epoch(one.first) for one in row], [_end(one) for one in row]
        if grid == "GLB" or (starts[0] <= begin and end <= ends[-1]):
            cuts = [min(e, s - 1.0) for e, s in zip(ends, [*starts[1:], float("inf")], strict=True)]
            taken = [(one, max(first, a), min(last, b)) for one, a, b in zip(row, starts, cuts, strict=True)]
            return [(one, a, b) for one, a, b in taken if a <= b]
    raise AssertionError("the last grid takes everything")


def _end(one: hycom.Experiment) -> float:
    """Last moment of an experiment; of a bare date, its end."""
    return epoch(one.last) if "T" in one.last else epoch(one.last) + SECONDS_PER_DAY - 1.0


def _of_piece(series: Series, piece: Piece, box: Box) -> Iterator[Item]:
    """A file a day with what the day has of this experiment: whole days, so that another period finds them again."""
    for day, _ in _spans("day", piece.begin, piece.end):
        low, high = _whole_days(day, day)
        first, last = max(low, piece.begin), min(high, piece.end)
        steps = int((last - first) // (series.step_hours * SECONDS_PER_HOUR)) + 1
        sources = tuple(dated(source, day) for source in piece.sources)
        name = f"{series.key}_{day:%Y%m%d}{piece.label}.nc"
        nbytes = _nbytes(series, box, steps)
        yield Item(name, sources, first, last, steps, nbytes, nbytes, piece.closed)
