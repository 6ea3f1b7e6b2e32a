"""Wind series drawn from published roses: the wind of the embedded climatology.

A *rose* gives, for one place and month, the share of time and the mean speed of the wind from each of eight directions.
Every member of the ensemble is one synthetic weather: two slowly forgotten Gaussian numbers ``a`` and ``b`` that are
the same over the whole basin. At each place and month they are turned into the wind by a monotone map,

    u = quantile of u at Phi(a),        v = quantile of v, given that u, at Phi(b)

(the Knothe-Rosenblatt rearrangement), so that the wind has the distribution of the rose whatever the weather's memory
is, and ``u`` and ``v`` inherit the memory of ``a`` and ``b`` because the map has no jumps and no wrap-around.

Numbers are keyed by (seed, member, time index) and have no state, so any level can be asked for in any order, and
member 7 of 50 is member 7 of 200.
"""

from __future__ import annotations

import csv
import functools
import math
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, ndtr, ndtri

from ...system import resources
from ...system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ...system.errors import InputError
from ..files.library import Datasets, reading
from ..files.packing import numbers
from ..source import FASTEST_M_S

Array = NDArray[np.float64]

DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
"""The octants of a rose, direction FROM; octant i is centred on 45 i degrees from north, clockwise."""

CREDIT = "Wind roses: NOAA Blended Sea Winds 1987-2013 (US government work), as in the OpenCPN climatology atlas"

GALE_M_S = 34 * 1852.0 / 3600.0
"""34 knots, the lower bound of a gale in the atlas."""
MOST_VALUES = 50_000_000
"""Most values of a variable of an atlas: the Blended Sea Winds have 25 million on the globe."""

# ---- memory of the weather, fitted to the hourly wind of the Ulsan buoy 2021-2023 (docs: wind_climatology) ----

FAST_A_HOURS = 25.0
"""e-folding of the fast part of ``a`` (mostly the eastward wind)."""
SLOW_A_SHARE = 0.06
"""Share of the variance of ``a`` that is slow: what makes one winter windier from the west than the next."""
SLOW_SIGMA_DAYS = 7.0
"""Width of the Gaussian filter of the slow part: its autocorrelation falls to 1/e in twice this, two weeks."""
LONG_B_HOURS = 80.0
FILTERS_B = ((12.0, 0.16, 0.17), (6.0, 1.15, 1.25))
"""Filters of ``b`` (mostly the northward wind) in winter and in autumn: hours t1, c1 and c2 of the weights
exp(-t/t1) + (c1 - c2 t/LONG_B_HOURS) exp(-t/LONG_B_HOURS). The wind forgets v faster in winter, and the weak negative
lobe of some days (weather that comes and goes) keeps the months from differing more in v than they do."""
AUTUMN_B = np.array([0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 0, 0])
"""Share of the autumn filter in the variance of ``b`` by month; the record has September to February alone, so spring
and summer get half of each."""

# ---- the speeds within an octant ----

SPEED_CV = 0.45
"""Coefficient of variation of the speed at one place, month and direction (0.4-0.7 at the Ulsan buoy)."""
SMALLEST_CV, GREATEST_CV = 0.30, 0.60
"""How far it may go where the gales of a rose leave no other way."""
GALE_KNOWN = 0.005
"""The atlas counts gales in whole percents of a half-degree cell: below this its gale share says only "few"."""
GALE_MIDDLE = 1.08
"""Gales at the middle of a month over those of the whole month: between months the strong winds weaken first, most in
September and October (measured over the shipped roses: 1.0 to 1.2)."""

_BLOCK = 64
"""Time indices drawn together: 16 days of 6-hourly levels."""
_STREAM = 0x57494E44
"""Second word of the Philox key, so that the wind shares no number with anything else drawn from the seed."""
_Z = np.linspace(-3.5, 3.5, 43)
"""Nodes of the map in units of ``a`` and ``b``; beyond the last the wind is held (1 level in 2000 of each)."""
_HALF_WIDTH = 3.2
"""Half width of the grid on which a rose's density is laid out, in units of its strongest octant's mean speed."""
_CELLS = 96


