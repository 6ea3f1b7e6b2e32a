"""Eddies drawn for each member: a stream function that is zero on every coast, on a grid of its own.

A member is one season's eddies, shared by all of its boats. On the corners of a quarter-degree grid stands

    psi = a(x) T(d) g(x, t)

with ``g`` a Gaussian field that is correlated in space and time, ``a`` the speed that is typical of the place, and
``T`` a taper with the distance to the nearest shore. Velocities stand in the middle of the cells and are the exact
discrete curl of ``psi``, so nothing flows into or out of any box of four of them.

``g`` is a moving average of independent numbers on a lattice of half degrees and of time. The number of (seed, member,
time index, place) is read off a Philox stream, without state: levels come in any order, and member 7 is the same of 50
or of 200.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...area.area import Area
from ...system.constants import SECONDS_PER_DAY
from ...system.errors import InputError
from ...system.kinds import Json

if TYPE_CHECKING:
    from ...kernels.shore import Shore

Array = NDArray[np.float64]
Single = NDArray[np.float32]

FILE = "eddies.csv"
"""In the area's folder: speed of the eddies by place, rms of a component."""

CELL_DEG = 0.25
"""Side of the cells; the radius of an eddy is two cells or more."""
STILL_KM, TAPER_KM = 10.0, 60.0
"""Distances from the shore up to which the stream function is zero, and from which it is that of the open sea.

Zero on the shore alone would leave a seventh of the open sea's speed across the coast: between corners 28 km apart a
curve is a straight line. An islet gets a still circle of the first width, where a corner is that near."""
SMALLEST_KM, LARGEST_KM = 40.0, 200.0
"""Lengths that a grid of a quarter degree can hold, and that leave a basin several eddies."""

_NEAR_KM = 80.0
"""Width of the weights with which the places of the table are averaged."""
_CHUNK = 20
"""Members worked out together: what they take stays in the cache."""
_REACH = 3.0
"""Standard deviations at which a weight counts for nothing."""
_KM_PER_DEG = 111.2
_STREAMS = {"eddies": 0x45444459, "error": 0x4552524F}
"""Second word of the Philox key, so that no number is shared with anything else drawn from the seed."""


class Design(NamedTuple):
    """What the drawn field looks like.

    Attributes
    ----------
    what : {"eddies", "error"}
        Which stream of numbers it is drawn from.
    length_km : float
        The correlation of the stream function at distance r is exp(-r²/2L²); an eddy is fastest at about L from its
        middle.
    days : float
        Its correlation falls to 1/e in this time.
    members : int
    seed : int
    """

    what: str
    length_km: float
    days: float
    members: int
    seed: int


def typical_speed(lon: Array, lat: Array, area: Area) -> Array:
    """Speed of the eddies (rms of a component) at places, m/s: the average of the near ones of the table.

    Parameters
    ----------
    lon, lat : ndarray
        Degrees, any shape.
    area : Area

    Raises
    ------
    InputError
        If the area has no such table.
    """
    with _table(area).open(newline="", encoding="utf-8") as file:
        rows = [(float(row["lon"]), float(row["lat"]), float(row["speed_m_s"])) for row in csv.DictReader(file)]
    x, y, speed = np.array(rows).T
    east = (lon[..., None] - x) * np.cos(np.radians(lat))[..., None]
    distance2 = (east**2 + (lat[..., None] - y) ** 2) * _KM_PER_DEG**2
    # Far from all of them the nearest counts, instead of nothing.
    nearest = distance2.min(axis=-1, keepdims=True)
    weight = np.exp(-(distance2 - nearest) / (2 * _NEAR_KM**2))
    mean: Array = (weight * speed).sum(axis=-1) / weight.sum(axis=-1)
    return mean


def _table(area: Area) -> Path:
    if area.path(FILE) is None:
        raise InputError(f"area {area.key!r} has no {FILE}, the speed of its eddies: set current.eddy_scale = 0")
    return area.existing(FILE, "the speed of the eddies")


def taper(shore_km: Array) -> Array:
    """Share of the open sea's stream function that is left at a distance from the shore, km: 3q² − 2q³."""
    q = np.clip((shore_km - STILL_KM) / (TAPER_KM - STILL_KM), 0.0, 1.0)
    return q * q * (3.0 - 2.0 * q)


