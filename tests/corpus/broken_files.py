"""Files that must be refused as input: how each is made, and what the message must say.

Most begin as one good file, written whole, in which one thing is made wrong.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np

LON, LAT = np.arange(130.0, 140.1, 0.5), np.arange(35.0, 43.1, 0.5)
TIMES = np.arange(6) * 12.0
"""Hours since 2017-10-01: the runs that read these files last two days."""

SPEEDS = {"u": 0.31, "v": -0.17}
STANDARD = {"u": "eastward_sea_water_velocity", "v": "northward_sea_water_velocity"}
DIMS = ("time", "lat", "lon")


def good(path: Path, **changes: Any) -> Path:
    """A file of currents that is right but for the changes.

    Parameters
    ----------
    lon, lat, time : array
        Axes instead of those above; None leaves the coordinate out.
    time_units, units : str or None
    dims : tuple of str
        Dimensions of the velocities.
    values : callable
        From the mean speed and the shape to the values of a component.
    dtype : str
    extra : dict
        More attributes of the velocities; ``_FillValue`` as well.
    format : str
    """
    axes = {"time": changes.get("time", TIMES), "lat": changes.get("lat", LAT), "lon": changes.get("lon", LON)}
    sizes = dict(zip(DIMS, (6, LAT.size, LON.size), strict=True))
    units = {
        "time": changes.get("time_units", "hours since 2017-10-01 00:00:00"),
        "lat": "degrees_north",
        "lon": "degrees_east",
    }
    dims = changes.get("dims", DIMS)
    with netCDF4.Dataset(path, "w", format=changes.get("format", "NETCDF4")) as file:
        for name, axis in axes.items():
            file.createDimension(name, sizes[name] if axis is None else len(axis))
            if axis is not None:
                data = np.asarray(axis)
                variable = file.createVariable(name, str if data.dtype.kind in "OU" else data.dtype, (name,))
                if units[name] is not None:
                    variable.units = units[name]
                variable[:] = data
        for name, speed in SPEEDS.items():
            more = dict(changes.get("extra", {}))
            dtype = changes.get("dtype", "f4")
            variable = file.createVariable(name, dtype, dims, fill_value=more.pop("_FillValue", None))
            variable.standard_name = STANDARD[name]
            if changes.get("units", "m s-1") is not None:
                variable.units = changes.get("units", "m s-1")
            variable.setncatts(more)
            variable.set_auto_maskandscale(False)
            shape = tuple(len(file.dimensions[d]) for d in dims)
            if dtype is str:
                variable[...] = np.full(shape, "fast", dtype=object)
            elif "values" in changes:
                changes["values"](variable, speed)
            elif 0 not in shape:
                variable[...] = np.full(shape, speed)
    return path


class BrokenFile(NamedTuple):
    """A file, its place in the config, and what the message must say."""

    name: str
    make: Callable[[Path], Any]
    says: tuple[str, ...]
    key: str = "current"
    more: str = ""
    """More keys of the section."""

    under_way: bool = False
    """Whether it shows only when the run comes to the step in question."""


def _with(**changes: Any) -> Callable[[Path], Any]:
    return lambda path: good(path, **changes)


def _edited(edit: Callable[[Any], Any], **changes: Any) -> Callable[[Path], Any]:
    def make(path: Path) -> None:
        good(path, **changes)
        with netCDF4.Dataset(path, "r+") as file:
            file.set_auto_maskandscale(False)
            edit(file)

    return make


def _bytes(change: Callable[[bytes], bytes], **changes: Any) -> Callable[[Path], Any]:
    def make(path: Path) -> None:
        good(path, **changes)
        path.write_bytes(change(path.read_bytes()))

    return make


def _put(name: str, index: Any, value: Any) -> Callable[[Any], Any]:
    def edit(file: Any) -> None:
        file[name][index] = value

    return edit


def _attr(name: str, attribute: str, value: Any) -> Callable[[Any], Any]:
    return lambda file: file[name].setncattr(attribute, value)


def _fill(value: float) -> Callable[[Any, float], None]:
    def values(variable: Any, speed: float) -> None:
        variable[...] = value

    return values


def _at(index: Any, value: float) -> Callable[[Any, float], None]:
    def values(variable: Any, speed: float) -> None:
        variable[...] = speed
        variable[index] = value

    return values


def _nothing(variable: Any, speed: float) -> None:
    """Leaves the variable unwritten: it takes no room in the file however large it is said to be."""


def _sparse(**sizes: int) -> Callable[[Path], Any]:
    """A file of a few kB whose header promises more than any machine has."""

    def make(path: Path) -> None:
        with netCDF4.Dataset(path, "w") as file:
            for name in DIMS:
                file.createDimension(name, sizes.get(name, 16))
            for name, unit, first, step in (
                ("time", "hours since 2017-10-01", 0.0, 12.0),
                ("lat", "degrees_north", 35.0, 0.5),
                ("lon", "degrees_east", 130.0, 0.7),
            ):
                size = sizes.get(name, 16)
                chunk = (min(size, 4096),)
                variable = file.createVariable(name, "f8", (name,), chunksizes=chunk)
                variable.units = unit
                if size <= 4096:
                    variable[:] = first + step * np.arange(size)
            for name in SPEEDS:
                chunks = tuple(min(sizes.get(d, 16), 64) for d in DIMS)
                variable = file.createVariable(name, "f4", DIMS, chunksizes=chunks)
                variable.standard_name, variable.units = STANDARD[name], "m s-1"

    return make


def _fine(path: Path) -> None:
    """Axes that are right, of a grid that no machine holds; no value is written."""
    lon, lat = np.linspace(130.0, 140.0, 200_000), np.linspace(35.0, 43.0, 200_000)
    with netCDF4.Dataset(path, "w") as file:
        for name, axis, unit in (
            ("time", TIMES, "hours since 2017-10-01"),
            ("lat", lat, "degrees_north"),
            ("lon", lon, "degrees_east"),
        ):
            file.createDimension(name, axis.size)
            variable = file.createVariable(name, "f8", (name,), zlib=True)
            variable.units = unit
            variable[:] = axis
        for name in SPEEDS:
            variable = file.createVariable(name, "f4", DIMS, chunksizes=(1, 512, 512))
            variable.standard_name, variable.units = STANDARD[name], "m s-1"


def _packed_whole(path: Path) -> None:
    """A short axis whose one chunk is a hundred times longer than any axis."""
    with netCDF4.Dataset(path, "w") as file:
        for name, size in zip(DIMS, (None, LAT.size, LON.size), strict=True):
            file.createDimension(name, size)
        for name, axis, unit, chunk in (
            ("time", TIMES, "hours since 2017-10-01", (2**26,)),
            ("lat", LAT, "degrees_north", None),
            ("lon", LON, "degrees_east", None),
        ):
            variable = file.createVariable(name, "f8", (name,), chunksizes=chunk, zlib=chunk is not None)
            variable.units = unit
            if chunk is None:
                variable[:] = axis
        for name in SPEEDS:
            variable = file.createVariable(name, "f4", DIMS)
            variable.standard_name, variable.units = STANDARD[name], "m s-1"
            variable[0:6] = 0.1


def _typed(make_type: Callable[[Any], Any], **more: Any) -> Callable[[Path], Any]:
    """The eastward velocity in a type of the user's own."""

    def edit(file: Any) -> None:
        file.renameVariable("u", "old")
        file["old"].delncattr("standard_name")
        variable = file.createVariable("u", make_type(file), DIMS, **more)
        variable.standard_name, variable.units = STANDARD["u"], "m s-1"

    return _edited(edit)