@dataclass(frozen=True)
class Roses:
    """Wind roses by month at scattered places.

    Attributes
    ----------
    lon, lat : ndarray, shape (n,)
        Degrees east and north.
    share : ndarray, shape (12, n, 8)
        Share of time that the wind blows FROM each of `DIRECTIONS`; adds up to 1.
    speed : ndarray, shape (12, n, 8)
        Mean speed of each octant, m/s; 0 where the share is 0.
    calm, gale : ndarray, shape (12, n)
        Share of time at 3 knots or less, and at 34 knots or more.
    spacing_deg : float
        Distance of neighbouring places along an axis; they stand on a lattice with holes.
    filled : ndarray of bool, shape (12, n)
        Where a month was missing and was taken from the nearest place that has it.
    files : tuple of dict
        Provenance: path, bytes, sha256.
    """

    lon: Array
    lat: Array
    share: Array
    speed: Array
    calm: Array
    gale: Array
    spacing_deg: float
    filled: NDArray[np.bool_]
    files: tuple[dict[str, Any], ...] = field(default=())

    @property
    def mean_vector(self) -> Array:
        """Mean eastward and northward wind, m/s, shape (12, n, 2), each octant blowing along its centre."""
        azimuth = np.arange(8) * (math.pi / 4)
        transport = self.share * self.speed
        return -np.stack([transport @ np.sin(azimuth), transport @ np.cos(azimuth)], axis=-1)


# ---------------------------------------------------------------------------------------------------------------- door


def load_roses(path: str | Path | None = None) -> Roses:
    """Read roses from a CSV file.

    Parameters
    ----------
    path : path, optional
        Columns ``month, lat, lon, share_N .. share_NW, speed_N_m_s .. speed_NW_m_s, calm_pct, gale_pct``; the one
        shipped with the project by default.

    Raises
    ------
    InputError
        Missing file or column, a value that is no number or out of range, shares that do not add up to 1 within 0.1
        (calms and dropped small shares may be missing; they are made up in proportion), the same place and month twice.
    """
    shipped = path is None
    path = resources.data("wind_roses_2deg.csv") if path is None else Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = names
            rows = list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot read the wind roses ({error})") from error
    wanted = ["month", "lon", "lat", *_columns("share_{}"), *_columns("speed_{}_m_s"), "calm_pct", "gale_pct"]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InputError(f"{path}: missing column(s) {', '.join(missing)}; wind roses have {', '.join(wanted)}")
    if not rows:
        raise InputError(f"{path}: no wind roses in the file, only its header")
    table = np.array([[_number(path, line, name, row[name]) for name in wanted] for line, row in enumerate(rows, 2)])
    where = [f"{path}: line {line}" for line in range(2, len(table) + 2)]
    files = (_provenance(path, path.name if shipped else str(path)),)
    return _assemble(
        where,
        month=table[:, 0],
        lon=table[:, 1],
        lat=table[:, 2],
        share=table[:, 3:11],
        speed=table[:, 11:19],
        calm=table[:, 19] / 100,
        gale=table[:, 20] / 100,
        files=files,
    )


