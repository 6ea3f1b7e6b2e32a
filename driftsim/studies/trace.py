"""Any boat of a finished run once more, to the same bits: its way, and what carried it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import config as configuration
from ..results import identity, output, text_files
from ..results import trace as traces
from ..results.columns import coded, date_times
from ..results.result import Run
from ..results.trace import Trace
from ..system.disk import make_folder
from ..system.errors import InputError
from ..system.kinds import Json, JsonView
from ..system.text import clean

if TYPE_CHECKING:
    import xarray as xr

    from ..area.area import Area
    from ..area.coast import Coast
    from ..drift.simulation import Simulation

_AFTER_LANDING = frozenset(
    {"final_lon", "final_lat", "final_time", "exit", "capsize_time", "sink_time", "within_20_km"}
)
"""Columns of a boat that floats again after its first landing, where its way ends here."""

_MOST_TOLD = 3


def trace(
    run: Path | str,
    boat: int,
    folder: Path | str | None = None,
    *,
    overwrite: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> tuple[Trace, list[Path]]:
    """Drive a boat of a run again; write its way and its budget as tables and a figure.

    Parameters
    ----------
    run : Path or str
        Folder of a finished run.
    boat : int
        Its number, as in the arrivals.
    folder : Path or str, optional
        Where the files go; made if it does not exist. By default that of the run.
    overwrite : bool
        Take the place of files that driftsim has not made.
    report : callable, optional
        Called after each step with the step and how many there are.

    Returns
    -------
    Trace, list of Path

    Raises
    ------
    InputError
        If the run has no such boat, its fields are gone or changed, or the boat comes out otherwise here.
    """
    with output.read_run(run) as opened:
        found, shore = _again(opened, boat, report)
        target = make_folder(folder or opened.path)
    from ..figures.charts import trace as figures

    names = ("path.csv", "budget.csv", "trace.png")
    files = [target / f"boat_{boat}_{name}" for name in names]
    traces.write_path(found, files[0], overwrite)
    traces.write_budget(found, files[1], overwrite)
    figures.draw(found, shore, files[2], overwrite)
    return found, files


def _again(run: Run, boat: int, report: Callable[[int, int], None] | None) -> tuple[Trace, Coast | None]:
    """The boat's trace, once it is known to be the run's; and the coast."""
    from ..drift import tracing
    from ..drift.simulation import Simulation

    row, origin = run.arrival(boat), run.summary["provenance"]
    if origin.get("changes"):
        raise InputError(
            f"{run.path}: the run went on with other fields or another program from some step on "
            "(provenance.changes in summary.json), so none of its boats can be traced; run its config again"
        )
    config = configuration.parse_text(run.config, run.path, name=run.path / "config.toml")
    config = config.model_copy(update={"run": config.run.model_copy(update={"threads": 1})})
    simulation = Simulation(config, [boat])
    _refuse_other_fields(run, simulation)
    try:
        path = tracing.follow(simulation, report)
    finally:
        simulation.advection.close()
    _refuse_other_boat(run, boat, row, simulation)
    of = simulation.release
    names = of.classes.names[int(row["boat_class"].values[0])], of.names[int(row["source"].values[0])]
    about = (*_about(row, names, run.summary["regions"], simulation.area), *_happened(row, path.jibes))
    title = clean(config.run.title or run.path.name)
    return Trace(
        boat,
        title,
        about,
        str(row.attrs["run_start"]),
        simulation.since_start(path.elapsed),
        path.lon,
        path.lat,
        tracing.COLUMNS,
        path.moved,
    ), simulation.coast


def _refuse_other_fields(run: Run, simulation: Simulation) -> None:
    """See that the files of the fields are those that the run has read."""
    then, now = run.summary["provenance"]["inputs"], json.loads(text_files.json_text(simulation.notes))
    for kind in sorted({*then, *now}):
        files = [[*(notes.get(kind) or {}).get("files", [])] for notes in (then, now)]
        if files[0] != files[1]:
            other = [file for file in files[0] if file not in files[1]] or files[1]
            name = other[0].get("path", "") if isinstance(other[0], Mapping) else other[0]
            raise InputError(
                f"{clean(name)}: not as it was when {run.path} was run ({kind}); put the file back, or run again"
            )


def differences(row: xr.Dataset, simulation: Simulation) -> list[str]:
    """What the one boat of a simulation at its end has become otherwise than a row of the arrivals says."""
    mine = simulation.arrivals()
    floats = simulation.config.coast.refloat_half_life_hours > 0.0 and int(row["outcome"].values[0]) == 1
    told = []
    for name, there in row.variables.items():
        here = np.asarray(mine[name].values).astype(there.dtype)
        if (floats and name in _AFTER_LANDING) or np.array_equal(here, there.values, equal_nan=here.dtype.kind == "f"):
            continue
        told.append(f"{name} is {there.values[0]!s} there and {here[0]!s} here")
    return told


def _refuse_other_boat(run: Run, boat: int, row: xr.Dataset, simulation: Simulation) -> None:
    """See that the boat has become what the run says of it, to the last bit."""
    told = differences(row, simulation)
    if told:
        origin = run.summary["provenance"]
        raise InputError(
            f"{run.path}: boat {boat} comes out otherwise here: {'; '.join(told[:_MOST_TOLD])}. The run was made by "
            f"{_maker(origin)}; this is {_maker(_here())}{_others(origin)}: run it again here, then trace"
        )


def _here() -> Json:
    return {
        "driftsim_version": identity.version(),
        "sources_sha256": identity.sources(),
        "processor": identity.processor(),
    }


def _maker(origin: JsonView) -> str:
    version, sources, processor = (
        clean(origin.get(key) or "unknown") for key in ("driftsim_version", "sources_sha256", "processor")
    )
    return f"driftsim {version} (sources {sources[:12]}) on a {processor}"


def _others(origin: JsonView) -> str:
    """Libraries that are of another version here."""
    now = identity.libraries(computing_only=True)
    then = origin.get("libraries", {})
    other = [
        f"{name} {clean(then.get(name) or 'unknown')}, now {now[name]}" for name in now if then.get(name) != now[name]
    ]
    return f", with other libraries ({'; '.join(other)})" if other else ""


def _about(row: xr.Dataset, names: tuple[str, str], regions: JsonView, area: Area) -> tuple[str, ...]:
    """What the boat is (its class and source), where it began and how it ended."""
    backward = row.attrs.get("direction") == "backward"
    kind, source = map(clean, names)
    word = {0: "adrift", 1: "landed", 2: "left", 3: "sunk"}[int(row["outcome"].values[0])]
    landed = word == "landed"
    place = ""
    if landed:
        key = str(coded(row["stretch"])[0])
        place = f", {regions[key]['name'] if key in regions else key}"
    elif word == "left":
        key = str(coded(row["exit"])[0])
        place = f", by the {area.exit_name(key)}"
    return (
        f"{kind}, from {source}, member {int(row['member'].values[0])}" + (", backward in time" if backward else ""),
        _whereabouts(row, "released", "release"),
        _whereabouts(row, word, "landing" if landed else "final") + place,
    )


def _whereabouts(row: xr.Dataset, word: str, of: str) -> str:
    moment = str(date_times(row[f"{of}_time"].values, row.attrs["run_start"])[0]).replace("T", " ")[:16]
    lon, lat = (float(row[f"{of}_{name}"].values[0]) for name in ("lon", "lat"))
    return f"{word:<9} {moment}  {abs(lon):8.4f} {'E' if lon >= 0 else 'W'}  {abs(lat):7.4f} {'N' if lat >= 0 else 'S'}"


def _happened(row: xr.Dataset, jibes: int) -> tuple[str, ...]:
    """What else became of the boat on its way."""
    out = [f"changed the side of the wind on which it lies {jibes} time{'s' * (jibes != 1)}"] if jibes else []
    capsized = row["capsize_time"].values
    ends = row["landing_time" if np.isfinite(row["landing_time"].values[0]) else "final_time"].values
    if np.isfinite(capsized[0]) and capsized[0] <= ends[0]:
        out.append(f"capsized  {str(date_times(capsized, row.attrs['run_start'])[0]).replace('T', ' ')[:16]}")
    return tuple(out)
