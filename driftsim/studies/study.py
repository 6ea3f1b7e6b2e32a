"""A whole study: from a config to the folder with its results, and what can be said of it beforehand."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import config as configuration
from ..drift import checkpoint
from ..results import identity, output, placing
from ..results.result import Run
from ..system import capacity, resources
from ..system.disk import make_folder, whole
from ..system.errors import InputError, Interrupted, RunError

MAPS = {"forward": "landing_map.png", "backward": "density_map.png"}

STEPS_PER_S = 5e6
"""Particle-steps per second and core that `check` reckons with: what a million boats reached on two shared cores."""

DOWNWIND_PERCENT = 3.0
"""Drift of the downwind reference, percent of the wind: the middle of the 2 to 4 % that are reckoned with for boats."""

FIXED_S = 8.0
"""Time that a run takes however few boats it has: the quickstart with 5,000 boats, measured."""


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
    run: Any
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
    report: Callable[[Any], None] | None = None,
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
    with placing.prepare_folder(folder, overwrite) as held:
        simulated = _simulation(config)
        held.accept([*read_from, *_paths(simulated.inputs)])
        checkpoint.begin(held.path, config)  # takes the place of an unfinished run
        placing.log(held.path, f"driftsim {identity.version()} begins: {config.run.title or 'untitled'}")
        return _carry_out(simulated, held, began, report, checkpoint.Keeper(held.path, config, save_every_s, stop))


def _paths(inputs: list[Any]) -> list[str]:
    return [str(file["path"]) if isinstance(file, dict) and "path" in file else str(file) for file in inputs]


def resume(
    folder: Path | str,
    config: configuration.Config | None = None,
    *,
    threads: int | None = None,
    force: bool = False,
    report: Callable[[Any], None] | None = None,
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
            return _finished(held.path)
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


def _change(simulated: Any, changed: list[str]) -> dict[str, Any]:
    """What is other from here on, for the results."""
    moment = simulated.progress(0.0).moment
    return {"step": simulated.step, "moment": f"{moment}Z", "changed": changed}


def _simulation(config: configuration.Config) -> Any:
    from ..drift import simulation

    return simulation.Simulation(config)


def _carry_out(
    simulated: Any,
    held: placing.Folder,
    began: float,
    report: Callable[[Any], None] | None,
    keeper: checkpoint.Keeper,
    more: dict[str, Any] | None = None,
) -> Study:
    """Drive a simulation to its end and write its results."""
    from ..drift import simulation

    folder = held.path

    def timings() -> dict[str, Any]:
        return {
            **result.info["timings"], **(more or {}), "saves": keeper.saves, "save_s": keeper.seconds,
            "write_s": time.perf_counter() - driven, "wall_s": time.perf_counter() - began,
        }  # fmt: skip

    def also(stage: Path) -> None:
        if simulated.config.output.map and simulated.config.coast.shoreline != "none":
            from ..figures import maps

            with Run(stage) as written:
                maps.draw(written, stage / MAPS[simulated.config.run.direction])
        output.write_timings(stage, timings())

    try:
        result = simulation.finish(simulated, began, report, keeper)
        result.info["changes"] = list(keeper.changes)
        driven = time.perf_counter()
        output.write_run(held, result, _coast(simulated.config), tables=simulated.config.output.csv, also=also)
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
    return _finished(folder)


def _finished(folder: Path) -> Study:
    drawn = (folder / name for name in MAPS.values())
    return Study(folder, output.read_run(folder), next((map_ for map_ in drawn if map_.exists()), None))


def will_compile() -> bool:
    """Whether a run would have to compile the driver first."""
    from ..kernels import jit

    return not jit.is_cached()


def cache_problem() -> str:
    """Why compiled code is not kept where it belongs, and what that means; empty where it is."""
    from ..kernels import jit

    return jit.CACHE_PROBLEM


def _coast(config: configuration.Config) -> Any:
    from ..area import shoreline

    return shoreline.load() if config.coast.shoreline != "none" else None


def check(config: configuration.Config, levels: bool = False) -> str:
    """What a run of this config would do, as text; raises like the run itself for input that cannot be used.

    Parameters
    ----------
    config : Config
    levels : bool
        Read every level of the fields that a run would, not only the first, the middle and the last.
    """
    from ..drift import estimate, release, simulation

    planned = simulation.Simulation(config, numbers=range(min(config.boats.number, 1000)))
    run_, boats = config.run, config.boats.number
    threads = planned.advection.threads
    sources = {kind: window.source for kind, window in planned.windows.items()}
    estimate.refuse_too_large(config, sources, boats)
    afloat = (run_.steps - planned.boats.release_step.mean()) * boats
    results, under_way = estimate.disk_bytes(config, boats)
    seconds = FIXED_S + afloat / STEPS_PER_S / threads
    lines = [
        f"{run_.title or 'untitled'}",
        f"period    {run_.start:%Y-%m-%d %H:%M} to {run_.end:%Y-%m-%d %H:%M} UTC, {run_.direction}",
        f"          {run_.steps:,} steps of {run_.step_minutes:g} min, {run_.scheme}",
        f"boats     {boats:,} in {planned.members} members, seed {run_.seed}",
        *(f"          {share:5.1%}  {name}" for name, share in _shares(planned.release)),
        *_some([f"          {text}" for text in release.told(config, planned.release)]),
        *(line for kind, window in planned.windows.items() for line in _field_lines(kind, window)),
        *_level_lines(sources, levels),
        f"memory    about {estimate.memory_bytes(config, sources, boats) / 1e6:,.0f} MB "
        f"({estimate.boat_bytes(config)} bytes a boat afloat)",
        f"disk      at most about {capacity.shown(results)} for results, {capacity.shown(under_way)} until they are "
        "whole; those that they replace stay until then",
        f"time      at most about {_duration(seconds)} on {threads} threads (boats that land early save time)",
        "The config is good; nothing has been run."
        if levels or not _from_files(sources)
        else "The config is good, as far as was looked; nothing has been run.",
    ]
    return "\n".join(lines)


def _some(lines: list[str], most: int = 5) -> list[str]:
    return lines if len(lines) <= most else [*lines[:most], f"          and {len(lines) - most} more"]


def _shares(release: Any) -> list[tuple[str, float]]:
    return [
        *((f"from {name}", float(w)) for name, w in zip(release.names, release.weights, strict=True)),
        *(
            (f"class {name}", float(share))
            for name, share in zip(release.classes.names, release.classes.shares, strict=True)
            if share > 0.0
        ),
    ]


def _field_lines(kind: str, window: Any) -> list[str]:
    source = window.source
    lon, lat = source.lon, source.lat
    files = source.info.get("files", [])
    return [
        f"{kind:<9} {source.info['title']}",
        f"          {len(lon)} x {len(lat)} nodes, {lon[0]:g} to {lon[-1]:g} E, {lat[0]:g} to {lat[-1]:g} N, "
        f"{len(source.times)} levels, {source.members} members, {source.info['kind_of_record']}",
        *([_measured(source.info)] if source.info.get("units") else []),
        *([f"          {source.info['note']}"] if source.info.get("note") else []),
        *(f"          decided: {text}" for text in source.info.get("decisions", ())),
        *(f"          {item['path']}" for item in files[:5] if isinstance(item, dict) and "path" in item),
        *([f"          and {len(files) - 5} more files"] if len(files) > 5 else []),
    ]


def _from_files(sources: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of more levels than the three that opening them reads."""
    return {k: source for k, source in sources.items() if getattr(source, "slow", False) and len(source.times) > 3}