def _damaged(path: Path) -> None:
    """One byte of the fourth step is another; the file has checksums."""
    good(path)
    with netCDF4.Dataset(path, "r+") as file:
        file.renameVariable("u", "old")
        file["old"].delncattr("standard_name")
        chunks = (1, LAT.size, LON.size)
        variable = file.createVariable("u", "f4", DIMS, chunksizes=chunks, fletcher32=True)
        variable.standard_name, variable.units = STANDARD["u"], "m s-1"
        variable[...] = 0.1 + 0.01 * np.arange(6)[:, None, None]
    content = path.read_bytes()
    mark = np.full(20, 0.13, "f4").tobytes()
    assert content.count(mark) > 1
    path.write_bytes(content.replace(mark, mark[:-4] + b"\xcd\xcc\xcc\x3d", 1))


def _in_group(path: Path) -> None:
    good(path)
    with netCDF4.Dataset(path, "r+") as file:
        file.renameVariable("u", "old")
        file["old"].delncattr("standard_name")
        file.createGroup("data").createVariable("u", "f4", DIMS)


def _groups(path: Path) -> None:
    with netCDF4.Dataset(path, "w") as file:
        group = file
        for number in range(300):
            group = group.createGroup(f"g{number}")


def _text(axis: Any) -> Any:
    return np.array([str(value) for value in axis], dtype=object)


