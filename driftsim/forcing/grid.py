"""Axes of the forcing grids: uniform, refinable to uniform, or rectilinear."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..system.errors import InputError
from .source import Source

UNIFORM_TOLERANCE = 1e-4
"""A node may stand this share of the step off a uniform axis."""

FLOAT32_ULP_DEG = 2.0 * float(np.spacing(np.float32(360.0)))
"""Two units in the last place of a longitude stored in single precision, 6e-5 degrees (about 5 m here): HYCOM's
longitudes are off by 4e-5, so that a tolerance that knew only the step would call them irregular."""

MAX_GROWTH = 4
"""An axis is refined in memory only if it gets at most this many times longer."""

Transform = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Axis:
    """An ascending coordinate axis in degrees.

    Parameters
    ----------
    values : array_like, shape (n,)
        Strictly ascending, two nodes or more.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
    uniform : bool
        Whether every node stands within rounding of ``start + i*step``.
    start, step : float
        The first node and the mean step, degrees.

    Raises
    ------
    InputError
        If there are fewer than two nodes, or they do not ascend.
    """

    def __init__(self, values: ArrayLike) -> None:
        self.values = np.ascontiguousarray(values, dtype=np.float64)
        if self.values.ndim != 1 or self.values.size < 2:
            raise InputError(f"a grid axis needs two nodes or more, not {self.values.size}: choose a larger file")
        steps = np.diff(self.values)
        if not np.all(steps > 0.0):
            raise InputError(f"a grid axis does not ascend (from {self.values[0]:g} to {self.values[-1]:g})")
        self.start = float(self.values[0])
        self.step = float((self.values[-1] - self.values[0]) / (self.values.size - 1))
        self.uniform = _on_lattice(self.values, np.arange(self.values.size))

    def __len__(self) -> int:
        return int(self.values.size)

    def locate(self, x: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Cell and position in it: index of the node to the left, and the weight (0 to 1) of the node to the right.

        Points beyond the ends are clamped to them.
        """
        x = np.asarray(x, dtype=np.float64)
        i = np.clip(np.searchsorted(self.values, x, side="right") - 1, 0, self.values.size - 2)
        left = self.values[i]
        return i, np.clip((x - left) / (self.values[i + 1] - left), 0.0, 1.0)

    def ratios(self) -> NDArray[np.intp] | None:
        """How many steps of a uniform axis through all nodes each interval takes; None if there is no such axis."""
        steps = np.diff(self.values)
        ratios = np.rint(steps / steps.min()).astype(np.intp)
        length = int(ratios.sum()) + 1
        if length > MAX_GROWTH * self.values.size:
            return None
        return ratios if _on_lattice(self.values, np.concatenate(([0], np.cumsum(ratios)))) else None


def _on_lattice(values: NDArray[np.float64], index: NDArray[np.intp]) -> bool:
    step = (values[-1] - values[0]) / index[-1]
    off = np.abs(values - (values[0] + step * index)).max()
    return bool(off <= max(UNIFORM_TOLERANCE * step, FLOAT32_ULP_DEG))


class Grid(NamedTuple):
    """Two axes."""

    lon: Axis
    lat: Axis

    @classmethod
    def of(cls, source: Source) -> Grid:
        """The grid of a source."""
        return cls(Axis(source.lon), Axis(source.lat))


class Uniform(NamedTuple):
    """What a kernel for uniform axes needs, and how a level of the source gets there."""

    lon0: float
    dlon: float
    nx: int
    lat0: float
    dlat: float
    ny: int
    transform: Transform


def uniformise(source: Source) -> Uniform | None:
    """The uniform grid that holds the same bilinear field as the source's own, if there is one.

    A uniform axis stays as it is. An axis whose steps are multiples of its smallest one (HYCOM: 0.08 degrees south of
    40 N, 0.04 north of it) is refined by nodes on the straight line between its neighbours, which a bilinear
    interpolation cannot tell from the original. A Gaussian axis has no such grid.

    Parameters
    ----------
    source : Source
        Anything with ascending ``lon`` and ``lat``.

    Returns
    -------
    Uniform or None
        ``(lon0, dlon, nx, lat0, dlat, ny, transform)``, degrees; ``transform`` takes ``(member, lat, lon, 2)`` levels
        of the source and gives C-contiguous ``(member, ny, nx, 2)``. None: interpolate on the source's own axes.
    """
    grid = Grid.of(source)
    lon_ratios, lat_ratios = grid.lon.ratios(), grid.lat.ratios()
    if lon_ratios is None or lat_ratios is None:
        return None
    nx, ny = int(lon_ratios.sum()) + 1, int(lat_ratios.sum()) + 1

    def transform(level: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.ascontiguousarray(refine(refine(level, lat_ratios, axis=-3), lon_ratios, axis=-2))

    lon, lat = grid.lon.values, grid.lat.values
    dlon, dlat = float(lon[-1] - lon[0]) / (nx - 1), float(lat[-1] - lat[0]) / (ny - 1)
    return Uniform(float(lon[0]), dlon, nx, float(lat[0]), dlat, ny, transform)


def refine(values: NDArray[np.float32], ratios: NDArray[np.intp], axis: int) -> NDArray[np.float32]:
    """Nodes put between others on one axis by linear interpolation; the original nodes keep their values bit for bit.

    Parameters
    ----------
    values : ndarray of float32
    ratios : ndarray of int, shape (n - 1,)
        Into how many steps each interval of the axis is cut.
    axis : int
        The axis, of length n.

    Returns
    -------
    ndarray of float32
        With ``sum(ratios) + 1`` nodes along the axis; the input itself where nothing is to be done.
    """
    if np.all(ratios == 1):
        return values
    left = np.repeat(np.arange(ratios.size), ratios)
    start = np.concatenate(([0], np.cumsum(ratios)[:-1]))
    weight = (np.arange(left.size) - start[left]) / ratios[left]
    shape = [1] * values.ndim
    shape[axis] = left.size
    w = weight.astype(np.float32).reshape(shape)
    fine = np.take(values, left, axis=axis) * (np.float32(1.0) - w) + np.take(values, left + 1, axis=axis) * w
    return np.concatenate((fine, np.take(values, [-1], axis=axis)), axis=axis)
