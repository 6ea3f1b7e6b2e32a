"""How one velocity component lies in one NetCDF file: its axes, units, calendar and missing values.

Nothing here trusts positions: what a dimension is follows from its coordinate variable (standard name, units, axis,
name), so that a transposed, flipped or deeper array is read as what it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .catalogue import STANDARD_NAMES, Product

Box = tuple[float, float, float, float]

REGRID = "regrid it first, for example `cdo remapbil,r1440x720 in.nc out.nc` or xesmf"

MOST_NODES = 1_000_000
"""Longest axis that is read: hours for a century."""

_EDGE_DEG = 1e-4  # about 10 m: a box edge may stand this far outside the last node (single-precision axes)

_BAND = 2**18
"""Values that are unpacked at a time."""

_METRE = r"(?:m|met(?:er|re)s?)"
_SECOND = r"(?:s|sec|seconds?)"
_PER = [rf"{_METRE}/{_SECOND}", rf"{_METRE}{_SECOND}-1", rf"{_METRE}per{_SECOND}"]
_SPEED = {
    1.0: [re.compile(f"^{p}$") for p in _PER],
    0.01: [re.compile(f"^{p.replace(_METRE, r'(?:cm|centimet(?:er|re)s?)')}$") for p in _PER],
    1852.0 / 3600.0: [re.compile(r"^(?:kn|kts?|knots?)$")],
}

_NAMES = {
    "lat": {"lat", "latitude", "nav_lat", "lats"},
    "lon": {"lon", "longitude", "nav_lon", "lons", "long"},
    "time": {"time", "valid_time", "t", "time_counter"},
    "depth": {
        "depth",
        "deptht",
        "lev",
        "level",
        "z",
        "height",
        "height_above_ground",
        "isobaricinhpa",
        "pressure_level",
    },
    "member": {"number", "member", "members", "ensemble", "ens", "realization"},
    "expver": {"expver"},
}
_STANDARD = {
    "latitude": "lat",
    "longitude": "lon",
    "time": "time",
    "depth": "depth",
    "height": "depth",
    "realization": "member",
    "grid_latitude": "other",
    "grid_longitude": "other",
    "projection_x_coordinate": "other",
    "projection_y_coordinate": "other",
}
_SINCE = re.compile(r"^\s*([a-zA-Z]+)\s+since\s+(\S.*)$")
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


@dataclass(frozen=True)
class Cut:
    """The part of an axis that is used: stored indices in ascending order of the coordinate, and its values."""

    index: NDArray[np.intp]
    values: NDArray[np.float64]

    def runs(self) -> list[tuple[slice, bool]]:
        """Contiguous slices of the stored axis, one or two, and whether each must be turned round."""
        breaks = np.flatnonzero(np.abs(np.diff(self.index)) != 1) + 1
        parts = np.split(self.index, breaks)
        return [(slice(int(p.min()), int(p.max()) + 1), bool(p[0] > p[-1])) for p in parts]


@dataclass(frozen=True)
class Component:
    """One velocity component in one file, cut to a box.

    ``roles`` names what each dimension of the variable is; ``fixed`` the index taken on dimensions that are not kept;
    ``factor`` turns its units into m/s; ``stamps`` and ``bounds`` are epoch seconds, ``bounds`` only where the file
    states them; ``mean`` follows the variable's ``cell_methods``; ``layers`` are read together and become one;
    ``chunk_bytes`` is what must be unpacked to read a single value.
    """

    path: str
    name: str
    roles: tuple[str, ...]
    fixed: dict[str, int]
    factor: float
    lon: Cut
    lat: Cut
    stamps: NDArray[np.float64] | None
    bounds: NDArray[np.float64] | None
    mean: bool
    members: int
    depth_m: float | None
    layers: int = 1
    chunk_bytes: int = 0


def attribute(variable: Any, name: str) -> str:
    """A text attribute, stripped, without anything that a terminal would act on; empty if absent."""
    text = str(getattr(variable, name, ""))
    return "".join(c if c.isprintable() else " " for c in text).strip()


def find_pair(dataset: Any, product: Product, kind: str, u: str, v: str, path: str) -> tuple[str | None, str | None]:
    """The names of the two components in a file; None for one that the file does not hold (some providers part them).

    Explicit names go first, then the product's own (without regard to case), then standard names.

    Raises
    ------
    InputError
        If several variables of the file fit equally well.
    """
    if u or v:
        return _named(dataset, u), _named(dataset, v)
    for pair in product.names.get(kind, ()):
        found = _named(dataset, pair[0]), _named(dataset, pair[1])
        if any(found):
            return found
    for pair in STANDARD_NAMES[kind]:
        found = _by_standard_name(dataset, pair[0], kind, path), _by_standard_name(dataset, pair[1], kind, path)
        if any(found):
            return found
    return None, None


def _named(dataset: Any, wanted: str) -> str | None:
    if wanted in dataset.variables:
        return wanted
    same = [name for name in dataset.variables if name.lower() == wanted.lower()]
    return same[0] if len(same) == 1 else None


def _by_standard_name(dataset: Any, wanted: str, kind: str, path: str) -> str | None:
    fits = [n for n, var in dataset.variables.items() if attribute(var, "standard_name") == wanted]
    if len(fits) > 1:
        raise InputError(
            f"{path}: variables {', '.join(fits)} all have the standard name {wanted}; "
            f"say which one with {kind}.u and {kind}.v"
        )
    return fits[0] if fits else None


def scan(dataset: Any, name: str, product: Product, kind: str, box: Box, path: str) -> Component:
    """Read the header of one component.

    Raises
    ------
    InputError
        If units, an axis, the calendar or the grid cannot be used.
    """
    variable = dataset.variables[name]
    where = f"{path}: variable {name}"
    if not isinstance(variable.datatype, np.dtype) or variable.dtype.kind not in "fiu":
        raise InputError(
            f"{where} holds text or a compound type, not numbers; name the velocity with {kind}.u and {kind}.v"
        )
    factor = speed_factor(attribute(variable, "units"), where)
    coordinates = {dim: _coordinate(dataset, dim, variable) for dim in variable.dimensions}
    _refuse_unstructured(dataset, variable, where)
    roles = tuple(_dimension_role(dataset, dim, coordinates[dim], where) for dim in variable.dimensions)
    _refuse_curvilinear(dataset, roles, where)
    by_role = {role: coordinates[dim] for role, dim in zip(roles, variable.dimensions, strict=True)}
    sizes = dict(zip(roles, variable.shape, strict=True))
    lon = cut_longitude(_axis(by_role["lon"], where), box, where)
    rows = _axis(by_role["lat"], where)
    if np.abs(rows).max() > 90.0 + _EDGE_DEG:
        raise InputError(f"{where}: latitudes reach {rows.min():g} to {rows.max():g}, beyond a pole; repair the axis")
    lat = cut_latitude(rows, box, where)
    _covered(by_role, lon, lat, box, where)
    fixed, depth_m = {}, None
    if "depth" in roles:
        fixed["depth"], depth_m = _depth_index(by_role["depth"], sizes["depth"], product, kind, where)
    else:
        depth_m = next((abs(float(numbers(v))) for v in _scalars(dataset, "depth") if v.ndim == 0), None)
    stamps, bounds = _times(dataset, by_role.get("time"), "time" in roles, product, where)
    methods = attribute(variable, "cell_methods")
    mean = re.search(r"\btime\s*:\s*mean\b", methods) is not None
    assert lon is not None and lat is not None
    return Component(
        path, name, roles, fixed, factor, lon, lat, stamps, bounds, mean, sizes.get("member", 1), depth_m,
        sizes.get("expver", 1), _chunk(variable) * variable.dtype.itemsize,
    )  # fmt: skip


def _chunk(variable: Any) -> int:
    """Values that are packed together; 0 where each stands by itself."""
    chunks = variable.chunking()
    return 0 if chunks is None or isinstance(chunks, str) else math.prod(int(n) for n in chunks)


def complaints(dataset: Any, name: str, product: Product, kind: str, path: str) -> Iterator[str]:
    """All that `scan` would refuse in a component, whatever the box; each once."""
    variable = dataset.variables[name]
    where = f"{path}: variable {name}"
    if not isinstance(variable.dtype, np.dtype) or variable.dtype.kind not in "fiu":
        yield f"{where} holds text or a compound type, not numbers; name the velocity with {kind}.u and {kind}.v"
        return
    coordinates = {dim: _coordinate(dataset, dim, variable) for dim in variable.dimensions}
    roles = tuple(_dimension_role(dataset, dim, coordinates[dim], where) for dim in variable.dimensions)
    by_role = {role: coordinates[dim] for role, dim in zip(roles, variable.dimensions, strict=True)}
    sizes = dict(zip(roles, variable.shape, strict=True))

    def check_grid() -> None:
        _refuse_unstructured(dataset, variable, where)
        _refuse_curvilinear(dataset, roles, where)

    checks: list[Callable[[], Any]] = [lambda: speed_factor(attribute(variable, "units"), where), check_grid]
    if "lon" in by_role:
        checks.append(lambda: cut_longitude(_axis(by_role["lon"], where), (0.0, 0.0, 0.0, 0.0), where))
    if "lat" in by_role:
        checks.append(lambda: cut_latitude(_axis(by_role["lat"], where), (0.0, 0.0, 0.0, 0.0), where))
    if "depth" in roles:
        checks.append(lambda: _depth_index(by_role["depth"], sizes["depth"], product, kind, where))
    checks.append(lambda: _times(dataset, by_role.get("time"), "time" in roles, product, where))
    for check in checks:
        try:
            check()
        except InputError as problem:
            yield str(problem)


def extent(dataset: Any, name: str) -> tuple[Box, NDArray[np.float64], NDArray[np.float64]]:
    """West, east, south, north of all of a component's grid, and its axes as they are stored."""
    variable = dataset.variables[name]
    axes = {}
    for dim in variable.dimensions:
        coordinate = _coordinate(dataset, dim, variable)
        if coordinate is not None and _role(coordinate) in ("lon", "lat"):
            axes[_role(coordinate)] = _axis(coordinate, name)
    lon, lat = np.unwrap(axes["lon"], period=360.0), axes["lat"]
    return (float(lon.min()), float(lon.max()), float(lat.min()), float(lat.max())), axes["lon"], lat


