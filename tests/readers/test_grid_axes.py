"""Axes: what counts as uniform, what can be refined exactly, what is left as it is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import replicas

from driftsim.forcing.grid import Axis, Grid, refine, uniformise
from driftsim.system.errors import InputError


def source(lon, lat):
    return SimpleNamespace(lon=np.asarray(lon, dtype=float), lat=np.asarray(lat, dtype=float))


def test_rounding_in_single_precision_is_not_a_change_of_step():
    exact = np.arange(350) / 12.0 + 127.0
    assert Axis(exact).uniform and Axis(exact.astype("f4")).uniform
    # HYCOM counts its longitudes from 74.16 beyond 360, in single precision, and takes 360 off again.
    hycom = (np.float32(74.16) + np.float32(0.08) * np.arange(4500, dtype="f4")).astype("f8")
    axis = Axis(hycom[3700:4400] - 360.0)
    assert axis.uniform and axis.step == pytest.approx(0.08, rel=1e-4)
    moved = exact.copy()
    moved[100] += 0.001
    assert not Axis(moved).uniform


def test_locate_gives_cell_and_weight():
    axis = Axis([10.0, 10.5, 12.0, 12.25])
    i, w = axis.locate([10.0, 10.125, 11.7, 12.25, 9.0, 14.0])
    assert i.tolist() == [0, 0, 1, 2, 0, 2]
    np.testing.assert_allclose(w, [0.0, 0.25, 0.8, 1.0, 0.0, 1.0])


@pytest.mark.parametrize("values", [[1.0], [2.0, 1.0], [1.0, 2.0, 2.0], [1.0, np.nan, 3.0]])
def test_an_axis_that_does_not_ascend_is_refused(values):
    with pytest.raises(InputError, match="grid axis"):
        Axis(values)


def test_a_uniform_grid_passes_unchanged():
    grid = uniformise(source(np.arange(128.0, 140.0, 0.25), np.arange(33.0, 48.0, 0.2)))
    level = np.random.default_rng(2).normal(size=(3, 75, 48, 2)).astype(np.float32)
    assert grid is not None and (grid.lon0, grid.dlon, grid.nx) == (128.0, 0.25, 48)
    assert (grid.lat0, grid.ny) == (33.0, 75) and grid.dlat == pytest.approx(0.2)
    assert np.array_equal(grid.transform(level), level)


def test_rows_that_are_multiples_of_the_finest_are_refined():
    lat = replicas.hycom_latitudes(38.0, 42.0)
    grid = uniformise(source([130.0, 131.0, 133.0], lat))
    assert grid is not None and grid.dlat == pytest.approx(0.04) and grid.nx == 4 and grid.dlon == 1.0
    x, y = np.meshgrid([130.0, 131.0, 133.0], lat)
    level = np.stack([0.3 + 0.1 * (x - 131) - 0.02 * (y - 40), 0.05 * (y - 40)], axis=-1)[None].astype(np.float32)
    fine = grid.transform(level)
    x, y = np.meshgrid(130.0 + np.arange(4), grid.lat0 + grid.dlat * np.arange(grid.ny))
    np.testing.assert_allclose(fine[0, ..., 0], 0.3 + 0.1 * (x - 131) - 0.02 * (y - 40), atol=1e-6)
    np.testing.assert_allclose(fine[0, ..., 1], 0.05 * (y - 40), atol=1e-6)
    assert fine.dtype == np.float32 and fine.flags.c_contiguous


@pytest.mark.parametrize(
    "lat",
    [
        np.degrees(np.arcsin(np.linspace(0.2, 0.95, 40))),  # nothing in common
        np.concatenate((np.arange(30.0, 50.0), [50.01])),  # would be refined a hundredfold
        np.array([30.0, 31.0, 32.37, 33.0]),
    ],
)
def test_axes_with_no_common_step_are_left_to_the_general_kernel(lat):
    assert uniformise(source([128.0, 128.5, 129.0], lat)) is None
    assert not Grid.of(source([128.0, 128.5], lat)).lat.uniform


def test_refined_nodes_stand_on_the_line_between_their_neighbours():
    values = np.array([1.0, 4.0, 2.0], dtype=np.float32)
    np.testing.assert_allclose(refine(values, np.array([3, 2]), axis=0), [1.0, 2.0, 3.0, 4.0, 3.0, 2.0], rtol=1e-6)
    # A wide land value must not leak into original nodes.
    assert refine(values, np.array([1, 1]), axis=0) is values
