"""How much memory and disk a run will take, worked out before any of it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..forcing.window import Window
from ..kernels.drive import state_type
from ..system import capacity
from ..system.constants import SECONDS_PER_DAY, SECONDS_PER_FORTNIGHT, SECONDS_PER_HOUR, SECONDS_PER_WEEK
from ..system.kinds import JsonView
from .advection import REALS

if TYPE_CHECKING:
    from ..config import Config

FIXED_BYTES = 540e6
"""Memory that a run takes however few boats it has, a row group and the map among it: 515 to 535 MB measured."""

CARRIED_BYTES = 18 + 4 + 12
"""Of a boat, beside its state: where it began and from which source, its row, its place in the order of a day."""


ROW_BYTES, CSV_BYTES = 70, 200
"""A boat in ``arrivals.nc``, and one that landed in ``arrivals.csv``; measured 50 to 65, and 197."""

FILES_BYTES = 2e6
"""Map, summary and what else there is however few boats: 1.1 to 1.7 MB measured."""


def boat_bytes(config: Config) -> int:
    """Bytes of a boat's state while it is afloat."""
    return int(state_type(REALS[config.run.precision]).itemsize)


def memory_bytes(config: Config, sources: JsonView, boats: int) -> float:
    """Memory of a run.

    Parameters
    ----------
    config : Config
    sources : mapping of str to Source
        Its fields; no level is read.
    boats : int

    Returns
    -------
    float
        Bytes: of the boats, of the levels of a day, of tracks and densities.
    """
    run = config.run
    day = max(1, round(SECONDS_PER_DAY / run.step_s))
    stages = run.epoch(np.linspace(0.0, day, 2 * day + 1) * run.step_s)
    windows = [Window(source, REALS[run.precision]) for source in sources.values()]
    fields = sum(w.levels_needed(stages) * w.members * w.stride * 8 for w in windows)
    fixes, cells = _fixes(config, boats), _cells(config)
    cells_noted = 4 * max(1, day // max(1, round(config.output.track_every_hours * SECONDS_PER_HOUR / run.step_s)))
    return FIXED_BYTES + boats * (boat_bytes(config) + CARRIED_BYTES + cells_noted) + fields + fixes * 16 + cells * 8


def _fixes(config: Config, boats: int) -> float:
    """Positions that are kept of tracked boats."""
    run, out = config.run, config.output
    return min(out.tracks, boats) * run.steps * run.step_s / (out.track_every_hours * SECONDS_PER_HOUR)


def _cells(config: Config) -> float:
    """Cells of the density, by week and class."""
    west, east, south, north = config.coast.domain
    weeks = config.run.steps * config.run.step_s / SECONDS_PER_WEEK + 1
    return (east - west) * (north - south) / config.output.density_grid_deg**2 * weeks * len(config.boats.classes)


def disk_bytes(config: Config, boats: int) -> tuple[float, float]:
    """Disk of a run.

    Parameters
    ----------
    config : Config
    boats : int

    Returns
    -------
    results, under_way : float
        Bytes, at most: of the results; and until they stand, of two saves of the unfinished run, or one and the
        results. Results that they take the place of come on top.
    """
    west, east, south, north = config.coast.domain
    fortnights = config.run.steps * config.run.step_s / SECONDS_PER_FORTNIGHT + 1
    forcing = 4.0 * (east - west) * (north - south) * 4 * 4 * fortnights  # half-degree nodes, four numbers each
    fixes, cells = _fixes(config, boats), _cells(config)
    saved = boats * boat_bytes(config) + fixes * 8 + cells * 8 + forcing + 1e5
    rows = ROW_BYTES + (CSV_BYTES if config.output.csv else 0)
    results = FILES_BYTES + boats * rows + fixes * 5 + cells * 2 + forcing  # tracks and densities are compressed
    return results, saved + max(saved, results)


def refuse_too_large(config: Config, sources: JsonView, boats: int) -> None:
    """See that this machine has the memory that a run takes.

    Raises
    ------
    InputError
        If it has not.
    """
    capacity.require(
        memory_bytes(config, sources, boats),
        f"boats.number = {boats:,}: the run",
        "fewer boats, members (wind.members) or tracks (output.tracks) take less, as does a smaller domain",
    )