def speed_factor(units: str, where: str) -> float:
    """What turns the units into m/s.

    Raises
    ------
    InputError
        If the units are missing or not a speed that is known.
    """
    text = re.sub(r"[\s.*^]", "", units.lower())
    for factor, patterns in _SPEED.items():
        if any(p.match(text) for p in patterns):
            return factor
    told = f"has units {units!r}" if units else "has no units"
    raise InputError(
        f"{where} {told}; understood are m s-1, cm s-1 and knots: set the units attribute (`ncatted` does it)"
    )


def _role(variable: Any) -> str | None:
    """What a coordinate variable is: lat, lon, time, depth, member, expver, other (a projected axis) or None."""
    standard, units = attribute(variable, "standard_name").lower(), attribute(variable, "units").lower()
    axis, name = attribute(variable, "axis").upper(), str(variable.name).lower()
    if standard in _STANDARD:
        return _STANDARD[standard]
    if re.match(r"^degrees?_?n(orth)?$", units):
        return "lat"
    if re.match(r"^degrees?_?e(ast)?$", units):
        return "lon"
    if _SINCE.match(units) and name != "tau" and "analysis" not in units:
        return "time"
    for role, known in _NAMES.items():
        if name in known:
            return role
    if axis in ("X", "Y"):
        return ("lon" if axis == "X" else "lat") if units.startswith("degree") else "other"
    if axis == "Z" or attribute(variable, "positive"):
        return "depth"
    return {"T": "time"}.get(axis)