def _level_lines(sources: Mapping[str, Any], every: bool) -> list[str]:
    """What was read of the fields; `InputError` for a level that a run would stop at."""
    found = _from_files(sources)
    many = ", ".join(f"{len(source.times):,} of the {kind}" for kind, source in found.items())
    if not found:
        return []
    if not every:
        some = "the first, the middle and the last alone"
        return [f"levels    read: {some}, of {many}; `driftsim check --levels` reads all"]
    for source in found.values():
        for k in range(len(source.times)):
            source.level(k)
    return [f"levels    read: all {many}"]


def _measured(info: dict[str, Any]) -> str:
    """What is read, in which units, and at which level."""
    return f"          {', '.join(info['variables'])} in {info['units']}" + (
        f", at {info['level']}" if info["level"] else ""
    )


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )


def records(path: Path | None, folder: Path, *, overwrite: bool = False) -> tuple[str, list[Path]]:
    """Landing records as text, and figures of them.

    Parameters
    ----------
    path : Path or None
        A file or folder of records; None: those that come with driftsim.
    folder : Path
        Of the figures; made if it does not exist.
    overwrite : bool
        Take the place of files that driftsim has not made.

    Returns
    -------
    str, list of Path
    """
    from ..area import shoreline
    from ..figures.charts import records as record_figures
    from ..validation import records as known
    from ..validation import years

    found = known.load(path)
    make_folder(folder)
    text = "\n".join([known.text(found), *(["", *told] if (told := years.text(found)) else [])])
    return text, record_figures.draw(found, shoreline.load(), folder, overwrite)


