"""The few time levels of a field that are in memory, laid out for the driver."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..kernels.interpolate import FieldView
from .grid import Grid, uniformise
from .source import Source, too_fast

_INDEX_LIMIT = 2**32


def absent(real: Any, steps: int) -> FieldView:
    """What stands for a field that the run does not have."""
    return FieldView(
        False, True, np.int32(2), np.int32(2), 1, 4, np.uint64(1), np.zeros(8, np.float32),
        np.zeros((steps, 3, 2), np.uint32), np.zeros((steps, 3), real), np.zeros(4), np.zeros(2, real),
        np.zeros(4), np.zeros(2, np.int32), 1,
    )  # fmt: skip


class Window:
    """A moving window over the levels of a source.

    Attributes
    ----------
    source : Source
    members : int
    stride : int
        Nodes of one member of one level.
    """

    def __init__(self, source: Source, real: Any) -> None:
        self.source = source
        self.members = source.members
        self._real = real
        self._times = np.asarray(source.times, np.float64)
        self._slots: dict[int, int] = {}
        self._means: dict[int, NDArray[np.float64]] = {}
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
        return a, b, weight

    def levels_needed(self, times: NDArray[np.float64]) -> int:
        """How many levels the given epoch times take."""
        a, b, _ = self._levels_at(times)
        return len(np.union1d(a, b))

    def view(self, times: NDArray[np.float64]) -> FieldView:
        """Load what the stage times (steps, 3), epoch seconds, need, and say where it lies."""
        a, b, weight = self._levels_at(times)
        slot = self._load([int(k) for k in np.union1d(a, b)])
        place = np.vectorize(slot.__getitem__, otypes=[np.uint64])
        size = np.uint64(self._level_size)
        return FieldView(
            True, self._uniform, np.int32(self.nx), np.int32(self.ny), self.members, self.stride, np.uint64(1),
            self._data.reshape(-1), (place(np.stack([a, b], axis=-1)) * size).astype(np.uint32),
            weight.astype(self._real), self._origin, self._origin[2:].astype(self._real), *self._search,
        )  # fmt: skip

    def _load(self, wanted: list[int]) -> dict[int, int]:
        self._slots = {k: slot for k, slot in self._slots.items() if k in wanted}
        free = [slot for slot in range(len(self._data)) if slot not in self._slots.values()]
        missing = [k for k in wanted if k not in self._slots]
        if len(missing) > len(free):
            more = len(missing) - len(free)
            if (len(self._data) + more) * self._level_size >= _INDEX_LIMIT:
                raise InputError(
                    f"{self.source.kind}: {len(self._data) + more} levels of {self.members} members on "
                    f"{self.nx} x {self.ny} nodes are too many for one window; use fewer members or a smaller domain"
                )
            free += range(len(self._data), len(self._data) + more)
            self._data = np.concatenate([self._data, np.zeros((more, 2 * self._level_size), np.float32)])
        for k, slot in zip(missing, free, strict=False):
            self._data[slot] = self._transform(self._level(k)).reshape(-1)
            self._slots[k] = slot
        return self._slots

    def _level(self, k: int) -> NDArray[np.float32]:
        """A level of the source, looked at once more: whatever made it, no boat gets a speed that cannot be."""
        source, level = self.source, self.source.level(k)
        moment = np.datetime64(round(float(self._times[k])), "s")
        if np.isnan(level.min()):
            raise InputError(f"{source.kind}: {source.info['title']} has no value somewhere at {moment}; fill it")
        if too_fast(level, source.fastest_m_s):
            raise InputError(
                f"{source.kind}: {source.info['title']} has more than {source.fastest_m_s:g} m/s at {moment}: "
                f"lower {source.kind}.scale, or raise {source.kind}.fastest_m_s if it is meant"
            )
        return level

    def mean_at(self, time: float) -> NDArray[np.float64]:
        """Mean over members at an epoch time, shape (ny, nx, 2), m/s."""
        a, b, weight = self._levels_at(np.array([time]))
        low, high = (self._mean_of(int(k[0])) for k in (a, b))
        return low + weight[0] * (high - low)

    def _mean_of(self, k: int) -> NDArray[np.float64]:
        """Mean of a level over its members; kept while the level is in memory."""
        if k not in self._means:
            slot = self._load(sorted({*self._slots, k}))[k]
            shape = (self.members, self.ny, self.nx, 2)
            self._means = {level: mean for level, mean in self._means.items() if level in self._slots}
            self._means[k] = self._data[slot].reshape(shape).mean(axis=0, dtype=np.float64)
        return self._means[k]


def _table(axis: NDArray[np.float64]) -> tuple[NDArray[np.int32], float]:
    """For each bin of a uniform division, the cell in which the bin starts; and bins per degree.

    Bins are narrower than the narrowest cell, so that a bin holds at most one node.
    """
    width = 0.9 * float(np.diff(axis).min())
    count = int(np.ceil((axis[-1] - axis[0]) / width))
    starts = axis[0] + (axis[-1] - axis[0]) / count * np.arange(count)
    cell = np.clip(np.searchsorted(axis, starts, side="right") - 1, 0, len(axis) - 2)
    return cell.astype(np.int32), count / float(axis[-1] - axis[0])
