"""Points along the shore, near enough to each other for distances to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..coast import earth_xyz
from .frame import MICRO, Frame
from .rings import Ring

Codes = NDArray[np.uint8]
"""Stretch of each edge of a ring."""


def sampled(rings: list[Ring], codes: list[Codes], frame: Frame) -> tuple[NDArray[np.float64], Codes]:
    """Points some 100 m apart along the shore (earth-centred metres), and their stretches."""
    # A degree of longitude, m: at most 7 % too short, so that no two points are more than 110 m apart.
    poleward = min(abs(frame.south), abs(frame.north)) >= 30.0 and frame.south * frame.north > 0.0
    degree_m = (90_000.0 if poleward else 111_500.0, 111_500.0)
    points, owner = [], []
    for ring, code in zip(rings, codes, strict=True):
        shore = ~frame.on_edge(ring)
        a, b = ring[:-1][shore] / MICRO, ring[1:][shore] / MICRO
        number = np.ceil(np.hypot(*((b - a) * degree_m).T) / 100.0).astype(int).clip(1)
        which = np.repeat(np.arange(len(a)), number)
        along = (np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number) + 0.5) / number[which]
        points.append(a[which] + along[:, None] * (b - a)[which])
        owner.append(code[shore][which])
    where = np.concatenate(points)
    return earth_xyz(where[:, 0], where[:, 1]), np.concatenate(owner)
