"""Mean fields as arrows: how dense, and to which scale."""

from __future__ import annotations

import math

import numpy as np

from driftsim.figures.maps.frame import Floats, Frame


def thinned(frame: Frame, lon: Floats, lat: Floats, u: Floats, v: Floats, spacing_mm: float) -> tuple[Floats, ...]:
    """Box means of a field on a raster of about the spacing wanted: sheet positions and components of the wet boxes."""
    import warnings

    step_x = max(1, round(spacing_mm / abs(float(frame.x(lon[1]) - frame.x(lon[0])))))
    step_y = max(1, round(spacing_mm / abs(float(frame.y(lat[1]) - frame.y(lat[0])))))
    ny, nx = (lat.size // step_y) * step_y, (lon.size // step_x) * step_x

    def boxes(a: Floats) -> Floats:
        return (
            a[:ny, :nx].reshape(ny // step_y, step_y, nx // step_x, step_x).swapaxes(1, 2).reshape(-1, step_y * step_x)
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean_u, mean_v = np.nanmean(boxes(u), axis=1), np.nanmean(boxes(v), axis=1)
    wet = np.isfinite(boxes(u)).mean(axis=1) > 0.6
    grid_x, grid_y = np.meshgrid(frame.x(lon), frame.y(lat))
    return boxes(grid_x).mean(axis=1)[wet], boxes(grid_y).mean(axis=1)[wet], mean_u[wet], mean_v[wet]


def key_speed(speed: Floats) -> float:
    """Round speed (1, 2, 5) near the fast end of what is drawn, for the key."""
    fast = float(np.percentile(speed, 90)) if speed.size else 1.0
    steps = [m * 10.0**e for e in range(-4, 3) for m in (1.0, 2.0, 5.0)]
    return min(steps, key=lambda step: abs(math.log(step / max(fast, 1e-4))))
