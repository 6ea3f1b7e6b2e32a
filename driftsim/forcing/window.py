"""The few time levels of a field that are in memory, laid out for the driver."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.interpolate import FieldView
from ..system.errors import InputError
from ..system.kinds import AnyArray, Real
from .grid import Axis, Grid, uniformise
from .source import Source, too_fast

_INDEX_LIMIT = 2**32

READ_AHEAD = True
"""Whether the next levels are read while the driver runs; no result depends on it."""


def absent(real: Real, steps: int) -> FieldView:
    """What stands for a field that the run does not have."""
    return FieldView(
        False,
        True,
        np.int32(2),
        np.int32(2),
        1,
        4,
        np.zeros(8, np.float32),
        np.zeros((steps, 3, 2), np.uint32),
        np.zeros((steps, 3), real),
        np.zeros(4),
        np.zeros(2, real),
        np.zeros(4),
        np.zeros(2, np.int32),
        1,
        np.ones(1, real),
    )


class Places(NamedTuple):
    """Places in a grid: the nodes around them, and for each corner of their cells which of these it is and its share
    in the bilinear value."""

    nodes: NDArray[np.intp]
    corners: tuple[NDArray[np.intp], ...]
    shares: tuple[NDArray[np.float64], ...]


class Window:
    """A moving window over the levels of a source.

    Attributes
    ----------
    source : Source
    members : int
    stride : int
        Nodes of one member of one level.
    factors : ndarray, shape (m,)
        Factor on the field for each member of the run, counted modulo m.
    """

    def __init__(self, source: Source, real: Real, factors: NDArray[np.float64] | None = None) -> None:
        self.source = source
        self.members = source.members
        self._real = real
        self.factors: AnyArray = np.ones(1, real) if factors is None else factors.astype(real)
        self._mean_factor = None if factors is None else _by_member(factors, source.members)
        self._most = None if factors is None else _most_by_member(factors, source.members)
        self._times = np.asarray(source.times, np.float64)
        self._slow = bool(getattr(source, "slow", False))
        self._slots: dict[int, int] = {}
        self._coming: dict[int, tuple[int, Future[None]]] = {}
        self._reader: ThreadPoolExecutor | None = None
        self._means: dict[tuple[int, int], NDArray[np.float64]] = {}
        uniform = uniformise(source)
        self._transform = uniform.transform if uniform else (lambda level: level)
        if uniform:
            self.nx, self.ny = uniform.nx, uniform.ny
            self.lon = uniform.lon0 + uniform.dlon * np.arange(uniform.nx)
            self.lat = uniform.lat0 + uniform.dlat * np.arange(uniform.ny)
            origin = np.array([uniform.lon0, uniform.lat0, 1.0 / uniform.dlon, 1.0 / uniform.dlat])
            axes, table, bins_x = np.zeros(4), np.zeros(2, np.int32), 1
        else:
            grid = Grid.of(source)
            self.lon, self.lat = grid.lon.values, grid.lat.values
            self.nx, self.ny = len(self.lon), len(self.lat)
            lon_table, lon_bins = _table(self.lon)
            lat_table, lat_bins = _table(self.lat)
            origin = np.array([self.lon[0], self.lat[0], lon_bins, lat_bins])
            axes, table, bins_x = np.append(self.lon, self.lat), np.append(lon_table, lat_table), len(lon_table)
        self._uniform, self._origin, self._search = uniform is not None, origin, (axes, table, bins_x)
        self.stride = self.nx * self.ny
        self._level_size = self.stride * self.members
        self._data = np.zeros((0, 2 * self._level_size), np.float32)

    def _levels_at(self, times: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Levels around each time and the weight of the second; beyond the outer levels a mean holds."""
        last = len(self._times) - 1
        first = np.searchsorted(self._times, times, side="right") - 1
        a = np.clip(first, 0, last)
        b = np.clip(first + 1, 0, last)
        span = np.where(a == b, 1.0, self._times[b] - self._times[a])
        weight = np.where(a == b, 0.0, (times - self._times[a]) / span)
        return a, np.where(weight == 0.0, a, b), weight  # no level is held for nothing

    def levels_needed(self, times: NDArray[np.float64]) -> int:
        """How many levels the given epoch times take, with those that are read ahead."""
        wanted, ahead = self._levels_of(np.asarray(times, np.float64))
        return len(wanted) + len(ahead)

    def view(self, times: NDArray[np.float64]) -> FieldView:
        """Load what the stage times (steps, 3), epoch seconds, need, and say where it lies.

        The levels that a window of the same length after this one will need are read meanwhile, where a source is worth
        it; what is wrong with one of them is told when it is needed.
        """
        a, b, weight = self._levels_at(times)
        wanted, ahead = self._levels_of(times)
        self._reserve(wanted, ahead, float(np.ptp(times)))
        self._load(wanted, ahead)
        # At a level's own moment the next level counts for nothing; named all the same, the boats' corners stay good.
        following = np.minimum(a + 1, len(self._times) - 1)
        b = np.where((weight == 0.0) & np.isin(following, wanted), following, b)
        place = np.vectorize(self._slots.__getitem__, otypes=[np.uint64])
        size = np.uint64(self._level_size)
        return FieldView(
            True,
            self._uniform,
            np.int32(self.nx),
            np.int32(self.ny),
            self.members,
            self.stride,
            self._data.reshape(-1),
            (place(np.stack([a, b], axis=-1)) * size).astype(np.uint32),
            weight.astype(self._real),
            self._origin,
            self._origin[2:].astype(self._real),
            *self._search,
            self.factors,
        )

    def _levels_of(self, times: NDArray[np.float64]) -> tuple[list[int], list[int]]:
        """Levels that these times take, and what a window after this one takes beside them."""
        a, b, _ = self._levels_at(times)
        wanted = {int(k) for k in np.union1d(a, b)}
        if not (READ_AHEAD and self._slow) or times.size < 2:
            return sorted(wanted), []
        a, b, _ = self._levels_at(times + (times.flat[-1] - times.flat[0]))
        ahead = {int(k) for k in np.union1d(a, b)} - wanted
        room = len(wanted) + len(ahead)
        return sorted(wanted), sorted(ahead) if room * self._level_size < _INDEX_LIMIT else []

    def _reserve(self, wanted: list[int], ahead: list[int], span: float) -> None:
        """Make room for the levels of any window of this length: to enlarge it later would take twice the memory."""
        count = len(wanted) + len(ahead)
        if count <= len(self._data):
            return
        inside = np.searchsorted(self._times, self._times + span, side="left") - np.arange(len(self._times))
        most = int(inside.max()) * (2 if self._slow and READ_AHEAD else 1) + 2
        fits = (_INDEX_LIMIT - 1) // self._level_size
        self._enlarge(max(count, min(most, len(self._times), fits)))

    def _enlarge(self, count: int) -> None:
        if count * self._level_size >= _INDEX_LIMIT:
            raise InputError(
                f"{self.source.kind}: {count} levels of {self.members} members on "
                f"{self.nx} x {self.ny} nodes are too many for one window; use fewer members or a smaller domain"
            )
        self._settle(set(self._coming))
        more = np.zeros((count - len(self._data), 2 * self._level_size), np.float32)
        self._data = np.concatenate([self._data, more]) if len(self._data) else more

    def _load(self, wanted: list[int], ahead: list[int], drop: bool = True) -> None:
        """See that levels are in their slots, and others on their way there; ``drop``: no others are kept."""
        if drop:
            keep = {*wanted, *ahead}
            self._settle(set(self._coming) - keep)
            self._slots = {k: slot for k, slot in self._slots.items() if k in keep}
        new = [k for k in (*wanted, *ahead) if k not in self._slots and k not in self._coming]
        taken = {*self._slots.values(), *(slot for slot, _ in self._coming.values())}
        free = [slot for slot in range(len(self._data)) if slot not in taken]
        if len(new) > len(free):
            size = len(self._data)
            self._enlarge(size + len(new) - len(free))
            free += range(size, len(self._data))
        first = set(wanted)
        for k, slot in zip(new, free, strict=False):
            if self._reader is None and k in first:
                self._fill_slot(k, slot)
                self._slots[k] = slot
                continue
            # From the first level that is read ahead on, one thread reads them all: a source need not be safe for two.
            self._reader = self._reader or ThreadPoolExecutor(1, thread_name_prefix=f"read {self.source.kind}")
            self._coming[k] = slot, self._reader.submit(self._fill_slot, k, slot)
        for k in wanted:
            if k in self._coming:
                slot, level = self._coming.pop(k)
                level.result()
                self._slots[k] = slot

    def _fill_slot(self, k: int, slot: int) -> None:
        self._data[slot] = self._transform(self._level(k)).reshape(-1)

    def _level(self, k: int) -> NDArray[np.float32]:
        """A level of the source, looked at once more: whatever made it, no boat gets a speed that cannot be."""
        source, level = self.source, self.source.level(k)
        moment = np.datetime64(round(float(self._times[k])), "s")
        if np.isnan(level.min()):
            raise InputError(f"{source.kind}: {source.info['title']} has no value somewhere at {moment}; fill it")
        scaled = level if self._most is None else level * self._most.reshape(-1, *(1,) * (level.ndim - 1))
        if too_fast(scaled, source.fastest_m_s):
            raise InputError(
                f"{source.kind}: {source.info['title']} has more than {source.fastest_m_s:g} m/s at {moment}: "
                f"lower {source.kind}.scale, or raise {source.kind}.fastest_m_s if it is meant"
            )
        return level

    def _settle(self, levels: set[int]) -> None:
        """Wait for levels on their way: those that came are kept, and what went wrong is told if they are asked for."""
        for k in levels:
            slot, level = self._coming.pop(k)
            if not level.cancel() and level.exception() is None:
                self._slots[k] = slot

    def mean_at(self, time: float, places: Places) -> NDArray[np.float64]:
        """Mean over members at an epoch time and at places, shape (place, 2), m/s."""
        a, b, weight = self._levels_at(np.array([time]))
        low, high = (self._mean_of(int(k[0]), places) for k in (a, b))
        found: NDArray[np.float64] = low + weight[0] * (high - low)
        return found

    def places(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Places:
        """Where degrees (one dimension) lie in the grid, for `mean_at`."""
        (i, right), (j, up) = Axis(self.lon).locate(lon), Axis(self.lat).locate(lat)
        corners = [(j + dj) * self.nx + i + di for dj in (0, 1) for di in (0, 1)]
        shares = tuple((up if dj else 1.0 - up) * (right if di else 1.0 - right) for dj in (0, 1) for di in (0, 1))
        nodes, which = np.unique(np.stack(corners), return_inverse=True)
        return Places(nodes, tuple(which.reshape(4, -1)), shares)

    def _mean_of(self, k: int, places: Places) -> NDArray[np.float64]:
        """Mean of a level over its members at places; kept while the level is in memory."""
        key = k, id(places)
        if key not in self._means:
            self._load([k], [], drop=False)
            level = self._data[self._slots[k]].reshape(self.members, self.stride, 2)
            self._means = {which: mean for which, mean in self._means.items() if which[0] in self._slots}
            # A coarse field has few nodes for many places: its members are averaged there, once each.
            there = np.take(level, places.nodes, axis=1)
            if self._mean_factor is not None:
                there = there * self._mean_factor[:, None, None]
            mean = there.mean(axis=0, dtype=np.float64)
            self._means[key] = sum(
                share[:, None] * mean[corner] for corner, share in zip(places.corners, places.shares, strict=True)
            )
        return self._means[key]


def _by_member(factors: NDArray[np.float64], members: int) -> NDArray[np.float64]:
    """Mean factor of the run's members that share a member of the field, (member,)."""
    of = np.arange(len(factors)) % members
    mean: NDArray[np.float64] = np.bincount(of, factors, members) / np.bincount(of, minlength=members)
    return mean


def _most_by_member(factors: NDArray[np.float64], members: int) -> NDArray[np.float32]:
    """Largest factor of the run's members that share a member of the field, (member,)."""
    most = np.zeros(members)
    np.maximum.at(most, np.arange(len(factors)) % members, factors)
    return most.astype(np.float32)


def _table(axis: NDArray[np.float64]) -> tuple[NDArray[np.int32], float]:
    """For each bin of a uniform division, the cell in which the bin starts; and bins per degree.

    Bins are narrower than the narrowest cell, so that a bin holds at most one node.
    """
    width = 0.9 * float(np.diff(axis).min())
    count = int(np.ceil((axis[-1] - axis[0]) / width))
    starts = axis[0] + (axis[-1] - axis[0]) / count * np.arange(count)
    cell = np.clip(np.searchsorted(axis, starts, side="right") - 1, 0, len(axis) - 2)
    return cell.astype(np.int32), count / float(axis[-1] - axis[0])
