"""The program that copies velocities out of GRIB into NetCDF: ``python -m driftsim.forcing.doors.messages IN OUT``.

It runs in a process of its own and must not import a library for NetCDF: the file, of format CDF-5, is written by hand.
Each variable keeps its own times, one message is in memory at a time. Exit code 2: the file cannot be used, and why.
"""

from __future__ import annotations

import calendar
import struct
import sys
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...system.kinds import AnyArray

FILL = np.float32(9.969209968386869e36)
"""What NetCDF takes for missing by default."""

_MISSING = 1.0e34
_OF_NUMBERS = {
    (0, 2, 2): "wind u",
    (0, 2, 3): "wind v",
    (10, 1, 2): "current u",
    (10, 1, 3): "current v",
    (10, 0, 21): "stokes u",
    (10, 0, 22): "stokes v",
}
"""Discipline, category and number of GRIB 2 (WMO, code table 4.2)."""

_OF_NAMES = {
    "10u": "wind u",
    "10v": "wind v",
    "100u": "wind u",
    "100v": "wind v",
    "u": "wind u",
    "v": "wind v",
    "ucurr": "current u",
    "vcurr": "current v",
    "uogrd": "current u",
    "vogrd": "current v",
    "ocu": "current u",
    "ocv": "current v",
    "ust": "stokes u",
    "vst": "stokes v",
}
"""Short names, for GRIB 1 and local tables."""

_STANDARD = {
    "wind u": "eastward_wind",
    "wind v": "northward_wind",
    "current u": "eastward_sea_water_velocity",
    "current v": "northward_sea_water_velocity",
    "stokes u": "sea_surface_wave_stokes_drift_eastward_velocity",
    "stokes v": "sea_surface_wave_stokes_drift_northward_velocity",
}
_PLAIN = {"wind u": "u", "wind v": "v", "current u": "uo", "current v": "vo", "stokes u": "ust", "stokes v": "vst"}
_GRIDS = ("regular_ll", "regular_gg")


class Unusable(Exception):
    """What is wrong with the file, for whoever asked for it."""


class Place(NamedTuple):
    """Where a message stands in the file, and what it is of."""

    offset: int
    time: float
    cycle: float
    member: int


@dataclass
class Field:
    """All messages of one velocity component on one level and grid."""

    what: str
    level: tuple[str, float]
    grid: str
    ensemble: bool
    places: list[Place] = field(default_factory=list)