def roses_from_atlas(path: str | Path, spacing_deg: float = 1.0, minimum_cells: int = 1) -> Roses:
    """Read roses from an atlas in NetCDF, averaged over blocks.

    The Blended Sea Winds atlas gives shares in steps of 0.02 and speeds in steps of a knot on half-degree cells;
    averaging over blocks takes out most of that rounding.

    Parameters
    ----------
    path : path
        Variables ``freq`` and ``speed`` (month, dir, lat, lon; shares of time and m/s, direction FROM in degrees),
        ``calm_pct`` and ``gale_pct`` (month, lat, lon).
    spacing_deg : float
        Side of the blocks, centred on its multiples.
    minimum_cells : int
        Blocks with fewer cells at sea (in a month) are left out.

    Raises
    ------
    InputError
        Not such a file, or its directions are not the eight octants.
    """
    path = Path(path)
    lon, lat, freq, speed, calm, gale = _read_atlas(path)
    wet = np.isfinite(freq.sum(axis=1))
    freq, speed = np.nan_to_num(freq), np.nan_to_num(speed)
    # Blocks are half open, so that a cell on an edge counts once.
    column = np.floor(lon / spacing_deg + 0.5).astype(int)
    row = np.floor(lat / spacing_deg + 0.5).astype(int)
    parts: list[tuple[float, ...]] = []
    for month in range(12):
        for j in np.unique(row):
            for i in np.unique(column):
                block = np.ix_(row == j, column == i)
                sea = wet[month][block]
                if sea.sum() < max(minimum_cells, 1):
                    continue
                weight = freq[month][:, *block][:, sea]
                mean_share = weight.mean(axis=1)
                if mean_share.sum() <= 0:
                    continue
                if not 0.5 < mean_share.sum() < 1.5:
                    raise InputError(
                        f"{path}: variable freq adds up to {mean_share.sum():g} over the directions at "
                        f"{i * spacing_deg:g} E {j * spacing_deg:g} N, month {month + 1}; shares must add up to 1: "
                        "repair its scale"
                    )
                transport = (weight * speed[month][:, *block][:, sea]).sum(axis=1)
                mean_speed = transport / np.maximum(weight.sum(axis=1), 1e-9)
                parts.append(
                    (
                        month + 1,
                        i * spacing_deg,
                        j * spacing_deg,
                        *(mean_share / mean_share.sum()),
                        *mean_speed,
                        _mean_known(calm[month][block][sea]) / 100,
                        _mean_known(gale[month][block][sea]) / 100,
                        sea.sum(),
                    )
                )
    if not parts:
        raise InputError(f"{path}: no block of {spacing_deg:g} degrees has {minimum_cells} cell(s) with a wind rose")
    table = np.array(parts)
    return _assemble(
        [f"{path}: rose at {r[1]:g} E {r[2]:g} N, month {r[0]:g}" for r in table],
        month=table[:, 0],
        lon=table[:, 1],
        lat=table[:, 2],
        share=table[:, 3:11],
        speed=table[:, 11:19],
        calm=table[:, 19],
        gale=table[:, 20],
        files=(_provenance(path, str(path)),),
        spacing_deg=spacing_deg,
    )


def _columns(pattern: str) -> list[str]:
    return [pattern.format(name) for name in DIRECTIONS]


