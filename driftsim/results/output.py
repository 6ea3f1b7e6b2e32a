"""The files of a run, each written whole or not at all, and the run that is read back from them.

Equal runs leave equal bytes. What differs from run to run (time taken, threads, machine) stands in ``run.json`` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..system.door import AGAIN
from ..system.errors import InputError
from ..system.kinds import Json, JsonView
from ..system.text import clean
from . import draws, legacy, statistics
from .csv_tables import arrivals_csv, write_landings_by_km
from .folder import FILE as MARKER
from .folder import read_marker
from .harvest import Harvest
from .identity import version
from .landing_bins import along_coast, bins_of
from .netcdf import arrivals_file, columns_of, copy_partitions, write_density, write_forcing_mean, write_tracks
from .parquet import arrivals_parquet
from .placing import Folder, prepare_folder
from .provenance import machine, provenance
from .result import Result, Run, with_changes
from .tallies import Tallies, added
from .text_files import write_json, write_text

if TYPE_CHECKING:
    import xarray as xr

    from ..area.coast import Coast


def write_run(
    folder: Folder | Path | str,
    result: Result | Harvest,
    coast: Coast | None = None,
    *,
    tables: bool = True,
    parquet: bool = False,
    overwrite: bool = False,
    also: Callable[[Path], None] | None = None,
    partitions: Sequence[Path] = (),
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
    parquet
        Write ``arrivals.parquet``; needs the extra of that name.
    overwrite
        For a path: take the place of results that are there.
    also
        Called with the folder that the files are in before they take their places; the map is drawn there.
    partitions
        Files of the arrivals of parts, which are copied instead of making one of them.

    Returns
    -------
    Run
        The run as it stands in the folder.
    """
    if not isinstance(folder, Folder):
        with prepare_folder(folder, overwrite) as held:
            return write_run(held, result, coast, tables=tables, parquet=parquet, also=also, partitions=partitions)
    harvest = result if isinstance(result, Harvest) else result.harvest()
    stage, info = folder.stage, harvest.info
    origin = info.get("provenance") or origin_of(harvest)
    files = copy_partitions(stage, partitions) if partitions else [stage / "arrivals.nc"]
    counted = write_boats(stage, harvest, origin, coast, tables, parquet, whole=not partitions)
    if tables:
        write_landings_by_km(stage, _along_coast(counted, harvest.head, coast))
        if (drawn := draws.of(harvest.head)) is not None:
            draws.write_members_csv(stage, drawn)
    optional = (("tracks", write_tracks), ("density", write_density), ("forcing_mean", write_forcing_mean))
    for name, write in optional:
        dataset = getattr(harvest, name)
        if dataset is not None:
            write(stage, dataset, origin)
    write_text(stage / "config.toml", origin["config"])
    write_timings(stage, info.get("timings", {}))
    body = statistics.summary(harvest.head, counted, partial(columns_of, files), harvest.regions, info.get("forcing"))
    body = with_changes(body, info.get("changes", ()))
    body["caveats"] += info.get("notes", ())
    first = {"version": version(), "format": legacy.FORMAT}
    write_json(stage / "summary.json", {**first, **body, "provenance": origin})
    if also is not None:
        also(stage)
    folder.commit()
    return Run(folder.path)


def origin_of(harvest: Harvest) -> Json:
    """Where a run comes from, of this program on this machine."""
    info = harvest.info
    seed = int(info.get("seed", harvest.head.attrs.get("seed", 0)))
    return provenance(info.get("config", ""), seed, info.get("forcing", {}), info.get("changes", ()))


def write_boats(
    stage: Path,
    harvest: Harvest,
    origin: JsonView,
    coast: Coast | None,
    tables: bool = False,
    parquet: bool = False,
    whole: bool = True,
) -> Tallies:
    """All that has a row for each boat, written as the boats come by; they are counted on the way.

    Parameters
    ----------
    stage, harvest, coast, tables, parquet
        As of `write_run`.
    origin
        Provenance.
    whole
        Write ``arrivals.nc``.
    """
    regions = statistics.regions_of(harvest.head, harvest.regions)
    names = {key: region.name for key, region in regions.items()}
    lines = () if coast is None else coast.line_names
    counted = harvest.counted
    members = statistics.members_of(harvest.head)
    with ExitStack() as files:
        takers: list[Callable[[xr.Dataset], None]] = []
        if whole:
            takers.append(files.enter_context(arrivals_file(stage, harvest.head, harvest.boats, origin)))
        if tables:
            takers.append(files.enter_context(arrivals_csv(stage, names, lines)))
        if parquet:
            takers.append(files.enter_context(arrivals_parquet(stage, harvest.head, origin)))
        so_far: list[Tallies] = []
        pool = files.enter_context(ThreadPoolExecutor(max_workers=2))
        for group in harvest.groups() if takers or counted is None else ():
            # NetCDF packs without holding Python up: the other files and the counts are made meanwhile.
            taking = [pool.submit(take, group) for take in takers]
            if harvest.counted is None:
                bins = None if coast is None else bins_of(group, coast)
                so_far = [added([*so_far, statistics.tally(group, harvest.regions, members, bins)])]
            for taken in taking:
                taken.result()
        counted = so_far[0] if counted is None else counted
    return counted


def _along_coast(counted: Tallies, head: xr.Dataset, coast: Coast | None) -> Json | None:
    stretches = statistics.flag_names(head["stretch"])
    return None if coast is None else along_coast(counted.bins, counted.boats, stretches, coast)


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