def _coordinate(dataset: Any, dim: str, variable: Any) -> Any | None:
    """The coordinate of a dimension: the variable of its name, else one that is listed, else any that has a role."""
    own = dataset.variables.get(dim)
    if own is not None and own.dimensions == (dim,):
        return own
    listed = attribute(variable, "coordinates").split()
    others = [v for v in dataset.variables.values() if v.dimensions == (dim,) and _role(v) is not None]
    others.sort(key=lambda v: (v.name not in listed, v.name))
    return others[0] if others else None


def _dimension_role(dataset: Any, dim: str, coordinate: Any | None, where: str) -> str:
    role = None if coordinate is None else _role(coordinate)
    if role is not None:
        return role
    if len(dataset.dimensions[dim]) == 1:
        return "single:" + dim
    guess = next((r for r, known in _NAMES.items() if dim.lower() in known), None)
    if guess in ("member", "expver", "time"):
        return guess
    return "unknown:" + dim


def _refuse_unstructured(dataset: Any, variable: Any, where: str) -> None:
    for dim in variable.dimensions:
        roles = {_role(v) for v in dataset.variables.values() if v.dimensions == (dim,)}
        if {"lat", "lon"} <= roles:
            raise InputError(f"{where} lies on an unstructured grid (dimension {dim}); {REGRID}")


