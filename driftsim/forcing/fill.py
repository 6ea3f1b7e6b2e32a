"""Sea values carried over land once, so that a boat between the last wet node and the shore has a current."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..system.constants import SPHERE_RADIUS_M
from ..system.errors import InputError
from .grid import Axis
from .source import Source

_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


class Fill:
    """Weights that carry sea values over land for one grid and one mask.

    The land is filled from the coast inward, ring by ring: a dry node that touches nodes with a value (eight
    neighbours) takes their mean, weighted by the inverse square of the distance, as far as ``fill_km`` from the nearest
    wet node. Nothing depends on the order of the nodes, so the fill of a mirrored field is the mirrored fill; it is
    linear, so the fill of a sign-flipped field is the sign-flipped fill, bit for bit. Each ring is a sparse matrix of
    the nodes near the coast, so that a level costs a product for each; multiplied out they would fill more memory than
    the level itself.

    Parameters
    ----------
    wet : ndarray of bool, shape (ny, nx)
        Where the provider has a value.
    lon, lat : array_like, shape (nx,), (ny,)
        Ascending degrees.
    fill_km : float
        How far from the nearest wet node values are carried; 0 fills nothing.

    Attributes
    ----------
    wet, filled, valid : ndarray of bool, shape (ny, nx)
        The mask given, the nodes that get a value from the fill, and either.
    """

    def __init__(self, wet: NDArray[np.bool_], lon: ArrayLike, lat: ArrayLike, fill_km: float) -> None:
        self.wet = np.array(wet, dtype=bool)
        lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if self.wet.shape != (lat.size, lon.size):
            raise ValueError(f"mask of shape {self.wet.shape} on a grid of {lat.size} by {lon.size}")
        self.filled = np.zeros_like(self.wet)
        self._node = self._target = np.empty(0, dtype=np.intp)
        self._rings: list[tuple[NDArray[np.intp], Any]] = []
        if self.wet.any() and not self.wet.all() and fill_km > 0.0:
            self._build(lon, lat, fill_km)
        self.valid = self.wet | self.filled

    def _build(self, lon: NDArray[np.float64], lat: NDArray[np.float64], fill_km: float) -> None:
        from scipy import sparse

        near = ~self.wet & (distance_to_wet_km(self.wet, lon, lat, fill_km) <= fill_km)
        known = self.wet.copy()
        # The nodes that take part: those to be filled, and the wet ones beside them.
        node = np.flatnonzero(near | (self.wet & _beside(near)))
        compact = np.zeros(self.wet.size, np.int32)
        compact[node] = np.arange(node.size, dtype=np.int32)
        dry = np.flatnonzero(near)
        while True:
            ring = _ring(known, dry, lon, lat)
            if ring is None:
                break
            target, row, column, weight = ring
            step = sparse.csr_array((weight, (row, compact[column])), shape=(target.size, node.size))
            self._rings.append((compact[target].astype(np.intp), step))
            known.ravel()[target] = True
            dry = dry[~known.ravel()[dry]]
        self.filled = known & ~self.wet
        self._node = node
        self._target = np.flatnonzero(self.filled)
        self._of_target = compact[self._target]
        self._of_wet = compact[node[self.wet.ravel()[node]]]

    def __call__(self, level: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill a level in place.

        Parameters
        ----------
        level : ndarray of float32, shape (..., ny, nx, 2)
            C-contiguous velocities; what stands at dry nodes (NaN or anything) is replaced.

        Returns
        -------
        ndarray of float32
            The same array: wet nodes untouched, filled nodes set, 0 elsewhere.
        """
        if not level.flags.c_contiguous:
            raise ValueError("a level must be C-contiguous to be filled in place")
        flat = level.reshape(-1, self.wet.size, 2)
        dry = ~self.wet.ravel()
        for member in flat:
            values = np.zeros((self._node.size, 2))
            if self._node.size:
                values[self._of_wet] = member[self._node[self._of_wet]]
                for target, step in self._rings:
                    values[target] = step @ values
            member[dry] = 0.0
            if self._node.size:
                member[self._target] = values[self._of_target]
        return level


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The nodes of a mask and their eight neighbours."""
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    wide = out.copy()
    out[:, 1:] |= wide[:, :-1]
    out[:, :-1] |= wide[:, 1:]
    return out


def _ring(
    known: NDArray[np.bool_], dry: NDArray[np.intp], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]] | None:
    """The next ring of dry nodes: flat targets, then (row, column, weight) triples; None when done."""
    ny, nx = known.shape
    js, is_ = np.divmod(dry, nx)
    rows, columns, weights = [], [], []
    for dj, di in _NEIGHBOURS:
        j, i = js + dj, is_ + di
        inside = np.flatnonzero((j >= 0) & (j < ny) & (i >= 0) & (i < nx))
        inside = inside[known[j[inside], i[inside]]]
        j, i = j[inside], i[inside]
        dy = lat[j] - lat[js[inside]]
        dx = (lon[i] - lon[is_[inside]]) * np.cos(np.radians(lat[js[inside]]))
        rows.append(inside)
        columns.append(j * nx + i)
        weights.append(1.0 / (dx * dx + dy * dy))
    row, column, weight = np.concatenate(rows), np.concatenate(columns), np.concatenate(weights)
    if row.size == 0:
        return None
    touched, row = np.unique(row, return_inverse=True)
    weight = weight / np.bincount(row, weight)[row]
    return js[touched] * nx + is_[touched], row, column, weight


def distance_to_wet_km(
    wet: NDArray[np.bool_], lon: ArrayLike, lat: ArrayLike, reach_km: float = np.inf
) -> NDArray[np.float64]:
    """Great-circle distance of every node from the nearest wet one, km.

    Parameters
    ----------
    wet : ndarray of bool, shape (ny, nx)
    lon, lat : array_like, shape (nx,), (ny,)
        Degrees.
    reach_km : float
        What lies farther is said to be infinitely far, and costs less.

    Returns
    -------
    ndarray of float64, shape (ny, nx)
        0 at wet nodes; infinite if there is none.
    """
    from scipy.spatial import cKDTree

    distance = np.zeros(wet.shape)
    if not wet.any():
        return np.full(wet.shape, np.inf)
    phi, lam = np.radians(np.asarray(lat, dtype=np.float64)), np.radians(np.asarray(lon, dtype=np.float64))

    def points(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        j, i = np.nonzero(mask)
        return np.stack((np.cos(phi[j]) * np.cos(lam[i]), np.cos(phi[j]) * np.sin(lam[i]), np.sin(phi[j])), axis=-1)

    # The nearest wet node touches land.
    tree = cKDTree(points(wet & _beside(~wet)))
    angle = min(reach_km * 1e3 / SPHERE_RADIUS_M * (1.0 + 1e-9), np.pi)
    chord, _ = tree.query(
        points(~wet), distance_upper_bound=2.0 * np.sin(0.5 * angle) * (1.0 + 1e-9) + 1e-12, workers=-1
    )
    distance[~wet] = 2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)) * SPHERE_RADIUS_M * 1e-3
    distance[~wet] = np.where(np.isfinite(chord), distance[~wet], np.inf)
    return distance


def check_sea(source: Source, lon: ArrayLike, lat: ArrayLike) -> None:
    """See that a source has a value at every one of these places at sea.

    Parameters
    ----------
    source : Source
    lon, lat : array_like, shape (n,)
        Places at sea, degrees, in the source's branch of longitude.

    Raises
    ------
    InputError
        If the bilinear interpolation at any of them needs a node that is neither wet nor filled: how many, an
        example, and the ``fill_km`` that would do.
    """
    if source.valid is None:
        return
    lon, lat = np.atleast_1d(np.asarray(lon, dtype=np.float64)), np.atleast_1d(np.asarray(lat, dtype=np.float64))
    i, a = Axis(source.lon).locate(lon)
    j, b = Axis(source.lat).locate(lat)
    bad = np.zeros(lon.size, dtype=bool)
    needed = np.zeros_like(source.valid)
    for dj, wj in ((0, 1.0 - b), (1, b)):
        for di, wi in ((0, 1.0 - a), (1, a)):
            missing = (wi * wj > 0.0) & ~source.valid[j + dj, i + di]
            bad |= missing
            needed[j[missing] + dj, i[missing] + di] = True
    if not bad.any():
        return
    raise InputError(_no_value(source, lon, lat, bad, needed))


def _no_value(
    source: Source,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    bad: NDArray[np.bool_],
    needed: NDArray[np.bool_],
) -> str:
    wet = source.wet if source.wet is not None else ~needed
    reach = float(distance_to_wet_km(wet, source.lon, source.lat)[needed].max())
    first = int(np.flatnonzero(bad)[0])
    message = (
        f"{source.kind} ({source.info.get('title', source.info.get('product', 'source'))}) has no value at "
        f"{int(bad.sum())} of {bad.size} sea points of the domain, such as {lon[first]:.3f} E, {lat[first]:.3f} N"
    )
    if not np.isfinite(reach):
        return message + ": it has no wet node at all in the box; choose another product"
    wanted = 10.0 * np.ceil((reach + 1e-6) / 10.0)
    return message + (
        f"; the farthest node needed lies {reach:.0f} km from the nearest value: set "
        f"{source.kind}.fill_km = {wanted:.0f}, shrink coast.domain, or choose a product that reaches there"
    )
