"""Files of our own: the part of a remote data set around a box, and what a file that has come holds."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...system.constants import SECONDS_PER_HOUR
from ...system.errors import InputError
from ...system.kinds import AnyArray, Json, Slice, StoredVariable
from ..files import classic
from ..transport.dap import Remote
from ..transport.transfer import Broken

if TYPE_CHECKING:
    import netCDF4

Box = tuple[float, float, float, float]
Part = tuple[int, int]

_AXES = {"time": ("time",), "lat": ("lat", "latitude"), "lon": ("lon", "longitude")}
_SET_BY_US = ("_FillValue", "_ChunkSizes", "_Netcdf4Dimid", "DODS", "_CoordinateAxisType")


class Levels(NamedTuple):
    """The times in a file, epoch seconds: how many, the first, the last, and the widest gap between two, hours."""

    steps: int
    first: float
    last: float
    widest_h: float


class Window(NamedTuple):
    """What of a remote data set lies around a box: index ranges by dimension, and the times of its steps."""

    parts: dict[str, Part]
    axes: dict[str, AnyArray]
    times: NDArray[np.float64]


def window(remote: Remote, name: str, box: Box) -> Window:
    """Look up the axes of a variable once."""
    dims = remote.variable(name).dims
    if len(dims) < 3:
        raise InputError(f"{remote.address}: variable {name} has dimensions {', '.join(dims)}; expected time, lat, lon")
    axes = {dim: remote.read(dim) for dim in dims}
    parts: dict[str, Part] = {}
    for dim, values in axes.items():
        if dim in _AXES["time"]:
            continue
        if dim in _AXES["lat"]:
            parts[dim] = around(values, box[2], box[3])
        elif dim in _AXES["lon"]:
            parts[dim] = around_longitude(values, box[0], box[1], remote.address)
        else:  # depth: the level at the surface
            k = int(np.abs(values).argmin())
            parts[dim] = (k, k)
    told = remote.attributes(dims[0])
    return Window(parts, axes, epoch(axes[dims[0]], told.get("units", ""), told.get("calendar", "standard")))


def around(values: AnyArray, low: float, high: float) -> Part:
    """First and last index of the nodes that enclose an interval; the end of the axis where it does not reach."""
    order = np.argsort(values, kind="stable")
    ordered = np.asarray(values, dtype=np.float64)[order]
    a = max(int(np.searchsorted(ordered, low, "right")) - 1, 0)
    b = min(int(np.searchsorted(ordered, high, "left")), ordered.size - 1)
    inside = order[a : b + 1]
    return int(inside.min()), int(inside.max())


def around_longitude(values: AnyArray, west: float, east: float, where: str) -> Part:
    """The same for longitudes on either branch, -180..180 or 0..360."""
    centre = 0.5 * (west + east)
    near = centre + (np.asarray(values, dtype=np.float64) - centre + 180.0) % 360.0 - 180.0
    order = np.argsort(near, kind="stable")
    a, b = around(near[order], west, east)
    inside = order[a : b + 1]
    if int(inside.max()) - int(inside.min()) != inside.size - 1:
        raise InputError(
            f"{where}: the box {west:g} to {east:g} E lies across the seam of its longitudes "
            f"({float(values[0]):g} to {float(values[-1]):g}); fetch the two sides one by one"
        )
    return int(inside.min()), int(inside.max())


def epoch(values: AnyArray, units: str, calendar: str) -> NDArray[np.float64]:
    """Times as seconds since 1970-01-01 UTC."""
    import cftime

    try:
        dates = np.atleast_1d(cftime.num2date(np.asarray(values, dtype=np.float64), units, calendar))
        seconds = np.asarray(cftime.date2num(dates, "seconds since 1970-01-01", calendar), dtype=np.float64)
        return np.asarray(np.round(seconds, 3), dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as problem:
        raise Broken(f"its times cannot be read (units {units!r})") from problem


def chosen(times: NDArray[np.float64], begin: float, end: float) -> list[int]:
    """Indices of the steps from ``begin`` to ``end``, in order of time; of two that are equal the one stored last."""
    inside = np.flatnonzero((times >= begin) & (times <= end))
    last = {float(times[i]): int(i) for i in inside}
    return [last[t] for t in sorted(last)]


def write(
    path: Path, remotes: list[Remote], names: tuple[str, str], seen: list[Window], begin: float, end: float
) -> bool:
    """Write both components from ``begin`` to ``end`` into a NetCDF file, packed as the provider packs them.

    Returns
    -------
    bool
        False, and no file, if the provider has no step there.
    """
    from netCDF4 import Dataset

    steps = [chosen(window.times, begin, end) for window in seen]
    common = sorted(set(seen[0].times[steps[0]]) & set(seen[-1].times[steps[-1]]))
    if not common:
        return False
    data = [_values(remote, name, w, common) for remote, name, w in zip(remotes, names, seen, strict=True)]
    first = remotes[0].variable(names[0])
    with Dataset(path, "w") as out:
        out.setncatts({"source": " ".join(sorted({remote.address for remote in remotes}))})
        time = first.dims[0]
        rows = [_index(seen[0], t) for t in common]
        for dim in first.dims:
            a, b = seen[0].parts.get(dim, (0, 0))
            values = seen[0].axes[dim][rows] if dim == time else seen[0].axes[dim][a : b + 1]
            out.createDimension(dim, values.size)
            _put(out, dim, (dim,), values, remotes[0].attributes(dim))
        for remote, name, values in zip(remotes, names, data, strict=True):
            _put(out, name, remote.variable(name).dims, values, remote.attributes(name))
    return True


def _index(seen: Window, t: float) -> int:
    return int(np.flatnonzero(seen.times == t)[-1])


def _values(remote: Remote, name: str, seen: Window, times: list[float]) -> AnyArray:
    """The steps at ``times``, in as few requests as the order on the server allows."""
    rows = [_index(seen, t) for t in times]
    breaks = [0, *(k for k in range(1, len(rows)) if rows[k] != rows[k - 1] + 1), len(rows)]
    dims = remote.variable(name).dims[1:]
    runs = [(rows[a], rows[b - 1]) for a, b in itertools.pairwise(breaks)]
    return np.concatenate([remote.read(name, run, *(seen.parts[dim] for dim in dims)) for run in runs])


def _put(out: netCDF4.Dataset, name: str, dims: tuple[str, ...], values: AnyArray, told: Json) -> None:
    fill = told.get("_FillValue")
    variable = out.createVariable(
        name, values.dtype, dims, zlib=len(dims) > 1, complevel=4, fill_value=None if isinstance(fill, str) else fill
    )
    variable.set_auto_maskandscale(False)
    variable.setncatts({key: value for key, value in told.items() if key not in _SET_BY_US})
    variable[...] = values


def keep(path: Path, target: Path, names: tuple[str, str], box: Box) -> None:
    """Write what of a whole file lies around a box: both components and their axes, packed as they are."""
    from netCDF4 import Dataset

    with Dataset(path, "r") as held, Dataset(target, "w") as out:
        held.set_auto_maskandscale(False)
        out.setncatts({name: held.getncattr(name) for name in held.ncattrs()})
        by_name = {key.lower(): variable for key, variable in held.variables.items()}
        both = [by_name[name.lower()] for name in names]
        parts: dict[str, Slice] = {}
        for dim in dict.fromkeys(dim for variable in both for dim in variable.dimensions):
            axis = next((v for v in held.variables.values() if v.dimensions == (dim,) and _is_axis(v, dim)), None)
            parts[dim] = slice(None) if axis is None else _around(axis, box, path)
            out.createDimension(dim, len(range(len(held.dimensions[dim]))[parts[dim]]))
            if axis is not None:
                _copy(out, axis, parts)
        for variable in both:
            _copy(out, variable, parts)


def _is_axis(variable: StoredVariable, dim: str) -> bool:
    """Whether a variable along one dimension is its coordinate; OSCAR's have another name than the dimension."""
    units = str(getattr(variable, "units", ""))
    return variable.name == dim or units.startswith(("degrees_north", "degrees_east"))


