"""The clock: loads a window of fields, drives the boats through it, hands what happened to the observers."""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import config as configuration
from ..area import coast as coasts
from ..area import own_regions
from ..area.area import SIDES, Area
from ..config.models import DRAWN, FLIGHT_BESIDE_EDDIES_M_S
from ..forcing import diffusivity
from ..forcing.files.paths import provenance
from ..forcing.fill import check_sea
from ..forcing.open import open_eddies, open_error, open_source
from ..kernels import drive
from ..kernels.rows import active, rearrange
from ..kernels.walk import Diffusivity
from ..results import draws
from ..results.harvest import GROUP, Harvest
from ..results.outcome import OUTCOMES
from ..results.result import Result
from ..system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ..system.errors import InputError
from ..system.kinds import AnyArray, Json, JsonView, Real, Reals, Slice
from ..system.names import PYTHON
from . import assumptions, fleet, footprint, hazard, observers, release, states, terms
from .advection import KINDS, NO_DIFFUSIVITY, REALS, Advection

if TYPE_CHECKING:
    import xarray as xr

    from ..area.coast import Coast
    from ..forcing.source import Source
    from ..kernels.shore import Shore

_SORT_EVERY_S = 30 * SECONDS_PER_DAY
_SAMPLE_S = 3 * SECONDS_PER_HOUR
"""Spacing of the samples of the mean forcing: the mean of six-hourly levels comes out exactly."""


@dataclass(frozen=True)
class Progress:
    """How far a run is: handed to the caller after each window.

    Attributes
    ----------
    step, steps : int
    moment : datetime64
        Simulated date.
    afloat, ashore, boats : int
    particle_steps : int
        Since the process began to drive, as ``wall_s``.
    wall_s : float
    begun_at : int
        The step at which that was: 0, or where a run was resumed.
    """

    step: int
    steps: int
    moment: np.datetime64
    afloat: int
    ashore: int
    boats: int
    particle_steps: int
    wall_s: float
    begun_at: int = 0


