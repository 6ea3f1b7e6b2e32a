"""The Earth's metric: how many degrees a metre is, as the kernels want it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..system import constants

METRICS = ("wgs84", "sphere", "nautical", "plane")


@lru_cache(maxsize=1)
def _cosine() -> tuple[float, ...]:
    """Coefficients of cos(phi) in powers of phi², |phi| <= 90°, fitted at Chebyshev nodes; error below 1e-13."""
    top = (math.pi / 2.0) ** 2
    series = np.polynomial.chebyshev.Chebyshev.interpolate(lambda p: np.cos(np.sqrt(np.abs(p))), 7, domain=[0.0, top])
    return tuple(float(c) for c in series.convert(kind=np.polynomial.Polynomial).coef)


def metric(name: str, dtype: Any = np.float64) -> tuple[Any, ...]:
    """Coefficients for ``kernels.motion.degrees_per_metre``.

    Parameters
    ----------
    name : {"wgs84", "sphere", "nautical", "plane"}
        The WGS84 ellipsoid; the sphere of mean radius; the sphere on which a degree is 111 120 m; a plane whose
        coordinates are metres (for tests).
    dtype : data type
        The run's real type.

    Returns
    -------
    tuple of 18 numbers
        8 of the cosine in powers of latitude squared (radians), then 5 and 5 of degrees per metre along the parallel
        (times the cosine) and the meridian, in powers of the squared sine of the latitude.
    """
    flat = (0.0,) * 4
    if name == "plane":
        values: tuple[float, ...] = (1.0, *(0.0,) * 7, 1.0, *flat, 1.0, *flat)
    elif name in ("sphere", "nautical"):
        degree = constants.NAUTICAL_METRES_PER_DEGREE if name == "nautical" else math.radians(constants.SPHERE_RADIUS_M)
        values = (*_cosine(), 1.0 / degree, *flat, 1.0 / degree, *flat)
    elif name == "wgs84":
        e2 = constants.WGS84_E2
        k = math.degrees(1.0 / constants.WGS84_A_M)
        # 1/N = (1 - z)^(1/2) / a and 1/M = (1 - z)^(3/2) / (a (1 - e²)), z = e² sin² phi; the next term is below 1e-12.
        half = [k * c * e2**i for i, c in enumerate((1.0, -1 / 2, -1 / 8, -1 / 16, -5 / 128))]
        three = [k / (1.0 - e2) * c * e2**i for i, c in enumerate((1.0, -3 / 2, 3 / 8, 1 / 16, 3 / 128))]
        values = (*_cosine(), *half, *three)
    else:
        raise ValueError(f"metric {name!r}: one of {', '.join(METRICS)}")
    real = np.dtype(dtype).type
    return tuple(real(v) for v in values)


def degrees_per_metre(name: str, lat: Any) -> tuple[Any, Any]:
    """Degrees of longitude and latitude per metre at ``lat`` (degrees), for use outside the kernels."""
    m = metric(name)
    p = np.square(np.radians(np.asarray(lat, dtype=np.float64)))
    cosine = np.polynomial.polynomial.polyval(p, m[:8])
    q = 1.0 - cosine * cosine
    east = np.polynomial.polynomial.polyval(q, m[8:13]) / cosine
    return east, np.polynomial.polynomial.polyval(q, m[13:])
