"""The files of a run, each written whole or not at all.

Equal runs leave equal bytes. What differs from run to run (time taken, threads, machine) stands in ``run.json`` alone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..system.disk import whole
from ..system.door import AGAIN
from ..system.errors import InputError
from ..system.text import cell, clean
from . import identity, statistics
from .folder import FILE as MARKER
from .folder import read_marker
from .identity import git_commit, version
from .placing import Folder, prepare_folder
from .result import CONVENTIONS, Result, Run, describe

if TYPE_CHECKING:
    import xarray as xr

BIN_KM = 5.0
"""Width of the bins of ``landings_by_km.csv``: the step of the generalised coast line."""

_CHUNK = 50_000  # rows of a table turned to text at a time; a million at once would take a gigabyte


# --- where results come from ---------------------------------------------------------------------------------------


def without_threads(config: str) -> str:
    """The number of threads changes no result, so it must not make two equal runs differ; run.json has it."""
    return re.sub(r"^(\s*threads\s*=\s*)\d+", r"\g<1>0", config, flags=re.MULTILINE)


def provenance(
    cfg_text: str,
    seed: int,
    sources_info: Mapping[str, Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Where results come from: all that is needed to make them again.

    Parameters
    ----------
    cfg_text
        The resolved config, TOML.
    seed
        Seed of the run.
    sources_info
        Kind of field (current, wind, stokes) to its notes, with its files and their checksums.
    changes
        What was other from some step on (`Result.info`).
    """
    text = without_threads(cfg_text)
    return {
        "driftsim_version": version(),
        "git_commit": git_commit(),
        "sources_sha256": identity.sources(),
        "seed": int(seed),
        "config_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "config": text,
        "inputs": {kind: dict(notes) for kind, notes in sources_info.items()},
        "libraries": identity.libraries(),
        "processor": identity.processor(),
        **({"changes": [dict(change) for change in changes]} if changes else {}),
    }


