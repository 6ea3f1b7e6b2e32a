"""Wind series drawn from published roses: the wind of the embedded climatology.

Every member of the ensemble is one synthetic weather: two slowly forgotten Gaussian numbers ``a`` and ``b`` that are
the same over the whole basin (`weather`). At each place and month they are turned into the wind by a monotone map
(`rose_map`), so that the wind has the distribution of the rose whatever the weather's memory is, and ``u`` and ``v``
inherit the memory of ``a`` and ``b`` because the map has no jumps and no wrap-around.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ...system.errors import InputError
from ...system.kinds import Json
from ..source import FASTEST_M_S
from .rose_map import NODES, kept_map
from .roses import Roses, distance2
from .weather import AUTUMN_B, Weather

Array = NDArray[np.float64]

CREDIT = "Wind roses: NOAA Blended Sea Winds 1987-2013 (US government work), as in the OpenCPN climatology atlas"


def month_weights(times: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Which two mid-months a moment lies between, and how far along.

    Parameters
    ----------
    times : ndarray
        Epoch seconds.

    Returns
    -------
    before, after : ndarray of int
        Months 0-11; December runs on to January.
    weight : ndarray
        Of ``after``, 0 to 1, smooth at both ends, so that a month's mean stays close to the value at its middle.
    """
    when = np.asarray(times, np.float64)
    month = np.floor(when).astype("datetime64[s]").astype("datetime64[M]")

    def middle(of: NDArray[np.datetime64]) -> Array:
        bounds = [edge.astype("datetime64[s]").astype(np.float64) for edge in (of, of + 1)]
        return 0.5 * (bounds[0] + bounds[1])

    first = np.where(when < middle(month), month - 1, month)
    start, end = middle(first), middle(first + 1)
    x = (when - start) / (end - start)
    number = first.astype(np.int64)
    return number % 12, (number + 1) % 12, x**3 * (10 - 15 * x + 6 * x**2)


class RoseWind:
    """Wind series drawn from roses, one per member (a `driftsim.forcing.source.Source` of kind ``"wind"``).

    Parameters
    ----------
    roses : Roses
    box : tuple of float
        West, east, south, north in degrees; the grid covers it. Grid points without a rose take the nearest one.
    period : tuple of float
        First and last moment, epoch seconds; the levels cover it.
    members : int
        Number of series.
    seed : int
        The run's seed. Member m is the same series however many there are.
    step_hours : float
        Time between levels, which stand at its multiples counted from 1970; must divide a day.
    scale : float
        Factor on the speed.
    fastest_m_s : float, optional
        Greatest speed that is believed; by default that of winds.

    Raises
    ------
    InputError
        No member, an empty box or period, a step that does not divide a day, or no rose in the box.
    """

    kind = "wind"
    wet: NDArray[np.bool_] | None = None
    filled: NDArray[np.bool_] | None = None
    valid: NDArray[np.bool_] | None = None

    def __init__(
        self,
        roses: Roses,
        box: tuple[float, float, float, float],
        period: tuple[float, float],
        members: int = 200,
        seed: int = 1,
        step_hours: float = 6.0,
        scale: float = 1.0,
        fastest_m_s: float | None = None,
    ) -> None:
        _check(box, period, members, step_hours, scale)
        self.fastest_m_s = FASTEST_M_S[self.kind] if fastest_m_s is None else float(fastest_m_s)
        self.members = int(members)
        step = step_hours * SECONDS_PER_HOUR
        first, last = math.floor(period[0] / step), math.ceil(period[1] / step)
        self._first = first
        self.times: Array = np.arange(first, max(last, first + 1) + 1, dtype=np.float64) * step
        self.covers = (float(self.times[0]), float(self.times[-1]))

        west, east, south, north = (float(edge) for edge in box)
        # The roses in the box's branch of longitude.
        lon = roses.lon + 360.0 * np.rint((0.5 * (west + east) - roses.lon) / 360.0)
        reach = roses.spacing_deg
        near = (lon >= west - reach) & (lon <= east + reach)
        near &= (roses.lat >= south - reach) & (roses.lat <= north + reach)
        if not near.any():
            raise InputError(
                f"wind: no rose within {reach:g} degrees of the box {west:g}..{east:g} E, {south:g}..{north:g} N; "
                f"the roses cover {lon.min():g}..{lon.max():g} E, {roses.lat.min():g}..{roses.lat.max():g} N"
            )
        self.lon = _axis(west, east, float(lon[0]), reach)
        self.lat = _axis(south, north, float(roses.lat[0]), reach)
        grid_lon, grid_lat = np.meshgrid(self.lon, self.lat)
        distance = distance2(grid_lon.reshape(-1, 1), grid_lat.reshape(-1, 1), lon, roses.lat)
        used, place = np.unique(distance.argmin(axis=1), return_inverse=True)
        self._place = place.reshape(-1)
        self.on_rose: NDArray[np.bool_] = (distance.min(axis=1) < 1e-12).reshape(grid_lon.shape)
        """Grid points (ny, nx) that are places of a rose; the others hold the nearest one's wind."""

        self._before, self._after, self._weight = month_weights(self.times)
        self._maps = {
            int(m): kept_map(*(values[m][used].tobytes() for values in (roses.share, roses.speed, roses.gale)))
            for m in np.unique(np.concatenate([self._before, self._after]))
        }
        self._autumn = AUTUMN_B[self._before] * (1 - self._weight) + AUTUMN_B[self._after] * self._weight
        self._weather = Weather(self.members, int(seed), step_hours)
        self._scale = np.float32(scale)
        self.info = _info(roses, self.members, int(seed), scale)

    def level(self, k: int) -> NDArray[np.float32]:
        """Wind at ``times[k]``, m/s, towards east and north, shape (members, ny, nx, 2)."""
        if not 0 <= k < len(self.times):
            raise IndexError(f"level {k} of {len(self.times)}")
        a, b = self._weather.at(self._first + k, float(self._autumn[k]))
        i, wa = _node(a)
        j, wb = _node(b)
        later = np.float32(self._weight[k])
        wind = np.zeros((self.members, *self._maps[int(self._before[k])].shape[1:]), np.float32)
        # Between two months the quantiles are mixed, not the probabilities: the rose moves, it does not become two.
        for month, share in ((self._before[k], self._scale * (1 - later)), (self._after[k], self._scale * later)):
            table = self._maps[int(month)]
            for di, dj in ((0, 0), (0, 1), (1, 0), (1, 1)):
                weight = (wa if di else 1 - wa) * (wb if dj else 1 - wb) * share
                wind += table.take((i + di) * len(NODES) + j + dj, axis=0) * weight[:, None, None]
        return wind.take(self._place, axis=1).reshape(self.members, len(self.lat), len(self.lon), 2)