def validate(
    run: Path | None,
    *,
    table: Path | None = None,
    records: Path | None = None,
    baselines: Sequence[Path] = (),
    tracks: Path | None = None,
    members: tuple[int, int] | None = None,
    folder: Path | None = None,
    overwrite: bool = False,
) -> tuple[str, dict[str, Any], list[Path]]:
    """Compare a run, or a table of landings, with landing records.

    Parameters
    ----------
    run : Path or None
        Folder of a run.
    table : Path or None
        Landings of another tool, instead of a run.
    records : Path or None
        A file or folder of records; None: those that come with driftsim.
    baselines : sequence of Path
        Folders of runs that serve as references.
    tracks : Path or None
        Observed tracks; the word ``pairs``: those that come with driftsim.
    members : tuple of int, optional
        First and last member to test; those that a parameter was fitted on must not be among them.
    folder : Path or None
        Of ``validation.json`` and the figures; default the run's, or ``runs/NAME`` of a table.
    overwrite : bool
        Take the place of files that driftsim has not made.

    Returns
    -------
    str, dict, list of Path
        The printed sheet, the document, the files written.
    """
    from ..area import shoreline
    from ..figures.charts import comparison as figures
    from ..validation import compare, landings, sheet, track_files
    from ..validation import records as known

    if (run is None) == (table is None):
        raise InputError("validate: give the folder of a run, or --table with landings of another tool, and not both")
    found, coast = known.load(records), shoreline.load()
    opened = None if run is None else output.read_run(run)
    seen = track_files.load(tracks) if tracks is not None else ()
    tested = landings.from_table(table, coast) if table is not None else landings.from_run(opened, empty=bool(seen))
    if members is not None:
        tested = tested.of_members(*members)
    if seen and opened is None:
        raise InputError("--tracks: needs a run with tracks, not a table of landings")
    document = compare.validate(
        compare.Forecast(tested, opened),
        found,
        coast,
        baselines=[landings.from_run(output.read_run(path)) for path in baselines],
        observed=seen,
    )
    target = make_folder(folder or run or Path("runs") / tested.name)
    files = [
        compare.write(document, target, overwrite),
        *figures.draw(document, tested, found, coast, target, overwrite),
    ]
    if opened is not None:
        opened.close()
    return sheet.text(document), document, files