class Grid(NamedTuple):
    """Nodes of a grid and how its values come: by rows, or by columns."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    by_columns: bool


def main(source: str, target: str) -> None:
    """Copy."""
    try:
        import eccodes
    except ImportError:
        raise Unusable(
            "cannot be read: it is GRIB, and the package eccodes is not installed: pip install 'driftsim[grib]'"
        ) from None
    except RuntimeError as problem:
        raise Unusable(f"it is GRIB, and the library eccodes cannot be loaded ({problem})") from None
    with open(source, "rb") as file:
        fields, grids = scan(file, eccodes)
        with open(target, "wb") as out:
            write(out, file, fields, grids, eccodes)


# Reading -------------------------------------------------------------------------------------------------------------


def scan(file: BinaryIO, ec: Any) -> tuple[list[Field], dict[str, Grid]]:
    """The velocities in a file, in the order of their names, and their grids."""
    found: dict[tuple[Any, ...], Field] = {}
    grids: dict[str, Grid] = {}
    others: set[str] = set()
    count = 0
    while (handle := ec.codes_grib_new_from_file(file)) is not None:
        count += 1
        try:
            what = _what(handle, ec)
            name = str(_get(handle, ec, "shortName", "unknown"))
            if not what or _get(handle, ec, "stepType", "instant") != "instant":
                others.add(name if not what else f"{name} ({_get(handle, ec, 'stepType', '')} over a time)")
                continue
            grid = str(_get(handle, ec, "md5GridSection", ""))
            if grid not in grids:
                grids[grid] = _grid(handle, ec, name)
            member = int(_get(handle, ec, "number", 0) or 0)
            ensemble = int(_get(handle, ec, "numberOfForecastsInEnsemble", 0) or 0) > 1
            key = (what, _level(handle, ec), grid)
            place = Place(int(ec.codes_get(handle, "offset")), *_times(handle, ec), member)
            found.setdefault(key, Field(*key, ensemble)).places.append(place)
        finally:
            ec.codes_release(handle)
    if not found:
        has = ", ".join(sorted(others)[:12]) or "nothing"
        raise Unusable(f"no wind, current or Stokes drift found in its {count} messages; it holds {has}")
    return [found[key] for key in sorted(found)], grids


def _get(handle: Any, ec: Any, key: str, default: Any) -> Any:
    try:
        return ec.codes_get(handle, key)
    except ec.CodesInternalError:
        return default


def _what(handle: Any, ec: Any) -> str:
    if int(ec.codes_get(handle, "edition")) == 2:
        numbers = tuple(int(_get(handle, ec, k, -1)) for k in ("discipline", "parameterCategory", "parameterNumber"))
        if numbers in _OF_NUMBERS:
            return _OF_NUMBERS[numbers]
    return _OF_NAMES.get(str(_get(handle, ec, "shortName", "")), "")


def _level(handle: Any, ec: Any) -> tuple[str, float]:
    """Kind of the level and its value: ``height`` and ``depth`` in m, ``pressure`` in hPa, or as the file calls it."""
    kind, value = str(_get(handle, ec, "typeOfLevel", "unknown")), float(_get(handle, ec, "level", 0.0))
    known = {
        "heightAboveGround": "height",
        "heightAboveSea": "height",
        "isobaricInhPa": "pressure",
        "depthBelowSea": "depth",
        "oceanSurface": "depth",
    }
    name = str(_get(handle, ec, "shortName", ""))
    if kind == "surface" and name in ("10u", "10v", "100u", "100v"):  # GRIB 1 of ECMWF says the height in the name
        return "height", float(name[:-1])
    if kind == "isobaricInPa":
        return "pressure", value / 100.0
    if kind in ("surface", "meanSea") and _what(handle, ec).split()[0] != "wind":
        return "depth", 0.0
    return known.get(kind, kind), value


def _times(handle: Any, ec: Any) -> tuple[float, float]:
    """When the message is valid, and when its forecast began, epoch seconds."""

    def seconds(day: str, hour: str) -> float:
        date, clock = int(ec.codes_get(handle, day)), int(ec.codes_get(handle, hour))
        parts = (date // 10000, date // 100 % 100, date % 100, clock // 100, clock % 100, 0)
        return float(calendar.timegm(parts))

    return seconds("validityDate", "validityTime"), seconds("dataDate", "dataTime")


def _grid(handle: Any, ec: Any, name: str) -> Grid:
    kind = str(_get(handle, ec, "gridType", "unknown"))
    if kind not in _GRIDS:
        raise Unusable(
            f"{name} lies on a grid of the type {kind}; regrid it to longitudes and latitudes first, for example "
            "`wgrib2 in.grb -new_grid_winds earth -new_grid latlon 120:121:.25 30:81:.25 out.grb`, or cdo remapbil"
        )
    columns, rows = int(ec.codes_get(handle, "Ni")), int(ec.codes_get(handle, "Nj"))
    by_columns = bool(int(_get(handle, ec, "jPointsAreConsecutive", 0)))
    lat, lon = (ec.codes_get_array(handle, axis) for axis in ("latitudes", "longitudes"))
    lat, lon = (_turned(one, rows, columns, by_columns) for one in (lat, lon))
    if (lat != lat[:, :1]).any() or (lon != lon[:1]).any():
        raise Unusable(f"{name}: its rows run to and fro; rewrite it, for example `cdo copy in.grb out.grb`")
    return Grid(np.unwrap(lon[0], period=360.0), lat[:, 0].copy(), by_columns)


def _turned(values: AnyArray, rows: int, columns: int, by_columns: bool) -> AnyArray:
    """Values as (rows, columns)."""
    return values.reshape(columns, rows).T if by_columns else values.reshape(rows, columns)


def _values(file: BinaryIO, offset: int, grid: Grid, ec: Any) -> bytes:
    """The numbers of a message, as the file has them: single precision, big-endian."""
    file.seek(offset)
    handle = ec.codes_grib_new_from_file(file)
    try:
        ec.codes_set(handle, "missingValue", _MISSING)
        values = _turned(ec.codes_get_values(handle), grid.lat.size, grid.lon.size, grid.by_columns)
    finally:
        ec.codes_release(handle)
    return np.where(values == _MISSING, FILL, values.astype(np.float32)).astype(">f4").tobytes()


# Writing: CDF-5 (NetCDF User's Guide, file format specification) ------------------------------------------------------

_TYPES = {"i": 4, "f": 5, "d": 6}


@dataclass
class Out:
    """A variable to come: its numbers, or where they are read from."""

    name: str
    dims: tuple[str, ...]
    kind: str
    attributes: dict[str, str]
    numbers: Any = None
    field: Field | None = None


def write(out: BinaryIO, file: BinaryIO, fields: list[Field], grids: dict[str, Grid], ec: Any) -> None:
    """The copy: header, axes, then each field message by message."""
    dims: dict[str, int] = {}
    variables: list[Out] = []
    for number, one in enumerate(fields):
        variables += _variables(one, grids[one.grid], dims, variables, _name(one, fields, number), fields)
    sizes = [4 * (2 if v.kind == "d" else 1) * int(np.prod([dims[d] for d in v.dims])) for v in variables]
    begin = len(_header(dims, variables, sizes, [0] * len(variables)))
    begins = [begin + sum(sizes[:k]) for k in range(len(variables))]
    out.write(_header(dims, variables, sizes, begins))
    for variable in variables:
        if variable.field is None:
            out.write(np.asarray(variable.numbers, {"d": ">f8", "i": ">i4"}[variable.kind]).tobytes())
            continue
        for place in variable.field.places:
            out.write(_values(file, place.offset, grids[variable.field.grid], ec))


def _name(one: Field, fields: list[Field], number: int) -> str:
    """As NetCDF files call it: u10, uo; another level stands in the name."""
    kind, value = one.level
    plain = _PLAIN[one.what]
    if one.what.startswith("wind") and kind == "height":
        name = f"{plain}{value:g}"
    elif kind == "depth" and value == 0.0:
        name = plain
    else:
        name = f"{plain}_{value:g}" + {"height": "m", "depth": "m", "pressure": "hPa"}.get(kind, kind)
    alike = [k for k, other in enumerate(fields) if (other.what, other.level) == (one.what, one.level)]
    return name if alike[0] == number else f"{name}_grid{alike.index(number) + 1}"


def _variables(
    one: Field, grid: Grid, dims: dict[str, int], known: list[Out], name: str, fields: list[Field]
) -> list[Out]:
    """The variable of a field, its axes and its level; what others have already is not made twice."""
    there = {v.name: v for v in known}
    made: list[Out] = []

    def axis(
        stem: str, values: Any, attributes: dict[str, str], over: str = "", kind: str = "d", beside: Any = None
    ) -> str:
        """Name of an axis (or of a variable along another one) with these values, made if it is not there.

        ``beside``: when the forecast of each step began; two axes of the same times may differ in that.
        """
        for n in range(1, 10_000):
            label = stem if n == 1 else f"{stem}_{n}"
            same = there.get(label)
            if same is None:
                if not over:
                    dims[label] = len(values)
                made.append(Out(label, (over or label,), kind, attributes, values))
                there[label] = made[-1]
                return label
            alike = beside is None or np.array_equal(there[f"began_{label}"].numbers, beside)
            if alike and np.array_equal(same.numbers, values) and same.dims == (over or label,):
                return label
        raise Unusable("it holds too many grids")

    members = sorted({place.member for place in one.places})
    steps = sorted({(place.time, place.cycle) for place in one.places})
    order = [(*step, member) for step in steps for member in members]
    by_key = {(place.time, place.cycle, place.member): place for place in one.places}
    if len(by_key) < len(order):
        when = next(key for key in order if key not in by_key)
        raise Unusable(
            f"{name} lacks member {when[2]} at {np.datetime64(int(when[0]), 's')}, which has others; fetch it again"
        )
    one.places[:] = [by_key[key] for key in order]
    stamps, cycles = [s[0] for s in steps], [s[1] for s in steps]
    units = {"units": "seconds since 1970-01-01", "calendar": "proleptic_gregorian"}
    time = axis("time", stamps, {**units, "standard_name": "time", "axis": "T"}, beside=cycles)
    axis(f"began_{time}", cycles, {**units, "standard_name": "forecast_reference_time"}, over=time)
    lat = axis("lat", grid.lat, {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"})
    lon = axis("lon", grid.lon, {"units": "degrees_east", "standard_name": "longitude", "axis": "X"})
    shape = [time, lat, lon]
    if one.ensemble or len(members) > 1:
        shape.insert(1, axis("number", members, {"standard_name": "realization"}, kind="i"))
    kind, value = one.level
    attributes = {"units": "m s-1", "long_name": f"{one.what} at {value:g} {kind}"}
    rivals = [other for other in fields if other.what == one.what]
    if len(rivals) == 1 or one.level in (("height", 10.0), ("depth", 0.0)):
        attributes["standard_name"] = _STANDARD[one.what]
    if kind in ("height", "depth", "pressure"):
        level = f"{kind}_{value:g}".replace(".", "p")
        if level not in there:
            standard = {"pressure": "air_pressure"}.get(kind, kind)
            unit = "hPa" if kind == "pressure" else "m"
            made.append(Out(level, (), "d", {"units": unit, "standard_name": standard}, [value]))
        attributes["coordinates"] = level
    return [*made, Out(name, tuple(shape), "f", attributes, None, one)]


def _header(dims: dict[str, int], variables: list[Out], sizes: list[int], begins: list[int]) -> bytes:
    place = {name: n for n, name in enumerate(dims)}
    out = b"CDF\x05" + struct.pack(">q", 0)
    out += struct.pack(">iq", 10, len(dims)) + b"".join(_text(name) + struct.pack(">q", n) for name, n in dims.items())
    out += struct.pack(">iq", 0, 0)
    out += struct.pack(">iq", 11, len(variables))
    for variable, size, begin in zip(variables, sizes, begins, strict=True):
        out += _text(variable.name) + struct.pack(">q", len(variable.dims))
        out += b"".join(struct.pack(">q", place[dim]) for dim in variable.dims)
        out += struct.pack(">iq", 12, len(variable.attributes))
        out += b"".join(_text(key) + struct.pack(">i", 2) + _text(text) for key, text in variable.attributes.items())
        out += struct.pack(">iqq", _TYPES[variable.kind], size, begin)
    return out


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">q", len(raw)) + raw + b"\0" * (-len(raw) % 4)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Unusable as unusable:
        print(unusable, file=sys.stderr)
        sys.exit(2)
