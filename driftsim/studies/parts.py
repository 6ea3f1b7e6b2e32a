"""A run in parts: each made by itself, whole or not at all, by whatever process on whatever machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import config as configuration
from ..drift import checkpoint
from ..results import identity, netcdf, output, parquet, placing, shards, text_files
from ..results.provenance import without_threads
from ..system.disk import make_folder, refuse_link
from ..system.errors import InputError, Interrupted, RunError
from ..system.kinds import Json
from . import engines
from .merge import merge
from .run import Study

if TYPE_CHECKING:
    from ..drift.simulation import Progress, Simulation


def run_part(
    config: configuration.Config,
    folder: Path | str,
    number: int,
    of: int,
    *,
    overwrite: bool = False,
    read_from: Sequence[Path] = (),
    report: Callable[[Progress], None] | None = None,
    save_every_s: float = checkpoint.LEAST_S,
    stop: Callable[[], int | None] | None = None,
) -> shards.Shard:
    """Make one part of a run, or take it as it is where it has been made; go on with it where it was broken off.

    Parameters
    ----------
    config : Config
        Of the whole run.
    folder : Path or str
        Where the parts are to be brought together; this one gets a folder in it.
    number, of : int
        Which part of how many; the first is 1.
    overwrite : bool
        Take the place of a part of another config or version, whole or not.
    read_from, report, save_every_s, stop
        As of `run`.

    Raises
    ------
    InputError
        Before anything has run.
    RunError, Interrupted
        As of `run`; what was saved is kept, and the same call goes on with it.
    """
    began = time.perf_counter()
    _refuse_number(config, number, of)
    parquet.require(config.output.parquet)
    at = make_folder(folder) / shards.name(number, of)
    refuse_link(at)
    with placing.Folder(make_folder(at), "part") as held:
        held.settle()
        there = None if overwrite else _there(config, at)
        if there is not None:
            return there
        held.refuse(overwrite=True)
        saved = None if overwrite else _saved(config, at)
        first, end = shards.span(config.boats.number, number, of)
        simulated = _simulation(config, range(first, end))
        held.accept([*read_from, *_paths(simulated.inputs)])
        if saved is None:
            checkpoint.begin(at, config)
        else:
            saved.other_inputs(simulated)
            saved.restore(simulated)
        placing.log(at, f"driftsim {identity.version()}: part {number} of {of} from step {simulated.step}")
        keeper = checkpoint.Keeper(at, config, save_every_s, stop, saved.changes if saved is not None else ())
        _carry_out(simulated, held, (first, end), keeper, began, report)
    made = shards.read(at)
    assert made is not None
    return made


def _refuse_number(config: configuration.Config, number: int, of: int) -> None:
    if not 1 <= number <= of:
        raise InputError(f"part {number}/{of}: the first number must be 1 to the second")
    if of > config.boats.number:
        raise InputError(f"part {number}/{of}: there are {config.boats.number:,} boats; a part needs one at least")


def _there(config: configuration.Config, at: Path) -> shards.Shard | None:
    """The part as it was made before; None where there is none.

    Raises
    ------
    InputError
        If it is of another config or program.
    """
    there = shards.read(at)
    if there is None:
        return None
    origin = there.origin
    if origin["config"] != without_threads(configuration.dump(config)):
        raise InputError(f"{at}: is a part of another config; use --overwrite, or choose another folder with -o")
    if origin.get("sources_sha256") != identity.sources():
        raise InputError(f"{at}: was made by other sources of driftsim; use --overwrite, or another folder with -o")
    return there


def _saved(config: configuration.Config, at: Path) -> checkpoint.Checkpoint | None:
    """What the unfinished part has saved."""
    if not (at / checkpoint.FILE).exists():
        return None
    saved = checkpoint.read(at)
    saved.other_config(config)
    saved.other_sources()
    return saved


def _simulation(config: configuration.Config, numbers: range) -> Simulation:
    from ..drift import simulation

    return simulation.Simulation(config, numbers, means=numbers.start == 0)


def _paths(inputs: Sequence[Json | str]) -> list[str]:
    return [str(file["path"]) if isinstance(file, dict) and "path" in file else str(file) for file in inputs]


def _carry_out(
    simulated: Simulation,
    held: placing.Folder,
    span: tuple[int, int],
    keeper: checkpoint.Keeper,
    began: float,
    report: Callable[[Progress], None] | None,
) -> None:
    from ..drift import simulation

    try:
        driving = simulation.finish(simulated, began, report, keeper)
        _write(simulated, held, span, {**driving, "changes": list(keeper.changes)})
    except Interrupted as problem:
        placing.log(held.path, f"{problem} and saved at step {simulated.step}")
        raise
    except (InputError, OSError, MemoryError) as problem:
        placing.log(held.path, f"failed at step {simulated.step}: {problem}")
        raise RunError(
            f"{held.path}: {problem or 'out of memory'}\nWhat was saved is kept: mend this and give the same command"
        ) from problem
    placing.log(held.path, f"finished in {time.perf_counter() - began:.0f} s")


def _write(simulated: Simulation, held: placing.Folder, span: tuple[int, int], driving: Json) -> None:
    changes = driving.pop("changes")
    config, stage = simulated.config, held.stage
    harvest = simulated.harvest(driving)
    harvest.info["changes"] = changes
    origin = output.origin_of(harvest)
    counted = output.write_boats(stage, harvest, origin, simulated.coast)
    watched = {**simulated.density.saved, **simulated.tracks.saved}
    more = {"provenance": origin, "changes": changes}
    shards.write(stage, harvest.head, span, config.boats.number, counted, watched, more)
    if harvest.forcing_mean is not None:
        netcdf.write_forcing_mean(stage, harvest.forcing_mean, origin)
    text_files.write_text(stage / "config.toml", origin["config"])
    output.write_timings(stage, driving)
    held.commit()


BOATS_A_PART = 1_000_000
"""Boats of a part, at the most, where nobody says how many parts: 0.7 GB of memory, minutes of work."""


def how_many(config: configuration.Config, engine: engines.Engine) -> int:
    """How many parts a run is cut into: a few for each process, none large."""
    at_a_time = engine.jobs if isinstance(engine, engines.Local) else 8
    boats = config.boats.number
    return max(1, min(boats, max(2 * at_a_time, -(-boats // BOATS_A_PART))))


def run_in_parts(
    config: configuration.Config,
    folder: Path | str,
    engine: engines.Engine,
    of: int,
    *,
    overwrite: bool = False,
    keep_parts: bool = False,
    read_from: Sequence[Path] = (),
    report: Callable[[str, int, int, float], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Study:
    """A whole run by way of its parts; started again, it goes on with what is missing.

    Parameters
    ----------
    config : Config
    folder : Path or str
        Of the results; the workers must see it under the same name.
    engine : Engine
        Who makes the parts.
    of : int
        How many parts.
    overwrite : bool
        Take the place of results that are there; parts of this very run are taken as they are all the same.
    keep_parts : bool
        Leave the parts when the results stand.
    read_from : sequence of Path
        As of `run`.
    report : callable, optional
        Called with name, done, parts and seconds for each part.
    warn : callable, optional
        As of `merge`.

    Raises
    ------
    InputError
        If the folder cannot be used, or parts cannot be made: after all others have been.
    """
    _refuse_number(config, of, of)
    with placing.prepare_folder(folder, overwrite) as held:
        path = held.path.absolute()
    tasks = [
        engines.Task(shards.name(k, of), make_part, (config, path, k, of, overwrite, tuple(read_from)))
        for k in range(1, of + 1)
    ]
    failed = {}
    for n, done in enumerate(engine.run(tasks), 1):
        if done.problem:
            failed[done.task.name] = done.problem
        if report is not None:
            report(done.task.name, n, of, done.wall_s)
    if failed:
        lines = [f"{name}: {problem}" for name, problem in sorted(failed.items())]
        raise RunError("\n".join([*lines, "The other parts stand; the same command goes on with these."]))
    return merge(folder, overwrite=overwrite, keep_parts=keep_parts, warn=warn)


def make_part(
    config: configuration.Config,
    folder: Path,
    number: int,
    of: int,
    overwrite: bool,
    read_from: Sequence[Path],
    *,
    threads: int,
) -> None:
    """One part, in whatever process; one of another config is replaced with ``overwrite`` alone."""
    run_ = config.run.model_copy(update={"threads": config.run.threads or threads})
    mine = config.model_copy(update={"run": run_})
    at = folder / shards.name(number, of)
    again = overwrite and _is_other(mine, at)
    run_part(mine, folder, number, of, overwrite=again, read_from=read_from)


def _is_other(config: configuration.Config, at: Path) -> bool:
    """Whether what is there of a part, whole or saved, is not of this config and program, or is damaged."""
    try:
        if _there(config, at) is None:
            _saved(config, at)
    except InputError:
        return True
    return False