def baselines(
    config: configuration.Config, folder: Path, warn: Callable[[str], None] | None = None
) -> list[Path]:  # fmt: skip
    """Write the configs of the reference runs of a config: the same boats, places and dates, and less physics.

    ``straight_downwind.toml`` has no current and no mixing: boats go where the wind blows, at 3 % of its speed.
    ``currents_only.toml`` has the geostrophic current and the config's mixing: no wind, no waves, no leeway, and no
    Ekman drift, which is wind. Where a product has that in the same numbers, there is no such reference.

    Parameters
    ----------
    config : Config
    folder : Path
        Made if it does not exist.
    warn : callable, optional
        Called with a sentence where the second reference cannot be made, or nobody knows what its current holds.

    Returns
    -------
    list of Path
        The configs written.

    Raises
    ------
    InputError
        If the config has no wind or no current, a file of the current cannot be used, or a config is there or cannot be
        written.
    """
    if config.wind is None or config.current.product == "none":
        lacking = "wind" if config.wind is None else "current"
        raise InputError(f"the config has no {lacking}: of its two references one would be the run itself")
    given = configuration.tables(config)
    boats = given["boats"]
    given.pop("stokes", None)
    afloat = {"number": boats["number"], **({"sinking": boats["sinking"]} if "sinking" in boats else {})}
    still = dict.fromkeys(("diffusivity_m2_s", "flight_speed_m_s", "current_error_m_s", "wind_error_m_s"), 0.0)
    downwind = {
        **given,
        "run": {**given["run"], "title": f"straight downwind, {DOWNWIND_PERCENT:g} % of the wind"},
        "current": {"product": "none"},
        "boats": {**afloat, "classes": [{"windage_percent": DOWNWIND_PERCENT}]},
        "mixing": still,
    }
    current, doubt = _without_wind(config, given["current"])
    if doubt and warn is not None:
        warn(doubt)
    made = {folder / "straight_downwind.toml": downwind}
    if current is not None:
        made[folder / "currents_only.toml"] = {
            **{name: table for name, table in given.items() if name != "wind"},
            "run": {**given["run"], "title": "currents without wind"},
            "current": current,
            "boats": {**afloat, "classes": [{"windage_percent": 0.0}]},
            "mixing": {**given["mixing"], "wind_error_m_s": 0.0},
        }
    for path in made:
        if os.path.lexists(path):
            raise InputError(f"{path}: exists already; choose another folder with -o")
    make_folder(folder)
    for path, tables in made.items():
        text = configuration.dump(configuration.parse(tables, name=path))
        with whole(path, new=True) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")
    return list(made)


def _without_wind(config: configuration.Config, given: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The current's table with nothing in it that the wind has made, or None; and what is to be said of it."""
    from ..forcing import catalogue
    from ..forcing.open import open_source

    table = {**{key: value for key, value in given.items() if key != "ekman_angle_deg"}, "ekman_percent": 0.0}
    section, period = config.current, (config.run.start_epoch, config.run.end_epoch)
    if section.product in catalogue.GENERATED:
        return table, ""
    parts = catalogue.find(section.product, "current").parts
    geostrophic = [name for name, holds in parts.items() if holds == ("geostrophic",)]
    title = section.product
    for u in ("", *geostrophic):
        named = {"u": u, "v": "v" + u[1:]} if u else {}
        try:
            source = open_source("current", section.model_copy(update=named), config.coast.domain, period)
        except InputError:
            if not u:
                raise
            continue  # the files have none of that name
        holds, title = source.info["holds"], source.info["title"]
        if holds is None:
            return table, f"nobody knows what {title} holds: currents_only is without wind only if the files are"
        if not {"ekman", "stokes"} & set(holds):
            return {**table, **named}, ""
    return None, (
        f"{title} holds Ekman or Stokes drift, which is wind, in the same numbers as the rest: there is no "
        "currents_only; compare with a geostrophic current (current.u, current.v, or another product)"
    )


def init(path: Path) -> None:
    """Write the starter config; never over a file that is there.

    Raises
    ------
    InputError
        If the file exists or cannot be written.
    """
    with whole(path, new=True) as beside:
        beside.write_bytes(Path(resources.config("starter.toml")).read_bytes())
