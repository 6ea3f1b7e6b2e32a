"""Degrees per metre against formulae with library functions, and against geodesics."""

from __future__ import annotations

import naive
import numpy as np
import pytest
from pyproj import Geod

from driftsim.area import earth
from driftsim.kernels.jit import jit
from driftsim.kernels.motion import METRIC_COEFFICIENTS, degrees_per_metre

LATITUDES = np.array([-71.3, -38.0, -0.2, 0.0, 12.5, 33.0, 37.9, 41.4, 53.1, 66.6, 80.0])


@jit
def _evaluate(metric, phi, out):
    for i in range(phi.size):
        out[i, 0], out[i, 1] = degrees_per_metre(metric, phi[i])


def evaluated(name: str, lat: np.ndarray, real: type = np.float64) -> np.ndarray:
    out = np.empty((len(lat), 2), real)
    _evaluate(np.array(earth.metric(name, real)), np.radians(lat).astype(real), out)
    return out


@pytest.mark.parametrize("name", ["wgs84", "sphere", "nautical", "plane"])
def test_double_is_exact_to_a_micrometre_in_a_hundred_kilometres(name: str) -> None:
    east, north = naive.metres_per_degree(name, LATITUDES)
    relative = evaluated(name, LATITUDES) * np.stack([east, north], axis=1) - 1.0
    # 1e-13 of the cosine is 6e-13 of a degree of longitude at 80 N; elsewhere the series of the ellipsoid cut it off.
    assert np.abs(relative).max() < 5e-12


@pytest.mark.parametrize("name", ["wgs84", "sphere", "nautical", "plane"])
def test_single_is_good_to_its_last_bits(name: str) -> None:
    lat = np.linspace(20.0, 60.0, 4001)
    east, north = naive.metres_per_degree(name, lat)
    relative = evaluated(name, lat, np.float32) * np.stack([east, north], axis=1) - 1.0
    assert np.abs(relative).max() < 6e-7  # 10 mm in 16 km
    assert np.abs(relative.mean(axis=0)).max() < 1e-7  # and no drift from it


@pytest.mark.parametrize("lat", [-38.0, 12.5, 41.4, 66.6])
def test_a_metre_is_a_metre_on_the_ellipsoid(lat: float) -> None:
    geod = Geod(ellps="WGS84")
    east, north = evaluated("wgs84", np.array([lat]))[0]
    # 20 m: the parallel is a geodesic to 1e-12 of that, rounding of the degrees is 1e-9.
    assert geod.inv(10.0, lat, 10.0 + 20.0 * east, lat)[2] == pytest.approx(20.0, rel=2e-9)
    assert geod.inv(10.0, lat - 10.0 * north, 10.0, lat + 10.0 * north)[2] == pytest.approx(20.0, rel=2e-9)


def test_outside_the_kernels_it_is_the_same() -> None:
    for name in earth.METRICS:
        np.testing.assert_allclose(
            np.stack(np.broadcast_arrays(*earth.degrees_per_metre(name, LATITUDES)), axis=1),
            evaluated(name, LATITUDES),
            rtol=1e-15,
        )


def test_an_unknown_metric_is_refused() -> None:
    assert len(earth.metric("wgs84")) == METRIC_COEFFICIENTS
    with pytest.raises(ValueError, match=r"'mercator'.*wgs84"):
        earth.metric("mercator")
