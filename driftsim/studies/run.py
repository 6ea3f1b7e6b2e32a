"""A whole run: from a config to the folder with its results, and on from where it was broken off."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import config as configuration
from ..drift import checkpoint
from ..results import identity, output, parquet, placing
from ..results.result import Run
from ..system.errors import InputError, Interrupted, RunError
from ..system.kinds import Json

if TYPE_CHECKING:
    from ..area.area import Area
    from ..drift.simulation import Progress, Simulation
    from ..results.result import Readable

MAPS = {"forward": "landing_map.png", "backward": "density_map.png"}


@dataclass(frozen=True)
class Study:
    """A finished run.

    Attributes
    ----------
    folder : Path
    run : Run
        The results, read back from the folder.
    map : Path or None
    """

    folder: Path
    run: Readable
    map: Path | None

    def table(self) -> str:
        """The arrival probabilities as text."""
        from ..results import table

        return table.text(self.run.summary)


def run(
    config: configuration.Config,
    folder: Path | str,
    *,
    overwrite: bool = False,
    read_from: Sequence[Path] = (),
    report: Callable[[Progress], None] | None = None,
    save_every_s: float = checkpoint.LEAST_S,
    stop: Callable[[], int | None] | None = None,
) -> Study:
    """Run a config and write everything that it asks for.

    Parameters
    ----------
    config : Config
    folder : Path or str
        Made if it does not exist.
    overwrite : bool
        Take the place of results that are there, or of an unfinished run; they stay until the new ones are whole.
    read_from : sequence of Path
        Files that the config was read from: a run that would replace one of them is refused, as for its other inputs.
    report : callable, optional
        Called with a `simulation.Progress` after each simulated day.
    save_every_s : float
        Least time between two saves of the unfinished run, s; infinity: none. Saving takes 2 % of the time at most.
    stop : callable, optional
        Asked after each day; a signal's number makes the run save itself and stop.

    Raises
    ------
    InputError
        Before anything has run, for fields, releases or a folder that cannot be used.
    RunError
        When something fails under way; what was saved is kept, for `resume`.
    Interrupted
        When ``stop`` said so.
    """
    began = time.perf_counter()
    parquet.require(config.output.parquet)
    with placing.prepare_folder(folder, overwrite) as held:
        simulated = _simulation(config)
        held.accept([*read_from, *_paths(simulated.inputs)])
        checkpoint.begin(held.path, config)  # takes the place of an unfinished run
        placing.log(held.path, f"driftsim {identity.version()} begins: {config.run.title or 'untitled'}")
        return _carry_out(simulated, held, began, report, checkpoint.Keeper(held.path, config, save_every_s, stop))


def _paths(inputs: list[Json]) -> list[str]:
    return [str(file["path"]) if isinstance(file, dict) and "path" in file else str(file) for file in inputs]


def resume(
    folder: Path | str,
    config: configuration.Config | None = None,
    *,
    threads: int | None = None,
    force: bool = False,
    report: Callable[[Progress], None] | None = None,
    warn: Callable[[str], None] | None = None,
    save_every_s: float = checkpoint.LEAST_S,
    stop: Callable[[], int | None] | None = None,
) -> Study:
    """Go on with an unfinished run, to the very data that it would have left without the break.

    Parameters
    ----------
    folder : Path or str
    config : Config, optional
        If given, it must be the run's; with ``force`` it may find and read fields otherwise
        (`checkpoint.CHANGEABLE`), from here on.
    threads : int, optional
        Instead of the run's; the data do not depend on it.
    force : bool
        Go on where the program's sources, files of fields or how they are read have changed; the results record it.
    warn : callable, optional
        Called with a sentence if versions or processor are others than those that the run began with: it goes on, but
        its last bits may differ.
    report, save_every_s, stop
        As for `run`.

    Raises
    ------
    InputError
        If there is no unfinished run, what is saved cannot be its, or its config, one of its input files or the
        program has changed and that is not to be, or may be with ``force``.
    RunError, Interrupted
        As for `run`.
    """
    began = time.perf_counter()
    with placing.prepare_folder(folder, unfinished=True) as held:
        if held.finished:
            placing.log(held.path, "finished: its results were whole, and are in their places now")
            return finished(held.path)
        saved = checkpoint.read(held.path)
        held.refuse(overwrite=True)
        asked = saved.config if config is None else config
        changed = [*saved.other_config(asked, force), *saved.other_sources(force)]
        mine = saved.config.run if threads is None else saved.config.run.model_copy(update={"threads": threads})
        simulated = _simulation(asked.model_copy(update={"run": mine}))
        changed += saved.other_inputs(simulated, force)
        differences = saved.differences()
        if differences and warn is not None:
            warn(f"{'; '.join(differences)}: the run goes on, but its last bits may differ from an unbroken one")
        saved.restore(simulated)
        changed += differences if simulated.step else []
        changes = [*saved.changes, *([_change(simulated, changed)] if changed else [])]
        held.accept(_paths(simulated.inputs))
        placing.log(held.path, "; ".join([f"resumed at step {simulated.step}", *changed]))
        keep = asked.model_copy(update={"run": saved.config.run})
        keeper = checkpoint.Keeper(held.path, keep, save_every_s, stop, changes)
        return _carry_out(simulated, held, began, report, keeper, {"resumed_at_step": simulated.step})


def _change(simulated: Simulation, changed: list[str]) -> Json:
    """What is other from here on, for the results."""
    moment = simulated.progress(0.0).moment
    return {"step": simulated.step, "moment": f"{moment}Z", "changed": changed}


def _simulation(config: configuration.Config) -> Simulation:
    from ..drift import simulation

    return simulation.Simulation(config)


def _carry_out(
    simulated: Simulation,
    held: placing.Folder,
    began: float,
    report: Callable[[Progress], None] | None,
    keeper: checkpoint.Keeper,
    more: Json | None = None,
) -> Study:
    """Drive a simulation to its end and write its results."""
    from ..drift import simulation

    folder = held.path

    def timings() -> Json:
        return {
            **driving,
            **(more or {}),
            "saves": keeper.saves,
            "save_s": keeper.seconds,
            "write_s": time.perf_counter() - driven,
            "wall_s": time.perf_counter() - began,
        }

    def also(stage: Path) -> None:
        simulated.clear()
        draw_map(simulated.config, stage, simulated.area)
        output.write_timings(stage, timings())

    try:
        driving = simulation.finish(simulated, began, report, keeper)
        driven = time.perf_counter()
        harvest = simulated.harvest(driving)
        harvest.info["changes"] = list(keeper.changes)
        wanted = simulated.config.output
        output.write_run(held, harvest, simulated.coast, tables=wanted.csv, parquet=wanted.parquet, also=also)
    except Interrupted as problem:
        placing.log(folder, f"{problem} and saved at step {simulated.step}")
        raise
    except (InputError, OSError, MemoryError) as problem:
        placing.log(folder, f"failed at step {simulated.step}: {problem}")
        raise RunError(
            f"{problem or 'out of memory'}\nWhat was saved is kept: mend this, then `driftsim resume {folder}`; where "
            f"that changes a file or a key, `driftsim resume {folder} [CONFIG] --force`, which the results record"
        ) from problem
    placing.log(folder, f"finished in {time.perf_counter() - began:.0f} s")
    return finished(folder)


def draw_map(config: configuration.Config, stage: Path, area: Area, run: Run | None = None) -> None:
    """Draw the map of results that are written, if the config asks for it."""
    if config.output.map and config.coast.shoreline != "none":
        from ..figures import maps

        with run or _Fresh(stage) as written:
            maps.draw(written, stage / MAPS[config.run.direction], area=area)


class _Fresh(Run):
    """A run that has just been written: the columns that its map needs are read, and no others."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        import xarray as xr
        from xarray.backends import NetCDF4BackendEntrypoint

        self.arrivals = xr.open_dataset(
            path / "arrivals.nc", engine=NetCDF4BackendEntrypoint, decode_times=False, mask_and_scale=False
        )

    def close(self) -> None:
        """See `Run.close`."""
        self.arrivals.close()
        super().close()


def finished(folder: Path) -> Study:
    """What stands in the folder of a finished run."""
    drawn = (folder / name for name in MAPS.values())
    return Study(folder, output.read_run(folder), next((map_ for map_ in drawn if map_.exists()), None))


def will_compile() -> bool:
    """Whether a run would have to compile the driver first."""
    from ..kernels import jit

    return not jit.is_cached()


def cache_problem() -> str:
    """Why compiled code is not kept where it belongs, and what that means; empty where it is."""
    from ..kernels import jit

    return str(jit.CACHE_PROBLEM)
