"""What the figures show, from the files of a run or from a run in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from driftsim.area.area import Area, Town, default
from driftsim.figures.maps.frame import Floats
from driftsim.figures.maps.ribbon import Ribbon, smoothed_density
from driftsim.results.caveats import steady_fields
from driftsim.system.door import AGAIN
from driftsim.system.errors import InputError
from driftsim.system.text import clean, cleaned

from ...system.kinds import Json

if TYPE_CHECKING:
    import xarray as xr

    from ...area.coast import Coast
    from ...results.result import Readable


@dataclass(frozen=True)
class MapData:
    """What the sheet shows, read from a run's folder.

    Attributes
    ----------
    summary : dict
        Contents of summary.json.
    domain : tuple of float
        West, east, south, north of the run, degrees.
    ribbon : Ribbon
    sources : dict
        Name to (share of the boats, release longitudes, release latitudes).
    lost : tuple of datetime
        First and last release.
    arrows : dict
        ``"current"`` and ``"wind"`` to (lon, lat, u, v) of the mean over the run; u, v (ny, nx), m/s, NaN on land.
    kinds : dict
        Field to its kind of record: ``"climatology"``, ``"steady"``, ``"reanalysis"``, ``"analysis"`` or
        ``"observation"``.
    credits : tuple of str
    steady : dict
        Field that is one level at all times to the date of that level; empty where the file has none.
    backward : bool
        Whether the paths go back in time.
    area : Area
        As the run carries it.
    coast : Coast or None
        Its shoreline, where it is to be had.
    towns : tuple of Town
        Of the same folder.
    """

    summary: Json
    domain: tuple[float, float, float, float]
    ribbon: Ribbon
    sources: dict[str, tuple[float, Floats, Floats]]
    lost: tuple[datetime, datetime]
    arrows: dict[str, tuple[Floats, Floats, Floats, Floats]]
    kinds: dict[str, str]
    credits: tuple[str, ...]
    steady: dict[str, str] = field(default_factory=dict)
    backward: bool = False
    area: Area = field(default_factory=default)
    coast: Coast | None = None
    towns: tuple[Town, ...] = ()


def read_map_data(run: Path | str | Readable, area: Path | str | Area | None = None) -> MapData:
    """What the sheet shows, from the files of a run or from a run in memory.

    Parameters
    ----------
    run : path, Run or Result
        Folder of a run; or what `driftsim.results.output.read_run` or a simulation gave.
    area : path or str, optional
        Name or folder of the run's area, for its shoreline; by default looked for by the name that the run carries.

    Raises
    ------
    InputError
        If the folder holds no complete run, or a part of it does not fit.
    """
    from driftsim.results.output import read_run

    if isinstance(run, Path | str):
        with read_run(run) as opened:
            return read_map_data(opened, area)
    summary, arrivals = run.summary, run.arrivals
    missing = [key for key in ("boats", "members", "regions") if key not in summary]
    if missing or not arrivals.sizes.get("boat"):
        what = f"no {', '.join(missing)} in summary.json" if missing else "no boats in arrivals.nc"
        raise InputError(f"{getattr(run, 'path', 'run')}: {what}; {AGAIN}")
    coast = run.coast(area)
    forcing = summary.get("forcing") or {}
    config = run.settings
    direction = arrivals.attrs.get("direction") or config.get("run", {}).get("direction")
    return MapData(
        summary=cleaned(summary),
        domain=_domain(config, run.area),
        ribbon=_read_ribbon(run, coast),
        sources=_read_sources(arrivals),
        lost=_read_dates(arrivals),
        arrows=read_arrows(run.forcing_mean),
        kinds={kind: str(of.get("kind_of_record") or "") for kind, of in forcing.items() if kind != "eddies"},
        credits=_credits(forcing),
        steady=steady_fields(forcing),
        backward=direction == "backward",
        area=run.area,
        coast=coast,
        towns=run.full_area(area).towns if coast is not None else (),
    )


def _domain(config: Json, area: Area) -> tuple[float, float, float, float]:
    """The run's domain from its config, within the coast data."""
    named = config.get("coast", {}).get("domain", area.domain)
    west, east, south, north = (float(edge) for edge in named)
    known = area.box
    turns = 360.0 * round((0.5 * (known[0] + known[1]) - 0.5 * (west + east)) / 360.0)
    west, east = west + turns, east + turns
    box = max(west, known[0]), min(east, known[1]), max(south, known[2]), min(north, known[3])
    if box[0] >= box[1] or box[2] >= box[3]:
        raise InputError(
            f"coast.domain = {list(named)}: outside the coast data ({known[0]:g}–{known[1]:g} E, "
            f"{known[2]:g}–{known[3]:g} N), so there is nothing to draw"
        )
    return box


def _read_ribbon(run: Readable, coast: Coast | None) -> Ribbon:
    if coast is None:
        none = np.empty(0)
        return Ribbon(np.empty(0, np.int64), none, none, none, none, np.empty(0, np.str_), none)
    table = run.along_coast(coast)
    km = 0.5 * (table["km_start"] + table["km_end"])
    width = table["km_end"] - table["km_start"]
    line = np.unique(table["line"].astype(str), return_inverse=True)[1]
    density = smoothed_density(line, km, width, table["landings"]) * 1000.0 / run.summary["boats"]
    return Ribbon(line, km, width, table["lon"], table["lat"], table["stretch"].astype(str), density)


def _read_sources(arrivals: xr.Dataset) -> dict[str, tuple[float, Floats, Floats]]:
    from driftsim.results.statistics import flag_names

    source, lon, lat = (arrivals[name].values for name in ("source", "release_lon", "release_lat"))
    out = {}
    for code, name in enumerate(flag_names(arrivals["source"])):
        rows = np.flatnonzero((source == code) & np.isfinite(lon + lat))
        if rows.size:
            out[clean(name)] = (rows.size / source.size, lon[rows], lat[rows])
    return out


def _read_dates(arrivals: xr.Dataset) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(str(arrivals.attrs["run_start"]).removesuffix("Z")).replace(tzinfo=UTC)
    seconds = arrivals["release_time"].values
    return start + timedelta(seconds=float(np.nanmin(seconds))), start + timedelta(seconds=float(np.nanmax(seconds)))


def read_arrows(forcing: xr.Dataset | None) -> dict[str, tuple[Floats, Floats, Floats, Floats]]:
    """Mean over the run of each field that is there; NaN where it is dry."""
    out = {}
    for name in ("current", "wind"):
        if forcing is not None and f"{name}_u" in forcing:
            u, v = (forcing[f"{name}_{c}"].values.astype(np.float64) for c in "uv")
            wet = np.isfinite(u).all(axis=0)
            mean = [np.where(wet, np.where(wet, part, 0.0).mean(axis=0), np.nan) for part in (u, v)]
            if wet.any() and u.shape[1] > 1 and u.shape[2] > 1:
                out[name] = (forcing["lon"].values, forcing["lat"].values, mean[0], mean[1])
    return out


def _credits(forcing: Json) -> tuple[str, ...]:
    """Credit lines, each once, with what they are for."""
    by_line: dict[str, list[str]] = {}
    for kind, notes in forcing.items():
        line = str(notes.get("credit") or notes.get("title") or "").strip().rstrip(".")
        if line:
            by_line.setdefault(line, []).append(kind)
    return tuple(
        line if line.lower().startswith(kinds[0]) else f"{', '.join(kinds)}: {line}" for line, kinds in by_line.items()
    )