def _number(path: Path, line: int, name: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{path}: line {line}: {name} is {text!r}, not a number")
    return value


def _mean_known(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else 0.0


def _provenance(path: Path, name: str) -> dict[str, Any]:
    import hashlib

    content = path.read_bytes()
    return {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _read_atlas(path: Path) -> tuple[Array, ...]:
    """Axes and variables of an atlas as plain arrays, NaN where there is no rose, months and directions in order."""
    shapes = {
        "lon": ("lon",),
        "lat": ("lat",),
        "month": ("month",),
        "dir": ("dir",),
        "freq": ("month", "dir", "lat", "lon"),
        "speed": ("month", "dir", "lat", "lon"),
        "calm_pct": ("month", "lat", "lon"),
        "gale_pct": ("month", "lat", "lon"),
    }
    values = {}
    with closing(Datasets()) as files, reading(str(path), what="the wind atlas"):
        dataset = files.get(str(path))
        missing = [name for name in shapes if name not in dataset.variables]
        if missing:
            raise InputError(f"{path}: missing variable(s) {', '.join(missing)}; an atlas of wind roses has them")
        for name, dimensions in shapes.items():
            variable = dataset.variables[name]
            if variable.dimensions != dimensions:
                raise InputError(f"{path}: {name} has dimensions {variable.dimensions}, expected {dimensions}")
            values[name] = np.asarray(numbers(variable, MOST_VALUES), np.float64)
            if len(dimensions) == 1 and not np.isfinite(values[name]).all():
                raise InputError(f"{path}: variable {name} has missing values; repair it, or fetch the atlas again")
        if np.abs(values["lat"]).max(initial=0.0) > 90.0 or np.abs(values["lon"]).max(initial=0.0) > 360.0:
            raise InputError(f"{path}: lat must be -90..90 and lon -360..360 degrees; repair the axes")
    if values["dir"].tolist() != [45.0 * i for i in range(8)]:
        raise InputError(f"{path}: dir is {values['dir'].tolist()}, expected the octants 0, 45 .. 315 degrees (FROM)")
    if values["month"].tolist() != list(range(1, 13)):
        raise InputError(f"{path}: month is {values['month'].tolist()}, expected 1 to 12")
    return tuple(values[name] for name in ("lon", "lat", "freq", "speed", "calm_pct", "gale_pct"))


def _assemble(
    where: list[str],
    month: Array,
    lon: Array,
    lat: Array,
    share: Array,
    speed: Array,
    calm: Array,
    gale: Array,
    files: tuple[dict[str, Any], ...],
    spacing_deg: float | None = None,
) -> Roses:
    """Check rows of (month, place) and arrange them month by place; missing months come from the nearest place."""
    total = share.sum(axis=1)
    checks = [
        ((month != np.rint(month)) | (month < 1) | (month > 12), "month must be 1 to 12"),
        ((lat < -90) | (lat > 90) | (lon < -360) | (lon > 360), "lat must be -90..90 and lon -360..360"),
        (((share < 0) | (share > 1)).any(axis=1), "shares must be between 0 and 1"),
        (np.abs(total - 1) > 0.1, "the eight shares must add up to 1 (0.9 to 1.1 is accepted, for calms and rounding)"),
        (((share > 0) & ((speed <= 0) | (speed > 60))).any(axis=1), "speeds of octants in use must be 0 to 60 m/s"),
        ((calm < 0) | (calm > 1) | (gale < 0) | (gale > 1), "calm_pct and gale_pct must be 0 to 100"),
    ]
    for bad, rule in checks:
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            values = f"month {month[first]:g}, {lon[first]:g} E {lat[first]:g} N, sum of shares {total[first]:.3f}"
            raise InputError(f"{where[first]}: {rule} ({values}; {int(bad.sum())} such row(s))")
    places, index = np.unique(np.column_stack([lat, lon]), axis=0, return_inverse=True)
    index = index.reshape(-1)
    slot = (month.astype(int) - 1) * len(places) + index
    again = np.flatnonzero(np.bincount(slot, minlength=12 * len(places))[slot] > 1)
    if again.size:
        raise InputError(f"{where[again[-1]]}: month {month[again[-1]]:g} stands twice for the same place")
    empty = np.bincount(slot, minlength=12 * len(places)).reshape(12, -1) == 0
    if empty.all(axis=1).any():
        raise InputError(f"{where[0]}: no rose at all for month {int(np.flatnonzero(empty.all(axis=1))[0]) + 1}")

    row_of = np.full((12, len(places)), -1)
    row_of.flat[slot] = np.arange(len(slot))
    for k in range(12):
        have = np.flatnonzero(~empty[k])
        for n in np.flatnonzero(empty[k]):
            near = have[np.argmin(_distance2(places[n, 1], places[n, 0], places[have, 1], places[have, 0]))]
            row_of[k, n] = row_of[k, near]
    return Roses(
        lon=places[:, 1].copy(),
        lat=places[:, 0].copy(),
        share=(share / total[:, None])[row_of],
        speed=np.where(share > 0, speed, 0.0)[row_of],
        calm=calm[row_of],
        gale=gale[row_of],
        spacing_deg=spacing_deg if spacing_deg is not None else _lattice(places[:, 1], places[:, 0], where[0]),
        filled=empty,
        files=files,
    )


def _lattice(lon: Array, lat: Array, where: str) -> float:
    """Spacing of the lattice on which the places stand."""
    steps = np.concatenate([np.diff(np.unique(lon)), np.diff(np.unique(lat))])
    if steps.size == 0:
        return 2.0
    spacing = float(steps.min())
    if spacing < 0.05 or (np.abs(steps / spacing - np.rint(steps / spacing)) > 1e-3).any():
        raise InputError(f"{where}: the places do not stand on a regular lattice of longitudes and latitudes")
    return spacing


def _distance2(lon: Any, lat: Any, lons: Array, lats: Array) -> Array:
    """Squared distance in degrees of latitude, good enough to choose the nearest rose."""
    return ((lons - lon) * np.cos(np.radians(lat))) ** 2 + (lats - lat) ** 2


# ------------------------------------------------------------------------------------------------- rose to wind vector


def _octant_profile(mean: Array, edge: Array, octant: NDArray[np.intp], t: Array) -> Array:
    """Continuous curve over the circle: a parabola in each octant, with given mean and values at the edges.

    ``mean`` (k, 8), ``edge`` (k, 8) at the lower edge of each octant, ``t`` in [0, 1) within the octant.
    """
    upper = np.roll(edge, -1, axis=1)
    inner, lower_edge, upper_edge = 6 * t * (1 - t), (1 - t) * (1 - 3 * t), t * (3 * t - 2)
    return mean[:, octant] * inner + edge[:, octant] * lower_edge + upper[:, octant] * upper_edge


@functools.lru_cache(maxsize=1)
def _gamma_family() -> tuple[Array, Array, Array, int]:
    """Distributions of speed with mean 1, in order of ever fewer gales.

    They are generalised gamma distributions, p / (scale Gamma(d/p)) (s/scale)^(d-1) exp(-(s/scale)^p). In the middle
    part p grows at the usual coefficient of variation (p = d is Weibull's; a greater p has fewer gales and more light
    airs). Before and after it the coefficient falls from its greatest to its smallest, for the few roses with many
    gales in moderate winds, and with few in strong ones.

    Returns
    -------
    p, d, scale : ndarray
    weibull : int
        The place of Weibull's in the order.
    """
    p = np.concatenate([np.full(8, 1.3), np.geomspace(1.3, 5.0, 25), np.full(12, 5.0)])
    falling = np.linspace(SPEED_CV, SMALLEST_CV, 13)[1:]
    cv = np.concatenate([np.linspace(GREATEST_CV, SPEED_CV, 9)[:-1], np.full(25, SPEED_CV), falling])
    d = np.empty_like(p)
    scale = np.empty_like(p)
    for i in range(len(p)):
        low, high = 0.3, 60.0
        for _ in range(50):
            middle = 0.5 * (low + high)
            g0, g1, g2 = (math.lgamma((middle + r) / p[i]) for r in range(3))
            low, high = (middle, high) if math.exp(g2 + g0 - 2 * g1) - 1 > cv[i] ** 2 else (low, middle)
        d[i] = 0.5 * (low + high)
        scale[i] = math.exp(math.lgamma(d[i] / p[i]) - math.lgamma((d[i] + 1) / p[i]))
    return p, d, scale, int(np.abs(p - d).argmin())


def _fit_tail(share: Array, speed: Array, gale: Array) -> tuple[Array, Array, Array]:
    """Parameters p, d and scale of mean 1, each (k,), that give each rose its share of gales (k,).

    ``share`` and ``speed`` (k, n) are those of n directions, finer than octants: the strongest wind of an octant makes
    more gales than its mean does.

    Where the atlas has next to no gales it is Weibull's, unless that has more gales than the atlas could overlook.
    """
    p, d, scale, weibull = _gamma_family()
    misfit = np.empty((len(p), len(share)))
    for i in range(len(p)):
        beyond = gammaincc(d[i] / p[i], (GALE_M_S / (speed * scale[i])) ** p[i])
        excess = np.log(np.maximum((share * beyond).sum(axis=1), 1e-9) / np.maximum(gale * GALE_MIDDLE, GALE_KNOWN))
        # The last term decides among equals, in favour of the usual distribution.
        misfit[i] = np.where(gale < GALE_KNOWN, np.maximum(excess, 0.0), np.abs(excess)) + 1e-3 * abs(i - weibull)
    best = misfit.argmin(axis=0)
    return p[best], d[best], scale[best]


def _fill_speeds(share: Array, speed: Array) -> Array:
    """Speeds for octants without wind, from their neighbours round the circle: needed at the octants' edges only."""
    speed = speed.copy()
    known = share > 0
    for _ in range(4):
        if known.all():
            break
        left, right = np.roll(known, 1, axis=1), np.roll(known, -1, axis=1)
        around = np.roll(speed, 1, axis=1) * left + np.roll(speed, -1, axis=1) * right
        new = ~known & (left | right)
        speed = np.where(new, around / np.maximum(left.astype(int) + right, 1), speed)
        known |= new
    return speed


def _density(share: Array, speed: Array, gale: Array) -> tuple[Array, Array]:
    """Probability of each cell of a square (u, v) grid for k roses: mass (k, cells, cells) and half widths (k,)."""
    axis = (np.arange(_CELLS) + 0.5) * (2 * _HALF_WIDTH / _CELLS) - _HALF_WIDTH
    u, v = axis[:, None], axis[None, :]
    s = np.hypot(u, v).ravel()
    position = (np.arctan2(-u, -v).ravel() / (math.pi / 4) + 0.5) % 8.0
    octant = np.minimum(position.astype(np.intp), 7)
    t = position - octant

    below = np.roll(share, 1, axis=1)
    # Harmonic means at the edges keep the density of directions from going below zero (Fritsch-Butland).
    share_edge = 2 * share * below / np.maximum(share + below, 1e-12)
    full = _fill_speeds(share, speed)
    speed_edge = 0.5 * (full + np.roll(full, 1, axis=1))

    def profiles(octant: NDArray[np.intp], t: Array) -> tuple[Array, Array]:
        mean = np.maximum(_octant_profile(full, speed_edge, octant, t), 0.05 * full.max(axis=1, keepdims=True))
        return np.maximum(_octant_profile(share, share_edge, octant, t), 0.0), mean

    fine_share, fine_speed = profiles(np.repeat(np.arange(8), 4), np.tile((np.arange(4) + 0.5) / 4, 8))
    p, d, scale = _fit_tail(fine_share / fine_share.sum(axis=1, keepdims=True), fine_speed, gale)
    direction, mean = profiles(octant, t)
    unit = full.max(axis=1)
    mean /= unit[:, None]

    log_ratio = np.log(s)[None, :] - np.log(mean * scale[:, None])
    power = np.exp(p[:, None] * log_ratio)
    # Constant factors of a rose are left to the normalisation below.
    mass = direction / mean * np.exp((d[:, None] - 1) * log_ratio - power) / s[None, :]
    mass /= mass.sum(axis=1, keepdims=True)
    return mass.reshape(-1, _CELLS, _CELLS), unit * _HALF_WIDTH


def _invert(cumulative: Array, probability: Array) -> Array:
    """Positions, in cells, at which rows of a cumulative sum (k, n + 1, from 0 to 1) reach each probability (m,)."""
    rows = np.arange(len(cumulative))[:, None]
    after = (cumulative[:, None, 1:-1] <= probability[None, :, None]).sum(axis=2)
    low, high = cumulative[rows, after], cumulative[rows, after + 1]
    reached: Array = after + np.clip((probability - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)
    return reached


def wind_map(share: Array, speed: Array, gale: Array) -> NDArray[np.float32]:
    """Wind of k roses at the nodes of the latent weather.

    Parameters
    ----------
    share, speed : ndarray, shape (k, 8)
    gale : ndarray, shape (k,)

    Returns
    -------
    ndarray of float32, shape (nodes * nodes, k, 2)
        Eastward and northward wind, m/s, for each node of ``a`` and, faster, of ``b`` (both `_Z`).
    """
    nodes, count = len(_Z), len(share)
    probability = ndtr(_Z)
    wind = np.empty((nodes, nodes, count, 2), np.float32)
    for start in range(0, count, 16):  # in batches, because the grids of 16 roses (1.2 MB each) stay in the cache
        part = slice(start, start + 16)
        mass, half = _density(share[part], speed[part], gale[part])
        at_u, at_v = _rearrange(mass, probability)
        cell = 2 * half / _CELLS
        wind[:, :, part, 0] = (at_u * cell[:, None] - half[:, None]).T[:, None, :]
        wind[:, :, part, 1] = np.moveaxis(at_v * cell[:, None, None] - half[:, None, None], 0, 2)
    return wind.reshape(nodes * nodes, count, 2)


def _rearrange(mass: Array, probability: Array) -> tuple[Array, Array]:
    """Quantiles of u (k, m) and of v given u (k, m, m), in cells from the edge, of densities on a grid (k, u, v)."""
    count, nodes = len(mass), len(probability)
    columns = np.zeros((count, _CELLS + 1))
    np.cumsum(mass.sum(axis=2), axis=1, out=columns[:, 1:])
    at_u = _invert(columns / columns[:, -1:], probability)

    # The distribution of v between the middles of two columns of cells is the mixture of theirs.
    inside = np.clip(at_u - 0.5, 0.0, _CELLS - 1.000001)
    left = inside.astype(np.intp)
    right = inside - left
    roses = np.arange(count)[:, None]
    mixed = mass[roses, left] * (1 - right)[..., None] + mass[roses, left + 1] * right[..., None]
    rows = np.zeros((count, nodes, _CELLS + 1))
    np.cumsum(mixed + 1e-30, axis=2, out=rows[..., 1:])
    cumulative = (rows / rows[..., -1:]).reshape(count * nodes, -1)
    return at_u, _invert(cumulative, probability).reshape(count, nodes, nodes)


# ------------------------------------------------------------------------------------------------------ latent weather


def _filters(step_hours: float) -> tuple[Array, ...]:
    """Moving-average weights: fast and slow part of ``a`` (variances add up to 1), ``b`` of winter and of autumn."""

    def hours(upto: float) -> Array:
        return np.arange(math.ceil(upto / step_hours), dtype=np.float64) * np.float64(step_hours)

    def unit(weights: Array) -> Array:
        return weights / math.sqrt(float((weights**2).sum()))

    fast = np.exp(-hours(8 * FAST_A_HOURS) / FAST_A_HOURS)
    sigma = SLOW_SIGMA_DAYS * 24.0
    slow = np.exp(-0.5 * ((hours(6 * sigma) - 3 * sigma) / sigma) ** 2)
    t = hours(7 * LONG_B_HOURS)
    b = [np.exp(-t / t1) + (c1 - c2 * t / LONG_B_HOURS) * np.exp(-t / LONG_B_HOURS) for t1, c1, c2 in FILTERS_B]
    return unit(fast) * math.sqrt(1 - SLOW_A_SHARE), unit(slow) * math.sqrt(SLOW_A_SHARE), *map(unit, b)


class _Weather:
    """The latent weather of all members, by time index (epoch seconds over the step), without state.

    The normal number of (member m, index n, filter c) is entry ``(m, n mod 64, c)`` of the Philox4x64-10 stream with
    key (seed, stream) and counter (0, n div 64, 0, 0). What is kept is a cache.
    """

    def __init__(self, members: int, seed: int, step_hours: float) -> None:
        self.members = members
        self._key = np.array([seed & 0xFFFFFFFFFFFFFFFF, _STREAM], dtype=np.uint64)
        self._filters = _filters(step_hours)
        self._history = -(-(max(len(weights) for weights in self._filters) - 1) // _BLOCK)
        self._normals: dict[int, Array] = {}
        self._latent: dict[int, Array] = {}

    def _draw(self, block: int) -> Array:
        """Normals of one block, shape (4, members, 64)."""
        if block not in self._normals:
            counter = np.array([0, block & 0xFFFFFFFFFFFFFFFF, 0, 0], dtype=np.uint64)
            raw = np.random.Philox(key=self._key, counter=counter).random_raw(self.members * _BLOCK * 4)
            uniform = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
            normal = ndtri(uniform).reshape(self.members, _BLOCK, 4)
            self._normals[block] = np.ascontiguousarray(normal.transpose(2, 0, 1))
            while len(self._normals) > self._history + 2:
                del self._normals[next(iter(self._normals))]
        return self._normals[block]

    def _block(self, block: int) -> Array:
        """``a``, ``b`` of winter and ``b`` of autumn of one block, shape (3, 64, members)."""
        if block not in self._latent:
            noise = np.concatenate([self._draw(i) for i in range(block - self._history, block + 1)], axis=2)
            out = np.zeros((3, self.members, _BLOCK))
            product = np.empty((self.members, _BLOCK))
            # A sum in a fixed order, element by element: a matrix product may round differently for another number
            # of members.
            for part, (target, weights) in enumerate(zip((0, 0, 1, 2), self._filters, strict=True)):
                for lag, weight in enumerate(weights):
                    first = self._history * _BLOCK - lag
                    np.multiply(noise[part, :, first : first + _BLOCK], weight, out=product)
                    out[target] += product
            self._latent[block] = np.ascontiguousarray(out.transpose(0, 2, 1))
            while len(self._latent) > 2:
                del self._latent[next(iter(self._latent))]
        return self._latent[block]

    def at(self, index: int, autumn: float) -> tuple[Array, Array]:
        """``a`` and ``b`` of all members at a time index, each shape (members,), standard normal.

        ``autumn`` is the share of the autumn filter in the variance of ``b``.
        """
        block, inside = divmod(index, _BLOCK)
        a, winter_b, autumn_b = self._block(block)[:, inside]
        return a, math.sqrt(1 - autumn) * winter_b + math.sqrt(autumn) * autumn_b


# -------------------------------------------------------------------------------------------------------------- source


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
    wet = None
    filled = None
    valid = None

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
        distance = _distance2(grid_lon.reshape(-1, 1), grid_lat.reshape(-1, 1), lon, roses.lat)
        used, place = np.unique(distance.argmin(axis=1), return_inverse=True)
        self._place = place.reshape(-1)
        self.on_rose: NDArray[np.bool_] = (distance.min(axis=1) < 1e-12).reshape(grid_lon.shape)
        """Grid points (ny, nx) that are places of a rose; the others hold the nearest one's wind."""

        self._before, self._after, self._weight = month_weights(self.times)
        self._maps = {
            int(m): wind_map(roses.share[m][used], roses.speed[m][used], roses.gale[m][used])
            for m in np.unique(np.concatenate([self._before, self._after]))
        }
        self._autumn = AUTUMN_B[self._before] * (1 - self._weight) + AUTUMN_B[self._after] * self._weight
        self._weather = _Weather(self.members, int(seed), step_hours)
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
                wind += table.take((i + di) * len(_Z) + j + dj, axis=0) * weight[:, None, None]
        return wind.take(self._place, axis=1).reshape(self.members, len(self.lat), len(self.lon), 2)


def _node(z: Array) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Node below, and weight of the one above."""
    x = np.clip((z - _Z[0]) / (_Z[1] - _Z[0]), 0.0, len(_Z) - 1)
    i = np.minimum(x.astype(np.intp), len(_Z) - 2)
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


def _info(roses: Roses, members: int, seed: int, scale: float) -> dict[str, Any]:
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
