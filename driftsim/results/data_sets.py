"""Density, mean forcing and tracks as data sets that say in CF terms what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..system.constants import SECONDS_PER_DAY
from ..system.errors import InputError
from ..system.kinds import Json
from .columns import LAT, LON, describe, meanings, since

if TYPE_CHECKING:
    import xarray as xr


def density(
    boat_hours: ArrayLike,
    week_edges: ArrayLike,
    lon_edges: ArrayLike,
    lat_edges: ArrayLike,
    classes: list[str],
    run_start: object,
) -> xr.Dataset:
    """Boats afloat by class and week on a grid: CF wants what is neither time nor place to come first.

    Parameters
    ----------
    boat_hours : (week, class, lat, lon)
        Hours spent afloat in each cell, summed over boats.
    week_edges : (week + 1,)
        Seconds since the run's start.
    lon_edges, lat_edges : (lon + 1,), (lat + 1,)
        Degrees, ascending.
    classes
        Names of the boat classes.
    run_start
        UTC date and time.
    """
    import xarray as xr

    days = np.asarray(boat_hours, np.float64).swapaxes(0, 1) / 24.0
    code = np.arange(len(classes), dtype=np.int16)
    flags = {"flag_values": code, "flag_meanings": meanings(classes)}
    attrs = {"long_name": "days spent afloat, summed over boats", "units": "d", "cell_methods": "time: lat: lon: sum"}
    return xr.Dataset(
        {
            "boat_days": (("boat_class", "time", "lat", "lon"), days.astype(np.float32), attrs),
            **_bounds("time", week_edges),
            **_bounds("lon", lon_edges),
            **_bounds("lat", lat_edges),
        },
        coords={
            "time": (
                "time",
                _middle(week_edges),
                {"standard_name": "time", "bounds": "time_bounds", **since(run_start)},
            ),
            "boat_class": ("boat_class", code, {"long_name": "leeway class of the boat", **flags}),
            "lat": ("lat", _middle(lat_edges), {**LAT, "bounds": "lat_bounds", "axis": "Y"}),
            "lon": ("lon", _middle(lon_edges), {**LON, "bounds": "lon_bounds", "axis": "X"}),
        },
    )


def _middle(edges: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(edges, np.float64)
    return 0.5 * (values[1:] + values[:-1])


def _bounds(name: str, edges: ArrayLike) -> Json:
    values = np.asarray(edges, np.float64)
    return {f"{name}_bounds": ((name, "bounds"), np.stack([values[:-1], values[1:]], axis=1))}


FORCING = {
    "current_u": ("eastward_sea_water_velocity", "eastward current"),
    "current_v": ("northward_sea_water_velocity", "northward current"),
    "wind_u": ("eastward_wind", "eastward wind"),
    "wind_v": ("northward_wind", "northward wind"),
}


def forcing_mean(
    fields: Mapping[str, ArrayLike], edges: ArrayLike, lon: ArrayLike, lat: ArrayLike, run_start: object
) -> xr.Dataset:
    """Mean current and wind by fortnight, over all members.

    Parameters
    ----------
    fields
        ``current_u``, ``current_v`` and, with a wind, ``wind_u``, ``wind_v``, m/s; each (fortnight, lat, lon), NaN
        where dry.
    edges : (fortnight + 1,)
        Seconds since the run's start.
    lon, lat : (lon,), (lat,)
        Middles of the cells, degrees.
    run_start
        UTC date and time.
    """
    import xarray as xr

    variables = {
        name: (
            ("time", "lat", "lon"),
            np.asarray(values, np.float32),
            {
                "standard_name": FORCING[name][0],
                "long_name": f"mean {FORCING[name][1]}",
                "units": "m s-1",
                "cell_methods": "time: mean",
            },
        )
        for name, values in fields.items()
    }
    return xr.Dataset(
        {**variables, **_bounds("time", edges)},
        coords={
            "time": ("time", _middle(edges), {"standard_name": "time", "bounds": "time_bounds", **since(run_start)}),
            "lat": ("lat", np.asarray(lat, np.float64), {**LAT, "axis": "Y"}),
            "lon": ("lon", np.asarray(lon, np.float64), {**LON, "axis": "X"}),
        },
    )


def tracks(
    lon: ArrayLike, lat: ArrayLike, time: ArrayLike, arrivals: xr.Dataset, boats: ArrayLike | None = None
) -> xr.Dataset:
    """CF trajectories (incomplete multidimensional array), missing before release and after the end of each boat.

    Parameters
    ----------
    lon, lat, time : (trajectory, obs)
        Degrees; seconds since the run's start (``time`` may be (obs,), one for all). NaN where there is nothing.
    arrivals
        All boats of the run; the tracks take source, class, member and outcome from it.
    boats : (trajectory,), optional
        Numbers of the boats; default 0, 1, 2, ...
    """
    import xarray as xr

    east, north = np.asarray(lon), np.asarray(lat)
    moment = np.broadcast_to(np.asarray(time, np.float64), east.shape)
    number = np.arange(east.shape[0], dtype=np.int64) if boats is None else np.asarray(boats, np.int64)
    of_boat = describe(arrivals.isel(boat=_rows(arrivals, number)))
    begin, end = (of_boat[name].values[:, None] for name in ("release_time", "final_time"))
    low, high = np.minimum(begin, end), np.maximum(begin, end)  # a backward run ends before its release
    with np.errstate(invalid="ignore"):
        there = np.isfinite(east + north + moment) & (moment >= low - 0.5) & (moment <= high + 0.5)

    def kept(
        values: NDArray[np.float64], kind: str, attrs: dict[str, str]
    ) -> tuple[tuple[str, ...], NDArray[np.float32], dict[str, str]]:
        return ("trajectory", "obs"), np.where(there, values, np.nan).astype(kind), attrs

    age = np.abs(moment - begin) / SECONDS_PER_DAY
    per_boat = {
        name: ("trajectory", of_boat[name].values, of_boat[name].attrs)
        for name in ("source", "member", "boat_class", "outcome", "stretch")
    }
    return xr.Dataset(
        {"age_days": kept(age, "f4", {"long_name": "time since release", "units": "d"}), **per_boat},
        coords={
            "trajectory": ("trajectory", number, {"long_name": "number of the boat", "cf_role": "trajectory_id"}),
            "time": kept(moment, "f8", {"standard_name": "time", "axis": "T", **since(arrivals.attrs["run_start"])}),
            "lat": kept(north, "f4", {**LAT, "axis": "Y"}),
            "lon": kept(east, "f4", {**LON, "axis": "X"}),
        },
        attrs={"featureType": "trajectory"},
    )


def _rows(arrivals: xr.Dataset, number: NDArray[np.int64]) -> NDArray[np.int64]:
    known = arrivals["boat"].values
    order = np.argsort(known, kind="stable")
    rows = order[np.minimum(np.searchsorted(known, number, sorter=order), known.size - 1)]
    if not np.array_equal(known[rows], number):
        raise InputError("tracks: a boat has a track but no row among the arrivals")
    return rows
