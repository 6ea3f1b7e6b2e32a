"""How much memory a run will take, told and weighed before any of it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import capacity
from .advection import REALS
from .constants import SECONDS_PER_DAY
from .fields.window import Window
from .kernels.drive import state_type

if TYPE_CHECKING:
    from .config import Config

FIXED_BYTES = 430e6
"""Memory that a run takes however few boats it has: the quickstart with 5,000 boats, measured."""

RESULT_BYTES = 100
"""A boat's row in the results, beside its state."""


def boat_bytes(config: Config) -> int:
    """Bytes of a boat's state while it is afloat."""
    return state_type(REALS[config.run.precision]).itemsize


def memory_bytes(config: Config, sources: Mapping[str, Any], boats: int) -> float:
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
    run, out = config.run, config.output
    day = max(1, round(SECONDS_PER_DAY / run.step_s))
    stages = run.epoch(np.linspace(0.0, day, 2 * day + 1) * run.step_s)
    windows = [Window(source, REALS[run.precision]) for source in sources.values()]
    fields = sum(w.levels_needed(stages) * w.members * w.stride * 8 for w in windows)
    observed = run.steps * run.step_s / (out.track_every_hours * 3600.0)
    tracks = min(out.tracks, boats) * observed * 16
    west, east, south, north = config.coast.domain
    weeks = run.steps * run.step_s / (7 * SECONDS_PER_DAY) + 1
    density = (east - west) * (north - south) / out.density_grid_deg**2 * weeks * len(config.boats.classes) * 8
    return FIXED_BYTES + boats * (boat_bytes(config) + RESULT_BYTES) + fields + tracks + density


def refuse_too_large(config: Config, sources: Mapping[str, Any], boats: int) -> None:
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
