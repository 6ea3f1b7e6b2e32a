"""The files of a run, each written whole or not at all, and the run that is read back from them.

Equal runs leave equal bytes. What differs from run to run (time taken, threads, machine) stands in ``run.json`` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..system.door import AGAIN
from ..system.errors import InputError
from ..system.kinds import JsonView
from ..system.text import clean
from . import draws, legacy
from .csv_tables import write_arrivals_csv, write_landings_by_km
from .folder import FILE as MARKER
from .folder import read_marker
from .identity import version
from .netcdf import write_arrivals, write_density, write_forcing_mean, write_tracks
from .placing import Folder, prepare_folder
from .provenance import machine, provenance
from .result import Result, Run
from .text_files import write_json, write_text

if TYPE_CHECKING:
    from ..area.coast import Coast


def write_run(
    folder: Folder | Path | str,
    result: Result,
    coast: Coast | None = None,
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
    origin = info.get("provenance") or provenance(
        info.get("config", ""), seed, info.get("forcing", {}), info.get("changes", ())
    )
    stretch_names = {key: of["name"] for key, of in result.regions.items()}
    write_arrivals(stage, arrivals, origin)
    if tables:
        write_arrivals_csv(stage, arrivals, stretch_names, () if coast is None else coast.line_names)
        write_landings_by_km(stage, arrivals, coast)
        if (drawn := draws.of(arrivals)) is not None:
            draws.write_members_csv(stage, drawn)
    optional = (("tracks", write_tracks), ("density", write_density), ("forcing_mean", write_forcing_mean))
    for name, write in optional:
        dataset = getattr(result, name)
        if dataset is not None:
            write(stage, dataset, origin)
    write_text(stage / "config.toml", origin["config"])
    write_timings(stage, info.get("timings", {}))
    first = {"version": version(), "format": legacy.FORMAT}
    write_json(stage / "summary.json", {**first, **result.summary, "provenance": origin})
    if also is not None:
        also(stage)
    folder.commit()
    return Run(folder.path)


def write_timings(folder: Path, timings: JsonView) -> None:
    """``run.json``: what differs from run to run."""
    write_json(folder / "run.json", {"version": version(), **timings, "machine": machine()})


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