class Corners(NamedTuple):
    """The corners of the cells, multiples of `CELL_DEG`; both axes begin and end on the lattice of half degrees."""

    lon: Array
    lat: Array

    @classmethod
    def of(cls, box: tuple[float, float, float, float]) -> Corners:
        """Corners whose cells' middles enclose a box (west, east, south, north, degrees)."""
        west, east, south, north = box

        def axis(low: float, high: float) -> Array:
            double = 2 * CELL_DEG
            first = math.floor((low - 0.5 * CELL_DEG) / double + 1e-9)
            last = math.ceil((high + 0.5 * CELL_DEG) / double - 1e-9)
            return np.arange(2 * first, 2 * last + 1, dtype=np.float64) * CELL_DEG

        return cls(axis(west, east), axis(south, north))

    @property
    def mesh(self) -> tuple[Array, Array]:
        """Longitudes and latitudes of all corners, shape (lat, lon)."""
        lon, lat = np.meshgrid(self.lon, self.lat)
        return lon, lat


class DrawnEddies:
    """Eddies by member (a `driftsim.forcing.source.Source` of kind ``"eddies"``, added to the current).

    Parameters
    ----------
    design : Design
    corners : Corners
    strength : ndarray, shape (lat, lon)
        Rms of a component at the corners, m/s, times the taper at the shore.
    period : tuple of float
        First and last moment, epoch seconds; the levels enclose it.
    info : dict
        What ends up in the provenance.

    Raises
    ------
    InputError
        If the length is not one that the grid can hold.
    """

    kind = "eddies"
    wet: NDArray[np.bool_] | None = None
    filled: NDArray[np.bool_] | None = None
    valid: NDArray[np.bool_] | None = None
    fastest_m_s = 5.0

    def __init__(
        self, design: Design, corners: Corners, strength: Array, period: tuple[float, float], info: Json
    ) -> None:
        if not SMALLEST_KM <= design.length_km <= LARGEST_KM:
            raise InputError(
                f"eddies: a length of {design.length_km:g} km is not between {SMALLEST_KM:g} and {LARGEST_KM:g} km, "
                f"which cells of {CELL_DEG:g} degrees can hold"
            )
        self.members = design.members
        step_days = _step_days(design.days)
        step = step_days * SECONDS_PER_DAY
        self._first, last = math.floor(min(period) / step), math.ceil(max(period) / step)
        self.times: Array = np.arange(self._first, max(last, self._first + 1) + 1, dtype=np.float64) * step
        self.covers = (float(self.times[0]), float(self.times[-1]))
        self.lon, self.lat = (0.5 * (axis[:-1] + axis[1:]) for axis in corners)
        metres = 1000.0 * _KM_PER_DEG * CELL_DEG
        self._north_m = np.float32(metres)
        self._east_m = (metres * np.cos(np.radians(self.lat))).astype(np.float32)[:, None]
        self._smooth = _Smooth(design, corners, step_days)
        # As boats feel it: between nodes and levels a field that is interpolated is weaker than at them.
        felt = _felt_speed(design, corners.lat, step_days)
        self._strength = (strength / felt[:, None]).astype(np.float32)
        self.info = info | {"members": design.members, "seed": design.seed}

    def level(self, k: int) -> Single:
        """Velocities at ``times[k]``, m/s, shape (members, ny, nx, 2)."""
        if not 0 <= k < len(self.times):
            raise IndexError(f"level {k} of {len(self.times)}")
        out = np.empty((self.members, len(self.lat), len(self.lon), 2), np.float32)
        half = np.float32(0.5)
        for first, psi in self._smooth.fields(self._first + k):
            psi *= self._strength
            part = out[first : first + len(psi)]
            across = psi[:, :, 1:] + psi[:, :, :-1]
            np.multiply(across[:, :-1] - across[:, 1:], half / self._north_m, out=part[..., 0])
            along = psi[:, 1:] + psi[:, :-1]
            np.multiply(along[:, :, 1:] - along[:, :, :-1], half / self._east_m, out=part[..., 1])
        return out