def machine() -> dict[str, Any]:
    """The machine, in words."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count() or 0}


# --- netCDF --------------------------------------------------------------------------------------------------------


def write_netcdf(file: Path, dataset: xr.Dataset, attributes: Mapping[str, Any], title: str) -> None:
    """Write a described data set, CF metadata and provenance with it, lightly compressed."""
    origin = {key: _attribute(value) for key, value in attributes.items() if value not in (None, "")}
    out = dataset.copy(deep=False)
    out.attrs = {
        "Conventions": CONVENTIONS,
        "title": title,
        "source": f"driftsim {attributes.get('driftsim_version', version())}: simulated drift, not observed",
        "history": "driftsim run, with the config in the attribute of that name",  # no date: equal runs, equal bytes
        **{key: _attribute(value) for key, value in dataset.attrs.items() if key not in ("title", "Conventions")},
        **origin,
    }
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in out.variables.items():
        exact = str(name).endswith("_bounds") or variable.dims == (name,)  # CF: coordinate variables have no gaps
        floating = variable.dtype.kind == "f"
        encoding[str(name)] = {"_FillValue": np.nan if floating and not exact else None}
        if variable.size > 1000:
            encoding[str(name)] |= {"zlib": True, "complevel": 1, "shuffle": True}
    with whole(file) as beside:
        out.to_netcdf(beside, engine="netcdf4", format="NETCDF4", encoding=encoding)


def _attribute(value: Any) -> Any:
    """What netCDF can hold: text, numbers; the rest as JSON."""
    if isinstance(value, str | np.ndarray | np.generic | float):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return np.int64(value)
    if isinstance(value, bool | int):
        return str(value).lower()
    return json.dumps(value, sort_keys=True, default=str)


def write_arrivals(folder: Path, arrivals: xr.Dataset, attributes: Mapping[str, Any]) -> None:
    """``arrivals.nc``: one row per boat."""
    title = f"Fates of drifting boats: {arrivals.attrs.get('title') or 'a run of driftsim'}"
    write_netcdf(folder / "arrivals.nc", describe(arrivals), attributes, title)


def write_tracks(folder: Path, tracks: xr.Dataset, attributes: Mapping[str, Any]) -> None:
    """``tracks.nc``: CF trajectories."""
    write_netcdf(folder / "tracks.nc", tracks, attributes, "Tracks of drifting boats")


def write_density(folder: Path, density: xr.Dataset, attributes: Mapping[str, Any]) -> None:
    """``density.nc``: days afloat by week, class and cell."""
    write_netcdf(folder / "density.nc", density, attributes, "Drifting boats at sea by week and class")


def write_forcing_mean(folder: Path, forcing: xr.Dataset, attributes: Mapping[str, Any]) -> None:
    """``forcing_mean.nc``: mean current and wind by fortnight."""
    write_netcdf(folder / "forcing_mean.nc", forcing, attributes, "Mean current and wind by fortnight")


# --- tables --------------------------------------------------------------------------------------------------------


def write_arrivals_csv(
    folder: Path, arrivals: xr.Dataset, names: Mapping[str, str] | None = None, line_names: Sequence[str] = ()
) -> None:
    """``arrivals.csv``: the boats that came ashore, with UTC times in ISO form.

    Parameters
    ----------
    names
        Stretch key to a name for people.
    line_names
        Names of the generalised coast lines, by index.
    """
    landed = np.flatnonzero(arrivals["outcome"].values == statistics.LANDED)
    stretches = statistics.flag_names(arrivals["stretch"])
    start = np.datetime64(str(arrivals.attrs["run_start"]).removesuffix("Z"), "s")
    column: dict[str, tuple[str, Callable[[NDArray[np.int64]], list[Any]]]] = {
        "boat": ("%d", _numbers(arrivals, "boat")),
        "source": ("%s", _named(arrivals, "source", statistics.flag_names(arrivals["source"]))),
        "member": ("%d", _numbers(arrivals, "member")),
        "boat_class": ("%s", _named(arrivals, "boat_class", statistics.flag_names(arrivals["boat_class"]))),
        "release_time": ("%s", _times(arrivals, "release_time", start)),
        "release_lon": ("%.5f", _numbers(arrivals, "release_lon")),
        "release_lat": ("%.5f", _numbers(arrivals, "release_lat")),
        "landing_time": ("%s", _times(arrivals, "landing_time", start)),
        "landing_lon": ("%.5f", _numbers(arrivals, "landing_lon")),
        "landing_lat": ("%.5f", _numbers(arrivals, "landing_lat")),
        "age_days": ("%.4f", _numbers(arrivals, "age_days")),
        "stretch": ("%s", _named(arrivals, "stretch", stretches)),
        "stretch_name": ("%s", _named(arrivals, "stretch", [(names or {}).get(key, key) for key in stretches])),
        "coast_line": ("%s", _named(arrivals, "coast_line", _line_names(arrivals, line_names))),
        "coast_km": ("%s", _or_nothing(arrivals, "coast_km")),
        "capsize_time": ("%s", _times(arrivals, "capsize_time", start)),
    }
    row = ",".join(form for form, _ in column.values()) + "\n"
    with whole(folder / "arrivals.csv") as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        out.write(",".join(column) + "\n")
        for first in range(0, landed.size, _CHUNK):
            rows = landed[first : first + _CHUNK]
            out.writelines([row % values for values in zip(*(take(rows) for _, take in column.values()), strict=True)])


def _numbers(arrivals: xr.Dataset, name: str) -> Callable[[NDArray[np.int64]], list[Any]]:
    values = arrivals[name].values
    return lambda rows: values[rows].tolist()


def _or_nothing(arrivals: xr.Dataset, name: str) -> Callable[[NDArray[np.int64]], list[Any]]:
    values = arrivals[name].values
    return lambda rows: ["" if value != value else f"{value:.3f}" for value in values[rows].tolist()]


def _named(arrivals: xr.Dataset, name: str, names: Sequence[str]) -> Callable[[NDArray[np.int64]], list[Any]]:
    codes = arrivals[name].values
    lookup = np.array([*(_quoted(word) for word in names), ""], dtype=object)  # -1, the last: none
    return lambda rows: lookup[codes[rows].astype(np.int64)].tolist()


def _quoted(text: str) -> str:
    """A field of a CSV row, quoted where it needs to be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cell(text)])
    return out.getvalue()