class Simulation:
    """A run, step by step.

    Parameters
    ----------
    config : Config
        A checked config (``driftsim.config.load``).
    numbers : array_like of int64, optional
        Boat numbers; by default 0 to ``boats.number`` - 1. A boat's fate depends on its number alone, so any subset in
        any order gives the same boats.
    sources : dict of str to Source or xarray.Dataset, optional
        Fields by kind (current, wind, stokes, eddies). Sources take the place of all that the config names; a dataset
        that of the files of its kind alone, and is read by the rules of files.
    area : Area, optional
        Instead of the one that the config names.
    means : bool
        Keep the mean of the fields; of several parts of a run one does.

    Raises
    ------
    InputError
        If a field does not cover the domain or the period, or a release cannot be made; nothing has run by then.
    """

    def __init__(
        self,
        config: configuration.Config,
        numbers: Sequence[int] | NDArray[np.int64] | None = None,
        sources: Json | None = None,
        area: Area | None = None,
        *,
        means: bool = True,
    ) -> None:
        datasets = {kind: one for kind, one in (sources or {}).items() if not hasattr(one, "level")}
        if datasets:
            config, sources = with_datasets(config, datasets), None
        self.config = config
        run = config.run
        self.area = Area.load(config.area.name) if area is None else area
        self.coast = coasts.of(self.area) if config.coast.shoreline != "none" else None
        self._told = self._described()
        self.shore = self.coast.shore if self.coast is not None else coasts.no_shore()
        sources = _open_fields(config, self.area, self.coast, datasets) if sources is None else sources
        self.members = math.lcm(*(source.members for source in sources.values()))
        if config.uncertain is not None and self.members == 1:
            self.members = config.uncertain.members
        footprint.refuse_too_large(config, sources, config.boats.number if numbers is None else len(numbers))
        self._check_sea(sources)
        terms.refuse_twice(config, sources)
        self.drawn = assumptions.draw(config, self.members)
        self.release = release.plan(config, self.coast, self.members, area=self.area, drawn=self.drawn)
        # As a part of the drift in the wind it is inside every stage, and survives jibes, new draws and capsizing.
        carried = terms.ekman(config, sources)
        self._ekman = terms.own_ekman(config, sources, self.drawn)
        self.classes = replace(self.release.classes, carried=carried if self._ekman is None else (0.0, 0.0))
        if numbers is None:
            numbers = range(config.boats.number)
        self._numbers = numbers if isinstance(numbers, range) else np.ascontiguousarray(numbers, np.int64)
        count, lowest, highest = len(self._numbers), *_span(self._numbers)
        real = REALS[run.precision]
        self._source, self._begins = np.empty(count, np.int16), np.empty((count, 2))
        self._known: release.BoatsReleased | None = None
        self._density: NDArray[np.float32] | None = None
        if config.release.hazard_wind != "none":  # two passes over the wind, for all boats at once
            self._known, self._density = self._lost(self._released(), sources)
        self._rows = self._launch(real)
        # The clock is the config's: one of the simulation's own would hold it, and a finished run would stay in memory
        # until the collector comes round.
        self.advection = Advection(
            sources,
            self._rows,
            fleet.physics(config, self.classes, real, self.drawn, self._ekman),
            run.epoch,
            factors=self.drawn.factors(config),
            scheme=run.scheme,
            metric=run.metric,
            shore=self.shore,
            hulls=self.classes.rows,
            diffusivity=_open_diffusivity(config),
            threads=run.threads,
        )
        self.windows = self.advection.windows
        self._day = max(1, round(SECONDS_PER_DAY / run.step_s))
        self._sample = max(1, round(_SAMPLE_S / run.step_s))
        self._redraw_steps = (
            max(1, round(config.boats.perturbation_hours * SECONDS_PER_HOUR / run.step_s))
            if config.boats.perturbation == "redrawn"
            else max(1, run.steps)
        )
        self.every = observers.spacing(config)
        observed = run.steps // self.every
        duration = run.steps * run.step_s
        self.density = observers.density_of(config, self.release.classes.names)
        self.tracks = observers.Tracks(min(config.output.tracks, highest + 1) - lowest, observed, lowest)
        self.forcing = observers.ForcingMean(self.windows if means else {}, config.coast.domain, duration)
        self._means = means
        self.step = 0
        self.particle_steps = 0
        self._row = np.arange(count, dtype=np.int32)  # of each boat
        self._sorted_at = -math.inf
        self._other_files = [provenance(path) for path in _other_files(config)]

    # --- before -----------------------------------------------------------------------------------------------------

    def _lost(
        self, boats: release.BoatsReleased, sources: Json
    ) -> tuple[release.BoatsReleased, NDArray[np.float32] | None]:
        """The boats, with dates that follow the wind where the config says so, and then the density of these dates."""
        how = self.config.release
        if how.hazard_wind == "none":
            return boats, None
        by = "the cube of its speed" if how.hazard_wind == "cubed" else f"its being {how.hazard_wind_m_s:g} m/s or more"
        info = sources["wind"].info
        info["note"] = f"{info.get('note', '')}; dates of release follow {by} at the place of the boat".lstrip("; ")
        return hazard.redate(self.release, boats, sources["wind"], how.hazard_wind, how.hazard_wind_m_s)

    def _groups(self) -> Iterator[Slice]:
        """The boats a row group at a time."""
        for first in range(0, max(len(self._numbers), 1), GROUP):
            yield slice(first, min(first + GROUP, len(self._numbers)))

    def _launch(self, real: Real) -> AnyArray:
        """The state before the run, made in groups: of all boats at once the draws would take as much again."""
        state = np.zeros(len(self._numbers) + 1, drive.state_type(real))
        for boats in self._groups():
            released = self._released(boats)
            self._source[boats], self._begins[boats, 0], self._begins[boats, 1] = (
                released.source,
                released.lon,
                released.lat,
            )
            launched = fleet.launch(self.config, released, self.classes, real, self.drawn, self._ekman)
            state[boats] = launched[:-1]
            if boats.start == 0:
                state[-1] = launched[-1]
        return state

    def _released(self, boats: Slice = slice(None)) -> release.BoatsReleased:
        return self.release.boats(self._numbers[boats]) if self._known is None else self._known[boats]

    @property
    def boats(self) -> release.BoatsReleased:
        """What the boats are at the start, in the order that they were asked for."""
        return self._released()

    def _check_sea(self, sources: Json) -> None:
        """Every sea point of the domain must have a value in each field."""
        if self.coast is None:
            return
        shore = self.shore
        west, east, south, north = self.config.coast.domain
        lon = shore.west + (np.arange(shore.nx) + 0.5) / shore.per_degree
        lat = shore.south + (np.arange(shore.ny) + 0.5) / shore.per_degree
        x, y = (np.flatnonzero((a >= low) & (a <= high)) for a, low, high in ((lon, west, east), (lat, south, north)))
        sea = shore.land.reshape(shore.ny, shore.nx)[np.ix_(y, x)] == 0
        for source in sources.values():
            if source.valid is not None:
                for rows in range(0, len(y), 100):  # all at once would take 60 MB
                    j, i = np.nonzero(sea[rows : rows + 100])
                    check_sea(source, lon[x[i]], lat[y[rows + j]])

    def epoch(self, elapsed_s: Reals) -> Reals:
        """Epoch seconds of a time along the integration, seconds."""
        return self.config.run.epoch(elapsed_s)

    def since_start(self, elapsed_s: Reals) -> Reals:
        """Seconds since the run's start of a time along the integration."""
        return self.epoch(elapsed_s) - self.config.run.start_epoch

    # --- the clock --------------------------------------------------------------------------------------------------

    def advance(self, steps: int) -> None:
        """Go on by at most ``steps`` steps, in windows of a day; no result depends on how they are cut."""
        stop = min(self.step + steps, self.config.run.steps)
        while self.step < stop:
            cuts = (self._day, self._redraw_steps)
            self._drive(min(stop, *((self.step // cut + 1) * cut for cut in cuts)) - self.step)

    def _drive(self, steps: int) -> None:
        self.redraw()
        order = self._active(steps)
        first = self.step // self.every
        watch = self._watch((self.step + steps) // self.every - first, len(order))
        self.particle_steps += self.advection.drive(order, self.step, steps, watch)
        self._observe(order, watch, first, steps)
        self.step += steps

    def warm_up(self) -> None:
        """Compile the driver, or load it from the cache."""
        watch = self._watch(0, 0)
        self.advection.warm_up(watch)
        nobody = np.zeros(0, np.int32)
        self.density.note(np.zeros(0), watch.cell, nobody, self._rows)
        active(self._rows[:1], 0, nobody)
        rearrange(_words(self._rows[:0]), nobody)

    def ekman_of(self, member: int) -> tuple[float, float]:
        """The Ekman drift in the hulls of a member's boats, fractions of the wind: downwind, and to its right."""
        if self._ekman is None:
            return self.classes.carried
        down, right = self._ekman[member % len(self._ekman)].tolist()
        return down, right

    def _watch(self, observations: int, lanes: int) -> drive.Watch:
        return observers.watch(self.density, self.tracks, self.every, observations, lanes)

    def redraw(self) -> bool:
        """Draw the leeway perturbations anew where the config asks for it at this step; whether it does."""
        index = self.step // self._redraw_steps
        if self.config.boats.perturbation == "kept" or index == self.advection.physics.redraw:
            return False
        fleet.set_hulls(self._rows, self.config.run.seed, self.classes, index, self._ekman)
        self.advection.physics = self.advection.physics._replace(redraw=np.int64(index))
        return True

    @property
    def state(self) -> AnyArray:
        """The boats' state in the order of ``boats``, the spare row at the end: all that boats carry on.

        A copy, of ``kernels.drive.state_type``, shape (boats + 1,); to change it, assign a whole one.
        """
        state = np.empty_like(self._rows)
        for boats in self._groups():
            state[boats] = self._rows[self._row[boats]]
        state[-1] = self._rows[-1]
        state.flags.writeable = False
        return state

    @state.setter
    def state(self, state: AnyArray) -> None:
        """Go on from a state: rows in the order of ``boats``."""
        self._rows[:] = state
        self._row = np.arange(len(state) - 1, dtype=np.int32)
        self._sorted_at = -math.inf

    def _sort(self) -> None:
        """Bring boats of the same member and place together: neighbours in a block then read the same memory.

        The rows themselves are moved, not a list of them: of a million boats in another order each row is three cache
        misses a day, 12 ns a step.
        """
        rows = self._rows[:-1]
        cell = (np.floor(rows["lat"] * 4.0) * 2048 + np.floor(rows["lon"] * 4.0)).astype(np.int64)
        cell += rows["member"].astype(np.int64) * 2**21
        order = np.argsort(cell, kind="stable").astype(np.int32)
        goes = np.empty_like(order)
        goes[order] = np.arange(len(order), dtype=np.int32)
        self._row = goes[self._row]
        rearrange(_words(rows), order)
        self._sorted_at = self.step * self.config.run.step_s

    def _active(self, steps: int) -> NDArray[np.int32]:
        """Rows of the boats that move within the next steps, in whole blocks; the spare row fills up the last one."""
        if self.step * self.config.run.step_s - self._sorted_at >= _SORT_EVERY_S:
            self._sort()
        moving = np.empty(len(self._rows), np.int32)
        count = active(self._rows, self.step + steps, moving)
        return self.advection.order(moving[:count])

    def _observe(self, order: NDArray[np.int32], watch: drive.Watch, first: int, steps: int) -> None:
        run = self.config.run
        seen = (self.step + steps) // self.every - first
        if seen:
            elapsed = (first + 1 + np.arange(seen)) * self.every * run.step_s
            self.density.note(self.since_start(elapsed), watch.cell[:seen], order, self._rows)
        self.tracks.note(first, watch.track[:seen])
        for step in range(-(-self.step // self._sample) * self._sample, self.step + steps, self._sample):
            middle = (step + 0.5 * min(self._sample, run.steps - step)) * run.step_s
            self.forcing.note(self.since_start(middle), self.epoch(middle))

    @property
    def notes(self) -> Json:
        """Notes of the fields by kind, with the checksums of their files."""
        notes = {kind: dict(window.source.info) for kind, window in self.windows.items()}
        for kind, window in self.windows.items():
            if self.drawn and window.members > 1:
                notes[kind].setdefault("members", window.members)
        return notes

    @property
    def inputs(self) -> list[Json]:
        """Every file that was read, with its checksum."""
        return [*(file for notes in self.notes.values() for file in notes.get("files", [])), *self._other_files]

    def saved(self) -> dict[str, AnyArray]:
        """All that is needed to go on from here, as arrays by name: see `restore`."""
        clock = np.array([self.step, self.particle_steps], np.int64)
        return {"clock": clock, "state": self.state, **self._watched()}

    def _watched(self) -> dict[str, AnyArray]:
        return {**self.density.saved, **self.tracks.saved, **self.forcing.saved}

    @property
    def saved_bytes(self) -> int:
        """How much `saved` takes."""
        return self._rows.nbytes + sum(values.nbytes for values in self._watched().values())

    def saved_in_pieces(self) -> Iterator[tuple[str, tuple[int, ...], Iterator[AnyArray]]]:
        """What `saved` gives as name, shape and pieces of each array, without a second copy of the boats."""
        pieces = (self._rows[self._row[boats]] for boats in self._groups())
        yield "clock", (2,), iter([np.array([self.step, self.particle_steps], np.int64)])
        yield "state", self._rows.shape, itertools.chain(pieces, [self._rows[-1:]])
        for name, values in self._watched().items():
            yield name, values.shape, iter([values])

    def restore(self, saved: Mapping[str, AnyArray]) -> None:
        """Go on from where another simulation of the same config was `saved`.

        Raises
        ------
        ValueError
            If the arrays are not those of such a simulation, or hold what it can never have come to.
        """
        mine = {**self._watched(), "clock": np.zeros(2, np.int64), "state": self._rows if not self.step else self.state}
        for name, values in mine.items():
            if name not in saved or saved[name].shape != values.shape or saved[name].dtype != values.dtype:
                raise ValueError(f"{name} is not as this version keeps it")
        for name in ("number", "release", "member"):
            if (saved["state"][name] != mine["state"][name]).any():
                raise ValueError("the boats are not those that this version would release")
        self._refuse_impossible(saved)
        self.step, self.particle_steps = (int(n) for n in saved["clock"])
        self.state = saved["state"]
        for name, values in self._watched().items():
            values[...] = saved[name]

    def _refuse_impossible(self, saved: Mapping[str, AnyArray]) -> None:
        """Hold what was saved against the config: kernels look nothing up twice."""
        run, mixing = self.config.run, self.config.mixing
        step, done = (int(n) for n in saved["clock"])
        if not 0 <= step <= run.steps:
            raise ValueError(f"the clock is at step {step} of {run.steps}")
        state = saved["state"]
        speeds = {
            "flight": float(self.drawn.of("mixing.flight_speed_m_s", mixing.flight_speed_m_s).max()),
            "error": mixing.boat_error_m_s,
            "gust": mixing.wind_error_m_s,
        }
        spare = None
        for boats in self._groups():  # the boats as they were released, of all at once, would take as much again
            some = np.append(state[:-1][boats], state[-1:])
            fresh = self._at_release(some, step, boats)
            spare = fresh[-1].copy() if spare is None else spare
            fresh[-1] = spare
            states.refuse_impossible(some, states.Made(fresh, self.advection.physics, speeds, step, self.coast))
        afloat = np.maximum(step - state["release"][:-1].astype(np.int64), 0)
        if not np.count_nonzero(afloat) <= done <= afloat.sum():
            raise ValueError(f"{done} particle-steps are not what {len(afloat)} boats make in {step} steps")
        seen = np.arange(1, step // self.every + 1) * (self.every * run.step_s)
        self.density.refuse_impossible(saved["density"], self.since_start(seen), len(afloat))
        self.tracks.refuse_impossible(saved["tracks"], len(seen), self.config.coast.domain)
        first = np.arange(0, step, self._sample)
        middle = (first + 0.5 * np.minimum(self._sample, run.steps - first)) * run.step_s
        self.forcing.refuse_impossible(saved, self.since_start(middle))

    def _at_release(self, state: AnyArray, step: int, boats: Slice) -> AnyArray:
        """The state before the run, with the hulls that boats of this state have at a step."""
        fresh = fleet.launch(
            self.config, self._released(boats), self.classes, REALS[self.config.run.precision], self.drawn, self._ekman
        )
        if self.classes.capsized >= 0:
            fresh["capsize_step"] = state["capsize_step"]
        redrawn = self.config.boats.perturbation == "redrawn"
        fleet.set_hulls(
            fresh, self.config.run.seed, self.classes, max(step - 1, 0) // self._redraw_steps * redrawn, self._ekman
        )
        return fresh

    def progress(self, wall_s: float, begun_at: tuple[int, int] = (0, 0)) -> Progress:
        """Where the run stands, ``wall_s`` after it stood at a step and a number of particle-steps."""
        status = self._rows["status"][:-1]
        moment = np.datetime64(round(self.epoch(self.step * self.config.run.step_s)), "s")
        return Progress(
            self.step,
            self.config.run.steps,
            moment,
            int(np.count_nonzero(status == drive.AFLOAT)),
            int(np.count_nonzero(self._rows["segment"][:-1] >= 0)),
            len(status),
            self.particle_steps - begun_at[1],
            wall_s,
            begun_at[0],
        )

    # --- after ------------------------------------------------------------------------------------------------------

    def arrivals(self, some: Slice = slice(None)) -> xr.Dataset:
        """What has become of each boat (``Result.arrivals``), of all or some in their order."""
        import xarray as xr

        start = self.config.run.start_epoch
        state = self._rows[self._row[some]]
        clock = self.release.clock
        step = clock.steps - state["release"] if clock.backward else state["release"]
        released_s = clock.start + clock.step_s * step.astype(np.float64) - start
        code = fleet.outcome(state)
        landed = code == 1
        stretch = np.full(len(code), -1, np.int16)
        line, km = np.full(len(code), -1, np.int16), np.full(len(code), np.nan, np.float32)
        near = state["near"].copy()
        if self.coast is not None and landed.any():
            stretch[landed] = self.coast.segment_stretch[state["segment"][landed]]
            near[landed] |= np.uint64(1) << stretch[landed].astype(np.uint64)
            line[landed], km[landed] = self.coast.project(
                state["land_lon"][landed], state["land_lat"][landed], stretch[landed]
            )
        land_time = self.since_start(state["land_time"])
        ends = np.where(np.isnan(state["end_time"]), self.step * self.config.run.step_s, state["end_time"])
        stays = state["status"] == drive.LANDED
        final_time = np.where(stays, land_time, self.since_start(ends))
        capsize_step = state["capsize_step"]
        sunk, capsized = state["status"] == drive.SUNK, capsize_step >= 0
        columns: dict[str, AnyArray] = {
            "source": self._source[some],
            "member": state["member"],
            "boat_class": state["boat_class"],
            "release_lon": self._begins[some, 0],
            "release_lat": self._begins[some, 1],
            "release_time": released_s,
            "outcome": code,
            "stretch": stretch,
            "landing_lon": state["land_lon"],
            "landing_lat": state["land_lat"],
            "landing_time": land_time,
            "coast_line": line,
            "coast_km": km,
            "age_days": (np.abs(land_time - released_s) / SECONDS_PER_DAY).astype(np.float32),
            "final_lon": state["lon"],
            "final_lat": state["lat"],
            "final_time": final_time,
            "exit": _exits(state, self.area),
            "capsize_time": np.where(capsized, self.since_start(capsize_step * self.config.run.step_s), np.nan),
            "sink_time": np.where(sunk, self.since_start(state["end_time"]), np.nan),
            "within_20_km": near,
        }
        if self._density is not None:
            columns["release_density"] = self._density[some]
        keys = [stretch.key for stretch in self.area.stretches]
        names = {
            "source": list(self.release.names),
            "boat_class": list(self.release.classes.names),
            "outcome": list(OUTCOMES),
            "stretch": keys,
            "within_20_km": keys,
            "exit": list(self.area.exit_keys),
        }
        drawn = {draws.NAME: draws.variable(*self.drawn.columns())} if self.drawn else {}
        return xr.Dataset(
            {k: ("boat", v, {"flag_meanings": names[k]} if k in names else {}) for k, v in columns.items()} | drawn,
            coords={"boat": state["number"]},
            attrs=dict(self._attributes),
        )

    @cached_property
    def _attributes(self) -> Json:
        """Of the arrivals; found once, for they are asked for with every row group."""
        return {
            "run_start": str(np.datetime64(round(self.config.run.start_epoch), "s")),
            "title": self.config.run.title,
            "members": self.members,
            "boats": len(self._numbers),
            "seed": self.config.run.seed,
            "direction": self.config.run.direction,
            "area": json.dumps(self._told, ensure_ascii=False, separators=(",", ":")),
            "coasts": " ".join(self.coast.stretches_within(self.config.coast.domain)) if self.coast else "",
            **({"coast_lines": " ".join(self.coast.line_names)} if self.coast and self._told.get("regions") else {}),
        }

    def _described(self) -> Json:
        """The area as the results carry it, with the config's own regions, and those that it wants first."""
        table, domain = self.config.area, self.config.coast.domain
        told = self.area.described()
        told.pop("regions", None)  # those of the area itself are told again, with the stretches that they touch
        own = [*self.area.own.values(), *own_regions.of_tables(table.regions, tuple(self.area.regions), self.coast)]
        lead = table.lead or (told.get("lead", ()) if own and not table.regions else ())
        return own_regions.added(told, own, self.coast, domain, lead)

    def result(self, timings: Json | None = None) -> Result:
        """The run so far, as data sets."""
        arrivals, harvest = self.arrivals(), self.harvest(timings)
        result = Result(arrivals, harvest.density, harvest.tracks, harvest.forcing_mean, harvest.info)
        result.area_at = self.area
        return result

    def harvest(self, timings: Json | None = None) -> Harvest:
        """The run so far, its arrivals to be had in row groups."""
        run = self.config.run
        head = self.arrivals(slice(0, 0))
        start = head.attrs["run_start"]
        return Harvest(
            head,
            len(self._numbers),
            lambda: map(self.arrivals, self._groups()),
            tracks=self._tracks() if self.tracks.boats else None,
            density=self.density.dataset(start),
            forcing_mean=self.forcing.dataset(start) if self._means else None,
            info={
                "config": configuration.dump(self.config),
                "seed": run.seed,
                "forcing": self.notes,
                "timings": timings or {},
            },
        )

    def clear(self) -> None:
        """Let go of the boats: what a run still has to do once they are written needs the room."""
        self._numbers, self._rows = range(0), self._rows[-1:].copy()
        self._row, self._source, self._begins = np.zeros(0, np.int32), np.zeros(0, np.int16), np.zeros((0, 2))
        self.advection.state = self._rows

    def _tracks(self) -> xr.Dataset:
        times = observers.moments(self.config)
        if isinstance(self._numbers, range):
            return self.tracks.dataset(times, self.arrivals(slice(0, self.tracks.boats)))
        return self.tracks.dataset(times, self.arrivals())


def _span(numbers: range | NDArray[np.int64]) -> tuple[int, int]:
    """Lowest and highest of some numbers; of none a span without a number."""
    if not len(numbers):
        return 0, -1
    return (numbers[0], numbers[-1]) if isinstance(numbers, range) else (int(numbers.min()), int(numbers.max()))


def _words(rows: AnyArray) -> NDArray[np.uint64]:
    """Rows of a state as so many words, whatever is in them."""
    return rows.view(np.uint64).reshape(len(rows), rows.dtype.itemsize // 8)


def run(
    config: configuration.Config,
    report: Callable[[Progress], None] | None = None,
    *,
    sources: Json | None = None,
) -> Result:
    """Run a config from start to end.

    Parameters
    ----------
    config : Config
    report : callable, optional
        Called after each day with a `Progress`.
    sources : dict of str to xarray.Dataset, optional
        Datasets that take the place of the files of a kind (current, wind, stokes).

    Returns
    -------
    Result
    """
    before = time.perf_counter()
    simulation = Simulation(config, sources=sources)
    return simulation.result(finish(simulation, before, report))


def finish(
    simulation: Simulation,
    before: float,
    report: Callable[[Progress], None] | None = None,
    keep: Callable[[Simulation], None] | None = None,
) -> Json:
    """Go on to the end of the run.

    Parameters
    ----------
    simulation : Simulation
    before : float
        ``time.perf_counter()`` before it was made.
    report : callable, optional
        Called after each day with a `Progress`.
    keep : callable, optional
        Called after each day with the simulation.

    Returns
    -------
    dict
        How long it took, for ``run.json``.
    """
    run = simulation.config.run
    began, begun_at = time.perf_counter(), (simulation.step, simulation.particle_steps)
    simulation.warm_up()
    compiled = time.perf_counter()
    try:
        while simulation.step < run.steps:
            simulation.advance(max(1, round(SECONDS_PER_DAY / run.step_s)))
            if report is not None:
                report(simulation.progress(time.perf_counter() - compiled, begun_at))
            if keep is not None:
                keep(simulation)
    finally:
        simulation.advection.close()
    ended = time.perf_counter()
    driving = max(ended - compiled, 1e-9)
    return {
        "wall_s": ended - before,
        "prepare_s": began - before,
        "compile_s": compiled - began,
        "drive_s": driving,
        "particle_steps": simulation.particle_steps,
        "particle_steps_per_s": (simulation.particle_steps - begun_at[1]) / driving,
        "threads": simulation.advection.threads,
    }


def _exits(state: AnyArray, area: Area) -> NDArray[np.int8]:
    """Code of the exit by which each boat left, -1 for none."""
    side = state["exit"]
    out = np.full(len(side), -1, np.int8)
    for i in np.flatnonzero(side >= 0):
        key = area.exit_key(float(state["lon"][i]), float(state["lat"][i]), SIDES[side[i]])
        out[i] = area.exit_keys.index(key)
    return out


def with_datasets(config: configuration.Config, datasets: JsonView) -> configuration.Config:
    """The config of a run whose fields come from Python in part: the files of these kinds have names that say so.

    Raises
    ------
    InputError
        If there is no such kind, or the config has no table of it.
    """
    update = {}
    for kind, dataset in datasets.items():
        section = getattr(config, kind, None) if kind in KINDS else None
        if section is None:
            raise InputError(f"sources[{kind!r}]: there is no table [{kind}] in the config")
        if not hasattr(dataset, "data_vars"):
            raise InputError(f"sources[{kind!r}] = {type(dataset).__name__}: must be an xarray.Dataset")
        made = section.product in configuration.products.GENERATED
        new = {"files": (f"{PYTHON}{kind}",), **({"product": "cf"} if made else {})}
        update[kind] = section.model_copy(update={**new, **({"members": 1} if kind == "wind" else {})})
    return config.model_copy(update=update)


_MOST_FLIGHT_M_S = 0.08
"""Beside drawn eddies a faster random flight counts some of them twice."""

_DRAWN_MEMBERS = 200
"""Fields of eddies or errors that are drawn where neither the config nor an ensemble of winds says how many."""

_MOST_DRAWN = 100_000
"""Square degrees times members beyond which there are fewer of them, down to 20."""


def _open_fields(config: configuration.Config, area: Area, coast: Coast | None, datasets: JsonView) -> Json:
    """The sources of the run; raises for what does not cover it, before anything has run."""
    west, east, south, north = config.coast.domain
    period = (config.run.start_epoch, config.run.end_epoch)
    sources = {}
    for kind in ("current", "wind", "stokes"):
        section = getattr(config, kind)
        if section is not None and section.product != "none":
            sources[kind] = open_source(
                kind,
                section,
                (west, east, south, north),
                period,
                members=section.members if kind == "wind" else 1,
                seed=config.run.seed,
                area=area,
                dataset=datasets.get(kind),
            )
    drawn = _drawn_current(config, sources, area, None if coast is None else coast.shore)
    return sources if drawn is None else {**sources, "eddies": drawn}


def _drawn_current(config: configuration.Config, sources: Json, area: Area, shore: Shore | None) -> Source | None:
    """What is drawn on top of the current: the eddies of a climatology, the error of a field from files, or nothing."""
    winds = sources["wind"].members if "wind" in sources else 1
    one_season = config.wind is not None and config.wind.product in DRAWN
    west, east, south, north = config.coast.domain
    fits = max(20, int(_MOST_DRAWN / max((east - west) * (north - south), 1.0)))
    many = config.current.members or (winds if winds > 1 or one_season else min(_DRAWN_MEMBERS, fits))
    rest = (config.coast.domain, (config.run.start_epoch, config.run.end_epoch))
    how: Json = {"members": many, "seed": config.run.seed, "shore": shore}
    mixing = config.mixing
    if config.current.draws_eddies:
        drawn = open_eddies(config.current, *rest, area=area, **how)
        if mixing.flight_speed_m_s > _MOST_FLIGHT_M_S:
            drawn.info["note"] += (
                f"; a random flight of {mixing.flight_speed_m_s:g} m/s comes on top: beside drawn eddies "
                f"{FLIGHT_BESIDE_EDDIES_M_S:g} m/s is usual"
            )
        return drawn
    if "current" not in sources or config.current.product == "climatology":
        return None
    info = sources["current"].info
    if not mixing.current_error_m_s:
        info["note"] = f"{info.get('note', '')}; no error of it is assumed (mixing.current_error_m_s)"
    elif mixing.current_error_km and sources["current"].members > 1:
        info["note"] = f"{info.get('note', '')}; its members are its error, and none is drawn"
    elif mixing.current_error_km:
        return open_error(mixing, *rest, **how)
    return None


def _other_files(config: configuration.Config) -> list[str]:
    """Files that are no fields: places of release, the diffusivity."""
    named = [config.mixing.diffusivity_file, *(source.file for source in config.release.sources)]
    return list(dict.fromkeys(path for path in named if path))


def _open_diffusivity(config: configuration.Config) -> Diffusivity:
    path = config.mixing.diffusivity_file
    if not path:
        return NO_DIFFUSIVITY
    return diffusivity.read(path, config.coast.domain)
