"""Wind roses: for one place and month, the share of time and the mean speed of the wind from each octant."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...area.area import Area, default
from ...system.errors import InputError
from ...system.kinds import Json

Array = NDArray[np.float64]

DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
"""The octants of a rose, direction FROM; octant i is centred on 45 i degrees from north, clockwise."""


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
    files: tuple[Json, ...] = field(default=())

    @property
    def mean_vector(self) -> Array:
        """Mean eastward and northward wind, m/s, shape (12, n, 2), each octant blowing along its centre."""
        azimuth = np.arange(8) * (math.pi / 4)
        transport = self.share * self.speed
        return -np.stack([transport @ np.sin(azimuth), transport @ np.cos(azimuth)], axis=-1)


ROSES = "wind_roses_2deg.csv"
"""In the area's folder."""


def area_roses(area: Area) -> Roses:
    """The wind roses of an area's climatology.

    Raises
    ------
    InputError
        If it has none.
    """
    return load_roses(area.existing(ROSES, "climatology of the wind: name a product with files"), ROSES)


def load_roses(path: str | Path | None = None, name: str = "") -> Roses:
    """Read roses from a CSV file.

    Parameters
    ----------
    path : path, optional
        Columns ``month, lat, lon, share_N .. share_NW, speed_N_m_s .. speed_NW_m_s, calm_pct, gale_pct``; those of
        the default area by default.
    name : str
        What the results call it, instead of its path.

    Raises
    ------
    InputError
        Missing file or column, a value that is no number or out of range, shares that do not add up to 1 within 0.1
        (calms and dropped small shares may be missing; they are made up in proportion), the same place and month twice.
    """
    if path is None:
        return area_roses(default())
    path = Path(path)
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
    files = (provenance(path, name or str(path)),)
    return assemble(
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


def provenance(path: Path, name: str) -> Json:
    """Name, size and checksum of a file of roses."""
    import hashlib

    content = path.read_bytes()
    return {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def assemble(
    where: list[str],
    month: Array,
    lon: Array,
    lat: Array,
    share: Array,
    speed: Array,
    calm: Array,
    gale: Array,
    files: tuple[Json, ...],
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
            near = have[np.argmin(distance2(places[n, 1], places[n, 0], places[have, 1], places[have, 0]))]
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


def distance2(lon: float | Array, lat: float | Array, lons: Array, lats: Array) -> Array:
    """Squared distance in degrees of latitude, good enough to choose the nearest rose."""
    found: NDArray[np.float64] = ((lons - lon) * np.cos(np.radians(lat))) ** 2 + (lats - lat) ** 2
    return found
