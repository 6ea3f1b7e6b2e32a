"""Small files with the layouts of the providers, written as they write them, with a known field inside.

The field is bilinear in longitude and latitude and linear in time, so that a reader that is right gives it back at any
place and time to within the packing, and one that is transposed, flipped, shifted or half a day off does not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from scipy.interpolate import RegularGridInterpolator

from driftsim import config

BOX = (130.3, 139.4, 36.2, 42.9)
HOUR = 3600.0
DAY = 24 * HOUR

# Off-grid places well inside the box and away from the replicas' land.
PLACES = np.array(
    [[130.61, 36.47], [133.317, 39.993], [134.05, 40.011], [136.731, 41.29], [138.93, 42.713], [131.2, 42.1]]
)


def epoch(text: str) -> float:
    """Seconds since 1970 of an ISO date."""
    return float(np.datetime64(text, "s").astype(np.int64))


ORIGIN = epoch("2017-10-01")


def truth(lon: Any, lat: Any, t: Any) -> tuple[Any, Any]:
    """The known velocity, m/s, at epoch seconds ``t``."""
    x, y, d = np.asarray(lon) - 135.0, np.asarray(lat) - 40.0, (np.asarray(t) - ORIGIN) / DAY
    u = 0.113 + 0.0131 * x - 0.0177 * y + 0.0023 * x * y + 0.0171 * d
    v = -0.081 + 0.0059 * x + 0.0293 * y - 0.0017 * x * y - 0.0093 * d
    return u, v


def land(lon: Any, lat: Any) -> Any:
    """A corner in the south-east and an island in the north-west of the box."""
    lon = np.asarray(lon) % 360.0
    corner = (lon > 137.4) & (np.asarray(lat) < 38.6)
    island = (np.abs(lon - 131.4) < 0.45) & (np.abs(np.asarray(lat) - 40.3) < 0.45)
    return corner | island


def fields(lon: Any, lat: Any, times: Any, centre: float = 135.0) -> tuple[Any, Any, Any]:
    """The known field on (time, lat, lon), longitudes counted on the branch around ``centre``, and the land mask."""
    near = centre + (np.asarray(lon, dtype=np.float64) - centre + 180.0) % 360.0 - 180.0
    t, y, x = np.meshgrid(np.asarray(times, dtype=np.float64), np.asarray(lat, dtype=np.float64), near, indexing="ij")
    u, v = truth(x, y, t)
    return u, v, land(x, y)


def pack(values: Any, missing: Any, scale: float, offset: float, fill: int, dtype: str = "i2") -> Any:
    """Integers as a provider packs them."""
    packed = np.rint((np.asarray(values) - offset) / scale)
    return np.where(missing, fill, packed).astype(dtype)


def write(
    path: Path,
    sizes: dict[str, int | None],
    variables: dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]],
    **options: Any,
) -> Path:
    """A NetCDF file from raw numbers: nothing is packed or masked on the way."""
    with netCDF4.Dataset(path, "w", **options) as dataset:
        for name, size in sizes.items():
            dataset.createDimension(name, size)
        for name, (dims, data, attributes) in variables.items():
            data = np.asarray(data)
            rest = dict(attributes)
            kind: Any = str if data.dtype.kind in "OU" else data.dtype
            variable = dataset.createVariable(name, kind, dims, fill_value=rest.pop("_FillValue", None))
            variable.setncatts(rest)
            if kind is not str:
                variable.set_auto_maskandscale(False)
            variable[...] = data
    return path


def degrees(axis: str) -> dict[str, str]:
    """Attributes of a longitude or latitude."""
    name = "longitude" if axis == "X" else "latitude"
    return {"units": "degrees_east" if axis == "X" else "degrees_north", "standard_name": name, "axis": axis}


def hours(times: Any, since: str) -> Any:
    """Times as hours since a date."""
    return (np.asarray(times) - epoch(since)) / HOUR


def section(product: str, *files: Any, **keys: Any) -> config.FieldSection:
    """A section of the config; unchecked, since some of the tests want it wrong."""
    return config.FieldSection.model_construct(product=product, files=tuple(map(str, files)), **keys)


def interpolate(source: Any, places: Any, times: Any) -> Any:
    """What a source says at places and times, by scipy: shape (time, place, 2)."""
    levels = np.stack([source.level(k)[0] for k in range(source.times.size)]).astype(np.float64)
    at = np.clip(np.asarray(times, dtype=np.float64), source.times[0], source.times[-1])
    if levels.shape[0] == 1:
        inside = RegularGridInterpolator((source.lat, source.lon), levels[0])
        return np.stack([inside(places[:, ::-1])] * at.size)
    inside = RegularGridInterpolator((source.times, source.lat, source.lon), levels)
    return np.stack([inside(np.column_stack((np.full(len(places), t), places[:, 1], places[:, 0]))) for t in at])


def known(places: Any, times: Any) -> Any:
    """The truth in the shape of `interpolate`."""
    return np.stack([np.column_stack(truth(places[:, 0], places[:, 1], t)) for t in np.asarray(times)])


# Layouts -------------------------------------------------------------------------------------------------------------


def cmems_toolbox(path: Path, days: Any, names: tuple[str, str] = ("uo", "vo"), step: float = 0.25) -> Path:
    """(time, depth = 1, latitude, longitude), float32, NaN land, −180..180, daily means stamped at 00:00."""
    lon, lat = np.arange(-180.0, 180.0, step), np.arange(34.0, 45.01, step)
    u, v, dry = fields(lon, lat, np.asarray(days) + 0.5 * DAY)
    dims = ("time", "depth", "latitude", "longitude")
    text = {"units": "m s-1", "_FillValue": np.float32(np.nan)}
    return write(
        path,
        {"time": len(days), "depth": 1, "latitude": lat.size, "longitude": lon.size},
        {
            "time": (
                ("time",),
                hours(days, "1950-01-01"),
                {"units": "hours since 1950-01-01", "calendar": "gregorian"},
            ),
            "depth": (("depth",), np.float32([0.494025]), {"units": "m", "positive": "down", "standard_name": "depth"}),
            "latitude": (("latitude",), lat.astype("f4"), degrees("Y")),
            "longitude": (("longitude",), lon.astype("f4"), degrees("X")),
            names[0]: (dims, np.where(dry, np.nan, u).astype("f4")[:, None], text),
            names[1]: (dims, np.where(dry, np.nan, v).astype("f4")[:, None], text),
        },
    )


def cmems_classic(path: Path, days: Any) -> Path:
    """int16 with scale and fill, several depths, daily means stamped at 12:00."""
    lon, lat = np.linspace(125.0, 145.0, 241), np.linspace(34.0, 45.0, 133)
    u, v, dry = fields(lon, lat, np.asarray(days) + 0.5 * DAY)
    scale, fill, dims = 0.000610370188951492, -32767, ("time", "depth", "latitude", "longitude")
    text = {"units": "m s-1", "scale_factor": scale, "add_offset": 0.0, "_FillValue": np.int16(fill)}

    def levels(a: Any) -> Any:
        return np.stack([pack(a, dry, scale, 0.0, fill), pack(-3.0 * a, dry, scale, 0.0, fill)], axis=1)

    return write(
        path,
        {"time": None, "depth": 2, "latitude": lat.size, "longitude": lon.size},
        {
            "uo": (dims, levels(u), {**text, "standard_name": "eastward_sea_water_velocity"}),
            "vo": (dims, levels(v), {**text, "standard_name": "northward_sea_water_velocity"}),
            "time": (
                ("time",),
                hours(np.asarray(days) + 0.5 * DAY, "1950-01-01"),
                {"units": "hours since 1950-01-01", "standard_name": "time", "axis": "T"},
            ),
            "depth": (("depth",), np.float32([0.494025, 1.541375]), {"units": "m", "positive": "down"}),
            "latitude": (("latitude",), lat.astype("f4"), degrees("Y")),
            "longitude": (("longitude",), lon.astype("f4"), degrees("X")),
        },
        format="NETCDF3_CLASSIC",
    )


def hycom_latitudes(south: float = 35.2, north: float = 44.0) -> Any:
    """0.08° to 40 N, 0.04° beyond."""
    coarse = np.arange(round(south / 0.08), round(40.0 / 0.08)) * 0.08
    return np.concatenate((coarse, np.arange(1000, round(north / 0.04) + 1) * 0.04))


def hycom(path: Path, times: Any, branch: str = "0..360") -> Path:
    """int16 thousandths, fill −30000, ``tau`` in "hours since analysis", the step of latitude halved at 40 N."""
    lon = np.arange(0.0, 360.0, 0.8) - (0.0 if branch == "0..360" else 180.0)
    lat = hycom_latitudes()
    u, v, dry = fields(lon, lat, times)
    dims, fill = ("time", "depth", "lat", "lon"), np.int16(-30000)
    text = {"units": "m/s", "scale_factor": np.float32(0.001), "add_offset": np.float32(0.0), "missing_value": fill}
    text["_FillValue"] = fill
    return write(
        path,
        {"time": len(times), "depth": 1, "lat": lat.size, "lon": lon.size},
        {
            "tau": (("time",), np.arange(len(times)) * 3.0, {"units": "hours since analysis", "long_name": "Tau"}),
            "time": (
                ("time",),
                hours(times, "2000-01-01"),
                {"units": "hours since 2000-01-01 00:00:00", "calendar": "gregorian", "axis": "T"},
            ),
            "depth": (("depth",), np.array([0.0]), {"units": "m", "positive": "down", "axis": "Z"}),
            "lat": (("lat",), lat, {"units": "degrees_north", "axis": "Y"}),
            "lon": (("lon",), lon, {"units": "degrees_east", "axis": "X"}),
            "water_u": (dims, pack(u, dry, 0.001, 0.0, -30000)[:, None], text),
            "water_v": (dims, pack(v, dry, 0.001, 0.0, -30000)[:, None], text),
        },
    )


def oscar(path: Path, day: float) -> Path:
    """Dimensions latitude, longitude but variables lat, lon; data (time, longitude, latitude); a "julian" calendar."""
    lon, lat = np.arange(0.0, 360.0, 0.5), np.arange(-45.25, 45.3, 0.5)
    u, v, dry = fields(lon, lat, [day + 0.5 * DAY])
    dims = ("time", "longitude", "latitude")
    text = {"units": "m s-1", "_FillValue": -999.0, "missing_value": -999.0}
    turned = [np.where(dry, -999.0, a).transpose(0, 2, 1) for a in (u, v)]
    return write(
        path,
        {"latitude": lat.size, "longitude": lon.size, "time": 1},
        {
            "lat": (("latitude",), lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": (("longitude",), lon, {"units": "degrees_east", "standard_name": "longitude"}),
            "time": (
                ("time",),
                [int((day - epoch("1990-01-01")) / DAY)],
                {"units": "days since 1990-1-1", "calendar": "julian", "standard_name": "time"},
            ),
            "u": (dims, turned[0], {**text, "standard_name": "eastward_sea_water_velocity"}),
            "v": (dims, turned[1], {**text, "standard_name": "northward_sea_water_velocity"}),
            "ug": (dims, 0.5 * turned[0], {**text, "standard_name": "geostrophic_eastward_sea_water_velocity"}),
        },
    )


def globcurrent(path: Path, days: Any, depths: tuple[float, float]) -> Path:
    """Two depths, 0 and 15 m in either sign and order; the deeper field is another one."""
    lon, lat = np.arange(-179.875, 180.0, 0.25), np.arange(34.125, 45.0, 0.25)
    u, v, dry = fields(lon, lat, np.asarray(days) + 0.5 * DAY)
    dims = ("time", "depth", "latitude", "longitude")
    factors = [1.0 if d == 0.0 else -2.0 for d in depths]
    text = {"units": "m s-1", "_FillValue": np.float32(9.96921e36)}

    def levels(a: Any) -> Any:
        return np.stack([np.where(dry, 9.96921e36, f * a) for f in factors], axis=1).astype("f4")

    return write(
        path,
        {"time": len(days), "depth": 2, "latitude": lat.size, "longitude": lon.size},
        {
            "time": (("time",), (np.asarray(days) - epoch("1950-01-01")) / DAY, {"units": "days since 1950-01-01"}),
            "depth": (("depth",), np.float32(depths), {"units": "m", "axis": "Z"}),
            "latitude": (("latitude",), lat, degrees("Y")),
            "longitude": (("longitude",), lon, degrees("X")),
            "uo": (dims, levels(u), text),
            "vo": (dims, levels(v), text),
        },
    )


def era5(path: Path, times: Any, new: bool, scale: float = 0.00031, offset: float = 0.42) -> Path:
    """Latitude descending. Old: packed for each file. New: ``valid_time``, ``number``, a text ``expver``, float32."""
    lon, lat = np.arange(128.0, 142.1, 0.25), np.arange(45.0, 33.9, -0.25)
    u, v, _ = fields(lon, lat, times)
    time = "valid_time" if new else "time"
    dims = (time, "latitude", "longitude")
    axes: dict[str, Any] = {
        "latitude": (("latitude",), lat, degrees("Y")),
        "longitude": (("longitude",), lon.astype("f4"), degrees("X")),
    }
    if new:
        axes |= {
            "number": ((), np.int64(0), {"units": "1", "standard_name": "realization"}),
            "valid_time": (
                ("valid_time",),
                np.asarray(times).astype("i8"),
                {"units": "seconds since 1970-01-01", "calendar": "proleptic_gregorian", "standard_name": "time"},
            ),
            "expver": (("valid_time",), np.array(["0001"] * len(times), dtype=object), {}),
        }
        text = {
            "units": "m s**-1",
            "_FillValue": np.float32(np.nan),
            "coordinates": "number valid_time latitude longitude expver",
        }
        data = {"u10": (dims, u.astype("f4"), text), "v10": (dims, v.astype("f4"), text)}
    else:
        units = "hours since 1900-01-01 00:00:00.0"
        axes["time"] = (
            ("time",),
            np.rint(hours(times, "1900-01-01")).astype("i4"),
            {"units": units, "calendar": "gregorian"},
        )
        text = {
            "units": "m s**-1",
            "scale_factor": scale,
            "add_offset": offset,
            "_FillValue": np.int16(-32767),
            "missing_value": np.int16(-32767),
        }
        data = {n: (dims, pack(a, False, scale, offset, -32767), text) for n, a in (("u10", u), ("v10", v))}
    return write(path, {time: len(times), "latitude": lat.size, "longitude": lon.size}, axes | data)


GAUSSIAN = np.array(
    [52.3799, 50.4752, 48.5705, 46.6658, 44.7611, 42.8564, 40.9517, 39.047, 37.1422, 35.2375, 33.3328, 31.4281, 29.5234]
)
"""Rows of the T62 Gaussian grid, as in the files."""


def ncep_r1(folder: Path, times: Any) -> list[Path]:
    """One component a file, Gaussian latitudes descending, "hours since 1800-01-01 00:00:0.0"."""
    lon = np.arange(0.0, 360.0, 1.875)
    u, v, _ = fields(lon, GAUSSIAN, times)
    paths = []
    for name, values in (("uwnd", u), ("vwnd", v)):
        paths.append(
            write(
                folder / f"{name}.10m.gauss.2017.nc",
                {"lat": GAUSSIAN.size, "lon": lon.size, "time": None},
                {
                    "lat": (("lat",), GAUSSIAN.astype("f4"), degrees("Y")),
                    "lon": (("lon",), lon.astype("f4"), degrees("X")),
                    "time": (
                        ("time",),
                        hours(times, "1800-01-01"),
                        {"units": "hours since 1800-01-01 00:00:0.0", "standard_name": "time", "axis": "T"},
                    ),
                    name: (
                        ("time", "lat", "lon"),
                        values.astype("f4"),
                        {
                            "units": "m/s",
                            "missing_value": np.float32(-9.96921e36),
                            "_FillValue": np.float32(-9.96921e36),
                        },
                    ),
                },
            )
        )
    return paths


def latlon(
    path: Path,
    times: Any,
    names: tuple[str, str],
    lon: Any,
    lat: Any,
    *,
    axes: tuple[str, str, str] = ("time", "lat", "lon"),
    since: tuple[str, float, str] = ("hours since 1950-01-01", HOUR, "i4"),
    units: str = "m s-1",
    per_m_s: float = 1.0,
    packed: tuple[float, float, int, str] | None = None,
    dry: bool = True,
    level: tuple[str, float] | None = None,
    stamps: Any = None,
    others: dict[str, float] | None = None,
) -> Path:
    """A file on (time, [level,] latitude, longitude) whose details are given one by one.

    ``since``: units of the time axis, their length in seconds, type. ``packed``: scale, offset, fill, type; else
    float32 with NaN. ``stamps``: what stands on the time axis, if not ``times``. ``others``: further variables by
    name, as multiples of the known field (names beginning with v, but for vsdx: of its northward component).
    """
    u, v, mask = fields(lon, lat, times)
    mask = mask if dry else np.zeros_like(mask)
    dims = axes if level is None else (axes[0], level[0], *axes[1:])

    def stored(a: Any) -> Any:
        a = per_m_s * a
        out = np.where(mask, np.nan, a).astype("f4") if packed is None else pack(a, mask, *packed)
        return out if level is None else out[:, None]

    about: dict[str, Any] = {"units": units}
    if packed is None:
        about["_FillValue"] = np.float32(np.nan)
    else:
        about |= {"scale_factor": packed[0], "add_offset": packed[1], "_FillValue": np.dtype(packed[3]).type(packed[2])}
    stamps = times if stamps is None else stamps
    start = epoch(since[0].split(" since ")[1].split("+")[0].strip().replace(" ", "T"))
    data = {
        n: (dims, stored(f * (v if n.startswith("v") and n != "vsdx" else u)), about) for n, f in (others or {}).items()
    }
    data |= {names[0]: (dims, stored(u), about), names[1]: (dims, stored(v), about)}
    sizes: dict[str, int | None] = {axes[0]: None, axes[1]: len(lat), axes[2]: len(lon)}
    if level is not None:
        sizes[level[0]] = 1
        data[level[0]] = ((level[0],), np.float32([level[1]]), {"units": "m"})
    return write(
        path,
        sizes,
        {
            axes[0]: ((axes[0],), ((np.asarray(stamps) - start) / since[1]).astype(since[2]), {"units": since[0]}),
            axes[1]: ((axes[1],), np.asarray(lat, "f4"), degrees("Y")),
            axes[2]: ((axes[2],), np.asarray(lon, "f4"), degrees("X")),
            **data,
        },
    )


CMEMS_AXES = ("time", "latitude", "longitude")


def duacs(path: Path, days: Any) -> Path:
    """Altimetry as packed by the provider: int32 of 0.0001 m/s on 0..360, absolute and anomalous, stamped at 00:00."""
    return latlon(
        path, days, ("ugos", "vgos"), np.arange(0.125, 360.0, 0.25), np.arange(34.125, 45.0, 0.25), axes=CMEMS_AXES,
        since=("days since 1950-01-01", DAY, "i4"), units="m/s", packed=(1e-4, 0.0, -2147483647, "i4"),
        others={"ugosa": 0.5, "vgosa": 0.5},
    )  # fmt: skip


def smoc(path: Path, times: Any) -> Path:
    """The hourly surface current with its parts: utotal is the sum; single-precision hours since 1950."""
    return latlon(
        path, times, ("uo", "vo"), np.arange(128.0, 142.1, 0.25), np.arange(34.0, 45.1, 0.25), axes=CMEMS_AXES,
        since=("hours since 1950-01-01", HOUR, "f4"), level=("depth", 0.494),
        others={"utide": 0.2, "vtide": 0.2, "vsdx": 0.3, "vsdy": 0.3, "utotal": 1.5, "vtotal": 1.5},
    )  # fmt: skip


def fora(path: Path, days: Any) -> Path:
    """cm/s in packed integers on 1/10 degree, daily means stamped at noon."""
    return latlon(
        path, np.asarray(days) + 0.5 * DAY, ("uo", "vo"), np.arange(117.0, 200.05, 0.5), np.arange(15.0, 65.05, 0.5),
        axes=CMEMS_AXES, since=("hours since 1980-01-01", HOUR, "f8"), units="cm s-1", per_m_s=100.0,
        packed=(0.01, 5.0, -32768, "i2"), level=("depth", 0.5),
    )  # fmt: skip


def msm(path: Path, day: float) -> Path:
    """A day of the meso-scale model: hourly, packed, latitude descending, hours since the day's 00:00:00+00:00."""
    date = str(np.datetime64(int(day), "s")).partition("T")[0]
    return latlon(
        path, day + HOUR * np.arange(24), ("u", "v"), np.arange(120.0, 150.01, 0.25), np.arange(47.6, 22.39, -0.2),
        since=(f"hours since {date} 00:00:00+00:00", HOUR, "f4"), units="m/s",
        packed=(0.006116208155, 0.0, -32767, "i2"), dry=False,
    )  # fmt: skip