def _times(arrivals: xr.Dataset, name: str, start: np.datetime64) -> Callable[[NDArray[np.int64]], list[Any]]:
    values = arrivals[name].values

    def take(rows: NDArray[np.int64]) -> list[Any]:
        seconds = values[rows]
        known = np.isfinite(seconds)
        moment = start + np.where(known, np.rint(seconds), 0.0).astype("timedelta64[s]")
        text = np.datetime_as_string(moment, unit="s").tolist()
        if known.all():
            return [moment + "Z" for moment in text]
        return [moment + "Z" if there else "" for moment, there in zip(text, known.tolist(), strict=True)]

    return take


def _line_names(arrivals: xr.Dataset, line_names: Sequence[str]) -> list[str]:
    most = int(arrivals["coast_line"].values.max(initial=-1)) + 1
    return [line_names[i] if i < len(line_names) else str(i) for i in range(most)]


def landing_bins(arrivals: xr.Dataset, line: NDArray[Any], start: NDArray[Any]) -> NDArray[np.int64]:
    """The bin that each boat landed in, (boat,); -1 without a landing on a line.

    Parameters
    ----------
    line, start : (bin,)
        Number of the coast line and first kilometre of each bin.
    """
    ashore = (arrivals["outcome"].values == statistics.LANDED) & (arrivals["coast_line"].values >= 0)
    of, km = arrivals["coast_line"].values, arrivals["coast_km"].values
    out = np.full(of.size, -1, np.int64)
    for index in np.unique(of[ashore]):
        bins = np.flatnonzero(line == index)
        bins = bins[np.argsort(start[bins], kind="stable")]
        if bins.size:  # beyond the ends of a line: its first or last bin
            here = ashore & (of == index)
            out[here] = bins[np.clip(np.searchsorted(start[bins], km[here], side="right") - 1, 0, bins.size - 1)]
    return out


def landings_by_km(arrivals: xr.Dataset, coast: Any) -> dict[str, NDArray[Any]]:
    """Landings along the generalised coast lines, bins without a landing included.

    Returns
    -------
    dict
        Columns (bin,): line, km_start, km_end, lon, lat, stretch, landings, per_boat_released, per_boat_and_km.
    """
    line, start, end, lon, lat, stretch = (np.asarray(values) for values in coast.line_bins(BIN_KM)[:6])
    names = np.asarray(coast.line_names)
    line_index = line.astype(np.int64)
    of_boat = landing_bins(arrivals, line_index, start)
    landings = np.bincount(of_boat[of_boat >= 0], minlength=line.size)
    keys = np.array([*statistics.flag_names(arrivals["stretch"]), ""], dtype=object)
    boats = max(arrivals.sizes["boat"], 1)
    return {
        "line": names[line_index],
        "km_start": start,
        "km_end": end,
        "lon": lon,
        "lat": lat,
        "stretch": keys[stretch.astype(np.int64)],
        "landings": landings,
        "per_boat_released": landings / boats,
        "per_boat_and_km": landings / boats / np.maximum(end - start, 1e-9),
    }