def _node(z: Array) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Node below, and weight of the one above."""
    x = np.clip((z - NODES[0]) / (NODES[1] - NODES[0]), 0.0, len(NODES) - 1)
    i = np.minimum(x.astype(np.intp), len(NODES) - 2)
    return i, (x - i).astype(np.float32)


def _axis(low: float, high: float, origin: float, step: float) -> Array:
    """Multiples of the step about the origin that cover low..high, two at least."""
    first = math.floor((low - origin) / step + 1e-9)
    last = max(math.ceil((high - origin) / step - 1e-9), first + 1)
    axis: Array = origin + np.arange(first, last + 1, dtype=np.float64) * step
    return axis


def _check(box: tuple[float, ...], period: tuple[float, float], members: int, step_hours: float, scale: float) -> None:
    west, east, south, north = box
    if not (west < east and south < north):
        raise InputError(f"wind: the box {box} must be west < east, south < north in degrees")
    if not period[0] <= period[1]:
        raise InputError(f"wind: the period {period} must not end before it starts")
    if members < 1:
        raise InputError(f"wind.members is {members}; at least one wind series is needed")
    steps = SECONDS_PER_DAY / (step_hours * SECONDS_PER_HOUR) if step_hours > 0 else 0.0
    if steps < 1 or abs(steps - round(steps)) > 1e-9:
        raise InputError(f"wind: a step of {step_hours:g} hours between levels does not divide a day; 6 is usual")
    if not (math.isfinite(scale) and scale >= 0):
        raise InputError(f"wind.scale is {scale}; it must be a number, 0 or more")


def _info(roses: Roses, members: int, seed: int, scale: float) -> Json:
    return {
        "product": "wind_roses",
        "title": "Wind series drawn from monthly wind roses",
        "credit": CREDIT,
        "kind_of_record": "climatology",
        "note": (
            "Synthetic weather with the directions, speeds and persistence of a typical year, the same over the whole "
            "basin at one moment; no travelling lows, no typhoons, no wake of the coastal mountains. "
            "Where there is no rose the nearest is held."
        ),
        "members": members,
        "seed": seed,
        "scale": scale,
        "roses": len(roses.lon),
        "roses_months_filled": int(roses.filled.sum()),
        "files": [dict(entry) for entry in roses.files],
    }