def _changed(axis: Any, index: int, value: float) -> Any:
    changed = np.array(axis, dtype=np.float64)
    changed[index] = value
    return changed


def atlas(path: Path, **changes: Any) -> Path:
    """An atlas of wind roses, right but for the changes: attribute-free variables, by name, None to leave one out."""
    lon, lat = np.arange(130.25, 140.0, 0.5), np.arange(35.25, 43.0, 0.5)
    shape = (12, 8, lat.size, lon.size)
    variables = {
        "lon": (("lon",), lon),
        "lat": (("lat",), lat),
        "month": (("month",), np.arange(1.0, 13.0)),
        "dir": (("dir",), 45.0 * np.arange(8)),
        "freq": (("month", "dir", "lat", "lon"), np.full(shape, 0.125)),
        "speed": (("month", "dir", "lat", "lon"), np.full(shape, 7.3)),
        "calm_pct": (("month", "lat", "lon"), np.full((12, *shape[2:]), 1.0)),
        "gale_pct": (("month", "lat", "lon"), np.full((12, *shape[2:]), 2.0)),
    }
    with netCDF4.Dataset(path, "w") as file:
        for name, size in zip(("month", "dir", "lat", "lon"), shape, strict=True):
            file.createDimension(name, size)
        for name, (dims, values) in variables.items():
            values = changes.get(name, values)
            if values is not None:
                data = np.broadcast_to(np.asarray(values), tuple(len(file.dimensions[d]) for d in dims))
                file.createVariable(name, str if data.dtype.kind in "OU" else "f8", dims)[...] = data
    return path


def _atlas(**changes: Any) -> Callable[[Path], Any]:
    return lambda path: atlas(path, **changes)


def diffusivity(
    path: Path, value: Any = 70.0, lon: Any = LON, lat: Any = LAT, extra: dict[str, Any] | None = None
) -> Path:
    """A gridded diffusivity."""
    with netCDF4.Dataset(path, "w") as file:
        for name, axis in (("lat", lat), ("lon", lon)):
            data = np.asarray(axis)
            file.createDimension(name, data.size)
            file.createVariable(name, str if data.dtype.kind in "OU" else "f8", (name,))[:] = data
        variable = file.createVariable("diffusivity", str if isinstance(value, str) else "f8", ("lat", "lon"))
        variable.setncatts(extra or {})
        variable.set_auto_maskandscale(False)
        data = np.full((len(lat), len(lon)), value, dtype=object if isinstance(value, str) else None)
        variable[...] = data
    return path


def _kh(**changes: Any) -> Callable[[Path], Any]:
    return lambda path: diffusivity(path, **changes)


def _noise(seed: int, size: int = 20_000) -> bytes:
    return bytes(np.random.default_rng(seed).bytes(size))


def _flipped(content: bytes) -> bytes:
    changed = bytearray(content)
    for place in range(100, len(changed), 37):
        changed[place] ^= 0xFF
    return bytes(changed)


CUTS = (0.0, 0.01, 0.1, 0.5, 0.95, 0.999)
DAMAGED = ("input.nc", "cannot be read", "fetch it again")
SHORTER = ("input.nc", "shorter than its header says", "fetch it again")
NO_UNITS = ("input.nc: variable u has ", "understood are m s-1")
NO_DATE = ("input.nc: variable u: time variable time", "needed: ")
TOO_FAST = ("input.nc: variable u: the speed is ", "more than 5 m/s is no current", "current.fastest_m_s")
TOO_LARGE = ("input.nc: variable ", "cut the file to the area")
NO_NUMBERS = ("input.nc: variable ", "holds text or a compound type, not numbers")
NO_PACKING = ("input.nc: variable ", "which unpacks nothing; repair it")
EMPTY = ("input.nc: variable u has no value at all", "its fill value is wrong")
PERIOD = ("input.nc", "the run needs 2017-10-01 00:00 UTC to 2017-10-03 00:00 UTC", "add files, change run.start")
AREA = ("input.nc: variable u: its grid covers", "the run needs 131 to 139 E, 36 to 42 N", "shrink coast.domain")
CLASSIC = ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA")