def write_landings_by_km(folder: Path, arrivals: xr.Dataset, coast: Any | None) -> None:
    """``landings_by_km.csv``: landings in bins of 5 km along the generalised coast; only a header without a coast."""
    columns = [
        "line",
        "km_start",
        "km_end",
        "lon",
        "lat",
        "stretch",
        "landings",
        "per_boat_released",
        "per_boat_and_km",
    ]
    table = {name: np.empty(0) for name in columns} if coast is None else landings_by_km(arrivals, coast)
    row = "%s,%.3f,%.3f,%.5f,%.5f,%s,%d,%.6g,%.6g\n"
    with whole(folder / "landings_by_km.csv") as beside, open(beside, "w", encoding="utf-8", newline="") as out:
        out.write(",".join(columns) + "\n")
        for values in zip(*(table[name].tolist() for name in columns), strict=True):
            line, *rest = values
            out.write(row % (_quoted(str(line)), *rest[:4], _quoted(str(rest[4])), *rest[5:]))


# --- JSON and text -------------------------------------------------------------------------------------------------


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that any reader takes: what is not a number is null."""
    write_text(file, json_text(content) + "\n")


def json_text(content: Any) -> str:
    """The text of such JSON."""
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


def write_timings(folder: Path, timings: Mapping[str, Any]) -> None:
    """``run.json``: what differs from run to run."""
    write_json(folder / "run.json", {"version": version(), **timings, "machine": machine()})


def write_text(file: Path, text: str) -> None:
    """Write text, UTF-8, with line feeds on every system."""
    with whole(file) as beside, open(beside, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)


# --- the whole run -------------------------------------------------------------------------------------------------


def write_run(
    folder: Folder | Path | str,
    result: Result,
    coast: Any | None = None,
    *,
    tables: bool = True,
    overwrite: bool = False,
    also: Callable[[Path], None] | None = None,
) -> Run:
    """Write all files of a run but the map; they take their places together, when all are whole.

    Parameters
    ----------
    folder
        A folder held by `placing.prepare_folder`, or a path (then held for the time of writing).
    result
        The run.
    coast
        The coast with its generalised lines; None: no landings by kilometre.
    tables
        Write the CSV files.
    overwrite
        For a path: take the place of results that are there.
    also
        Called with the folder that the files are in before they take their places; the map is drawn there.

    Returns
    -------
    Run
        The run as it stands in the folder.
    """
    if not isinstance(folder, Folder):
        with prepare_folder(folder, overwrite) as held:
            return write_run(held, result, coast, tables=tables, also=also)
    stage, info, arrivals = folder.stage, result.info, result.arrivals
    seed = int(info.get("seed", arrivals.attrs.get("seed", 0)))
    origin = provenance(info.get("config", ""), seed, info.get("forcing", {}), info.get("changes", ()))
    stretch_names = {key: of["name"] for key, of in result.regions.items()}
    write_arrivals(stage, arrivals, origin)
    if tables:
        write_arrivals_csv(stage, arrivals, stretch_names, () if coast is None else coast.line_names)
        write_landings_by_km(stage, arrivals, coast)
    optional = (("tracks", write_tracks), ("density", write_density), ("forcing_mean", write_forcing_mean))
    for name, write in optional:
        dataset = getattr(result, name)
        if dataset is not None:
            write(stage, dataset, origin)
    write_text(stage / "config.toml", origin["config"])
    write_timings(stage, info.get("timings", {}))
    write_json(stage / "summary.json", {"version": version(), **result.summary, "provenance": origin})
    if also is not None:
        also(stage)
    folder.commit()
    return Run(folder.path)


def read_run(folder: Path | str) -> Run:
    """A run from its folder; files are opened when first asked for, and held against the folder's marker.

    Raises
    ------
    InputError
        If there is no complete run.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InputError(f"{clean(path)}: no such folder; give the folder that `driftsim run` wrote")
    marker = read_marker(path)
    if marker is None and (path / "summary.json").exists():
        raise InputError(
            f"{path}: nothing tells whether its files belong together (no {MARKER}): they are of an earlier version of "
            f"driftsim, or were copied without it; {AGAIN}"
        )
    if marker is None or marker.kind != "run" or "summary.json" not in marker.files:
        raise InputError(f"{path}: holds no complete run (no {MARKER} of one); {AGAIN}")
    return Run(path, marker)
