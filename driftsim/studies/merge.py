"""The parts of a run brought together: the folder that one run would have left, to the last byte."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import config as configuration
from ..area import coast as coasts
from ..area.area import Area
from ..drift import observers
from ..results import output, placing, shards
from ..results.columns import describe
from ..results.harvest import Harvest
from ..results.landing_bins import along_coast
from ..results.result import Run
from ..results.statistics import flag_names
from ..system.disk import whole
from ..system.door import read_json
from ..system.errors import InputError
from ..system.kinds import Json
from .run import Study, draw_map, finished

if TYPE_CHECKING:
    import xarray as xr

    from ..area.coast import Coast

MOST_IN_ONE = 20_000_000
"""Boats up to which arrivals stand in one file: a reader of all of them takes 4 GB."""


def merge(
    folder: Path | str,
    *,
    overwrite: bool = False,
    partitioned: bool | None = None,
    keep_parts: bool = True,
    warn: Callable[[str], None] | None = None,
) -> Study:
    """Bring the parts in a folder together into the results of the whole run.

    Parameters
    ----------
    folder : Path or str
        With the folders of all parts; the results are written into it.
    overwrite : bool
        Take the place of results that are there.
    partitioned : bool, optional
        Leave the arrivals in a file for each part; by default beyond `MOST_IN_ONE` boats.
    keep_parts : bool
        Leave the parts where they are; else they are removed once the results stand.
    warn : callable, optional
        Called with a sentence if parts are of different versions or processors.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        If a part is missing, there twice, damaged, or of another config.
    """
    began = time.perf_counter()
    path = Path(folder)
    parts = shards.found(path)
    shards.refuse_apart(parts)
    for part in parts:
        part.examine()
    with placing.prepare_folder(path, overwrite) as held:
        config = configuration.parse_text(parts[0].origin["config"], path, name=parts[0].folder / "config.toml")
        apart = parts[0].about["boats"] > MOST_IN_ONE if partitioned is None else partitioned
        harvest = _harvest(config, parts, warn)
        area = Area.load(config.area.name)
        coast = coasts.of(area) if config.coast.shoreline != "none" else None

        def also(stage: Path) -> None:
            with whole(stage / "forcing_mean.nc") as beside:
                shutil.copyfile(parts[0].folder / "forcing_mean.nc", beside)
            draw_map(config, stage, area, _Outlined(stage, harvest) if apart else None)
            output.write_timings(stage, {**harvest.info["timings"], "merge_s": time.perf_counter() - began})

        wanted = config.output
        output.write_run(
            held,
            harvest,
            coast,
            tables=wanted.csv,
            parquet=wanted.parquet,
            also=also,
            partitions=[part.folder / "arrivals.nc" for part in parts] if apart else (),
        )
        placing.log(path, f"merged of {len(parts)} parts in {time.perf_counter() - began:.0f} s")
    if not keep_parts:
        for part in parts:
            placing.remove_part(part.folder)
    return finished(path)


class _Outlined(Run):
    """A run of more boats than are read at once, for its map: landings of all boats, places and dates of some."""

    def __init__(self, path: Path, harvest: Harvest) -> None:
        super().__init__(path)
        self._harvest = harvest
        self.arrivals = describe(next(harvest.groups()))

    def along_coast(self, coast: Coast) -> Json:
        """See `Run.along_coast`; from the tallies."""
        counted = self._harvest.counted
        assert counted is not None
        return along_coast(counted.bins, counted.boats, flag_names(self._harvest.head["stretch"]), coast)


def _harvest(
    config: configuration.Config, parts: Sequence[shards.Shard], warn: Callable[[str], None] | None
) -> Harvest:
    """The whole run, as it is written; ``info`` tells what differs between the parts."""
    head = shards.head(parts)
    origin, notes = parts[0].origin, []
    mixed = shards.mixed(parts)
    if mixed:
        notes.append(f"Parts of the run were not made alike: {'; '.join(mixed)}. Last bits may differ from one run's.")
        origin["parts"] = [
            {"boats": [part.first, part.end - 1], **{key: part.origin.get(key) for key in shards.DIFFERING}}
            for part in parts
        ]
        if warn is not None:
            warn(notes[0])
    density, tracks = _watched(config, parts)
    return Harvest(
        head,
        int(parts[0].about["boats"]),
        lambda: shards.groups(parts),
        tracks=tracks,
        density=density.dataset(head.attrs["run_start"]),
        info={
            "config": origin["config"],
            "seed": origin["seed"],
            "forcing": origin["inputs"],
            "provenance": origin,
            "changes": [change for part in parts for change in part.about["changes"]],
            "notes": notes,
            "timings": _timings(parts),
        },
        counted=shards.added(parts),
    )


def _watched(
    config: configuration.Config, parts: Sequence[shards.Shard]
) -> tuple[observers.Density, xr.Dataset | None]:
    """Density and tracks of the whole run; no tracks where none was kept."""
    density = observers.density_of(config, tuple(parts[0].about["names"]["boat_class"]))
    total, positions = density.saved["density"], []
    for part in parts:
        counts, tracks = part.watched("density"), part.watched("tracks")
        kept = min(max(min(config.output.tracks, part.end) - part.first, 0), part.end - part.first)
        moments = len(observers.moments(config))
        if counts.shape != total.shape or counts.dtype != total.dtype or tracks.shape != (kept, moments, 2):
            raise InputError(f"{part.folder / 'counts.npz'}: is not of this config; delete the part and make it again")
        total += counts
        positions.append(tracks)
        part.forget()
    every = np.concatenate(positions)
    if not len(every):
        return density, None
    kept_tracks = observers.Tracks(len(every), every.shape[1])
    kept_tracks.saved["tracks"][:] = every
    return density, kept_tracks.dataset(observers.moments(config), shards.boats(parts, 0, len(every)))


def _timings(parts: Sequence[shards.Shard]) -> Json:
    """Times of all parts, added up."""
    from ..results.schema import Timings

    every = [read_json(part.folder / "run.json", Timings) for part in parts]
    keys = ("wall_s", "prepare_s", "compile_s", "drive_s", "particle_steps")
    total = {key: sum(of.get(key, 0) for of in every) for key in keys}
    return {"parts": len(parts), **total, "longest_part_s": max(float(of.get("wall_s", 0.0)) for of in every)}