class _Smooth:
    """The Gaussian field ``g`` of all members on the corners, variance 1, by time index.

    A sum in a fixed order, element by element: a matrix product may round differently for another number of members.
    """

    def __init__(self, design: Design, corners: Corners, step_days: float) -> None:
        self._design = design
        self._key = np.array([design.seed & 0xFFFFFFFFFFFFFFFF, _STREAMS[design.what]], np.uint64)
        lattice_km = 2 * CELL_DEG * _KM_PER_DEG
        width = design.length_km / math.sqrt(2.0) / lattice_km  # of the weights: half of the correlation's variance
        self._rows = math.ceil(_REACH * width)
        row_lat = np.arange(-self._rows, (len(corners.lat) - 1) // 2 + self._rows + 1) * 2 * CELL_DEG + corners.lat[0]
        widths = width / np.cos(np.radians(np.clip(row_lat, -80.0, 80.0)))
        self._columns = math.ceil(_REACH * float(widths.max()))
        self._shape = (len(row_lat), (len(corners.lon) - 1) // 2 + 1 + 2 * self._columns)
        self._corners = len(corners.lat), len(corners.lon)
        self._along = [_weights(widths, self._columns, offset)[:, :, None] for offset in (0.0, 0.5)]
        self._across = [_weights(np.array([width]), self._rows, offset)[:, 0] for offset in (0.0, 0.5)]
        self._in_time = _weights(np.array([0.5 * design.days / step_days]), None, 0.0)[:, 0]
        self._noise: dict[int, Single] = {}

    def fields(self, index: int) -> Any:
        """The field in parts: number of the first member, and ``g`` of it and some more, shape (part, lat, lon)."""
        reach = len(self._in_time) // 2
        noise = [self._draw(index + lag) for lag in range(-reach, reach + 1)]
        for first in range(0, self._design.members, _CHUNK):
            part = slice(first, first + _CHUNK)
            yield first, self._spread(_weighted(self._in_time, [level[part] for level in noise]))

    def _draw(self, index: int) -> Single:
        """Independent numbers of variance 1 of a time index, shape (members, rows, columns).

        Uniform: some four hundred of them make a value of the field, which is normal then.
        """
        if index not in self._noise:
            count = self._shape[0] * self._shape[1]
            words = -(-count // 4)  # four numbers in a word; a member begins with a word of its own
            counter = np.array([0, index & 0xFFFFFFFFFFFFFFFF, 0, 0], np.uint64)
            raw = np.random.Philox(key=self._key, counter=counter).random_raw(self._design.members * words)
            drawn = raw.astype("<u8").view("<i2").reshape(self._design.members, -1)[:, :count]
            scale = np.float32(math.sqrt(12.0) / 2.0**16)
            self._noise[index] = drawn.astype(np.float32).reshape(-1, *self._shape) * scale
            while len(self._noise) > len(self._in_time) + 1:
                del self._noise[next(iter(self._noise))]
        return self._noise[index]

    def _spread(self, noise: Single) -> Single:
        """From the lattice of half degrees to the corners: weights along the rows, then across them."""
        lat, lon = self._corners
        wide = np.empty((len(noise), self._shape[0], lon), np.float32)
        for offset, weights in enumerate(self._along):
            many = (lon + 1) // 2 - offset
            # Between two columns of the lattice the weights begin one further east.
            wide[:, :, offset::2] = _weighted(
                weights, [noise[:, :, i + offset : i + offset + many] for i in range(len(weights))]
            )
        out = np.empty((len(noise), lat, lon), np.float32)
        for offset, weights in enumerate(self._across):
            many = (lat + 1) // 2 - offset
            out[:, offset::2] = _weighted(
                weights, [wide[:, j + offset : j + offset + many] for j in range(len(weights))]
            )
        return out


def _weighted(weights: Single, values: list[Single]) -> Single:
    total = weights[0] * values[0]
    product = np.empty_like(total)
    for weight, value in zip(weights[1:], values[1:], strict=True):
        np.multiply(value, weight, out=product)
        total += product
    found: NDArray[np.float32] = total
    return found


def _weights(width: Array, reach: int | None, offset: float) -> Single:
    """Gaussian weights at whole distances from a place that lies ``offset`` after one; their squares add up to 1.

    Parameters
    ----------
    width : ndarray, shape (n,)
        Standard deviations.
    reach : int, optional
        How far they go to either side.

    Returns
    -------
    ndarray of float32, shape (places, n)
    """
    reach = max(1, math.ceil(_REACH * float(width.max()))) if reach is None else reach
    distance = np.arange(-reach + (offset > 0), reach + 1) - offset
    weights = np.exp(-0.5 * (distance[:, None] / width) ** 2)
    unit: Single = (weights / np.sqrt((weights**2).sum(axis=0))).astype(np.float32)
    return unit


def _step_days(days: float) -> float:
    """Time between levels, days: a fifth of the memory or less, a whole part or multiple of a day."""
    return next((step for step in (2.0, 1.0, 0.5, 0.25) if 4.0 * step <= days), 0.125)


def _felt_speed(design: Design, lat: Array, step_days: float) -> Array:
    """Rms of a component of the curl of ``g`` as boats feel it, m/s for psi in m²/s, at latitudes.

    The variance of the difference of four corners, and what interpolation between nodes and levels takes of it: of a
    variance with correlation r between neighbours 2/3 + r/3 is left on average.
    """
    length = 1000.0 * design.length_km
    north = 1000.0 * _KM_PER_DEG * CELL_DEG
    east = north * np.cos(np.radians(lat))

    def alike(distance: Any) -> Any:
        return np.exp(-0.5 * (distance / length) ** 2)

    def across(distance: Any) -> Any:
        return (1.0 - (distance / length) ** 2) * alike(distance)

    def left(correlation: Any) -> Any:
        return 2.0 / 3.0 + correlation / 3.0

    diagonal = alike(np.hypot(north, east))
    u2 = (1.0 + alike(east) - alike(north) - diagonal) / north**2 * left(alike(east)) * left(across(north))
    v2 = (1.0 + alike(north) - alike(east) - diagonal) / east**2 * left(across(east)) * left(alike(north))
    in_time = left(math.exp(-((step_days / design.days) ** 2)))
    speed: Array = np.sqrt(0.5 * (u2 + v2) * in_time)
    return speed


# ------------------------------------------------------------------------------------------------------------ makers


def of_climatology(
    box: tuple[float, float, float, float],
    period: tuple[float, float],
    design: Design,
    scale: float,
    shore: Shore,
    area: Area,
) -> DrawnEddies:
    """The eddies that the mean currents of the climatology lack.

    Parameters
    ----------
    box : tuple of float
        West, east, south, north in degrees.
    period : tuple of float
        First and last moment, epoch seconds.
    design : Design
    scale : float
        Factor on the speed of the table.
    shore : kernels.shore.Shore or None
        Where they end; None: nowhere.
    area : Area
        Whose folder has the speeds.
    """
    corners = Corners.of(box)
    lon, lat = corners.mesh
    strength = scale * typical_speed(lon, lat, area) * _towards_shore(shore, lon, lat)
    info = {
        "product": "climatology",
        "title": "Eddies, drawn for each member",
        "credit": "Speed of the eddies: from DUACS altimetry (Copernicus Marine)",
        "kind_of_record": "drawn",
        "note": f"no eddies of any year; radius {design.length_km:g} km, memory {design.days:g} days",
        "scale": scale,
        "files": [_provenance(_table(area))],
    }
    return DrawnEddies(design, corners, strength, period, info)


def of_error(
    box: tuple[float, float, float, float], period: tuple[float, float], design: Design, speed_m_s: float, shore: Shore
) -> DrawnEddies:
    """The error of a current from files: as fast everywhere but near the shore. Parameters as `of_climatology`.

    Parameters
    ----------
    speed_m_s : float
        Rms of a component.
    """
    corners = Corners.of(box)
    lon, lat = corners.mesh
    info = {
        "product": "error",
        "title": "Error of the current, drawn for each member",
        "credit": "",
        "kind_of_record": "drawn",
        "note": (
            f"{speed_m_s:g} m/s rms a component; length {design.length_km:g} km, memory {24.0 * design.days:g} hours; "
            "zero at the shore"
        ),
        "speed_m_s": speed_m_s,
        "files": [],
    }
    return DrawnEddies(design, corners, speed_m_s * _towards_shore(shore, lon, lat), period, info)


def _towards_shore(shore: Shore, lon: Array, lat: Array) -> Array:
    """The taper at places: 0 on land; where the coast is not known, as at sea.

    Distances are those of the raster of lower bounds, short by the diagonal of a cell (2 km) at most.
    """
    if shore is None:
        return np.ones_like(lon)
    i, j = (
        np.floor((x - low) * shore.per_degree).astype(np.intp) for x, low in ((lon, shore.west), (lat, shore.south))
    )
    known = (i >= 0) & (i < shore.nx) & (j >= 0) & (j < shore.ny)
    cell = np.where(known, j * shore.nx + i, 0)
    steps_of_250_m = shore.clear.reshape(-1)[cell].astype(np.float64)
    at_sea = shore.land.reshape(-1)[cell] == 0
    return np.where(known, taper(0.25 * steps_of_250_m) * at_sea, 1.0)


def _provenance(path: Path) -> Json:
    import hashlib

    content = path.read_bytes()
    return {"path": FILE, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