def cases() -> Iterator[BrokenFile]:
    """All of them."""
    case = BrokenFile
    # What is no NetCDF file, or no longer one
    for share in CUTS:
        yield case(f"cut at {share:.1%}", _bytes(lambda b, s=share: b[: int(s * len(b))]), DAMAGED)
    for format in CLASSIC:
        for share in CUTS:
            says = DAMAGED if share < 0.1 else SHORTER
            yield case(
                f"{format} cut at {share:.1%}", _bytes(lambda b, s=share: b[: int(s * len(b))], format=format), says
            )
    yield case("wrong magic", _bytes(lambda b: b"\x88" + b[1:]), DAMAGED)
    yield case("wrong version", _bytes(lambda b: b"CDF\x09" + b[4:], format=CLASSIC[0]), DAMAGED)
    yield case("flipped bits", _bytes(_flipped), DAMAGED)
    for name, content in {
        "a page": b"<html><body>503 Service Unavailable</body></html>",
        "zeros": b"\0" * 10_000,
        "noise": _noise(3),
        "HDF5's magic and noise": b"\x89HDF\r\n\x1a\n" + _noise(4),
        "CDF's magic and noise": b"CDF\x01" + _noise(5),
        "2 billion dimensions": b"CDF\x01\0\0\0\0\0\0\0\x0a\x7f\xff\xff\xff" + b"\0" * 100,
        "a name of 2**64 bytes": b"CDF\x05" + bytes(11) + b"\x0a" + bytes(7) + b"\x01" + b"\xff" * 8 + b"a" * 100,
        "a name of 2 GB": b"CDF\x01\0\0\0\0\0\0\0\x0a\0\0\0\x01\x7f\xff\xff\xff" + b"a" * 100,
    }.items():
        yield case(name, lambda path, c=content: path.write_bytes(c), DAMAGED)
    for name, content, says in (
        ("gzip", gzip.compress(b"x" * 1000), "it is compressed by gzip; unpack it"),
        ("zip", b"PK\x03\x04" + b"\0" * 500, "it is a zip archive"),
        ("GRIB", b"GRIB" + b"\0" * 500, "it is GRIB, "),
        (
            "a pointer to a large file",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\n",
            "a pointer of Git",
        ),
        ("Kerchunk", b'{"version": 1, "refs": {".zgroup": ""}}', "the store is damaged"),
        ("a message of a server", b'{"error": 401}', "it is JSON text"),
        ("a station's record", b"time,speed_m_s,from_deg\n2017-10-01,10,270\n", "it is a table in text (CSV)"),
        ("bzip2", b"BZh91AY&SY" + b"\0" * 90, "it is compressed by bzip2"),
        ("HDF4", b"\x0e\x03\x13\x01" + b"\0" * 90, "it is HDF4"),
    ):
        yield case(name, lambda path, c=content: path.write_bytes(c), ("input.nc", "cannot be read", says))
    # Coordinates
    for name, word in (("lat", "latitude"), ("lon", "longitude")):
        axis = {"lat": LAT, "lon": LON}[name]
        yield case(f"no {name}", _with(**{name: None}), (f"variable u has no {word} coordinate", "is needed"))
        turns = (f"variable u: {word} is not monotonic", "repair it")
        yield case(f"{name} twice the same", _with(**{name: _changed(axis, 5, axis[4])}), turns)
        yield case(f"{name} turns back", _with(**{name: _changed(axis, 5, axis[2])}), turns)
        yield case(f"{name} constant", _with(**{name: np.zeros_like(axis)}), turns)
        short = (f"variable u: axis {name} has fewer than two nodes or missing values",)
        yield case(f"{name} with a gap", _with(**{name: _changed(axis, 5, np.nan)}), short)
        yield case(f"{name} infinite", _with(**{name: _changed(axis, 5, np.inf)}), short)
        yield case(f"{name} of one node", _with(**{name: axis[:1]}), short)
        yield case(f"{name} of no node", _with(**{name: axis[:0]}), short)
        yield case(f"{name} as text", _with(**{name: _text(axis)}), NO_NUMBERS)
        yield case(f"{name} in radians", _with(**{name: np.radians(axis)}), AREA)
        yield case(f"{name} elsewhere", _with(**{name: axis - 60.0}), AREA)
        yield case(f"{name} packed with text", _edited(_attr(name, "scale_factor", "x")), NO_PACKING)
        yield case(f"{name} packed with NaN", _edited(_attr(name, "add_offset", np.nan)), NO_PACKING)
    yield case("lat beyond the pole", _with(lat=np.linspace(35.0, 1000.0, 17)), ("beyond a pole; repair the axis",))
    yield case("lat in metres", _with(lat=LAT * 111e3), ("beyond a pole; repair the axis",))
    yield case("lon beyond all", _with(lon=LON * 1e30), ("longitude is not monotonic",))
    # Time
    yield case("no time", _with(time=None), ("variable u has no time coordinate", "current.steady = true"))
    yield case("no time dimension", _with(dims=("lat", "lon")), ("variable u has no time coordinate", "steady = true"))
    for units in (None, "", "hours", "hours since", "since", "fortnights since 2017-10-01", "months since 2017-10-01",
                  "hours after 2017-10-01", "hours since yesterday", "hours since 2017", "hours since 01/10/2017",
                  "hours since 99999999999-01-01"):  # fmt: skip
        yield case(f"time in {units!r}", _with(time_units=units), NO_DATE)
    for zone in ("CEST", "JST", "EST5EDT", "Asia/Tokyo", "9:00", "+9", "local", "25"):
        yield case(f"time zone {zone}", _with(time_units=f"hours since 2017-10-01 00:00 {zone}"), NO_DATE)
    for date in ("2017-13-45", "0000-00-00", "2017-10-01 99:99:99", "2017-02-30"):
        yield case(f"time since {date}", _with(time_units=f"hours since {date}"), NO_DATE[:1])
    for calendar in ("julian", "360_day", "noleap", "martian"):
        says = (f"time variable time has calendar '{calendar}'", "give files in the standard calendar")
        yield case(f"calendar {calendar}", _edited(_attr("time", "calendar", calendar)), says)
    yield case("time with a gap", _with(time=_changed(TIMES, 2, np.nan)), ("has missing values; repair it",))
    yield case("time infinite", _with(time=_changed(TIMES, 2, np.inf)), ("has missing values; repair it",))
    yield case("time beyond all", _with(time=_changed(TIMES, 5, 1e30)), ("reaches 1e+30", "is no date"))
    yield case("time as text", _with(time=_text(TIMES)), NO_NUMBERS)
    yield case("no step", _with(time=TIMES[:0]), ("time variable time has no step; the file is empty",))
    yield case("one step", _with(time=TIMES[:1]), PERIOD)
    yield case("all steps the same", _with(time=np.zeros(6)), PERIOD)
    yield case("too few steps", _with(time=TIMES[:3]), PERIOD)
    yield case("seconds for hours", _with(time_units="seconds since 2017-10-01"), PERIOD)
    yield case("steps before the date", _with(time=-TIMES), PERIOD)
    yield case("time packed with 0", _edited(_attr("time", "scale_factor", 0.0)), NO_PACKING)
    hole = ("input.nc): no step between 2017-10-01 12:00 UTC and 2017-10-04 00:00 UTC", "max_gap_hours")
    yield case("a step is missing", _with(time=np.array([0.0, 12.0, 72.0, 84.0, 96.0, 108.0])), hole)
    steady = ("current.steady = true needs one time level", "input.nc holds 6", "cdo seltimestep")
    yield case("steady with many steps", _with(), steady, more="steady = true")
    # Units, types, packing
    for units in (None, "", "furlongs", "m", "m s-2", "cm", "km/h", "1", "m s-1 * 1000", "kg m s-1"):
        yield case(f"units {units!r}", _with(units=units), NO_UNITS)
    yield case("units of a direction", _with(units="degree"), ("is a direction", "standard name wind_from_direction"))
    yield case("units that are numbers", _edited(_attr("u", "units", np.array([1, 2]))), NO_UNITS)
    yield case("units in control characters", _with(units="\x1b[31mm/s\n"), NO_UNITS)
    yield case("text where numbers belong", _with(dtype=str), NO_NUMBERS)
    yield case("characters where numbers belong", _with(dtype="S1", values=_nothing), NO_NUMBERS)
    yield case(
        "pairs", _typed(lambda f: f.createCompoundType(np.dtype([("a", "f4"), ("b", "f4")]), "pair")), NO_NUMBERS
    )
    yield case("ragged", _typed(lambda f: f.createVLType(np.float32, "ragged")), NO_NUMBERS)
    says = ("input.nc: variable u cannot be read", "fetch it again")
    yield case("a later step damaged", _damaged, says, under_way=True)
    kinds = {"calm": 0, "gale": 1}
    yield case("enumerated", _typed(lambda f: f.createEnumType(np.uint8, "kind", kinds), fill_value=0), NO_NUMBERS)
    for value in (np.nan, np.inf, 0.0, "abc", "0.01", np.array([1.0, 2.0]), np.array([])):
        yield case(f"scale_factor {value!r}", _with(extra={"scale_factor": value}), NO_PACKING)
    for value in (np.nan, -np.inf, "abc", np.array([1.0, 2.0])):
        yield case(f"add_offset {value!r}", _with(extra={"add_offset": value}), NO_PACKING)
    yield case("fill value in use", _with(extra={"_FillValue": np.float32(0.31)}), EMPTY)
    # Values
    yield case("all missing", _with(values=_fill(np.nan)), EMPTY)
    yield case("nothing written", _with(values=_nothing), EMPTY)
    yield case("one component missing", _edited(_put("u", Ellipsis, np.nan)), EMPTY)
    yield case("first step missing", _edited(_put("u", 0, np.nan)), EMPTY)
    lost = (
        "input.nc: variable u has no value at 130.500 E",
        "2017-10-02 12:00 UTC",
        "raise current.fill_km, or repair",
    )
    yield case("a later step missing", _edited(_put("u", 3, np.nan)), lost, under_way=True)
    for value in (np.inf, -np.inf, 1e30, -9999.0, 5.1, -32.767):
        yield case(f"{value:g} m/s first", _edited(_put("u", (0, 3, 4), value)), TOO_FAST)
        yield case(f"{value:g} m/s later", _edited(_put("u", (3, 3, 4), value)), TOO_FAST, under_way=True)
        yield case(f"{value:g} m/s in the middle", _edited(_put("u", (2, 3, 4), value)), TOO_FAST)
    yield case("infinite throughout", _with(values=_fill(np.inf)), TOO_FAST)
    yield case("packed to infinity", _with(dtype="i2", values=_fill(3), extra={"scale_factor": 1e300}), TOO_FAST)
    yield case("large integers", _with(dtype="i8", values=_fill(10**15)), TOO_FAST)
    # 4 m/s each way is 5.7 m/s
    says = ("the speed is 5.65685 m/s", *TOO_FAST[1:])
    yield case("both components fast", _with(values=_at((1, 3, 4), 4.0)), says, under_way=True)
    by_scale = ("the speed is 0.7529", "with current.scale = 10", *TOO_FAST[1:])
    yield case("fast by its scale", _with(values=_fill(0.53245)), by_scale, more="scale = 10.0")
    yield case("slow by its scale", _with(values=_fill(6.0)), TOO_FAST, more="scale = 0.1")
    yield case("a limit of its own", _with(), ("more than 0.3 m/s is no current",), more="fastest_m_s = 0.3")
    # Shapes
    yield case("no longitude", _with(dims=("time", "lat")), ("has no longitude coordinate",))
    yield case("time alone", _with(dims=("time",)), ("has no latitude and longitude coordinate",))
    yield case("a single number", _with(dims=()), ("has no latitude and longitude coordinate",))
    yield case("latitude twice", _with(dims=("lat", "lat")), ("two of its dimensions look like the same axis",))
    yield case("in a group", _in_group, ("input.nc has v, but no file has the eastward component",))
    yield case("nothing but groups", _groups, ("no current found in it", "it holds nothing", "current.u and current.v"))
    yield case("names that are not there", _with(), ("looked for a/b", "it holds"), more='u = "a"\nv = "b"')
    # Headers that promise more than is there: none of it may be allocated
    yield case("2 billion longitudes", _sparse(lon=2**31 - 1), TOO_LARGE)
    yield case("a trillion latitudes", _sparse(lat=10**12), TOO_LARGE)
    yield case("a trillion steps", _sparse(time=10**12), TOO_LARGE)
    yield case("a level of 40 billion nodes", _fine, TOO_LARGE)
    yield case("an axis in one great chunk", _packed_whole, TOO_LARGE)
    # Other kinds of fields
    wind = {"key": "wind", "more": 'u = "u"\nv = "v"'}
    yield case(
        "a gale of 81 m/s", _with(values=_fill(81.0)), ("more than 80 m/s is no wind", "wind.fastest_m_s"), **wind
    )
    yield case(
        "wind in knots is fast", _with(values=_fill(200.0), units="knots"), ("more than 80 m/s is no wind",), **wind
    )
    stokes = {"key": "stokes", "more": 'u = "u"\nv = "v"'}
    yield case(
        "waves of 6 m/s", _with(values=_fill(6.0)), ("more than 5 m/s is no stokes", "stokes.fastest_m_s"), **stokes
    )
    # Atlases of wind roses
    roses = {"key": "wind_roses"}
    yield case("an atlas cut short", lambda path: path.write_bytes(atlas(path).read_bytes()[:9000]), DAMAGED, **roses)
    yield case("an atlas that is none", good, ("missing variable(s) month", "an atlas of wind roses has them"), **roses)
    yield case("an atlas without speeds", _atlas(speed=None), ("missing variable(s) speed",), **roses)
    yield case("an atlas of months as text", _atlas(month=_text(range(12))), NO_NUMBERS, **roses)
    yield case("an atlas of other octants", _atlas(dir=40.0 * np.arange(8)), ("expected the octants",), **roses)
    yield case("an atlas of other months", _atlas(month=np.arange(12.0)), ("expected 1 to 12",), **roses)
    yield case("an atlas of storms", _atlas(speed=100.0), ("must be 0 to 60 m/s",), **roses)
    yield case("an atlas without values", _atlas(freq=np.nan), ("has 1 cell(s) with a wind rose",), **roses)
    yield case("an atlas of infinite shares", _atlas(freq=np.inf), ("has 1 cell(s) with a wind rose",), **roses)
    yield case(
        "an atlas of too much", _atlas(freq=0.5), ("variable freq adds up to 4", "shares must add up to 1"), **roses
    )
    yield case("an atlas beyond the pole", _atlas(lat=LAT[:16] + 60.0), ("lat must be -90..90",), **roses)
    yield case("an atlas with a gap in its axis", _atlas(lon=np.nan), ("variable lon has missing values",), **roses)
    # Gridded diffusivities
    kh = {"key": "diffusivity"}
    yield case(
        "a diffusivity cut short", lambda path: path.write_bytes(diffusivity(path).read_bytes()[:6000]), DAMAGED, **kh
    )
    yield case("a diffusivity that is none", good, ("needs a variable 'diffusivity' (m2/s)",), **kh)
    yield case("a diffusivity as text", _kh(value="much"), NO_NUMBERS, **kh)
    yield case("a negative diffusivity", _kh(value=-1.0), ("must be 0 or more everywhere",), **kh)
    yield case("a missing diffusivity", _kh(value=np.nan), ("must be 0 or more everywhere",), **kh)
    yield case("an infinite diffusivity", _kh(value=np.inf), ("must be 0 or more everywhere",), **kh)
    yield case("a diffusivity beyond all", _kh(value=1e30), ("reaches 1e+30 m2/s", "its units"), **kh)
    yield case("a diffusivity packed with text", _kh(extra={"scale_factor": "x"}), NO_PACKING, **kh)
    yield case("a diffusivity on an axis of text", _kh(lon=_text(LON)), NO_NUMBERS, **kh)
    yield case("a diffusivity that turns back", _kh(lon=_changed(LON, 5, LON[3])), ("does not ascend",), **kh)
    yield case(
        "a diffusivity elsewhere", _kh(lon=LON - 60.0), ("not the domain 131-139 E", "reduce coast.domain"), **kh
    )