def _around(axis: StoredVariable, box: Box, path: Path) -> Slice:
    role = next((role for role, called in _AXES.items() if axis.name.lower() in called), "")
    if role not in ("lat", "lon"):
        return slice(None)
    values = np.asarray(axis[...])
    a, b = around(values, box[2], box[3]) if role == "lat" else around_longitude(values, box[0], box[1], path.name)
    return slice(a, b + 1)


def _copy(out: netCDF4.Dataset, variable: StoredVariable, parts: dict[str, Slice]) -> None:
    told = {name: variable.getncattr(name) for name in variable.ncattrs()}
    values = np.asarray(variable[tuple(parts[dim] for dim in variable.dimensions)])
    _put(out, variable.name, variable.dimensions, values, told)


def levels(path: Path, names: tuple[str, str]) -> Levels:
    """What a file that has come holds; its last values are read, so that a file cut short is found out.

    Raises
    ------
    Broken
        If it is not NetCDF, cut short, or without the variables.
    """
    from netCDF4 import Dataset

    try:
        with open(path, "rb") as handle:
            head = handle.read(4)
        if head[:3] == b"CDF":
            try:
                classic.refuse_cut_short(str(path))
            except OSError as problem:
                raise Broken(str(problem)) from problem
        with Dataset(path, "r") as held:
            held.set_auto_maskandscale(False)
            by_name = {key.lower(): variable for key, variable in held.variables.items()}
            for name in names:
                variable = by_name[name.lower()]
                variable[tuple(n - 1 for n in variable.shape)]
            axis = next(v for key, v in by_name.items() if key in ("time", "valid_time"))
            told = "standard" if getattr(axis, "calendar", "") == "julian" else getattr(axis, "calendar", "standard")
            times = np.sort(epoch(np.asarray(axis[...]), axis.units, told))
    except (KeyError, StopIteration, AttributeError) as problem:
        raise Broken(f"the file lacks {' or '.join(names)}, or a time axis") from problem
    except (OSError, RuntimeError, IndexError, UnicodeError, ValueError) as problem:
        raise Broken("the file is not NetCDF, or cut short") from problem
    if not times.size:
        raise Broken("the file holds no time step")
    widest = float(np.diff(times).max()) / SECONDS_PER_HOUR if times.size > 1 else 0.0
    return Levels(int(np.unique(times).size), float(times[0]), float(times[-1]), widest)