def _refuse_curvilinear(dataset: Any, roles: tuple[str, ...], where: str) -> None:
    """See that there is one latitude and one longitude, and nothing that cannot be told."""
    if len(set(roles)) != len(roles):
        raise InputError(f"{where}: two of its dimensions look like the same axis ({', '.join(roles)})")
    if {"lat", "lon"} <= set(roles):
        strange = [role.partition(":")[2] for role in roles if role.startswith("unknown:")]
        if strange:
            raise InputError(
                f"{where} has a dimension {', '.join(strange)} that is no axis known here; select one index of it first"
            )
        return
    flat = [v.name for v in dataset.variables.values() if v.ndim == 2 and _role(v) in ("lat", "lon")]
    if flat or "other" in roles:
        raise InputError(f"{where} lies on a curvilinear or projected grid; {REGRID}")
    missing = " and ".join(n for r, n in (("lat", "latitude"), ("lon", "longitude")) if r not in roles)
    raise InputError(
        f"{where} has no {missing} coordinate: a 1-D coordinate variable in degrees_north or degrees_east is needed"
    )


def _axis(coordinate: Any, where: str) -> NDArray[np.float64]:
    values = np.asarray(numbers(coordinate), dtype=np.float64)
    if values.size < 2 or not np.all(np.isfinite(values)):
        raise InputError(f"{where}: axis {coordinate.name} has fewer than two nodes or missing values")
    return values


