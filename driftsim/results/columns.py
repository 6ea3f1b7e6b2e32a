"""The variables of a run's data sets: their types on disk, units and names of the CF conventions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..system.door import Variable
from ..system.kinds import AnyArray, Json, Slice
from . import draws, statistics
from .outcome import Outcome

if TYPE_CHECKING:
    import xarray as xr

CONVENTIONS = "CF-1.10"
LON = {"standard_name": "longitude", "units": "degrees_east"}
LAT = {"standard_name": "latitude", "units": "degrees_north"}
# Variables of the arrivals: type on disk, and what they are. Spans of time are in "d": xarray would turn "days" into a
# type of its own.
ARRIVALS: dict[str, tuple[str, dict[str, str]]] = {
    "boat": ("i8", {"long_name": "number of the boat"}),
    "source": ("i2", {"long_name": "source that released the boat"}),
    "member": (
        "i4",
        {"long_name": "member of the forcing that drove the boat", "standard_name": "realization", "units": "1"},
    ),
    "boat_class": ("i2", {"long_name": "leeway class of the boat at release"}),
    "release_lon": ("f8", {"long_name": "longitude of release", **LON}),
    "release_lat": ("f8", {"long_name": "latitude of release", **LAT}),
    "release_time": ("f8", {"long_name": "time of release", "standard_name": "time"}),
    "outcome": ("i1", {"long_name": "how the boat ended"}),
    "stretch": ("i2", {"long_name": "stretch of coast of the first landing"}),
    "landing_lon": ("f8", {"long_name": "longitude of the first landing", **LON}),
    "landing_lat": ("f8", {"long_name": "latitude of the first landing", **LAT}),
    "landing_time": ("f8", {"long_name": "time of the first landing", "standard_name": "time"}),
    "coast_line": ("i2", {"long_name": "generalised coast line of the landing (-1: none)"}),
    "coast_km": ("f4", {"long_name": "distance along the generalised coast line", "units": "km"}),
    "age_days": ("f4", {"long_name": "time from release to the first landing", "units": "d"}),
    "final_lon": ("f8", {"long_name": "longitude of the last position", **LON}),
    "final_lat": ("f8", {"long_name": "latitude of the last position", **LAT}),
    "final_time": ("f8", {"long_name": "time of the last position", "standard_name": "time"}),
    "exit": ("i1", {"long_name": "where the boat left the domain"}),
    "capsize_time": ("f8", {"long_name": "time of capsizing", "standard_name": "time"}),
    "sink_time": ("f8", {"long_name": "time of sinking", "standard_name": "time"}),
    "release_density": (
        "f4",
        {
            "long_name": "density of the date of release by the wind, relative to that of the source's dates",
            "units": "1",
        },
    ),
    "within_20_km": ("u8", {"long_name": "stretches of coast that the boat came within 20 km of, a bit for each"}),
}


OPTIONAL = ("release_density",)
"""Columns that a run may lack: dates follow the wind only where the config says so."""


def rows_of(kinds: Mapping[str, tuple[str, dict[str, str]]], dimension: str) -> dict[str, Variable]:
    """What must stand in a data set of such columns."""
    return {name: Variable(kind, (dimension,), name in OPTIONAL) for name, (kind, _) in kinds.items()}


DENSITY = {
    "boat_days": Variable("f4", ("boat_class", "time", "lat", "lon")),
    "boat_class": Variable("i2", ("boat_class",)),
    **{name: Variable("f8", (name,)) for name in ("time", "lat", "lon")},
    **{f"{name}_bounds": Variable("f8", (name, "bounds")) for name in ("time", "lat", "lon")},
}
TRACKS = {
    "trajectory": Variable("i8", ("trajectory",)),
    "time": Variable("f8", ("trajectory", "obs")),
    **{name: Variable("f4", ("trajectory", "obs")) for name in ("lat", "lon", "age_days")},
    **{
        name: Variable(ARRIVALS[name][0], ("trajectory",))
        for name in ("source", "member", "boat_class", "outcome", "stretch")
    },
}
FORCING_MEAN = {
    **{name: Variable("f8", (name,)) for name in ("time", "lat", "lon")},
    "time_bounds": Variable("f8", ("time", "bounds")),
    **{
        f"{kind}_{part}": Variable("f4", ("time", "lat", "lon"), optional=True)
        for kind in ("current", "wind")
        for part in "uv"
    },
}
"""What must stand in the data sets: kind of number and dimensions."""
CODED = ("source", "boat_class", "outcome", "stretch", "exit")


def describe(arrivals: xr.Dataset) -> xr.Dataset:
    """The arrivals with types, units and names of the CF conventions; no value changes.

    Times stay numbers (seconds since the run's start): ``xarray.decode_cf`` makes dates of them.
    """
    import xarray as xr

    out: Json = {}
    for name, (kind, attrs) in ARRIVALS.items():
        if name in OPTIONAL and name not in arrivals:
            continue
        variable = arrivals[name]
        out[name] = ("boat", variable.values.astype(kind, copy=False), {**attrs, **_flags(name, variable, kind)})
        if attrs.get("standard_name") == "time":
            out[name][2].update(since(arrivals.attrs["run_start"]))
    boat = out.pop("boat")
    if draws.NAME in arrivals:
        out[draws.NAME] = arrivals[draws.NAME].variable
    return xr.Dataset(out, coords={"boat": boat}, attrs=dict(arrivals.attrs))


def _flags(name: str, variable: xr.DataArray, kind: str) -> Json:
    names = statistics.flag_names(variable)
    if name == "within_20_km":
        return {
            "flag_masks": np.uint64(1) << np.arange(len(names), dtype=np.uint64),
            "flag_meanings": meanings(names),
        }
    if name not in CODED:
        return {}
    first = -1 if name in ("stretch", "exit") else 0
    return {
        "flag_values": np.arange(first, len(names), dtype=kind),
        "flag_meanings": meanings(["none"] * (first == -1) + names),
    }


def meanings(names: list[str]) -> str:
    """CF wants one word a flag: whatever a person called a source, blanks become underscores."""
    return " ".join("_".join(name.split()) or "unnamed" for name in names)


def since(run_start: object) -> dict[str, str]:
    """CF units of the seconds since the run's start."""
    return {"units": f"seconds since {str(run_start).removesuffix('Z')}", "calendar": "proleptic_gregorian"}


def date_times(seconds: ArrayLike, run_start: object) -> NDArray[np.datetime64]:
    """UTC date and time of seconds since the run's start, to the second; NaT for NaN."""
    values = np.asarray(seconds, np.float64)
    whole = np.rint(np.where(np.isfinite(values), values, 0.0)).astype("timedelta64[s]")
    moment = np.datetime64(str(run_start).removesuffix("Z"), "s") + whole
    return np.where(np.isfinite(values), moment, np.datetime64("NaT", "s"))


def coded(variable: xr.DataArray, rows: Slice | NDArray[np.int64] | NDArray[np.bool_] = slice(None)) -> AnyArray:
    """The words (objects) behind the codes of a variable, of all or some rows; empty for a negative code (none)."""
    words = np.array([*statistics.flag_names(variable), ""], dtype=object)
    found: AnyArray = words[np.maximum(variable.values[rows].astype(np.int64), -1)]
    return found


def landed(arrivals: xr.Dataset) -> dict[str, AnyArray]:
    """Boats that came ashore as plain columns: numbers, words, UTC times (``datetime64[s]``).

    Returns
    -------
    dict of (landed,) ndarray
        boat, member, source, boat_class, stretch, release_lon, release_lat, release_time, landing_lon, landing_lat,
        landing_time, age_days, coast_km.
    """
    rows = np.flatnonzero(arrivals["outcome"].values == Outcome.LANDED)
    start = arrivals.attrs["run_start"]

    def of(name: str) -> AnyArray:  # whole columns first: a netCDF file is slow at picking rows
        return arrivals[name].values[rows]

    out: dict[str, AnyArray] = {name: of(name).astype(np.int64) for name in ("boat", "member")}
    out |= {name: coded(arrivals[name], rows) for name in ("source", "boat_class", "stretch")}
    for name in ("release_lon", "release_lat", "release_time", "landing_lon", "landing_lat", "landing_time"):
        out[name] = date_times(of(name), start) if name.endswith("time") else of(name)
    return out | {name: of(name).astype(np.float64).round(4) for name in ("age_days", "coast_km")}
