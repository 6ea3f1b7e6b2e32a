"""Dates of release that follow the wind: losses happen in storms.

A boat keeps its source, place, class and member. Its date is drawn again among those of its source, each weighted by
the hazard of its member's wind at its place. So each member loses as many boats as before, and the density of the dates
is known: that of the source, times the hazard, over the hazard's mean at the place in the member.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..forcing.grid import Axis
from ..forcing.source import Source
from ..kernels.random import STREAM_IDENTITY, uniform_pairs
from .release import BoatsReleased, Dates, Release

Array = NDArray[np.float64]

_STEP_HAZARD = np.uint32(0xFFFFFFF0)
"""Step of the identity stream: beyond every attempt at a place."""


class Redated(NamedTuple):
    """Boats with new dates, and for each the density of its date relative to that of its source."""

    boats: BoatsReleased
    density: NDArray[np.float32]


def hazard_of(speed: Array, kind: str, threshold_m_s: float) -> Array:
    """Hazard of wind speeds, m/s, in any unit: the cube, or 1 from a threshold on."""
    return speed**3 if kind == "cubed" else (speed >= threshold_m_s).astype(np.float64)


def redate(release: Release, boats: BoatsReleased, wind: Source, kind: str, threshold_m_s: float) -> Redated:
    """Draw the dates of boats again, by the wind at their places.

    The wind of a moment is that of the nearest of its levels. Where a member has no hazard at a place on any date, the
    date stays as it was, with a density of 1.

    Parameters
    ----------
    release : Release
    boats : BoatsReleased
    wind : Source
        Read twice: for the sum, and for the date at which a part of it is reached. No level is kept.
    kind : {"cubed", "above"}
    threshold_m_s : float
        For "above".
    """
    levels, shares = _shares(release, wind)
    place = _Places(boats, wind)
    share = np.ascontiguousarray(shares[boats.source].T)  # of the source's dates in each level's time, (level, boat)
    total = np.zeros(len(boats.number))
    for row, k in enumerate(levels):
        total += share[row] * hazard_of(place.speed(k), kind, threshold_m_s)
    draws = np.empty((len(boats.number), 2))
    uniform_pairs(np.int64(release.seed), boats.number, _STEP_HAZARD, STREAM_IDENTITY, draws)
    wanted, before = draws[:, 0] * total, np.zeros_like(total)
    step, density = _steps(release, boats), np.ones(len(total), np.float32)
    open_ = total > 0.0
    for row, k in enumerate(levels):
        hazard = hazard_of(place.speed(k), kind, threshold_m_s)
        before += share[row] * hazard
        # The last level with a share takes what rounding leaves; it is reached by everyone who is still open.
        here = np.flatnonzero(open_ & (before > wanted))
        open_[here] = False
        density[here] = hazard[here] / total[here]
        for source in np.unique(boats.source[here]):
            mine = here[boats.source[here] == source]
            step[mine] = _within(release.sources[source].dates, _bounds(release, wind, k), draws[mine, 1])
    clock = release.clock
    return Redated(
        replace(
            boats,
            release_step=(clock.steps - step if clock.backward else step).astype(np.int32),
            release_time=clock.start + clock.step_s * step.astype(np.float64),
        ),
        density,
    )


def _steps(release: Release, boats: BoatsReleased) -> NDArray[np.int64]:
    """Steps from the run's start at which boats are released."""
    step = boats.release_step.astype(np.int64)
    return release.clock.steps - step if release.clock.backward else step


def _bounds(release: Release, wind: Source, k: int) -> tuple[int, int]:
    """First step of the time that a level stands for, and the first one after it."""
    times = np.asarray(wind.times, np.float64)
    edges = [-np.inf if k == 0 else 0.5 * (times[k - 1] + times[k])]
    edges.append(np.inf if k == len(times) - 1 else 0.5 * (times[k] + times[k + 1]))
    first, after = (
        np.ceil(np.clip(release.clock.step(edge), -1.0, release.clock.steps + 1.0) - 1e-6) for edge in edges
    )
    return int(first), int(after)


def _shares(release: Release, wind: Source) -> tuple[list[int], Array]:
    """Levels that dates fall into, and the share of each source's dates in each of them, (source, level)."""
    bounds = [_bounds(release, wind, k) for k in range(len(wind.times))]
    shares = np.array([[_mass(source.dates, *pair).sum() for pair in bounds] for source in release.sources])
    used = np.flatnonzero(shares.any(axis=0))
    return used.tolist(), shares[:, used]


def _mass(dates: Dates, first: int, after: int) -> Array:
    """Probability of each span of dates that lies in the steps from ``first`` to before ``after``."""
    low = np.maximum(dates.first, first)
    high = np.minimum(dates.first + dates.count, after)
    inside: Array = np.diff(dates.cumulative) * np.maximum(high - low, 0) / dates.count
    return inside


def _within(dates: Dates, bounds: tuple[int, int], u: Array) -> NDArray[np.int64]:
    """A step for each uniform number, among the dates in some steps, as likely as they are."""
    mass = _mass(dates, *bounds)
    edges = np.concatenate([[0.0], np.cumsum(mass)]) / mass.sum()
    span = np.clip(np.searchsorted(edges, u, side="right") - 1, 0, len(mass) - 1)
    low = np.maximum(dates.first, bounds[0])[span]
    count = np.minimum(dates.first + dates.count, bounds[1])[span] - low
    part = (u - edges[span]) / (edges[span + 1] - edges[span])
    found: NDArray[np.int64] = low + np.minimum((part * count).astype(np.int64), count - 1)
    return found


class _Places:
    """Where boats lie in the grid of a wind, each in its own member."""

    def __init__(self, boats: BoatsReleased, wind: Source) -> None:
        self._wind = wind
        self._member = boats.member % wind.members
        (self._i, self._east) = Axis(wind.lon).locate(boats.lon)
        (self._j, self._north) = Axis(wind.lat).locate(boats.lat)

    def speed(self, k: int) -> Array:
        """Wind speed at the places at a level, m/s."""
        level = self._wind.level(k)
        x, y = self._east[:, None], self._north[:, None]
        i, j, m = self._i, self._j, self._member
        south = (1.0 - x) * level[m, j, i] + x * level[m, j, i + 1]
        north = (1.0 - x) * level[m, j + 1, i] + x * level[m, j + 1, i + 1]
        wind = (1.0 - y) * south + y * north
        speed: Array = np.hypot(wind[:, 0], wind[:, 1])
        return speed
