"""What a run gives: data sets that say in CF terms what they hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..system.constants import SECONDS_PER_DAY
from ..system.door import AGAIN, Variable, read_dataset, read_json, read_text, read_toml, shaped
from ..system.errors import InputError
from . import answer, statistics, table
from .folder import Marker

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
    "within_20_km": ("u8", {"long_name": "stretches of coast that the boat came within 20 km of, a bit for each"}),
}


def _rows_of(kinds: Mapping[str, tuple[str, dict[str, str]]], dimension: str) -> dict[str, Variable]:
    return {name: Variable(kind, (dimension,)) for name, (kind, _) in kinds.items()}


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


def date_times(seconds: ArrayLike, run_start: Any) -> NDArray[np.datetime64]:
    """UTC date and time of seconds since the run's start, to the second; NaT for NaN."""
    values = np.asarray(seconds, np.float64)
    whole = np.rint(np.where(np.isfinite(values), values, 0.0)).astype("timedelta64[s]")
    moment = np.datetime64(str(run_start).removesuffix("Z"), "s") + whole
    return np.where(np.isfinite(values), moment, np.datetime64("NaT", "s"))


def coded(variable: xr.DataArray, rows: Any = ...) -> NDArray[Any]:
    """The words (objects) behind the codes of a variable, of all or some rows; empty for a negative code (none)."""
    words = np.array([*statistics.flag_names(variable), ""], dtype=object)
    return words[np.maximum(variable.values[rows].astype(np.int64), -1)]


def landed(arrivals: xr.Dataset) -> dict[str, NDArray[Any]]:
    """Boats that came ashore as plain columns: numbers, words, UTC times (``datetime64[s]``).

    Returns
    -------
    dict of (landed,) ndarray
        boat, member, source, boat_class, stretch, release_lon, release_lat, release_time, landing_lon, landing_lat,
        landing_time, age_days, coast_km.
    """
    rows = np.flatnonzero(arrivals["outcome"].values == statistics.LANDED)
    start = arrivals.attrs["run_start"]

    def of(name: str) -> NDArray[Any]:  # whole columns first: a netCDF file is slow at picking rows
        return arrivals[name].values[rows]

    out: dict[str, NDArray[Any]] = {name: of(name).astype(np.int64) for name in ("boat", "member")}
    out |= {name: coded(arrivals[name], rows) for name in ("source", "boat_class", "stretch")}
    for name in ("release_lon", "release_lat", "release_time", "landing_lon", "landing_lat", "landing_time"):
        out[name] = date_times(of(name), start) if name.endswith("time") else of(name)
    return out | {name: of(name).astype(np.float64).round(4) for name in ("age_days", "coast_km")}


def since(run_start: Any) -> dict[str, str]:
    """CF units of the seconds since the run's start."""
    return {"units": f"seconds since {str(run_start).removesuffix('Z')}", "calendar": "proleptic_gregorian"}


def _words(names: list[str]) -> str:
    """CF wants one word a flag: whatever a person called a source, blanks become underscores."""
    return " ".join("_".join(name.split()) or "unnamed" for name in names)


def describe(arrivals: xr.Dataset) -> xr.Dataset:
    """The arrivals with types, units and names of the CF conventions; no value changes.

    Times stay numbers (seconds since the run's start): ``xarray.decode_cf`` makes dates of them.
    """
    import xarray as xr

    out: dict[str, Any] = {}
    for name, (kind, attrs) in ARRIVALS.items():
        variable = arrivals[name]
        out[name] = ("boat", variable.values.astype(kind, copy=False), {**attrs, **_flags(name, variable, kind)})
        if attrs.get("standard_name") == "time":
            out[name][2].update(since(arrivals.attrs["run_start"]))
    boat = out.pop("boat")
    return xr.Dataset(out, coords={"boat": boat}, attrs=dict(arrivals.attrs))


def _flags(name: str, variable: xr.DataArray, kind: str) -> dict[str, Any]:
    names = statistics.flag_names(variable)
    if name == "within_20_km":
        return {"flag_masks": np.uint64(1) << np.arange(len(names), dtype=np.uint64), "flag_meanings": _words(names)}
    if name not in CODED:
        return {}
    first = -1 if name in ("stretch", "exit") else 0
    return {
        "flag_values": np.arange(first, len(names), dtype=kind),
        "flag_meanings": _words(["none"] * (first == -1) + names),
    }


