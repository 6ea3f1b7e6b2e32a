"""Observed tracks from files: CSV, the formats of the Global Drifter Program, CF trajectories in NetCDF."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..area.area import Area, default
from ..system.constants import SECONDS_PER_HOUR
from ..system.door import refuse_unreadable, told
from ..system.errors import InputError
from ..system.kinds import AnyArray
from ..system.text import clean
from . import schema

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

BUILT_IN = "pairs"
NETCDF = (b"CDF", b"\x89HDF")
"""First bytes of the two kinds of NetCDF file."""

NAMES = {
    "time": ("time", "juld"),
    "lon": ("longitude", "lon"),
    "lat": ("latitude", "lat"),
}
"""Standard names, and names of variables that have none, in small letters."""

ROW_SIZES = ("rowsize", "row_size")
"""Names of the number of fixes by track, in files that forget to say so."""


@dataclass(frozen=True)
class Track:
    """An observed track; arrays (fix,): seconds since 1970-01-01 UTC, degrees, and how wrong a fix may be."""

    id: str
    time: Floats
    lon: Floats
    lat: Floats
    precision_km: Floats
    precision_s: Floats


class _Fix(NamedTuple):
    where: str  # in the file
    id: str
    time: float
    lon: float
    lat: float
    precision_km: float = 0.0
    precision_s: float = 0.0


def load(file: Path | str, sea: Area | None = None) -> list[Track]:
    """Observed tracks.

    Parameters
    ----------
    file
        ``"pairs"`` for the hulls that come with the area; else a CSV with ``id, time, lon, lat``, a CSV of the Global
        Drifter Program (``ID, time, latitude, longitude`` among others, with or without a line of units), its 6-hourly
        ASCII, or CF trajectories in NetCDF: one track, tracks of equal length, or ragged ones, contiguous or indexed.
    sea
        The area whose hulls ``"pairs"`` are; by default the default one.

    Raises
    ------
    InputError
        By line and column, or by variable; for a track of one fix, or with times that do not ascend.
    """
    if str(file) == BUILT_IN:
        file = (sea or default()).existing("records/pairs.csv", "hulls that were seen twice")
    file = Path(file)
    if not file.exists():
        raise InputError(f"{file}: no such file; give a CSV or NetCDF file of tracks, or the word {BUILT_IN}")
    remedy = f"give a CSV in UTF-8, CF trajectories in NetCDF, or the word {BUILT_IN}"
    refuse_unreadable(file, remedy)
    with told(file, remedy):
        return _grouped(file, _rows(file))


def _rows(file: Path) -> list[_Fix]:
    with open(file, "rb") as content:
        if content.read(4).startswith(NETCDF):
            return _netcdf(file)
    names = schema.header(file)
    lower = [name.lower() for name in names]
    if {"id", "time", "latitude", "longitude"} <= set(lower):
        return _gdp_csv(file, lower)
    if len(names) == 1 and len(names[0].split()) >= 6:
        return _gdp_ascii(file)
    return _csv(file)


def _grouped(file: Path, rows: Sequence[_Fix]) -> list[Track]:
    by_id: dict[str, list[_Fix]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    out = []
    for name, fixes in by_id.items():
        for before, after in pairwise(fixes):
            if after.time <= before.time:
                raise InputError(f"{file}: {after.where}: track {schema.shown(name)} does not go forward in time")
        if len(fixes) > 1:
            out.append(Track(name, *(np.array(column, np.float64) for column in list(zip(*fixes, strict=True))[2:])))
    if not out:
        raise InputError(f"{file}: no track has two fixes; rows of one track share their id")
    return out


# --- text -----------------------------------------------------------------------------------------------------------


def _csv(file: Path) -> list[_Fix]:
    return [
        _Fix(
            f"line {row.line}, column time",
            str(v["id"]),
            v["time"].timestamp(),
            v["lon"],
            v["lat"],
            v.get("precision_km") or 0.0,
            SECONDS_PER_HOUR * (v.get("time_precision_hours") or 0.0),
        )
        for row in schema.read(file, schema.schemas()["pairs"])
        for v in (row.values,)
    ]


def _gdp_csv(file: Path, names: list[str]) -> list[_Fix]:
    import csv

    at = {name: names.index(name) for name in ("id", "time", "latitude", "longitude")}
    rows: list[_Fix] = []
    with open(file, encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        for cells in reader:
            if not cells or (reader.line_num == 2 and "degrees_north" in cells):
                continue
            try:
                moment = schema.moment(cells[at["time"]].strip())
                lat, lon = (float(cells[at[name]]) for name in ("latitude", "longitude"))
                if not (abs(lat) <= 90.0 and abs(lon) <= 360.0):
                    raise ValueError(f"{lat:g} N, {lon:g} E is no place")
            except (ValueError, IndexError, OverflowError) as problem:
                raise InputError(
                    f"{file}: line {reader.line_num}: {clean(problem)[:120]}; expected ID, time, latitude, longitude"
                ) from None
            where = f"line {reader.line_num}, column time"
            rows.append(_Fix(where, cells[at["id"]].strip(), moment.timestamp(), lon, lat))
    return rows


def _gdp_ascii(file: Path) -> list[_Fix]:
    """Columns: number, month, day with its fraction, year, latitude, longitude."""
    rows: list[_Fix] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split()
        if not cells:
            continue
        try:
            month, day, year, lat, lon = int(cells[1]), float(cells[2]), int(cells[3]), float(cells[4]), float(cells[5])
            if not 1.0 <= day < 32.0:
                raise ValueError
            moment = schema.moment(f"{year:04d}-{month:02d}-01") + timedelta(days=day - 1.0)
        except (ValueError, IndexError, OverflowError):
            raise InputError(f"{file}: line {number}: not number, month, day, year, latitude, longitude") from None
        if abs(lat) <= 90.0 and abs(lon) <= 360.0:  # 999.999: no position
            rows.append(_Fix(f"line {number}", cells[0], moment.timestamp(), lon, lat))
    return rows


# --- NetCDF ---------------------------------------------------------------------------------------------------------


def _netcdf(file: Path) -> list[_Fix]:
    """Discrete sampling geometries of featureType trajectory (CF 1.11, appendix H.4)."""
    import xarray as xr

    # The engine by its class, so that no other is imported (see `system.door`).
    with xr.open_dataset(file, engine=xr.backends.NetCDF4BackendEntrypoint) as data:
        return list(_fixes(file, data.reset_coords()))


def _fixes(file: Path, data: xr.Dataset) -> Iterator[_Fix]:
    time, lon, lat = (_variable(file, data, axis) for axis in NAMES)
    if not np.issubdtype(time.dtype, np.datetime64):
        raise InputError(f"{file}: variable {time.name}: is no time; it needs units such as 'days since 1970-01-01'")
    track, names = _owners(file, data, lon)
    flat = [np.broadcast_to(_like(file, one, lon), lon.shape).ravel() for one in (time, lon, lat)]
    seconds = flat[0].astype("datetime64[us]").astype(np.int64) / 1e6
    known = ~np.isnat(flat[0]) & np.isfinite(flat[1].astype(float)) & np.isfinite(flat[2].astype(float))
    for index in np.flatnonzero(known).tolist():
        east, north = float(flat[1][index]), float(flat[2][index])
        if not (abs(north) <= 90.0 and abs(east) <= 360.0):
            raise InputError(f"{file}: observation {index}: {east:g}, {north:g} is no longitude and latitude")
        where = f"observation {index} of variable {time.name}"
        yield _Fix(where, names[track[index]], float(seconds[index]), east, north)


def _variable(file: Path, data: xr.Dataset, axis: str) -> xr.DataArray:
    standard, *_ = NAMES[axis]
    found = [name for name, one in data.variables.items() if one.attrs.get("standard_name") == standard]
    found = found or [name for name in data.variables if str(name).lower() in NAMES[axis]]
    if not found:
        raise InputError(f"{file}: no variable has the standard_name {standard}; give CF trajectories")
    return data[found[0]]


def _like(file: Path, one: xr.DataArray, lon: xr.DataArray) -> AnyArray:
    """Values in the order of dimensions of the longitudes; a time that all tracks share is repeated."""
    if not set(one.dims) <= set(lon.dims):
        raise InputError(
            f"{file}: variable {one.name}: has the dimensions {', '.join(map(str, one.dims)) or 'none'}, but "
            f"{lon.name} has {', '.join(map(str, lon.dims))}"
        )
    missing = [dim for dim in lon.dims if dim not in one.dims]
    return np.asarray(one.expand_dims(missing).transpose(*lon.dims).values)


def _owners(file: Path, data: xr.Dataset, lon: xr.DataArray) -> tuple[NDArray[np.int64], list[str]]:
    """Number of the track of each fix, (fix,), and the names of the tracks."""
    for name, one in data.variables.items():
        target = one.attrs.get("sample_dimension")
        if target is None and str(name).lower() in ROW_SIZES and one.ndim == 1 and lon.ndim == 1:
            target = lon.dims[0]
        if target is not None:
            sizes = np.nan_to_num(one.values).astype(np.int64)
            if lon.dims != (target,) or sizes.sum() != lon.size or (sizes < 0).any():
                raise InputError(
                    f"{file}: variable {name}: its {sizes.sum()} fixes are not the {lon.size} of {lon.name}"
                )
            return np.repeat(np.arange(sizes.size), sizes), _ids(data, one.dims[0], sizes.size)
        instances = one.attrs.get("instance_dimension")
        if instances is not None:
            number = int(data.sizes.get(instances, 0))
            index = np.nan_to_num(one.values, nan=-1.0).astype(np.int64)
            if lon.dims != one.dims or (index < 0).any() or (index >= number).any():
                raise InputError(f"{file}: variable {name}: names tracks that dimension {instances} does not have")
            return index, _ids(data, instances, number)
    if lon.ndim == 1:
        return np.zeros(lon.size, np.int64), _ids(data, None, 1)
    if lon.ndim == 2:
        whose = [dim for one in _named(data) for dim in one.dims if dim in lon.dims]
        axis = lon.dims.index(whose[0]) if whose else 0
        number = lon.shape[axis]
        index = np.arange(number)[:, None] if axis == 0 else np.arange(number)[None, :]
        return np.broadcast_to(index, lon.shape).ravel(), _ids(data, lon.dims[axis], number)
    raise InputError(f"{file}: variable {lon.name}: has {lon.ndim} dimensions; give CF trajectories")


def _named(data: xr.Dataset) -> list[xr.DataArray]:
    return [data[name] for name, one in data.variables.items() if one.attrs.get("cf_role") == "trajectory_id"]


def _ids(data: xr.Dataset, dimension: Hashable | None, number: int) -> list[str]:
    """Names of the tracks: of the variable with that role, of one called ID, else their numbers."""
    wanted = () if dimension is None else (dimension,)
    called = [data[name] for name in data.variables if str(name).lower() in ("id", "trajectory", "drifter_id")]
    for one in [*_named(data), *called]:
        if one.dims == wanted:
            values = np.atleast_1d(one.values).tolist()
            return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    return [str(k) for k in range(number)]