def numbers(variable: Any, most: int = MOST_NODES) -> NDArray[Any]:
    """A coordinate variable (or another small one) unpacked, NaN where missing.

    Raises
    ------
    InputError
        If it holds no numbers, or more of them than any axis has: a header of a few bytes can say so.
    """
    size = max(variable.size, _chunk(variable) // 20)  # short axes that grow come in chunks of a million or so
    if size > most:
        raise InputError(
            f"{_named_in(variable)} has {size:,} values, where {most:,} are allowed: cut the file to the area and the "
            "time of the run"
        )
    return decode(variable[...], variable)


def _named_in(variable: Any) -> str:
    return f"{variable.group().filepath()}: variable {variable.name}"


def cut_latitude(stored: NDArray[np.float64], box: Box, where: str) -> Cut | None:
    """The rows for a box, with a margin of one where there is one; None if the axis does not reach."""
    return _select(*_ascending(stored, where, "latitude"), box[2], box[3])


def cut_longitude(stored: NDArray[np.float64], box: Box, where: str) -> Cut | None:
    """The columns for a box, on one branch of longitude, across the seam of a global grid; None if out of reach."""
    west, east = box[0], box[1] + (360.0 if box[1] < box[0] else 0.0)
    steps = np.diff(stored)
    wraps = np.rint((((steps + 180.0) % 360.0 - 180.0) - steps) / 360.0)
    unwrapped = stored + 360.0 * np.concatenate(([0.0], np.cumsum(wraps)))
    values, index = _ascending(unwrapped, where, "longitude")
    step = float(np.diff(values).max())
    once = values < values[0] + 360.0 - 1e-3 * step  # some providers store both 0 and 360
    values, index = values[once], index[once]
    base = 360.0 * np.floor((west - values[0]) / 360.0)
    if values[0] + 360.0 - values[-1] <= 1.5 * step:
        turns = [base - 360.0, base, base + 360.0]
        return _select(np.concatenate([values + t for t in turns]), np.tile(index, 3), west, east)
    cuts = (_select(values + base + turn, index, west, east) for turn in (0.0, 360.0, -360.0))
    return next((cut for cut in cuts if cut is not None), None)


def _ascending(values: NDArray[np.float64], where: str, name: str) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    steps = np.diff(values)
    index = np.arange(values.size)
    if np.all(steps < 0.0):
        return values[::-1], index[::-1]
    if not np.all(steps > 0.0):
        bad = int(np.flatnonzero(steps * np.sign(np.median(steps)) <= 0.0)[0])
        raise InputError(
            f"{where}: {name} is not monotonic ({values[bad]:g}, then {values[bad + 1]:g}, at index {bad}); repair it"
        )
    return values, index


def _select(values: NDArray[np.float64], index: NDArray[np.intp], low: float, high: float) -> Cut | None:
    first = int(np.searchsorted(values, low + _EDGE_DEG, side="right")) - 1
    last = int(np.searchsorted(values, high - _EDGE_DEG, side="left"))
    if first < 0 or last >= values.size:
        return None
    part = slice(max(first - 1, 0), min(last + 1, values.size - 1) + 1)
    return Cut(index[part].copy(), values[part].copy())


def _covered(by_role: dict[str, Any], lon: Cut | None, lat: Cut | None, box: Box, where: str) -> None:
    if lon is not None and lat is not None:
        return
    lons, lats = numbers(by_role["lon"]), numbers(by_role["lat"])
    raise InputError(
        f"{where}: its grid covers {lons.min():g} to {lons.max():g} E, {lats.min():g} to {lats.max():g} N; the run "
        f"needs {box[0]:g} to {box[1]:g} E, {box[2]:g} to {box[3]:g} N: choose a larger file or shrink coast.domain"
    )


def _depth_index(
    coordinate: Any | None, size: int, product: Product, kind: str, where: str
) -> tuple[int, float | None]:
    """The level nearest to the product's depth; a sign is no more than a convention."""
    if coordinate is None:
        return 0, None
    levels = np.abs(np.atleast_1d(np.asarray(numbers(coordinate), dtype=np.float64)))
    units = attribute(coordinate, "units").lower()
    if size > 1 and not (re.match(rf"^{_METRE}?$", units)):
        raise InputError(
            f"{where}: cannot tell which of the {size} levels of {coordinate.name} (units {units!r}) is the surface; "
            "select it first, for example `cdo sellevel`"
        )
    wanted = 10.0 if kind == "wind" else product.depth_m
    k = int(np.argmin(np.abs(levels - wanted)))
    return k, float(levels[k])


def _scalars(dataset: Any, role: str) -> list[Any]:
    """Coordinates of one value that say something of the whole file."""
    return [v for v in dataset.variables.values() if v.size == 1 and _role(v) == role]


def _times(
    dataset: Any, coordinate: Any | None, along: bool, product: Product, where: str
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Stamps and bounds of the steps, epoch seconds; a scalar time coordinate counts as one step."""
    if coordinate is None:
        scalars = _scalars(dataset, "time")
        if along or not scalars:
            return None, None
        coordinate = scalars[0]
    stamps = _epoch(coordinate, numbers(coordinate), product, where)
    edges = dataset.variables.get(attribute(coordinate, "bounds"))
    if edges is None or edges.shape != (stamps.size, 2):
        return stamps, None
    bounds = _epoch(coordinate, numbers(edges), product, where).reshape(-1, 2)
    return stamps, bounds if np.all(bounds[:, 1] > bounds[:, 0]) else None


def _epoch(coordinate: Any, values: NDArray[Any], product: Product, where: str) -> NDArray[np.float64]:
    """Time values as seconds since 1970-01-01 UTC, to the millisecond."""
    import cftime

    units, tag = attribute(coordinate, "units"), attribute(coordinate, "calendar").lower() or "standard"
    calendar = product.calendars.get(tag, tag)
    if calendar not in ("standard", "gregorian", "proleptic_gregorian"):
        raise InputError(
            f"{where}: time variable {coordinate.name} has calendar {tag!r}; a run is in real dates: "
            "give files in the standard calendar"
        )
    parts = _SINCE.match(units)
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


def decode(raw: NDArray[Any], variable: Any) -> NDArray[Any]:
    """Stored numbers as floating point: missing values to NaN, then scale and offset.

    Missing is what equals ``_FillValue``, any ``missing_value`` or the NetCDF default of the type, all compared before
    unpacking. Single precision stays single unless it is packed.
    """
    raw = np.asarray(raw)
    if raw.dtype.kind not in "fiu":
        raise InputError(f"{_named_in(variable)} holds text or a compound type, not numbers; repair the file")
    missing = np.zeros(raw.shape, dtype=bool)
    for mark in _missing_marks(raw.dtype, variable):
        missing |= raw == mark
    scale, offset = _packing(variable, "scale_factor", 1.0), _packing(variable, "add_offset", 0.0)
    plain = scale == 1.0 and offset == 0.0
    values = raw.astype(raw.dtype if plain and raw.dtype.kind == "f" else np.float64)
    if not plain:
        values = values * scale + offset
    if missing.any():
        values[missing] = np.nan
    return values


def _packing(variable: Any, name: str, default: float) -> float:
    """One of the two numbers that unpack a variable."""
    given = getattr(variable, name, default)
    usable = np.ndim(given) == 0 and not isinstance(given, str) and np.isfinite(given)
    if not usable or (name == "scale_factor" and given == 0.0):
        raise InputError(f"{_named_in(variable)} has {name} = {str(given)[:40]!r}, which unpacks nothing; repair it")
    return float(given)


def _missing_marks(dtype: np.dtype[Any], variable: Any) -> list[Any]:
    from netCDF4 import default_fillvals

    stated = [getattr(variable, name, ()) for name in ("_FillValue", "missing_value")]
    marks = [mark for group in stated for mark in np.atleast_1d(group) if not isinstance(mark, str)]
    if dtype.itemsize > 1:  # every byte is a value
        marks.append(default_fillvals.get(dtype.str[1:], np.nan))
    with np.errstate(over="ignore", invalid="ignore"):
        cast = [np.asarray(mark).astype(dtype)[()] for mark in marks]
    # A NaN or an unpacked number cannot occur in packed integers, and its cast would hit an honest value.
    return [c for c, mark in zip(cast, marks, strict=True) if dtype.kind == "f" or float(c) == float(mark)]


def read(dataset: Any, part: Component, step: int, out: NDArray[np.float32]) -> None:
    """One step of a component on its cut of the grid, in m/s, NaN where missing, into ``out`` (members, ny, nx)."""
    variable = dataset.variables[part.name]
    east = 0
    for lon, turn_lon in part.lon.runs():
        north, nx = 0, lon.stop - lon.start
        for lat, turn_lat in part.lat.runs():
            ny = lat.stop - lat.start
            place = out[:, north : north + ny, east : east + nx]
            _block(
                variable, part, step, lat, lon, place[:, :: -1 if turn_lat else 1, :: -1 if turn_lon else 1]
            )  # fmt: skip
            north += ny
        east += nx


def _block(variable: Any, part: Component, step: int, lat: slice, lon: slice, out: NDArray[np.float32]) -> None:
    """A slab read by what its dimensions are, and turned to (member, lat, lon)."""
    chosen: list[Any] = []
    kept = []
    for role in part.roles:
        if role in ("lat", "lon", "member", "expver"):
            chosen.append({"lat": lat, "lon": lon}.get(role, slice(None)))
            kept.append(role)
        else:
            chosen.append(step if role == "time" else part.fixed.get(role, 0))
    raw = np.asarray(variable[tuple(chosen)])
    for role in ("member", "expver"):
        if role not in kept:
            raw, kept = raw[None], [role, *kept]
    raw = np.transpose(raw, [kept.index(role) for role in ("expver", "member", "lat", "lon")])
    # Unpacked in bands of rows: the double precision of a whole global level would be larger than the level.
    rows = max(1, _BAND // max(1, raw[:, :, 0].size))
    for first in range(0, raw.shape[2], rows):
        values = decode(raw[:, :, first : first + rows], variable)
        layer = values[0]
        for other in values[1:]:
            # Final ERA5 and its preliminary version side by side: each is missing where the other stands.
            layer = np.where(np.isnan(layer), other, layer)
        out[:, first : first + rows] = layer if part.factor == 1.0 else layer * part.factor
