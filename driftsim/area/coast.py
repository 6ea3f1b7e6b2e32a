"""The coastline: where land is, how far it is, which stretch it belongs to, and which kilometre.

One file, ``shoreline.npz`` in the area's folder, independent of every forcing grid.
"""

from __future__ import annotations

import zipfile
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kernels.shore import Shore, are_land, nearest_pieces, seaward_point
from ..system.constants import WGS84_A_M, WGS84_E2
from ..system.errors import InputError
from ..system.kinds import AnyArray
from .area import Area

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

_MICRO = 1e-6
_Floats = NDArray[np.float64]


class Line(NamedTuple):
    """A generalised coast line, land on the right hand; vertices every 5 km or so."""

    key: str
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    km: NDArray[np.float64]  # along the line, at each vertex


class LineBins(NamedTuple):
    """Bins of equal length along the generalised lines, for densities per kilometre; the last of a line is shorter."""

    line: NDArray[np.int16]
    km_start: NDArray[np.float64]
    km_end: NDArray[np.float64]
    lon_mid: NDArray[np.float64]
    lat_mid: NDArray[np.float64]
    stretch: NDArray[np.int16]  # at the middle


def earth_xyz(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """Earth-centred coordinates on WGS84, metres, (n, 3): straight distances are geodesic within 1 m up to 100 km."""
    a, e2 = WGS84_A_M, WGS84_E2
    x, y = np.radians(lon), np.radians(lat)
    n = a / np.sqrt(1.0 - e2 * np.sin(y) ** 2)
    return np.stack([n * np.cos(y) * np.cos(x), n * np.cos(y) * np.sin(x), n * (1.0 - e2) * np.sin(y)], axis=-1)


class Coast:
    """The shoreline with its stretches and lines, from a file ``shoreline.npz``.

    Attributes
    ----------
    shore : Shore
        Flat arrays for kernels.
    box : tuple of float
        West, east, south, north: the coast is known inside only.
    stretch_keys : tuple of str
        Keys of the stretches; the index is the code in kernels and outputs.
    segment_stretch : (segments,) int16
        Code of each segment; its index is the one that `first_crossing` returns.
    segment_is_shore : (segments,) bool
        False for edges made by cutting the polygons at the box, and for the slots between two rings.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path) as file:
            self._file: dict[str, AnyArray] = {name: file[name] for name in file.files}
        self.stretch_keys: tuple[str, ...] = tuple(self._file["stretch_keys"].tolist())
        west, east, south, north = self._file["box"].tolist()
        self.box: tuple[float, float, float, float] = (west, east, south, north)
        micro = np.cumsum(self._file["vertices"], axis=1, dtype=np.int32)
        self.vertices: _Floats = np.ascontiguousarray(micro.T).astype(np.float64) * _MICRO
        self._ring_starts = self._file["ring_starts"]
        self.segment_stretch: NDArray[np.int16] = self._file["stretch"].astype(np.int16)
        self.segment_is_shore = self._shore_edges(micro)
        self.shore = self._shore()

    def stretches_within(self, domain: tuple[float, float, float, float]) -> tuple[str, ...]:
        """Keys of the stretches with shore inside a box of west, east, south, north, degrees."""
        west, east, south, north = domain
        west, east = (west - 360.0, east - 360.0) if west > self.box[1] else (west, east)
        lon, lat = self.vertices.T
        inside = (lon > west) & (lon < east) & (lat > south) & (lat < north)
        codes = np.unique(self.segment_stretch[inside[: self.segment_stretch.size] & self.segment_is_shore])
        return tuple(self.stretch_keys[code] for code in codes.tolist() if code >= 0)

    def _shore_edges(self, micro: NDArray[np.int32]) -> NDArray[np.bool_]:
        real = np.ones(micro.shape[1], bool)
        real[self._ring_starts[1:] - 1] = False
        west, east, south, north = (np.rint(np.array(self.box) / _MICRO)).astype(np.int64)
        for axis, edges in ((0, (west, east)), (1, (south, north))):
            for edge in edges:
                here = micro[axis] == edge
                real[:-1] &= ~(here[:-1] & here[1:])
        return real

    def _shore(self) -> Shore:
        per_degree = float(self._file["per_degree"])
        west, east, south, north = self.box
        nx, ny = round((east - west) * per_degree), round((north - south) * per_degree)
        rows, runs = _bins(self.vertices, self.segment_is_shore, west, south, per_degree, nx, ny)
        land = np.unpackbits(self._file["land"], count=nx * ny)
        flat = np.ascontiguousarray(self.vertices).reshape(-1)
        clear, near, masks = (self._file[name] for name in ("clear", "near", "masks"))
        return Shore(west, south, per_degree, nx, ny, flat, rows, runs, clear, land, near, masks)

    def _points(self, lon: ArrayLike, lat: ArrayLike) -> tuple[_Floats, _Floats, tuple[int, ...]]:
        """Points as flat arrays, and their shape; all must lie where the coast is known."""
        x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        west, east, south, north = self.box
        outside = ~((x >= west) & (x <= east) & (y >= south) & (y <= north))
        if outside.any():
            raise InputError(
                f"{int(outside.sum())} of {x.size} points lie outside the shoreline's box {west:g}-{east:g} E, "
                f"{south:g}-{north:g} N; the first: {x[outside][0]:.4f} E, {y[outside][0]:.4f} N"
            )
        return np.ascontiguousarray(x).ravel(), np.ascontiguousarray(y).ravel(), x.shape

    def is_land(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
        """Whether points are on land, exactly. Degrees, any shape; InputError outside the box."""
        x, y, shape = self._points(lon, lat)
        out = np.empty(x.size, np.bool_)
        east, north = np.nextafter(self.box[1::2], 0.0)  # the box's own edges belong to no cell
        are_land(self.shore, np.minimum(x, east), np.minimum(y, north), out)
        return out.reshape(shape)

    def distance_km(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """Distance to the nearest shore (from land too), km, within 1 m or 10⁻⁴ of it. Degrees, any shape.

        Shores outside the box are not seen.
        """
        x, y, shape = self._points(lon, lat)
        point = earth_xyz(x, y)
        _, near = self._tree.query(point)
        segment = self._sample_segment[near]
        a, b = self._ends[segment], self._ends[segment + 1]
        edge = b - a
        along = ((point - a) * edge).sum(1) / np.maximum((edge**2).sum(1), 1e-9)
        off = point - a - np.clip(along, 0.0, 1.0)[:, None] * edge
        found: _Floats = (np.sqrt((off**2).sum(1)) / 1000.0).reshape(shape)
        return found

    def nearest_stretch(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
        """Code of the stretch of the nearest shore, and the distance to it, km, within 0.1 km. Degrees, any shape."""
        x, y, shape = self._points(lon, lat)
        metres, near = self._tree.query(earth_xyz(x, y))
        stretch = self.segment_stretch[self._sample_segment[near]]
        return stretch.reshape(shape), np.reshape(metres / 1000.0, shape)

    def nearest_sea(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points on land moved to the sea off the nearest shore, some metres from it; wet points stay.

        Parameters
        ----------
        lon, lat : array_like
            Degrees, any shape; InputError outside the box.

        Returns
        -------
        lon, lat : ndarray
        """
        x, y, shape = self._points(lon, lat)
        x, y = x.copy(), y.copy()
        for i in np.flatnonzero(self.is_land(x, y)):
            x[i], y[i] = self._off_nearest_shore(x[i], y[i])
        return x.reshape(shape), y.reshape(shape)

    def _off_nearest_shore(self, lon: float, lat: float) -> tuple[float, float]:
        _, near = self._tree.query(earth_xyz(lon, lat), k=32)
        for segment in self._sample_segment[near]:
            (ax, ay), (bx, by) = self.vertices[segment], self.vertices[segment + 1]
            middle = (0.5 * (ax + bx), 0.5 * (ay + by))
            wet = seaward_point(self.shore, *middle, segment, *middle)
            if not self.is_land(*wet):
                found: tuple[float, float] = wet
                return found
        raise InputError(f"{lon:.4f} E, {lat:.4f} N: no sea found off the nearest shore; give a point at sea")

    @cached_property
    def _ends(self) -> NDArray[np.float64]:
        return earth_xyz(self.vertices[:, 0], self.vertices[:, 1])

    @cached_property
    def _sample_segment(self) -> NDArray[np.int64]:
        """Segment of each sample of the search tree: as many samples as put them 100 m apart or less."""
        segment = np.flatnonzero(self.segment_is_shore)
        length = np.sqrt(((self._ends[segment + 1] - self._ends[segment]) ** 2).sum(1))
        return np.repeat(segment, np.ceil(length / 100.0).astype(int).clip(1))

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        segment = self._sample_segment
        first = np.r_[True, segment[1:] != segment[:-1]]
        start = np.flatnonzero(first)
        number = np.diff(np.r_[start, len(segment)])
        rank = np.arange(len(segment)) - np.repeat(start, number)
        along = (rank + 0.5) / np.repeat(number, number)
        a, b = self._ends[segment], self._ends[segment + 1]
        # A balanced tree of tight boxes takes longer to build, and here to query too; so does one of small leaves.
        return cKDTree(a + along[:, None] * (b - a), leafsize=32, balanced_tree=False, compact_nodes=False)

    @cached_property
    def lines(self) -> list[Line]:
        """Generalised coast lines: mainlands and each larger island, each with its own kilometres."""
        xy = self._file["line_xy"] * _MICRO
        km = self._file["line_km"].astype(np.float64)
        starts = self._file["line_starts"]
        return [
            Line(key, xy[a:b, 0], xy[a:b, 1], km[a:b])
            for key, a, b in zip(self.line_names, starts[:-1], starts[1:], strict=True)
        ]

    @cached_property
    def line_names(self) -> tuple[str, ...]:
        """Key of each line; the index is the code in outputs."""
        return tuple(self._file["line_keys"].tolist())

    @cached_property
    def _pieces(self) -> tuple[NDArray[np.float64], ...]:
        """Ends of the pieces of all lines, and the pieces of each stretch as compressed rows."""
        xy = self._file["line_xy"] * _MICRO
        owner = self._file["line_stretch"].astype(np.int64)  # -1 at the slots between lines
        order = np.argsort(owner, kind="stable")
        order = order[owner[order] >= 0]
        rows = np.searchsorted(owner[order], np.arange(len(self.stretch_keys) + 1))
        after = np.roll(xy, -1, axis=0)
        return tuple(np.ascontiguousarray(a) for a in (xy[:, 0], xy[:, 1], after[:, 0], after[:, 1], order, rows))

    def project(
        self, lon: ArrayLike, lat: ArrayLike, stretch: ArrayLike
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Line and kilometre of places on the shore: the nearest point of the lines of their stretch.

        Parameters
        ----------
        lon, lat : (n,) array_like
            Degrees.
        stretch : (n,) array_like of int
            Codes; -1 where there is none.

        Returns
        -------
        line : (n,) int16
            Index into `line_names`, -1 without a stretch.
        km : (n,) float32
            Along the line, NaN without a stretch.
        """
        x, y, s = (
            np.ascontiguousarray(a).ravel()
            for a in np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float), np.asarray(stretch, np.int64))
        )
        where, along = np.empty(x.size, np.int64), np.empty(x.size)
        nearest_pieces(x, y, s, *self._pieces, where, along)
        starts, km = self._file["line_starts"], self._file["line_km"].astype(np.float64)
        line = (np.searchsorted(starts, where, side="right") - 1).astype(np.int16)
        after = np.minimum(where + 1, len(km) - 1)
        at = np.where(where >= 0, km[where] + along * (km[after] - km[where]), np.nan)
        return np.where(where >= 0, line, np.int16(-1)), at.astype(np.float32)

    def line_bins(self, width_km: float = 5.0) -> LineBins:
        """Bins along all lines for densities per kilometre."""
        if not width_km > 0.0:
            raise InputError(f"width_km: {width_km!r} is not positive")
        owner, starts = self._file["line_stretch"].astype(np.int16), self._file["line_starts"]
        found: list[tuple[AnyArray, ...]] = []
        for index, line in enumerate(self.lines):
            begin = np.arange(max(1, int(np.ceil(line.km[-1] / width_km)))) * width_km
            end = np.minimum(begin + width_km, line.km[-1])
            middle = 0.5 * (begin + end)
            piece = np.clip(np.searchsorted(line.km, middle, side="right") - 1, 0, len(line.km) - 2)
            lon, lat = np.interp(middle, line.km, line.lon), np.interp(middle, line.km, line.lat)
            found.append((np.full(begin.size, index, np.int16), begin, end, lon, lat, owner[starts[index] + piece]))
        return LineBins(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def bin_lines(self, width_km: float = 5.0) -> list[NDArray[np.float64]]:
        """The generalised line of each of the `line_bins`: (n, 2) vertices, degrees."""
        bins = self.line_bins(width_km)
        out = []
        for index, begin, end in zip(bins.line.tolist(), bins.km_start, bins.km_end, strict=True):
            line = self.lines[index]
            inner = line.km[(line.km > begin) & (line.km < end)]
            km = np.concatenate([[begin], inner, [end]])
            out.append(np.column_stack([np.interp(km, line.km, line.lon), np.interp(km, line.km, line.lat)]))
        return out

    @cached_property
    def polygons(self) -> list[NDArray[np.float64]]:
        """Land for drawing, full resolution: closed rings (n, 2), largest first, cut at the box."""
        return np.split(self.vertices, self._ring_starts[1:-1])

    @cached_property
    def polygons_coarse(self) -> list[NDArray[np.float64]]:
        """Land for small-scale maps: simplified to 0.01 degrees, islands from 1 km across on."""
        import shapely

        large = [ring for ring in self.polygons if np.ptp(ring, axis=0).max() > 0.01]
        return [shapely.get_coordinates(shapely.simplify(shapely.LinearRing(ring), 0.01)) for ring in large]


def _bins(
    vertices: NDArray[np.float64],
    is_shore: NDArray[np.bool_],
    west: float,
    south: float,
    per_degree: float,
    nx: int,
    ny: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Segments in bins, as compressed rows of runs.

    A segment stands in every bin that its bounding box touches, widened by some centimetres: the walk of a chord
    through the bins may then pass a corner on the wrong side by a rounding error and still sees the segment.
    """
    segment = np.flatnonzero(is_shore).astype(np.int32)
    margin = 1e-5  # of a cell: 2 cm
    low, high = [], []
    for axis, corner, size in ((0, west, nx), (1, south, ny)):
        at = (vertices[:, axis] - corner) * per_degree
        a, b = at[segment], at[segment + 1]
        low.append((np.minimum(a, b) - margin).clip(0, size - 1).astype(np.int32))
        high.append((np.maximum(a, b) + margin).clip(0, size - 1).astype(np.int32))
    wide = high[0] - low[0] + 1
    number = wide * (high[1] - low[1] + 1)
    which = np.repeat(np.arange(segment.size, dtype=np.int32), number)
    rank = np.arange(which.size, dtype=np.int32) - np.repeat(np.cumsum(number, dtype=np.int32) - number, number)
    up = rank // wide[which]
    cell = (low[1][which] + up) * np.int32(nx) + low[0][which] + rank - up * wide[which]
    order = np.argsort(cell, kind="stable")
    cell, segment = cell[order], segment[which[order]]
    # Segments that follow each other in one bin make a run: each vertex is then looked at once.
    first = np.flatnonzero(np.r_[True, (np.diff(segment) != 1) | (np.diff(cell) != 0)])
    last = np.r_[first[1:], cell.size] - 1
    runs = np.stack([segment[first], segment[last] + 1], axis=1).astype(np.int32)
    rows = np.zeros(nx * ny + 1, np.int32)
    np.cumsum(np.bincount(cell[first], minlength=nx * ny).astype(np.int32), dtype=np.int32, out=rows[1:])
    return rows, runs.reshape(-1)


def no_shore() -> Shore:
    """A world without land, for runs without a coast: one cell, always clear."""
    return Shore(
        -720.0,
        -90.0,
        1.0 / 1440.0,
        1,
        1,
        np.zeros(4),
        np.zeros(2, np.int32),
        np.zeros(0, np.int32),
        np.full(1, 255, np.uint8),
        np.zeros(1, np.uint8),
        np.zeros(1, np.uint16),
        np.zeros(1, np.uint64),
    )


def of(area: Area) -> Coast:
    """The coast of an area; read once.

    Raises
    ------
    InputError
        If it has no shoreline, or one of other stretches than its ``area.toml``.
    """
    return _read(area.existing("shoreline.npz", "shoreline"), tuple(stretch.key for stretch in area.stretches))


@lru_cache(maxsize=4)
def _read(path: Path, keys: tuple[str, ...]) -> Coast:
    try:
        coast = Coast(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise InputError(f"{path}: is no shoreline of an area ({problem}); build the area again") from None
    if coast.stretch_keys != keys:
        raise InputError(f"{path}: its stretches are not those of area.toml beside it; build the area again")
    return coast
