"""Wind roses from an atlas in NetCDF, averaged over blocks of its cells."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...system.errors import InputError
from ..files.library import Datasets, reading
from ..files.packing import numbers
from .roses import Roses, assemble, provenance

Array = NDArray[np.float64]

MOST_VALUES = 50_000_000
"""Most values of a variable of an atlas: the Blended Sea Winds have 25 million on the globe."""


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
    return assemble(
        [f"{path}: rose at {r[1]:g} E {r[2]:g} N, month {r[0]:g}" for r in table],
        month=table[:, 0],
        lon=table[:, 1],
        lat=table[:, 2],
        share=table[:, 3:11],
        speed=table[:, 11:19],
        calm=table[:, 19],
        gale=table[:, 20],
        files=(provenance(path, str(path)),),
        spacing_deg=spacing_deg,
    )


def _mean_known(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else 0.0


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