def espc(folder: Path, times: Any) -> list[Path]:
    """One variable a data set, float32, with tau."""
    out = []
    for name, other in (("water_u", "water_v"), ("water_v", "water_u")):
        path = latlon(
            folder / f"espc_{name[-1]}3z.nc", times, ("water_u", "water_v"), np.arange(128.0, 142.1, 0.08),
            np.arange(34.0, 45.05, 0.16), since=("hours since 2000-01-01", HOUR, "f8"), units="m/s",
            level=("depth", 0.0),
        )  # fmt: skip
        with netCDF4.Dataset(path, "r+") as dataset:
            dataset.renameVariable(other, "of_another_kind")
            dataset["of_another_kind"].units = "psu"
            dataset.createVariable("tau", "f8", ("time",)).units = "hours since analysis"
            dataset["tau"][:] = 3.0
        out.append(path)
    return out


def plain(
    path: Path,
    times: Any,
    names: tuple[str, str] = ("east", "north"),
    standard: tuple[str, str] = ("eastward_sea_water_velocity", "northward_sea_water_velocity"),
    units: str | None = "m s-1",
    factor: float = 1.0,
    dry: Any = np.nan,
    extra: dict[str, Any] | None = None,
) -> Path:
    """A plain CF file with ascending axes, in which single things can be made wrong."""
    lon, lat = np.arange(128.0, 142.1, 0.5), np.arange(34.0, 45.1, 0.5)
    u, v, mask = fields(lon, lat, times)
    dims = ("time", "lat", "lon")
    text = {} if units is None else {"units": units}
    data = {
        name: (dims, np.where(mask, dry, factor * a).astype("f4"), {**text, **(extra or {}), "standard_name": s})
        for name, a, s in zip(names, (u, v), standard, strict=True)
    }
    return write(
        path,
        {"time": len(times), "lat": lat.size, "lon": lon.size},
        {
            "time": (
                ("time",),
                np.asarray(times),
                {"units": "seconds since 1970-01-01 00:00:00", "standard_name": "time"},
            ),
            "lat": (("lat",), lat, degrees("Y")),
            "lon": (("lon",), lon, degrees("X")),
            **data,
        },
    )