def density(
    boat_hours: ArrayLike,
    week_edges: ArrayLike,
    lon_edges: ArrayLike,
    lat_edges: ArrayLike,
    classes: list[str],
    run_start: Any,
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
    flags = {"flag_values": code, "flag_meanings": _words(classes)}
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


def _bounds(name: str, edges: ArrayLike) -> dict[str, Any]:
    values = np.asarray(edges, np.float64)
    return {f"{name}_bounds": ((name, "bounds"), np.stack([values[:-1], values[1:]], axis=1))}


FORCING = {
    "current_u": ("eastward_sea_water_velocity", "eastward current"),
    "current_v": ("northward_sea_water_velocity", "northward current"),
    "wind_u": ("eastward_wind", "eastward wind"),
    "wind_v": ("northward_wind", "northward wind"),
}


def forcing_mean(
    fields: Mapping[str, ArrayLike], edges: ArrayLike, lon: ArrayLike, lat: ArrayLike, run_start: Any
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

    def kept(values: NDArray[np.float64], kind: str, attrs: dict[str, str]) -> tuple[Any, ...]:
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


def _maps(module: str) -> Any:
    """Looked up when it is asked for: figures know results, results know nothing of figures."""
    from importlib import import_module

    return import_module(f"driftsim.figures.maps.{module}")


class _Readable:
    """What a result in memory and one in a folder have in common."""

    arrivals: xr.Dataset
    density: xr.Dataset | None
    tracks: xr.Dataset | None
    forcing_mean: xr.Dataset | None
    summary: Any
    info: dict[str, Any]

    @property
    def settings(self) -> dict[str, Any]:
        """The resolved config as tables."""
        from .schema import Settings

        text = self.config if isinstance(self, Run) else self.info.get("config", "")
        name = str(self.path / "config.toml") if isinstance(self, Run) else "config"
        return shaped(read_toml(text, name), Settings, name)

    @property
    def regions(self) -> dict[str, dict[str, Any]]:
        """Numbers of each region by key: boats, probability, intervals, share of Japan's landings, days adrift."""
        return self.summary["regions"]

    def to_xarray(self) -> xr.Dataset:
        """The arrivals, one row a boat, with dates for times."""
        import xarray as xr

        return xr.decode_cf(describe(self.arrivals))

    def to_geodataframe(self) -> Any:
        """The landings as a GeoDataFrame of points (EPSG:4326), a row each; needs the extra ``export``.

        Raises
        ------
        InputError
            If geopandas is not installed.
        """
        try:
            import geopandas
        except ImportError as problem:
            raise InputError(f"geopandas is not installed ({problem}); pip install 'driftsim[export]'") from problem
        columns = landed(self.arrivals)
        points = geopandas.points_from_xy(columns.pop("landing_lon"), columns.pop("landing_lat"), crs="EPSG:4326")
        return geopandas.GeoDataFrame(columns, geometry=points)

    @property
    def plot(self) -> Any:
        """Figures: ``plot.landings()``, ``density``, ``dates``, ``sources(region)``, ``zoom(region)``, ``tracks``."""
        return _maps("plots").Plots(self)

    def _repr_html_(self) -> str:
        """For notebooks: the tree and a small map."""
        return _maps("plots").as_html(self)

    def __repr__(self) -> str:
        summary = self.summary
        kept = [name for name in ("tracks", "density", "forcing_mean") if getattr(self, name) is not None]
        lines = [
            f"{type(self).__name__}: {summary['title'] or 'untitled'}",
            f"├── {summary['boats']:,} boats, {summary['members']} members, seed {summary['seed']}",
            *_tree(summary),
            f"└── arrivals ({', '.join(['boat: ' + format(summary['boats'], ','), *kept])})",
        ]
        return "\n".join(lines)


def _tree(summary: Mapping[str, Any]) -> list[str]:
    """The regions that lead, a branch each; in a run without arrivals what there is in their place."""
    adrift = f"{summary['outcomes']['adrift']:,} of {summary['boats']:,} still at sea"
    if answer.is_backward(summary):
        return [f"├── paths back in time: {adrift} at the beginning of the period"]
    if not answer.has_coast(summary):
        return [f"├── no shore: {adrift}"]
    shares, kind = answer.shares_lead(summary), answer.range_kind(summary)
    prefix, name = ("share_", "share_of_japan") if shares else ("", "probability")
    around = {"season": ": nine seasons in ten", "mean": ": mean", "counting": ""}[kind]
    shown = statistics.select(summary, answer.leading(summary)).values()
    what = "share of Japan's landings" if shares else "chance of a boat"
    rows = [f"├── {adrift}", f"├── regions ({what}{around})"]
    for i, of in enumerate(shown):
        ends = table.span(of[f"{prefix}season_low"], of[f"{prefix}season_high"])
        told = f"{table.percent(of[name])} %" if ends == "–" else ends
        rows.append(f"│   {'└' if i == len(shown) - 1 else '├'}── {of['name']}: {told}")
    return rows


@dataclass(repr=False)
class Result(_Readable):
    """A run in memory.

    Attributes
    ----------
    arrivals
        One row per boat.
    density, tracks, forcing_mean
        See the functions of the same names in this module; None if not asked for.
    info
        ``config`` (resolved, TOML text), ``seed``, ``forcing`` (kind to the notes and files of the field), ``timings``
        (what differs from run to run: wall_s, compile_s, particle_steps, particle_steps_per_s, threads), ``changes``
        (of a run that was resumed with something other: a list of ``step``, ``moment``, ``changed``).
    region_table
        Reported regions; default those of `driftsim.area.regions`.
    """

    arrivals: xr.Dataset
    density: xr.Dataset | None = None
    tracks: xr.Dataset | None = None
    forcing_mean: xr.Dataset | None = None
    info: dict[str, Any] = field(default_factory=dict)
    region_table: Mapping[str, statistics.Region] | None = None

    @cached_property
    def summary(self) -> dict[str, Any]:
        """All numbers of the run (computed when first asked for)."""
        from ..area.regions import REGIONS

        table = REGIONS if self.region_table is None else self.region_table
        body = statistics.summarise(self.arrivals, table, self.info.get("forcing"))
        for change in self.info.get("changes", ()):
            body["caveats"].append(
                f"The run was resumed at step {change['step']} ({change['moment']}) with something other: "
                f"{'; '.join(change['changed'])}."
            )
        return body


class Run(_Readable):
    """A run in a folder; files are read when first asked for, and refused where they are not those of the run.

    Attributes
    ----------
    path
        The folder.
    marker
        The checksums of its files; None: they are taken as they are.
    """

    def __init__(self, path: Path, marker: Marker | None = None) -> None:
        self.path, self.marker = path, marker

    def _own(self, name: str) -> Path | None:
        """A file of the run, as it was written; None where the run has none of that name.

        Raises
        ------
        InputError
            If it is another one, or has been changed.
        """
        file = self.path / name
        if self.marker is None:
            return file if os.path.lexists(file) else None
        if name not in self.marker.files:
            if os.path.lexists(file):
                raise InputError(f"{file}: does not belong to the run in this folder, which left none; take it away")
            return None
        fault = self.marker.fault(name)
        if fault:
            raise InputError(f"{file}: {fault}; put back the run's own, or {AGAIN} (`driftsim verify {self.path}`)")
        return file

    def _needed(self, name: str) -> Path:
        file = self._own(name)
        if file is None:
            raise InputError(f"{self.path / name}: not there; the run was not finished, or the file was taken away")
        return file

    @cached_property
    def arrivals(self) -> xr.Dataset:  # type: ignore[override]
        """One row per boat; times are seconds since the run's start."""
        from . import schema

        file = self._needed("arrivals.nc")
        found = schema.check_arrivals(read_dataset(file, _rows_of(ARRIVALS, "boat")), file)
        summary = self.summary
        if [found.sizes["boat"], found.attrs["members"]] != [summary["boats"], summary["members"]]:
            raise InputError(f"{file}: has other boats or members than summary.json; {AGAIN}")
        if statistics.outcomes(found) != summary["outcomes"]:
            raise InputError(f"{file}: has other outcomes than summary.json; {AGAIN}")
        return found

    @cached_property
    def density(self) -> xr.Dataset | None:  # type: ignore[override]
        """Boats afloat by week and class; None if the run did not keep it."""
        from . import schema

        file = self._own("density.nc")
        return None if file is None else schema.check_density(read_dataset(file, DENSITY), self.arrivals, file)

    @cached_property
    def tracks(self) -> xr.Dataset | None:  # type: ignore[override]
        """Trajectories of the first boats; None if the run did not keep them."""
        from . import schema

        file = self._own("tracks.nc")
        return None if file is None else schema.check_tracks(read_dataset(file, TRACKS), self.arrivals, file)

    @cached_property
    def forcing_mean(self) -> xr.Dataset | None:  # type: ignore[override]
        """Mean current and wind by fortnight; None if the run did not keep it."""
        from . import schema

        file = self._own("forcing_mean.nc")
        return None if file is None else schema.check_forcing(read_dataset(file, FORCING_MEAN), file)

    @cached_property
    def summary(self) -> dict[str, Any]:  # type: ignore[override]
        """All numbers of the run, from ``summary.json``."""
        from .schema import Summary

        return read_json(self._needed("summary.json"), Summary)

    @cached_property
    def info(self) -> dict[str, Any]:  # type: ignore[override]
        """What differs from run to run, from ``run.json``."""
        from .schema import Timings

        return read_json(self.path / "run.json", Timings)

    @cached_property
    def validation(self) -> dict[str, Any] | None:
        """What ``driftsim validate`` found, from ``validation.json``; None where it has not run."""
        from .schema import Validation

        file, remedy = self.path / "validation.json", "run driftsim validate again"
        if not os.path.lexists(file):
            return None
        if self.marker is not None and (fault := self.marker.fault(file.name)):
            raise InputError(f"{file}: {fault}; {remedy}")
        return read_json(file, Validation, remedy)

    @cached_property
    def config(self) -> str:
        """The resolved config, TOML text."""
        file = self._needed("config.toml")
        text = read_text(file)
        if text != self.summary["provenance"]["config"]:
            raise InputError(f"{file}: is not the config of summary.json; put back the run's own, or {AGAIN}")
        return text

    def close(self) -> None:
        """Let go of what was read."""
        for name in ("arrivals", "density", "tracks", "forcing_mean"):
            self.__dict__.pop(name, None)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
